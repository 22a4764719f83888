//! The sort of a query: by the server or by the core, and by which keys.

use std::collections::HashSet;

use bson::Document;
use livechat_units::{Direction, SortField, SortSpec};

use crate::error::Reason;

/// Where the matches are sorted.
pub(super) enum Order {
    /// On the server, by these keys. `_id` is one of them.
    Server(Document),
    /// In the core, which reads all candidates, for this reason.
    Core(Reason),
}

/// The maximum number of keys in a sort, including `_id`: MongoDB's limit.
const MAX_SORT_KEYS: usize = 32;

/// The maximum number of segments in a path. MongoDB's limit is 200, and can be configured lower.
/// The bound here is smaller because the census examines the value at each segment, which takes
/// bytes of the command.
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

/// The top-level fields that a sort reads: the first segments of its paths, each once.
pub(super) fn top_level_fields(sort: &SortSpec) -> impl Iterator<Item = &str> {
    let mut seen = HashSet::new();
    let paths = sort.fields().iter().map(SortField::path);
    let fields = paths.map(|path| path.split_once('.').map_or(path, |(first, _)| first));
    fields.filter(move |field| seen.insert(*field))
}
