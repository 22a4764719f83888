//! One document of the collection (SPEC §1).

mod builder;
mod error;
mod extended;
pub(crate) mod form;
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
use self::form::Form;
pub use self::timestamp::{Timestamp, TimestampError};
use self::value::{Fields, Value};
use crate::json;

/// A business unit: one JSON document, kept without loss.
///
/// Reading accepts any document with a string `_id`: unknown keys, missing keys
/// and values of unexpected types are kept as they are, numbers digit for digit.
/// MongoDB's extended-JSON wrappers (`$date`, `$numberInt`, `$numberLong`,
/// `$numberDouble`, `$oid`) come out in the plain form that Rocket.Chat answers
/// with (SPEC §1). A document is immutable, its JSON is written once, and a clone
/// costs a reference count.
///
/// A collection holds departments beside units, so not every document that can be
/// read is one that a listing shows: see [`Unit::is_unit`].
///
/// What [`as_json`](Unit::as_json) writes is the answer, in which a `$date` is a
/// string: read again, only `_updatedAt` is a date. Keep
/// [`to_extended_json`](Unit::to_extended_json) where every type must survive.
///
/// There is no `Deserialize`, which would lose digits before the document is seen:
/// read text with [`Unit::from_json`], or a value with `TryFrom`. Fields without a method
/// here are read through `Serialize`, by `serde_json::to_value(&unit)`, say.
///
/// Two units are equal when their documents are, key for key in their order and digit for
/// digit.
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
    /// How deep arrays and objects of a document may nest, the document itself
    /// counted. MongoDB stores at most 200 levels; extended JSON adds two.
    pub const MAX_DEPTH: usize = 256;

    /// Reads a document from JSON text.
    ///
    /// A repeated key keeps its first place and takes its last value, as
    /// `JSON.parse` has it. The bare words `NaN`, `Infinity`, `+Infinity` and `-Infinity`,
    /// which are not JSON but which `mongoexport` wrote up to version 4.0, are read as
    /// `$numberDouble` reads them. Cost: the length of the text.
    ///
    /// ```
    /// use livechat_units::Unit;
    ///
    /// let unit = Unit::from_json(r#"{"_id":"u","type":"u","name":"NaN","rank":NaN}"#)?;
    /// assert_eq!(unit.as_json(), r#"{"_id":"u","type":"u","name":"NaN","rank":null}"#);
    /// # Ok::<(), livechat_units::UnitError>(())
    /// ```
    ///
    /// # Errors
    /// When the text is not a JSON object, has no string `_id`, or nests deeper
    /// than [`Unit::MAX_DEPTH`].
    #[doc(alias = "deserialize")]
    pub fn from_json(text: &str) -> Result<Self, UnitError> {
        let valid = json::validate_with_words(text)
            .map_err(|error| UnitError::malformed(text, json::place(text, &error)))?;
        let (fields, is_verbatim) = read::document(valid).map_err(|kind| match kind {
            UnitErrorKind::NotAnObject => UnitError::not_an_object(valid),
            _ => UnitError::in_document(kind, valid),
        })?;
        let json = if is_verbatim {
            valid.into()
        } else {
            value::compact(&fields, valid.len())
        };
        Self::from_fields(fields, json)
    }

    /// Starts a unit with this `_id` and `"type": "u"`.
    ///
    /// ```
    /// use livechat_units::Unit;
    ///
    /// let unit = Unit::builder("LnM2rzbknjYSkkd5p")
    ///     .name("Sales Unit")
    ///     .visibility("public")
    ///     .num_monitors(1)
    ///     .field("customFields", serde_json::json!({"region": "EU"}))
    ///     .build()?;
    /// assert!(unit.is_unit());
    /// # Ok::<(), livechat_units::UnitError>(())
    /// ```
    pub fn builder(id: impl Into<String>) -> UnitBuilder {
        UnitBuilder::new(id.into())
    }

    /// A document with its compact JSON.
    fn from_fields(mut fields: Fields, json: Box<str>) -> Result<Self, UnitError> {
        read::settle_date(&mut fields);
        match get(&fields, "_id") {
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

    /// The document as compact JSON, in the plain form of SPEC §1.
    pub fn as_json(&self) -> &str {
        &self.0.json
    }

    /// The document as compact JSON from which [`Unit::from_json`] makes this very unit
    /// again: what a store keeps. It is [`as_json`](Unit::as_json) unless that would turn
    /// a date other than `_updatedAt` into a string or a number into another; these are
    /// written with MongoDB's wrappers.
    ///
    /// ```
    /// use livechat_units::Unit;
    ///
    /// let unit: Unit = r#"{"_id":"u","since":{"$date":"2022-09-15T11:44:32Z"}}"#.parse()?;
    /// assert_eq!(unit.as_json(), r#"{"_id":"u","since":"2022-09-15T11:44:32.000Z"}"#);
    /// let kept = unit.to_extended_json();
    /// assert_eq!(kept, r#"{"_id":"u","since":{"$date":"2022-09-15T11:44:32.000Z"}}"#);
    /// assert_eq!(Unit::from_json(&kept)?, unit);
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

    /// `_id`, the unit's identity within a store.
    pub fn id(&self) -> &str {
        // Every constructor has refused a document without one.
        self.string("_id").unwrap_or_default()
    }

    /// Whether the document is a unit: its `type` is the string `"u"` (SPEC §1).
    /// Stores list, count and match nothing else.
    pub fn is_unit(&self) -> bool {
        self.string("type") == Some("u")
    }

    /// `name`, where it is a string.
    pub fn name(&self) -> Option<&str> {
        self.string("name")
    }

    /// `visibility`, where it is a string; usually `public` or `private`.
    pub fn visibility(&self) -> Option<&str> {
        self.string("visibility")
    }

    /// `numMonitors`, where it is a whole number of 64 bits.
    pub fn num_monitors(&self) -> Option<i64> {
        self.integer("numMonitors")
    }

    /// `numDepartments`, where it is a whole number of 64 bits.
    pub fn num_departments(&self) -> Option<i64> {
        self.integer("numDepartments")
    }

    /// `_updatedAt`, where it is a date.
    pub fn updated_at(&self) -> Option<Timestamp> {
        match self.get("_updatedAt")? {
            Value::Date(date) => Some(date.at),
            _ => None,
        }
    }

    /// Whether a unit read from [`Unit::as_json`] is this one again: only
    /// `_updatedAt` may be a date, and no number may have lost its value.
    pub(crate) fn reads_back(&self) -> bool {
        self.0.fields.iter().all(|(key, value)| {
            let date = key == "_updatedAt" && matches!(value, Value::Date(_));
            date || value.reads_back()
        })
    }

    /// The value of a top-level field.
    pub(crate) fn get(&self, key: &str) -> Option<&Value> {
        get(&self.0.fields, key)
    }

    /// See [`enter`].
    pub(crate) fn enter<'p>(&self, path: &'p str) -> Option<(&Value, &'p str)> {
        enter(&self.0.fields, path)
    }

    fn string(&self, key: &str) -> Option<&str> {
        match self.get(key)? {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    fn integer(&self, key: &str) -> Option<i64> {
        match self.get(key)? {
            Value::Number(number) => number.as_integer(),
            _ => None,
        }
    }
}

/// The value of a top-level field of the document that `json` is, as a unit has it
/// that [reads back](Unit::reads_back).
pub(crate) fn field_of(json: &[u8], key: &str) -> Option<Value> {
    let (_, literal) = json::member(json, key)?;
    let mut value = read::field(std::str::from_utf8(literal).ok()?).ok()?;
    read::settle(key, &mut value);
    Some(value)
}

/// The value under `key` in an object.
pub(crate) fn get<'a>(fields: &'a Fields, key: &str) -> Option<&'a Value> {
    fields
        .iter()
        .find_map(|(known, value)| (known == key).then_some(value))
}

