//! A [`UnitQuery`] as a filter and a sort of MongoDB.

use bson::{Bson, Document, doc};
use livechat_units::{
    Direction, Limit, QueryPart, Scope, SortField, SortSpec, StoreError, UnitQuery,
};

use crate::after::After;
use crate::error::{Reason, unsupported, unsupported_scope};
use crate::id::spellings;
use crate::pattern::{Covers, Pattern};
use crate::repeated::{seen_otherwise, seen_twice};

/// What is asked of the server.
pub(crate) struct Plan {
    /// The ids in the scope.
    ids: Document,
    /// What `type` and `name` of a match are; where [`Order::Here`], of others too.
    unit: Document,
    /// An expression: whether SPEC may take a document for a match that `unit` does not let
    /// through.
    seen_otherwise: Bson,
    pub(crate) order: Order,
    /// How much of the text `unit` asks for.
    pub(crate) covers: Covers,
    /// Where the listing begins, if not at the beginning.
    pub(crate) after: Option<After>,
}

/// Who puts the matches in order.
pub(crate) enum Order {
    Server(Document),
    /// The core, out of all candidates.
    Here(Reason),
}

impl Plan {
    /// The most keys of a sort, the tie-break counted.
    pub(crate) const MAX_SORT_KEYS: usize = 32;
    /// The most segments of a path. MongoDB takes 200, and less when it is told to; each
    /// is asked for by itself.
    pub(crate) const MAX_SEGMENTS: usize = 32;
    /// The longest filter and sort together, in bytes: what fits into a command of 16 MiB
    /// with room for the rest of it.
    pub(crate) const MAX_BYTES: usize = 16_000_000;

    pub(crate) fn new(query: &UnitQuery) -> Result<Self, StoreError> {
        let size = check_size(query)?;
        let ids = match query.scope() {
            // A unit's id is a string, or an ObjectId, which reads as one (SPEC §1).
            Scope::All => doc! { "$type": ["string", "objectId"] },
            Scope::Only(ids) => {
                let ids = ids.iter().flat_map(|id| spellings(id));
                doc! { "$in": ids.collect::<Vec<_>>() }
            }
        };
        let mut unit = doc! {
            "type": { "$eq": "u", "$type": "string", "$not": { "$type": "array" } },
        };
        let mut order = order(query.sort());
        let mut covers = Covers::Whole;
        if let Some(text) = query.text() {
            let pattern = Pattern::new(text);
            unit.insert(
                "name",
                doc! {
                    "$regex": pattern.regex, "$options": "i",
                    "$type": "string", "$not": { "$type": "array" },
                },
            );
            covers = pattern.covers;
            if covers == Covers::Beginning {
                let words = format!(
                    "a text whose pattern has more than {} bytes",
                    Pattern::MAX_BYTES
                );
                order = Order::Here(Reason::query(QueryPart::Text, words));
            }
        }
        let mut after = None;
        if let Some(cursor) = query.cursor() {
            after = After::new(cursor);
            if let Some(reason) = only_followed_here(after.as_ref(), Self::MAX_BYTES - size) {
                order = Order::Here(reason);
            }
        }
        Ok(Self {
            ids,
            unit,
            seen_otherwise: seen_otherwise(query),
            order,
            covers,
            after,
        })
    }

    /// For a server on which `$regexMatch` failed.
    pub(crate) fn without_regex_match(mut self) -> Self {
        self.seen_otherwise = seen_twice();
        self
    }

    /// The documents that the server takes for matches.
    pub(crate) fn matches(&self) -> Document {
        let mut filter = self.unit.clone();
        filter.insert("_id", self.ids.clone());
        filter
    }

    /// The documents that only SPEC may take for matches.
    pub(crate) fn strays(&self) -> Document {
        doc! {
            "_id": self.ids.clone(), "$nor": [self.unit.clone()],
            "$expr": self.seen_otherwise.clone(),
        }
    }

    /// Both, for the core to choose from.
    pub(crate) fn candidates(&self) -> Document {
        let otherwise = doc! { "$expr": self.seen_otherwise.clone() };
        doc! { "_id": self.ids.clone(), "$or": [self.unit.clone(), otherwise] }
    }
}

/// How many units of a page the server is asked for; `None` for all.
pub(crate) fn limit(limit: Limit) -> Option<i64> {
    match limit {
        Limit::AtMost(count) => Some(i64::try_from(count.get()).unwrap_or(i64::MAX)),
        Limit::Unlimited => None,
    }
}

fn order(sort: &SortSpec) -> Order {
    let mut keys = Document::new();
    for field in sort.fields() {
        if field.path().split('.').count() > Plan::MAX_SEGMENTS {
            let words = format!("a sort path of more than {} segments", Plan::MAX_SEGMENTS);
            return Order::Here(Reason::query(QueryPart::Sort, words));
        }
        keys.insert(field.path(), sign(field.direction()));
    }
    if !keys.contains_key("_id") {
        keys.insert("_id", sign(sort.tie_break()));
    }
    if keys.len() > Plan::MAX_SORT_KEYS {
        let words = format!("a sort by {} fields and `_id`", sort.fields().len());
        return Order::Here(Reason::query(QueryPart::Sort, words));
    }
    Order::Server(keys)
}

fn sign(direction: Direction) -> i32 {
    match direction {
        Direction::Ascending => 1,
        Direction::Descending => -1,
    }
}

/// Why the server is not asked for what follows a cursor.
fn only_followed_here(after: Option<&After>, bytes_left: usize) -> Option<Reason> {
    let words = match after {
        None => "a cursor at a value that MongoDB may have in another place".to_owned(),
        Some(after) if after.bytes() > bytes_left => {
            format!("a cursor that may take more than {bytes_left} bytes of a command")
        }
        Some(_) => return None,
    };
    Some(Reason::query(QueryPart::Cursor, words))
}

/// What scope and sort take of a command. One that MongoDB would not read is not sent.
fn check_size(query: &UnitQuery) -> Result<usize, StoreError> {
    /// What an element of an array takes beside its string, and an `ObjectId` beside it.
    const ELEMENT: usize = 40;
    let ids = match query.scope() {
        Scope::All => 0,
        Scope::Only(ids) => ids.iter().map(|id| id.len() + ELEMENT).sum(),
    };
    // Every path is repeated for each of its segments.
    let fields = query.sort().fields().iter();
    let paths = fields.map(|field| (Plan::MAX_SEGMENTS + 2).saturating_mul(field.path().len()));
    let paths = paths.fold(0, usize::saturating_add);
    if ids + paths > Plan::MAX_BYTES {
        let words = format!(
            "expected a scope and a sort that take at most {} bytes of a command, found {ids} for \
             its ids and {paths} for its paths",
            Plan::MAX_BYTES
        );
        // The scope is the host's, and nothing that the client asked for.
        return Err(if ids > paths {
            unsupported_scope(words)
        } else {
            unsupported(QueryPart::Sort, words)
        });
    }
    Ok(ids + paths)
}

/// The fields whose values decide a place in the order, without the paths below them.
pub(crate) fn heads(sort: &SortSpec) -> impl Iterator<Item = &str> {
    let heads = sort.fields().iter().map(SortField::path);
    heads.map(|path| path.split_once('.').map_or(path, |(head, _)| head))
}
