//! What follows a cursor, as a condition of a filter.

use bson::{Bson, Document, doc};
use livechat_units::{Cursor, Direction};

use crate::key_string::Part;
use crate::query::object_id;

/// The place of a cursor, as MongoDB knows it.
pub(crate) struct After {
    /// The fields before `_id`.
    fields: Vec<Field>,
    id: String,
    id_direction: Direction,
    bytes: usize,
}

struct Field {
    path: String,
    direction: Direction,
    part: Part,
}

/// What the ids of all matches are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ids {
    Strings,
    ObjectIds,
}

/// The names of the types in their order, by brackets: comparisons of MongoDB's filters
/// only ever match in the bracket of what is compared with. Null is not here, for what is
/// missing is of no type, nor arrays and undefined, which a census has seen none of.
const BRACKETS: [&[&str]; 11] = [
    &["minKey"],
    &[], // Part::EmptyArray
    &[], // Part::Null
    &["number"],
    &["string", "symbol"],
    &["object"],
    &[], // arrays
    &["binData", "objectId"],
    &["bool"],
    &["date"],
    &[
        "timestamp",
        "regex",
        "dbPointer",
        "javascript",
        "javascriptWithScope",
        "maxKey",
    ],
];

impl After {
    /// The place of `cursor`; `None` where the server may have another one for a value.
    pub(crate) fn new(cursor: &Cursor) -> Option<Self> {
        /// A byte of a key string takes no more than so many of BSON, whose arrays name
        /// their elements.
        const GROWTH: usize = 10;
        /// The names of all types, and what else there is about a value.
        const CONDITION: usize = 400;
        let sort = cursor.sort().fields();
        let sort_before_id = sort.iter().take_while(|field| field.path() != "_id");
        let mut fields = Vec::new();
        let mut bytes = cursor.id().len() + CONDITION;
        for (field, key_string) in sort_before_id.zip(cursor.key().key_strings()) {
            fields.push(Field {
                path: field.path().to_owned(),
                direction: field.direction(),
                part: Part::read(&key_string)?,
            });
            bytes += field.path().len() + GROWTH * key_string.len() + CONDITION;
        }
        let id = sort.iter().find(|field| field.path() == "_id");
        let id_direction = id.map_or(cursor.sort().tie_break(), |id| id.direction());
        Some(Self {
            // Each clause may have them all.
            bytes: bytes.saturating_mul(MAX_FOLLOWING * fields.len() + 1),
            fields,
            id: cursor.id().to_owned(),
            id_direction,
        })
    }

    /// More than the clauses take of a command.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// The clauses of the `$or` that only what follows matches, where no array lies on a
    /// path of the sort.
    ///
    /// Each is a range of one field, with those before it equal: so each has bounds in an
    /// index that begins with these fields, and what it lets through is in the order of
    /// the index.
    ///
    /// # Errors
    /// The part of the query of which MongoDB has no place among these ids.
    pub(crate) fn clauses(&self, ids: Ids) -> Result<Vec<Document>, &'static str> {
        let id = match ids {
            Ids::Strings => self.id.as_str().into(),
            Ids::ObjectIds => match object_id(&self.id) {
                Some(id) => Bson::ObjectId(id),
                None => {
                    return Err("a cursor whose id is a string, of units whose ids are ObjectIds");
                }
            },
        };
        let mut clauses = Vec::new();
        let mut equal = Document::new();
        for field in &self.fields {
            for following in field.following() {
                let mut clause = equal.clone();
                clause.insert(field.path.as_str(), following);
                clauses.push(clause);
            }
            let Some(same) = field.same() else {
                return Ok(clauses);
            };
            equal.insert(field.path.as_str(), same);
        }
        equal.insert("_id", beyond(self.id_direction, id));
        clauses.push(equal);
        Ok(clauses)
    }
}

/// The most clauses of one field.
const MAX_FOLLOWING: usize = 3;

impl Field {
    /// The conditions of which what follows in this field meets one.
    fn following(&self) -> Vec<Document> {
        let mut following = Vec::with_capacity(MAX_FOLLOWING);
        following.extend(self.in_bracket());
        let equals = self.equals();
        if !equals.is_empty() {
            following.push(doc! { "$in": equals });
        }
        let bracket = self.part.bracket();
        let brackets: Vec<&[&str]> = match self.direction {
            Direction::Ascending => BRACKETS.into_iter().skip(bracket + 1).collect(),
            Direction::Descending => BRACKETS.into_iter().take(bracket).collect(),
        };
        following.push(doc! { "$type": brackets.concat() });
        following
    }

    /// What follows in the bracket of the value.
    fn in_bracket(&self) -> Option<Document> {
        match (&self.part, self.direction) {
            (Part::EmptyArray | Part::Null | Part::Value(Bson::Array(_)), _) => None,
            // NaN is the smallest number, but comparisons do not match it, nor match with it.
            (Part::Value(value), Direction::Ascending) if is_nan(value) => {
                Some(doc! { "$gte": f64::NEG_INFINITY })
            }
            (Part::Value(value), Direction::Descending) if is_nan(value) => None,
            (Part::Value(value), direction) => Some(beyond(direction, value.clone())),
        }
    }

    /// The values that follow and that neither a comparison nor a type finds.
    fn equals(&self) -> Vec<Bson> {
        match (&self.part, self.direction) {
            (Part::EmptyArray, Direction::Ascending) => vec![Bson::Null],
            (Part::Value(value), Direction::Descending) => {
                let is_after_nan =
                    matches!(value, Bson::Double(_) | Bson::Int64(_)) && !is_nan(value);
                let nan = is_after_nan.then_some(Bson::Double(f64::NAN));
                [Bson::Null].into_iter().chain(nan).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The condition that equal values meet; `None` where there are none.
    fn same(&self) -> Option<Document> {
        match &self.part {
            Part::EmptyArray | Part::Value(Bson::Array(_)) => None,
            Part::Null => Some(doc! { "$eq": Bson::Null }),
            Part::Value(value) => Some(doc! { "$eq": value }),
        }
    }
}

impl Part {
    /// Its position in [`BRACKETS`].
    fn bracket(&self) -> usize {
        match self {
            Self::EmptyArray => 1,
            Self::Null => 2,
            Self::Value(Bson::String(_)) => 4,
            Self::Value(Bson::Document(_)) => 5,
            Self::Value(Bson::Array(_)) => 6,
            Self::Value(Bson::Boolean(_)) => 8,
            Self::Value(Bson::DateTime(_)) => 9,
            // The one other type that is read.
            Self::Value(_) => 3,
        }
    }
}

fn is_nan(value: &Bson) -> bool {
    matches!(value, Bson::Double(double) if double.is_nan())
}

fn beyond(direction: Direction, value: Bson) -> Document {
    match direction {
        Direction::Ascending => doc! { "$gt": value },
        Direction::Descending => doc! { "$lt": value },
    }
}
