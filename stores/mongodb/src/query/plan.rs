//! A [`UnitQuery`] as filters and a sort of MongoDB.

use bson::{Bson, Document, doc};
use livechat_units::columns::Field;
use livechat_units::{Cursor, Scope, TextFilter, UnitQuery};

use super::after::Position;
use super::expressions::{may_match_in_spec, may_match_in_spec_without_regex};
use super::order::{MAX_SEGMENTS, Order};
use super::text::{Covers, Pattern};
use crate::error::{Problem, Reason};
use crate::row::bson_ids;

/// The longest filter and sort together, in bytes. A command has at most 16 MiB
/// (16,777,216 bytes), so about 770,000 bytes are left for the rest of it.
const MAX_BYTES: usize = 16_000_000;

/// What the server is asked.
pub(super) struct Plan {
    /// The condition on `_id`: the scope.
    ids: Document,
    /// The conditions on `type` and `name`. If [`Covers::Prefix`], some that meet them are no
    /// matches.
    unit: Document,
    /// An expression: whether SPEC §1 may take a document for a match that does not meet
    /// `unit`.
    may_match_in_spec: Bson,
    pub(super) order: Order,
    /// Which part of the text `unit` contains.
    pub(super) covers: Covers,
    /// The position of the cursor, unless MongoDB may sort its values elsewhere.
    pub(super) position: Option<Position>,
}

impl Plan {
    pub(super) fn new(query: &UnitQuery) -> Result<Self, Problem> {
        let size = check_size(query)?;
        let mut plan = Self {
            ids: ids(query.scope()),
            unit: doc! {
                "type": { "$eq": "u", "$type": "string", "$not": { "$type": "array" } },
            },
            may_match_in_spec: may_match_in_spec(query),
            order: Order::new(query.sort()),
            covers: Covers::Text,
            position: None,
        };
        if let Some(text) = query.text() {
            plan.add_text(text);
        }
        if let Some(cursor) = query.cursor() {
            plan.add_cursor(cursor, MAX_BYTES - size);
        }
        Ok(plan)
    }

    fn add_text(&mut self, text: &TextFilter) {
        let pattern = Pattern::new(text);
        let condition = doc! {
            "$regex": pattern.regex, "$options": "i",
            "$type": "string", "$not": { "$type": "array" },
        };
        self.unit.insert(Field::Name.path(), condition);
        self.covers = pattern.covers;
        if self.covers == Covers::Prefix {
            let bound = Pattern::MAX_BYTES;
            self.order = Order::Core(Reason::LongPattern { bound });
        }
    }

    /// `bound`: the bytes of a command that are left for the cursor.
    fn add_cursor(&mut self, cursor: &Cursor, bound: usize) {
        self.position = Position::new(cursor);
        match &self.position {
            None => self.order = Order::Core(Reason::CursorValue),
            Some(position) if position.max_bytes() > bound => {
                self.order = Order::Core(Reason::LongCursor { bound });
            }
            Some(_) => {}
        }
    }

    /// For a server on which `$regexMatch` failed.
    pub(super) fn without_regex_match(mut self) -> Self {
        self.may_match_in_spec = may_match_in_spec_without_regex();
        self
    }

    /// The documents that the server takes for matches.
    pub(super) fn matches(&self) -> Document {
        let mut filter = self.unit.clone();
        filter.insert("_id", self.ids.clone());
        filter
    }

    /// The documents that may be matches only in SPEC, and not on the server.
    pub(super) fn only_in_spec(&self) -> Document {
        doc! {
            "_id": self.ids.clone(), "$nor": [self.unit.clone()],
            "$expr": self.may_match_in_spec.clone(),
        }
    }

    /// Both of them. Every match in SPEC is one of these documents.
    pub(super) fn candidates(&self) -> Document {
        let in_spec = doc! { "$expr": self.may_match_in_spec.clone() };
        doc! { "_id": self.ids.clone(), "$or": [self.unit.clone(), in_spec] }
    }
}

/// The `_id` of a unit is a string, or an `ObjectId`, which reads as one (SPEC §1).
fn ids(scope: &Scope) -> Document {
    match scope {
        Scope::All => doc! { "$type": ["string", "objectId"] },
        Scope::Only(ids) => {
            let ids = ids.iter().flat_map(|id| bson_ids(id));
            doc! { "$in": ids.collect::<Vec<_>>() }
        }
    }
}

/// An upper bound of the bytes that scope and sort take of a command.
///
/// # Errors
/// If it is more than [`MAX_BYTES`]: MongoDB would refuse the command.
fn check_size(query: &UnitQuery) -> Result<usize, Problem> {
    /// The bytes of an id beside its text: the overhead of an element of an array, and an
    /// `ObjectId` with the same overhead.
    const ID_OVERHEAD: usize = 40;
    let ids = match query.scope() {
        Scope::All => 0,
        Scope::Only(ids) => ids.iter().map(|id| id.len() + ID_OVERHEAD).sum(),
    };
    // The census repeats a path for each of its segments. The sort has it once more.
    let fields = query.sort().fields().iter();
    let paths = fields.map(|field| (MAX_SEGMENTS + 2).saturating_mul(field.path().len()));
    let paths = paths.fold(0, usize::saturating_add);
    if ids + paths > MAX_BYTES {
        let bound = MAX_BYTES;
        return Err(Problem::LongCommand { ids, paths, bound });
    }
    Ok(ids + paths)
}
