//! One document of the collection (SPEC §1): the type [`Unit`].
//!
//! ```text
//! Unit ─► Arc<Document> ─► fields: Vec<(key, Value)>   the values, for filters and orders
//!                          json:   Box<str>            the compact JSON, for responses
//! ```
//!
//! The keys of `fields` are unique and have the order of the document. Finding a field takes
//! time linear in the number of fields.

mod builder;
mod error;
mod extended;
pub(crate) mod number;
mod read;
mod timestamp;
pub(crate) mod value;

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::ser::{Serialize, Serializer};

pub use self::builder::UnitBuilder;
pub use self::error::{UnitError, UnitErrorKind};
pub use self::timestamp::{Timestamp, TimestampError};
use self::value::{Fields, Value};
use crate::field::{self, Field};
use crate::json;

/// A business unit: one JSON document without loss of information (SPEC §1).
///
/// Every document with a string `_id` can be read, departments too; stores list only
/// documents for which [`Unit::is_unit`] is true. Unknown keys, missing keys and values of
/// unexpected types are preserved, and numbers keep their digits. MongoDB's extended-JSON
/// wrappers (`$date`, `$numberInt`, `$numberLong`, `$numberDouble`, `$oid`) become the plain
/// form that Rocket.Chat answers with.
///
/// A unit is immutable, and a clone costs a reference count. The fields take about five
/// times the memory of the JSON.
///
/// | to | use |
/// |---|---|
/// | send a document in a response | [`as_json`](Unit::as_json), which has a `$date` as a string |
/// | store a document | [`to_extended_json`](Unit::to_extended_json), which preserves every type |
/// | read text | [`from_json`](Unit::from_json) |
/// | read a `serde_json::Value` | `TryFrom` |
/// | read a field that has no method here | `Serialize`, for example `serde_json::to_value(&unit)` |
///
/// `Unit` does not implement `Deserialize`, because serde's data model loses the digits of
/// numbers. Units are equal if they have the same keys in the same order with the same
/// values, digit for digit.
///
/// ```
/// use livechat_units::Unit;
///
/// let unit: Unit = r#"{
///     "_id": "TGjc7wN84KxQup9cF", "type": "u", "name": "Sales",
///     "numMonitors": {"$numberInt": "3"}, "rank": 1.50
/// }"#.parse()?;
/// assert_eq!(unit.name(), Some("Sales"));
/// assert_eq!(unit.num_monitors(), Some(3));
/// assert_eq!(unit.visibility(), None);
/// assert_eq!(
///     unit.as_json(),
///     r#"{"_id":"TGjc7wN84KxQup9cF","type":"u","name":"Sales","numMonitors":3,"rank":1.50}"#
/// );
/// # Ok::<(), livechat_units::UnitError>(())
/// ```
#[doc(alias = "business unit")]
#[derive(Clone, PartialEq, Eq)]
pub struct Unit(Arc<Document>);

#[derive(PartialEq, Eq)]
struct Document {
    fields: Fields,
    json: Box<str>,
}

impl Unit {
    /// The maximum nesting of arrays and objects, in levels. The document itself is one
    /// level. MongoDB stores at most 200 levels, and extended JSON adds at most two.
    pub const MAX_DEPTH: usize = 256;

    /// Reads a document from JSON text. Cost: linear in the length of the text.
    ///
    /// A repeated key keeps its first position and takes its last value, as in
    /// `JSON.parse`. The bare words `NaN`, `Infinity`, `+Infinity` and `-Infinity`, which
    /// `mongoexport` wrote up to version 4.0, are read like the same words in
    /// `$numberDouble`.
    ///
    /// # Errors
    /// If the text is not a JSON object, has no string `_id`, or nests deeper than
    /// [`Unit::MAX_DEPTH`]. [`UnitErrorKind`] has a variant for each case.
    #[doc(alias = "deserialize")]
    pub fn from_json(text: &str) -> Result<Self, UnitError> {
        let valid = json::validate_with_non_finite(text)
            .map_err(|error| UnitError::malformed(text, json::error_position(text, &error)))?;
        let (fields, is_verbatim) = read::document(valid).map_err(|kind| match kind {
            UnitErrorKind::NotAnObject => UnitError::not_an_object(valid),
            _ => UnitError::in_document(kind, valid),
        })?;
        let json = if is_verbatim {
            valid.into()
        } else {
            value::compact_json(&fields, valid.len())
        };
        Self::from_fields(fields, json)
    }

