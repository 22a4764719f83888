//! What follows a cursor, as a condition of a filter.

use bson::{Bson, Document, doc};
use livechat_units::{Cursor, Direction, SortField};

use crate::id::object_id;
use crate::key_string::Part;

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
        let mut bytes = cursor.id().len().saturating_add(CONDITION);
        for (field, key_string) in sort_before_id.zip(cursor.key().key_strings()) {
            fields.push(Field {
                path: field.path().to_owned(),
                direction: field.direction(),
                part: Part::read(&key_string)?,
            });
            let grown = GROWTH.saturating_mul(key_string.len());
            bytes = bytes.saturating_add(grown.saturating_add(field.path().len() + CONDITION));
        }
        let id = sort.iter().find(|field| field.path() == "_id");
        let id_direction = id.map_or(cursor.sort().tie_break(), SortField::direction);
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

#[cfg(test)]
mod tests {
    use livechat_units::{SortSpec, Unit};

    use super::*;

    fn after(sort: &str, fields: &str) -> After {
        let sort: SortSpec = sort.parse().unwrap();
        let unit = Unit::from_json(&format!(r#"{{"_id":"u",{fields}}}"#)).unwrap();
        After::new(&Cursor::new(&sort, &unit).unwrap()).unwrap()
    }

    fn clauses(sort: &str, fields: &str) -> Vec<String> {
        let clauses = after(sort, fields).clauses(Ids::Strings).unwrap();
        clauses.iter().map(Document::to_string).collect()
    }

    /// The conditions of `x` in the clauses, of which the last has the id as well.
    fn conditions(direction: i32, literal: &str) -> Vec<String> {
        let fields = format!(r#""x":{literal}"#);
        let clauses = clauses(&format!(r#"{{"x":{direction}}}"#), &fields);
        let x = clauses.iter().map(|clause| {
            let condition = clause.strip_prefix(r#"{ "x": "#).unwrap();
            let condition = condition.strip_suffix(" }").unwrap();
            condition.replace(['"', '{', '}'], "").trim().to_owned()
        });
        x.collect()
    }

    const TO_THE_END: &str =
        "timestamp, regex, dbPointer, javascript, javascriptWithScope, maxKey]";

    #[test]
    fn every_type_has_its_bracket() {
        for (literal, later, earlier) in [
            (
                "1",
                "string, symbol, object, binData, objectId, bool, date",
                "minKey",
            ),
            (
                r#""a""#,
                "object, binData, objectId, bool, date",
                "minKey, number",
            ),
            (
                "{}",
                "binData, objectId, bool, date",
                "minKey, number, string, symbol",
            ),
            (
                "true",
                "date",
                "minKey, number, string, symbol, object, binData, objectId",
            ),
        ] {
            let ascending = conditions(1, literal);
            assert!(ascending[0].starts_with("$gt:"), "{ascending:?}");
            assert_eq!(ascending[1], format!("$type: [{later}, {TO_THE_END}"));
            assert!(ascending[2].starts_with("$eq:"), "{ascending:?}");
            assert!(ascending[2].ends_with(", _id:  $gt: u"), "{ascending:?}");
            assert_eq!(ascending.len(), 3);

            let descending = conditions(-1, literal);
            assert!(descending[0].starts_with("$lt:"), "{descending:?}");
            let nan = if literal == "1" { ", NaN" } else { "" };
            assert_eq!(descending[1], format!("$in: [null{nan}]"));
            assert_eq!(descending[2], format!("$type: [{earlier}]"));
            assert!(descending[3].ends_with(", _id:  $lt: u"), "{descending:?}");
            assert_eq!(descending.len(), 4);
        }
        let date = r#"{"$date":0}"#;
        assert_eq!(conditions(1, date)[1], format!("$type: [{TO_THE_END}"));
        assert_eq!(
            conditions(-1, date)[2],
            "$type: [minKey, number, string, symbol, object, binData, objectId, bool]"
        );
    }

    #[test]
    fn what_no_comparison_matches() {
        let nan = r#"{"$numberDouble":"NaN"}"#;
        let strings = "string, symbol, object, binData, objectId, bool, date";
        assert_eq!(
            conditions(1, nan),
            [
                "$gte: -inf".to_owned(),
                format!("$type: [{strings}, {TO_THE_END}"),
                "$eq: NaN , _id:  $gt: u".to_owned(),
            ]
        );
        assert_eq!(
            conditions(-1, nan),
            ["$in: [null]", "$type: [minKey]", "$eq: NaN , _id:  $lt: u"]
        );
        let numbers = format!("$type: [number, {strings}, {TO_THE_END}");
        assert_eq!(
            conditions(1, "null"),
            [&numbers, "$eq: null , _id:  $gt: u"]
        );
        assert_eq!(
            conditions(-1, "null"),
            ["$type: [minKey]", "$eq: null , _id:  $lt: u"]
        );
        // Of which there are none among the matches.
        assert_eq!(conditions(1, "[]"), ["$in: [null]", &numbers]);
        assert_eq!(conditions(-1, "[]"), ["$type: [minKey]"]);
        assert_eq!(
            conditions(1, "[[]]"),
            [format!(
                "$type: [binData, objectId, bool, date, {TO_THE_END}"
            )]
        );
        assert_eq!(
            conditions(-1, "[[]]"),
            [
                "$in: [null]",
                "$type: [minKey, number, string, symbol, object]"
            ]
        );
    }

    #[test]
    fn each_field_follows_where_those_before_it_are_equal() {
        let later = format!("date, {TO_THE_END}");
        let later = later.trim_end_matches(']').replace(", ", "\", \"");
        assert_eq!(
            clauses(r#"{"a.b":1,"_id":-1,"z":1}"#, r#""a":{"b":true},"z":1"#),
            [
                r#"{ "a.b": { "$gt": true } }"#.to_owned(),
                format!(r#"{{ "a.b": {{ "$type": ["{later}"] }} }}"#),
                r#"{ "a.b": { "$eq": true }, "_id": { "$lt": "u" } }"#.to_owned(),
            ]
        );
        let two = clauses(r#"{"a":1,"b":-1}"#, r#""a":true,"b":false"#);
        let start = r#"{ "a": { "$eq": true }, "b": { "#;
        let inner: Vec<&str> = two[2..]
            .iter()
            .map(|c| c.strip_prefix(start).unwrap())
            .collect();
        assert_eq!(inner[0], r#""$lt": false } }"#);
        assert_eq!(inner[1], r#""$in": [null] } }"#);
        assert!(inner[2].starts_with(r#""$type": ["minKey", "#));
        assert_eq!(inner[3], r#""$eq": false }, "_id": { "$lt": "u" } }"#);
        assert_eq!(clauses("{}", r#""a":1"#), [r#"{ "_id": { "$gt": "u" } }"#]);
        assert_eq!(
            clauses(r#"{"_id":-1}"#, r#""a":1"#),
            [r#"{ "_id": { "$lt": "u" } }"#]
        );
    }

    #[test]
    fn the_bytes_are_more_than_it_takes() {
        let array = format!("[[{}0]]", "0,".repeat(5000));
        let keys: Vec<String> = (0..31).map(|key| format!(r#""k{key}":-1"#)).collect();
        let keys = format!("{{{}}}", keys.join(","));
        for (sort, fields) in [
            ("{}", r#""a":1"#.to_owned()),
            (r#"{"x":1}"#, format!(r#""x":"{}""#, "x".repeat(5000))),
            (r#"{"x":-1,"y":-1}"#, format!(r#""x":{{"a":{array}}}"#)),
            (&keys, r#""k1":{},"k30":"""#.to_owned()),
        ] {
            let after = after(sort, &fields);
            let or = doc! { "$or": after.clauses(Ids::Strings).unwrap() };
            let taken = bson::serialize_to_vec(&or).unwrap().len();
            assert!(after.bytes() > taken, "{} for {taken}", after.bytes());
        }
    }

    #[test]
    fn ids_are_object_ids_or_none() {
        let text = after("{}", r#""a":1"#);
        assert!(text.clauses(Ids::ObjectIds).is_err());
        let unit = Unit::from_json(r#"{"_id":"0123456789abcdef01234567"}"#).unwrap();
        let cursor = Cursor::new(&"{}".parse().unwrap(), &unit).unwrap();
        let digits = After::new(&cursor).unwrap();
        for (ids, is_object_id) in [(Ids::Strings, false), (Ids::ObjectIds, true)] {
            let clauses = digits.clauses(ids).unwrap();
            let id = clauses[0].get_document("_id").unwrap().get("$gt").unwrap();
            assert_eq!(id.as_object_id().is_some(), is_object_id);
        }
    }
}
