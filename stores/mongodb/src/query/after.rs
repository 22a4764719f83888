//! The matches after a cursor, as conditions of a filter.
//!
//! ```text
//! sort {"name":1,"numMonitors":-1}, cursor at ("Sales", 3, "u7"):
//!
//! $or  { name: $gt "Sales" }                                     the rest of its bracket
//!      { name: $type [object, …, maxKey] }                       the later brackets
//!      { name: $eq "Sales", numMonitors: $lt 3 }
//!      { name: $eq "Sales", numMonitors: $in [null, NaN] }       no comparison and no $type matches them
//!      { name: $eq "Sales", numMonitors: $type [minKey] }
//!      { name: $eq "Sales", numMonitors: $eq 3, _id: $lt "u7" }
//! ```
//!
//! A type bracket is a group of types that MongoDB compares with each other. Its sorts order
//! the brackets, but a comparison in a filter matches only values of the same bracket.

use bson::{Bson, Document, doc};
use livechat_units::columns::SortValue;
use livechat_units::{Cursor, Direction, SortField};

use super::value::to_bson;
use crate::error::Reason;
use crate::row::object_id;

/// Where a cursor points, in values of MongoDB.
pub(super) struct Position {
    /// The sort fields before `_id`.
    fields: Vec<FieldPosition>,
    id: String,
    id_direction: Direction,
    max_bytes: usize,
}

struct FieldPosition {
    path: String,
    direction: Direction,
    /// The index of the value's bracket in [`BRACKETS`].
    bracket: usize,
    /// If it is an array, its elements do not matter: no match holds an array there.
    value: Bson,
}

/// The type of the ids of all matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum IdType {
    String,
    ObjectId,
}

/// The type brackets in their sort order, each with the names that `$type` knows its types by.
///
/// Null has no name here, because a missing field sorts as null and has no type. Undefined and
/// arrays have none, because the census has found none among the matches.
const BRACKETS: [&[&str]; 11] = [
    &["minKey"],              // 0
    &[],                      // 1: empty arrays, undefined
    &[],                      // 2: null
    &["number"],              // 3
    &["string", "symbol"],    // 4
    &["object"],              // 5
    &[],                      // 6: arrays in arrays
    &["binData", "objectId"], // 7
    &["bool"],                // 8
    &["date"],                // 9
    // 10
    &[
        "timestamp",
        "regex",
        "dbPointer",
        "javascript",
        "javascriptWithScope",
        "maxKey",
    ],
];
const NULL: usize = 2;
const NUMBER: usize = 3;

/// The most clauses of one field that do not name later fields.
const MAX_FOLLOWING: usize = 3;

impl Position {
    /// The position of `cursor`. `None` if MongoDB may sort one of its values elsewhere: see
    /// [`to_bson`].
    pub(super) fn new(cursor: &Cursor) -> Option<Self> {
        let sort = cursor.sort().fields();
        let sort_before_id = sort.iter().take_while(|field| field.path() != "_id");
        let fields = sort_before_id.zip(cursor.values()).map(|(field, value)| {
            Some(FieldPosition {
                path: field.path().to_owned(),
                direction: field.direction(),
                bracket: bracket(&value),
                value: to_bson(value)?,
            })
        });
        let fields: Vec<FieldPosition> = fields.collect::<Option<_>>()?;
        let id = sort.iter().find(|field| field.path() == "_id");
        Some(Self {
            max_bytes: max_bytes(cursor, &fields),
            fields,
            id: cursor.id().to_owned(),
            id_direction: id.map_or(cursor.sort().tie_break(), SortField::direction),
        })
    }

    /// An upper bound of the length of all clauses as BSON.
    pub(super) fn max_bytes(&self) -> usize {
        self.max_bytes
    }