/// The value under the first segment of a dotted path, and the path after it.
///
/// The segment is not looked for in the path, which may be much longer than the object:
/// the keys say where it can end.
pub(crate) fn enter<'a, 'p>(fields: &'a Fields, path: &'p str) -> Option<(&'a Value, &'p str)> {
    fields.iter().find_map(|(key, value)| {
        let rest = path.strip_prefix(key.as_ref())?;
        let rest = match rest.strip_prefix('.') {
            Some(rest) => rest,
            None if rest.is_empty() => rest,
            None => return None,
        };
        // A key with a dot is more than a segment, and no path leads to it.
        (!key.contains('.')).then_some((value, rest))
    })
}

/// See [`Unit::as_json`].
impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_json())
    }
}

/// See [`Unit::from_json`].
impl FromStr for Unit {
    type Err = UnitError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::from_json(text)
    }
}

/// Reads a document that a host already holds as a value. Its keys come in the
/// order in which `serde_json` keeps them, and its numbers with the digits it kept.
impl TryFrom<serde_json::Value> for Unit {
    type Error = UnitError;

    fn try_from(value: serde_json::Value) -> Result<Self, Self::Error> {
        if !read::keeps_depth(&value, 1) {
            // Not the document: writing it would exhaust the stack.
            let id = value.get("_id").and_then(serde_json::Value::as_str);
            let document = format!("with the _id {:?}", id.unwrap_or_default());
            return Err(UnitError::in_document(UnitErrorKind::TooDeep, &document));
        }
        Self::from_json(&value.to_string())
    }
}

/// The object that [`Unit::as_json`] shows, for any format. The data model of serde
/// has no number that keeps its digits: one that is no integer of 64 bits becomes its
/// nearest double, and null beyond the doubles. Only `as_json` has every digit.
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
    fn a_path_is_entered_segment_by_segment() {
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
    fn an_error_says_where_the_text_stops_being_json() {
        for (text, position) in [("", 0), (r#"{"_id":"#, 7), (r#"{"_id":"a"} x"#, 12)] {
            let error = Unit::from_json(text).unwrap_err();
            assert_eq!(error.position(), Some(position), "{text}");
        }
        assert_eq!(Unit::from_json("{}").unwrap_err().position(), None);
    }
}
