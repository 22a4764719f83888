//! The sort of a query: who sorts, and by which keys.

use std::collections::HashSet;

use bson::Document;
use livechat_units::{Direction, SortField, SortSpec};

use crate::error::Reason;

/// Who sorts the matches.
pub(super) enum Order {
    /// The server, by these keys, of which `_id` is one.
    Server(Document),
    /// The core, out of all candidates.
    Core(Reason),
}

/// The most keys of a sort, `_id` included: MongoDB's limit.
const MAX_SORT_KEYS: usize = 32;

/// The most segments of a path. MongoDB's limit is 200, or less if it is configured so. The
/// census examines the value at each segment, so each adds to the command.
pub(super) const MAX_SEGMENTS: usize = 32;

impl Order {
    pub(super) fn new(sort: &SortSpec) -> Self {
        let mut keys = Document::new();
        for field in sort.fields() {
            if field.path().split('.').count() > MAX_SEGMENTS {
                let bound = MAX_SEGMENTS;
                return Self::Core(Reason::DeepPath { bound });
            }
            keys.insert(field.path(), sign(field.direction()));
        }
        if !keys.contains_key("_id") {
            keys.insert("_id", sign(sort.tie_break()));
        }
        if keys.len() > MAX_SORT_KEYS {
            let fields = sort.fields().len();
            return Self::Core(Reason::ManySortKeys { fields });
        }
        Self::Server(keys)
    }
}

fn sign(direction: Direction) -> i32 {
    match direction {
        Direction::Ascending => 1,
        Direction::Descending => -1,
    }
}

/// The top-level fields whose values decide the position of a document, each once: the first
/// segments of the paths.
pub(super) fn top_level_fields(sort: &SortSpec) -> impl Iterator<Item = &str> {
    let mut seen = HashSet::new();
    let paths = sort.fields().iter().map(SortField::path);
    let fields = paths.map(|path| path.split_once('.').map_or(path, |(first, _)| first));
    fields.filter(move |field| seen.insert(*field))
}