    /// The clauses of an `$or` that matches everything after the cursor, if no array is on a
    /// path of the sort.
    ///
    /// Each clause is a range of one field, with equal values of the fields before it. The
    /// range has bounds in an index that begins with these fields, and the index returns it in
    /// order.
    ///
    /// # Errors
    /// If the id of the cursor cannot be compared with the ids of the matches.
    pub(super) fn clauses(&self, ids: IdType) -> Result<Vec<Document>, Reason> {
        let id = match ids {
            IdType::String => self.id.as_str().into(),
            IdType::ObjectId => Bson::ObjectId(object_id(&self.id).ok_or(Reason::CursorId)?),
        };
        let mut clauses = Vec::new();
        let mut equal = Document::new();
        for field in &self.fields {
            for condition in field.following() {
                let mut clause = equal.clone();
                clause.insert(field.path.as_str(), condition);
                clauses.push(clause);
            }
            if field.is_array() {
                // No match has an equal value.
                return Ok(clauses);
            }
            equal.insert(field.path.as_str(), doc! { "$eq": field.value.clone() });
        }
        equal.insert("_id", beyond(self.id_direction, id));
        clauses.push(equal);
        Ok(clauses)
    }
}

impl FieldPosition {
    /// Conditions whose `$or` matches the values after this one.
    fn following(&self) -> Vec<Document> {
        let mut conditions = Vec::with_capacity(MAX_FOLLOWING);
        conditions.extend(self.rest_of_bracket());
        let values = self.null_and_nan();
        if !values.is_empty() {
            conditions.push(doc! { "$in": values });
        }
        let brackets: Vec<&[&str]> = match self.direction {
            Direction::Ascending => BRACKETS.into_iter().skip(self.bracket + 1).collect(),
            Direction::Descending => BRACKETS.into_iter().take(self.bracket).collect(),
        };
        conditions.push(doc! { "$type": brackets.concat() });
        conditions
    }

    /// The values after this one in its bracket, except NaN.
    fn rest_of_bracket(&self) -> Option<Document> {
        if self.is_array() || self.bracket == NULL {
            return None;
        }
        // NaN is the smallest number, but a comparison neither matches it nor matches with it.
        if self.is_nan() {
            return match self.direction {
                Direction::Ascending => Some(doc! { "$gte": f64::NEG_INFINITY }),
                Direction::Descending => None,
            };
        }
        Some(beyond(self.direction, self.value.clone()))
    }

    /// The values after this one that neither a comparison nor a `$type` matches.
    fn null_and_nan(&self) -> Vec<Bson> {
        let follows = |bracket: usize| match self.direction {
            Direction::Ascending => self.bracket < bracket,
            Direction::Descending => self.bracket > bracket,
        };
        let is_before_nan =
            self.direction == Direction::Descending && self.bracket == NUMBER && !self.is_nan();
        let null = follows(NULL).then_some(Bson::Null);
        let nan = is_before_nan.then_some(Bson::Double(f64::NAN));
        null.into_iter().chain(nan).collect()
    }

    fn is_array(&self) -> bool {
        matches!(self.value, Bson::Array(_))
    }

    fn is_nan(&self) -> bool {
        matches!(self.value, Bson::Double(double) if double.is_nan())
    }
}

fn beyond(direction: Direction, value: Bson) -> Document {
    match direction {
        Direction::Ascending => doc! { "$gt": value },
        Direction::Descending => doc! { "$lt": value },
    }
}

/// The index in [`BRACKETS`].
fn bracket(value: &SortValue<'_>) -> usize {
    match value {
        SortValue::EmptyArray => 1,
        SortValue::Null => NULL,
        SortValue::Int(_) | SortValue::Double(_) => NUMBER,
        SortValue::String(_) => 4,
        SortValue::Object(_) => 5,
        SortValue::Array(_) => 6,
        SortValue::Bool(_) => 8,
        SortValue::Date(_) => 9,
    }
}

/// See [`Position::max_bytes`]. Measured by the key strings of the core, which have a byte or
/// more for each value, so that nothing is serialized for it.
fn max_bytes(cursor: &Cursor, fields: &[FieldPosition]) -> usize {
    /// The most bytes of BSON for a byte of a key string: null in a large array has one byte
    /// there, and in BSON its type and its index as text.
    const GROWTH: usize = 10;
    /// The operators of a condition and the names of all types.
    const CONDITION: usize = 400;
    let key_strings = cursor.key().key_strings();
    let values = fields.iter().zip(&key_strings).map(|(field, key_string)| {
        let value = GROWTH.saturating_mul(key_string.len());
        value.saturating_add(field.path.len() + CONDITION)
    });
    let id = cursor.id().len().saturating_add(CONDITION);
    let clause = values.fold(id, usize::saturating_add);
    // Every clause may contain all values.
    clause.saturating_mul(MAX_FOLLOWING * fields.len() + 1)
}

#[cfg(test)]
mod tests;