    /// Starts building a unit with this `_id` and the `type` `"u"`.
    pub fn builder(id: impl Into<String>) -> UnitBuilder {
        UnitBuilder::new(id.into())
    }

    /// Makes a unit of fields without repeated keys and their compact JSON.
    fn from_fields(mut fields: Fields, json: Box<str>) -> Result<Self, UnitError> {
        read::convert_updated_at(&mut fields);
        match get(&fields, field::ID) {
            Some(Value::String(_)) => Ok(Self(Arc::new(Document { fields, json }))),
            Some(other) => {
                let mut found = String::new();
                other.push_json(Form::Plain, &mut found);
                let error = UnitError::in_document(UnitErrorKind::IdNotAString, &json);
                Err(error.with_found(&found))
            }
            None => Err(UnitError::in_document(UnitErrorKind::MissingId, &json)),
        }
    }

    /// The document as compact JSON in the plain form of SPEC §1. Cost: none; a unit
    /// contains its JSON.
    pub fn as_json(&self) -> &str {
        &self.0.json
    }

    /// The document as compact JSON from which [`Unit::from_json`] reads an equal unit.
    /// Stores write this form.
    ///
    /// It is borrowed from [`as_json`](Unit::as_json), unless MongoDB's wrappers have to
    /// preserve a value: a date other than `_updatedAt`, or a number that JSON cannot write.
    ///
    /// ```
    /// use livechat_units::Unit;
    ///
    /// let unit: Unit = r#"{"_id":"u","since":{"$date":"2022-09-15T11:44:32Z"}}"#.parse()?;
    /// assert_eq!(unit.as_json(), r#"{"_id":"u","since":"2022-09-15T11:44:32.000Z"}"#);
    /// let stored = unit.to_extended_json();
    /// assert_eq!(stored, r#"{"_id":"u","since":{"$date":"2022-09-15T11:44:32.000Z"}}"#);
    /// assert_eq!(Unit::from_json(&stored)?, unit);
    /// # Ok::<(), livechat_units::UnitError>(())
    /// ```
    #[doc(alias = "EJSON")]
    pub fn to_extended_json(&self) -> Cow<'_, str> {
        if self.reads_back() {
            return Cow::Borrowed(self.as_json());
        }
        let mut json = String::with_capacity(self.as_json().len() + 32);
        value::push_object(&self.0.fields, Form::Extended, &mut json);
        Cow::Owned(json)
    }

    /// The value of `_id`, which identifies the unit within a store.
    pub fn id(&self) -> &str {
        // `from_fields`, the only constructor, refuses a document without a string `_id`.
        self.get_string(field::ID).unwrap_or_default()
    }

    /// Whether the `type` of the document is the string `"u"` (SPEC §1). Stores list and
    /// count only such documents.
    pub fn is_unit(&self) -> bool {
        self.get_string(field::TYPE) == Some(field::UNIT_TYPE)
    }

    /// The value of `name`, if it is a string.
    pub fn name(&self) -> Option<&str> {
        self.get_string(Field::Name.path())
    }

    /// The value of `visibility`, if it is a string. The documented values are `public`
    /// and `private`.
    pub fn visibility(&self) -> Option<&str> {
        self.get_string(Field::Visibility.path())
    }

    /// The value of `numMonitors`, if it is a whole number that fits 64 bits.
    pub fn num_monitors(&self) -> Option<i64> {
        self.get_integer(Field::NumMonitors.path())
    }

    /// The value of `numDepartments`, if it is a whole number that fits 64 bits.
    pub fn num_departments(&self) -> Option<i64> {
        self.get_integer(Field::NumDepartments.path())
    }

    /// The value of `_updatedAt`, if it is a date.
    pub fn updated_at(&self) -> Option<Timestamp> {
        match self.get(Field::UpdatedAt.path())? {
            Value::Date(date) => Some(date.at),
            _ => None,
        }
    }

    /// Whether reading [`Unit::as_json`] returns an equal unit: every date is `_updatedAt`,
    /// and every number has its value in JSON.
    pub(crate) fn reads_back(&self) -> bool {
        self.0.fields.iter().all(|(key, value)| {
            let is_updated_at = key == Field::UpdatedAt.path() && matches!(value, Value::Date(_));
            is_updated_at || value.reads_back()
        })
    }

    /// The value of a top-level field.
    pub(crate) fn get(&self, key: &str) -> Option<&Value> {
        get(&self.0.fields, key)
    }

    /// The value under the first segment of a dotted path; see [`enter`].
    pub(crate) fn enter<'p>(&self, path: &'p str) -> Option<(&Value, &'p str)> {
        enter(&self.0.fields, path)
    }

    fn get_string(&self, key: &str) -> Option<&str> {
        match self.get(key)? {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    fn get_integer(&self, key: &str) -> Option<i64> {
        match self.get(key)? {
            Value::Number(number) => number.as_integer(),
            _ => None,
        }
    }
}

/// The JSON form in which a value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// The plain form of SPEC §1, which responses contain.
    Plain,
    /// The plain form, but with an extended-JSON wrapper around each value that the plain
    /// form does not preserve. A document that is read from this form equals the original.
    Extended,
}

/// Reads one top-level field from the compact JSON of a unit that
/// [reads back](Unit::reads_back). Cost: the bytes up to the end of the field.
pub(crate) fn field_of(json: &[u8], key: &str) -> Option<Value> {
    let (_, literal) = json::member(json, key)?;
    let mut value = read::field(std::str::from_utf8(literal).ok()?).ok()?;
    read::convert_if_updated_at(key, &mut value);
    Some(value)
}

/// The value of `key` in an object.
pub(crate) fn get<'a>(fields: &'a Fields, key: &str) -> Option<&'a Value> {
    let found = fields.iter().find(|(known, _)| known == key);
    found.map(|(_, value)| value)
}

/// The value of the first segment of a dotted path, and the rest of the path without the
/// dot. The rest is empty after the last segment.
///
/// Cost: linear in the length of the keys. A path may be much longer than the keys, so it is
/// not searched for a dot.
pub(crate) fn enter<'a, 'p>(fields: &'a Fields, path: &'p str) -> Option<(&'a Value, &'p str)> {
    fields.iter().find_map(|(key, value)| {
        let rest = path.strip_prefix(key.as_ref())?;
        let rest = match rest {
            "" => rest,
            _ => rest.strip_prefix('.')?,
        };
        // A segment has no dot, so no path leads to a key with a dot.
        (!key.contains('.')).then_some((value, rest))
    })
}

/// Writes [`Unit::as_json`].
impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_json())
    }
}

/// Reads a document as [`Unit::from_json`] does.
impl FromStr for Unit {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::from_json(text)
    }
}

/// Reads a document with the order of keys and the digits of the value. Cost: the value is
/// written and read again.
impl TryFrom<serde_json::Value> for Unit {
    type Error = UnitError;

    fn try_from(value: serde_json::Value) -> Result<Self, Self::Error> {
        if !read::is_within_depth(&value, 1) {
            // The error cannot show the document, because writing it would exhaust the
            // stack.
            let id = value.get(field::ID).and_then(serde_json::Value::as_str);
            let document = format!("with the _id {:?}", id.unwrap_or_default());
            return Err(UnitError::in_document(UnitErrorKind::TooDeep, &document));
        }
        Self::from_json(&value.to_string())
    }
}

/// Serialises the plain form of SPEC §1. A number that is no 64-bit integer becomes the
/// nearest double, or null if it exceeds the doubles. Only [`Unit::as_json`] has every digit.
impl Serialize for Unit {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        value::serialize_object(&self.0.fields, serializer)
    }
}

impl fmt::Debug for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Unit").field(&self.as_json()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn enter_takes_one_segment_of_a_path() {
        let unit = Unit::from_json(r#"{"_id":"a","name":{"x":1},"a.b":2}"#).unwrap();
        let enter = |path| enter(&unit.0.fields, path).map(|(_, rest)| rest);
        assert_eq!(enter("name"), Some(""));
        assert_eq!(enter("name.x.y"), Some("x.y"));
        for other in ["nam", "names", "name_x", "a", "a.b", ""] {
            assert_eq!(enter(other), None, "{other}");
        }
    }

    #[test]
    fn a_unit_is_shown_as_its_json() {
        let unit = Unit::from_json(r#"{"_id":"a"}"#).unwrap();
        assert_eq!(
            format!("{unit} {unit:?}"),
            r#"{"_id":"a"} Unit("{\"_id\":\"a\"}")"#
        );
    }

    #[test]
    fn an_error_has_the_byte_at_which_the_text_stops_being_json() {
        for (text, byte) in [("", 0), (r#"{"_id":"#, 7), (r#"{"_id":"a"} x"#, 12)] {
            let error = Unit::from_json(text).unwrap_err();
            assert_eq!(error.byte(), Some(byte), "{text}");
        }
        assert_eq!(Unit::from_json("{}").unwrap_err().byte(), None);
    }
}
