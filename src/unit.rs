//! One document of the collection (SPEC §1): the type [`Unit`].
//!
//! ```text
//! Unit ─► Arc<Document> ─► json:   Box<str>              the compact JSON, for responses
//!                          spans:  [(start, end); 7]     the fields of SPEC §1 in `json`
//!                          fields: Vec<(key, Value)>     all values, read when they are needed
//! ```
//!
//! Reading a document takes one pass over its text, [`scan`], and two allocations. The
//! fields of SPEC §1 are read through `spans`. The first access to another field parses `json` into
//! `fields`, once for a unit. Finding a field there takes time linear in the number of fields.
//!
//! The JSON of a few units does not preserve all values: a date other than `_updatedAt`, for
//! example, is a string in it. Such a unit has no spans. Its `fields` are parsed when the document
//! is read.

mod builder;
mod error;
mod extended;
pub(crate) mod number;
mod read;
mod scan;
mod serde;
mod spans;
mod timestamp;
pub(crate) mod value;

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, OnceLock};

pub use self::builder::UnitBuilder;
pub use self::error::{UnitError, UnitErrorKind};
use self::number::Number;
use self::scan::Scanned;
use self::spans::Spans;
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
/// A unit is immutable, and a clone costs a reference count. A unit takes the memory of its JSON
/// and about 130 bytes. When a sort order or a serializer first needs a field without a method
/// here, all fields are parsed. They then take about five times the memory of the JSON.
///
/// | to | use |
/// |---|---|
/// | send a document in a response | [`as_json`](Unit::as_json), which has a `$date` as a string |
/// | store a document | [`to_extended_json`](Unit::to_extended_json), which preserves every type |
/// | read text | [`from_json`](Unit::from_json) |
/// | read a struct of the host | [`from_serialize`](Unit::from_serialize) |
/// | read units inside a struct of the host | `Deserialize` |
/// | read a `serde_json::Value` | `TryFrom` |
/// | read a field that has no method here | `Serialize`, for example `serde_json::to_value(&unit)` |
///
/// Units are equal if they have the same keys in the same order with the same values, digit for
/// digit.
///
/// ```
/// use livechat_units::Unit;
///
/// let unit: Unit = r#"{
///     "_id": "TGjc7wN84KxQup9cF", "type": "u", "name": "Sales",
///     "numMonitors": {"$numberInt": "3"}, "rank": 1.50
/// }"#.parse()?;
/// assert_eq!((unit.name(), unit.num_monitors()), (Some("Sales"), Some(3)));
/// assert_eq!(
///     unit.as_json(),
///     r#"{"_id":"TGjc7wN84KxQup9cF","type":"u","name":"Sales","numMonitors":3,"rank":1.50}"#
/// );
/// # Ok::<(), livechat_units::UnitError>(())
/// ```
#[doc(alias = "business unit")]
#[derive(Clone)]
pub struct Unit(Arc<Document>);

struct Document {
    json: Box<str>,
    /// Where the fields of SPEC §1 are in `json`. `None` if reading `json` does not return an equal
    /// unit.
    spans: Option<Spans>,
    /// All fields, parsed when they are first needed. Without `spans` they are always set.
    fields: OnceLock<Fields>,
}

/// The value of a top-level field.
pub(crate) enum FieldValue<'a> {
    /// Null, or no field at all.
    Null,
    Number(Number),
    String(Cow<'a, str>),
    Date(Timestamp),
    /// A value of any type that was read from all fields. The other variants are read from `json`.
    Any(&'a Value),
}

impl Unit {
    /// The maximum nesting of arrays and objects in a text, in levels, wrappers included. The
    /// document is one level. MongoDB stores at most 200 levels, and extended JSON adds two.
    pub const MAX_DEPTH: usize = 256;

    /// Reads a document from JSON text. Cost: linear in the length of the text.
    ///
    /// A repeated key keeps its first position and takes its last value, as in `JSON.parse`. The
    /// bare words `NaN`, `Infinity`, `+Infinity` and `-Infinity`, which `mongoexport` wrote up to
    /// version 4.0, are read like the same words in `$numberDouble`.
    ///
    /// # Errors
    /// [`UnitErrorKind`] has a variant for each reason.
    #[doc(alias = "deserialize")]
    pub fn from_json(text: &str) -> Result<Self, UnitError> {
        match scan::document(text)? {
            Scanned::Compact(json, spans) => Ok(Self::of(json, Some(spans), OnceLock::new())),
            Scanned::Other { is_preserved } => Self::from_all_fields(text, is_preserved),
        }
    }

    /// Reads a valid document with all its values.
    #[cold]
    fn from_all_fields(text: &str, is_preserved: bool) -> Result<Self, UnitError> {
        let fields = read::document(text);
        let mut json = String::with_capacity(text.len());
        value::push_object(&fields, Form::Plain, &mut json);
        match get(&fields, field::ID) {
            Some(Value::String(_)) => {}
            other => return Err(UnitError::invalid_id(other, &json)),
        }
        let spans = match is_preserved.then(|| scan::document(&json)) {
            Some(Ok(Scanned::Compact(_, spans))) => Some(spans),
            _ => None,
        };
        Ok(Self::of(json, spans, OnceLock::from(fields)))
    }

    /// Starts building a unit with this `_id` and the `type` `"u"`.
    pub fn builder(id: impl Into<String>) -> UnitBuilder {
        UnitBuilder::new(&id.into())
    }

    fn of(json: impl Into<Box<str>>, spans: Option<Spans>, fields: OnceLock<Fields>) -> Self {
        Self(Arc::new(Document {
            json: json.into(),
            spans,
            fields,
        }))
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
    #[doc(alias = "EJSON")]
    pub fn to_extended_json(&self) -> Cow<'_, str> {
        if self.is_lossless() {
            return Cow::Borrowed(self.as_json());
        }
        let mut json = String::with_capacity(self.as_json().len() + 32);
        value::push_object(self.fields(), Form::Extended, &mut json);
        Cow::Owned(json)
    }

    /// The value of `_id`, which identifies the unit within a store.
    pub fn id(&self) -> &str {
        // Every constructor checks that `_id` is a string: the default is never returned.
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
        self.get_integer(Field::NumMonitors)
    }

    /// The value of `numDepartments`, if it is a whole number that fits 64 bits.
    pub fn num_departments(&self) -> Option<i64> {
        self.get_integer(Field::NumDepartments)
    }

    /// The value of `_updatedAt`, if it is a date.
    pub fn updated_at(&self) -> Option<Timestamp> {
        match self.field_value(Field::UpdatedAt.path()) {
            FieldValue::Date(at) => Some(at),
            FieldValue::Any(Value::Date(date)) => Some(date.at),
            _ => None,
        }
    }

    /// Whether reading [`Unit::as_json`] returns an equal unit.
    pub(crate) fn is_lossless(&self) -> bool {
        self.0.spans.is_some()
    }

    /// The value of a top-level field. Cost: for a string, a number, a date or null in a field of
    /// SPEC §1, the length of the value. Otherwise the first call parses all fields of the unit.
    pub(crate) fn field_value(&self, key: &str) -> FieldValue<'_> {
        let index = spans::index_of(key);
        if let Some((spans, index)) = self.0.spans.as_ref().zip(index) {
            let literal = spans.literal(index, self.as_json()).unwrap_or("null");
            if let Some(value) = FieldValue::of_literal(key, literal) {
                return value;
            }
        }
        self.get(key).map_or(FieldValue::Null, FieldValue::Any)
    }

    /// The value of a top-level field. Cost: reading all fields, once for a unit.
    pub(crate) fn get(&self, key: &str) -> Option<&Value> {
        get(self.fields(), key)
    }

    /// The value under the first segment of a dotted path; see [`first_segment`].
    pub(crate) fn first_segment<'p>(&self, path: &'p str) -> Option<(&Value, &'p str)> {
        first_segment(self.fields(), path)
    }

    fn fields(&self) -> &Fields {
        self.0.fields.get_or_init(|| read::document(self.as_json()))
    }

    fn get_string(&self, key: &str) -> Option<&str> {
        let value = match self.field_value(key) {
            FieldValue::String(Cow::Borrowed(text)) => return Some(text),
            FieldValue::String(Cow::Owned(_)) => self.get(key)?,
            FieldValue::Any(value) => value,
            _ => return None,
        };
        match value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    fn get_integer(&self, field: Field) -> Option<i64> {
        match self.field_value(field.path()) {
            FieldValue::Number(number) => number.as_integer(),
            FieldValue::Any(Value::Number(number)) => number.as_integer(),
            _ => None,
        }
    }
}

impl<'a> FieldValue<'a> {
    /// The value of a JSON literal that is a string, a number or null.
    fn of_literal(key: &str, literal: &'a str) -> Option<Self> {
        if !literal.starts_with('"') {
            let number = || Number::from_literal(literal).map(Self::Number);
            return (literal == "null").then_some(Self::Null).or_else(number);
        }
        let text = json::decode_string(literal);
        let is_updated_at = key == Field::UpdatedAt.path();
        let date = is_updated_at.then(|| Timestamp::parse_strict(&text));
        Some(date.flatten().map_or(Self::String(text), Self::Date))
    }
}

/// Units are equal if their JSON is equal and, where JSON does not preserve all values, their
/// values are equal too.
impl PartialEq for Unit {
    fn eq(&self, other: &Self) -> bool {
        let are_lossless = self.is_lossless() && other.is_lossless();
        self.as_json() == other.as_json() && (are_lossless || self.fields() == other.fields())
    }
}

impl Eq for Unit {}

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
/// [is lossless](Unit::is_lossless). Cost: the bytes up to the end of the field.
pub(crate) fn field_of(json: &[u8], key: &str) -> Option<Value> {
    let (_, literal) = json::find_member(json, key)?;
    let mut value = read::field(std::str::from_utf8(literal).ok()?);
    read::convert_if_updated_at(key, &mut value);
    Some(value)
}

/// The value of `key` in an object.
pub(crate) fn get<'a>(fields: &'a Fields, key: &str) -> Option<&'a Value> {
    let mut fields = fields.iter();
    fields.find_map(|(known, value)| (known == key).then_some(value))
}

/// The value of the first segment of a dotted path, and the rest of the path without the
/// dot. The rest is empty after the last segment.
///
/// Cost: the length of the keys. The path, which may be much longer, is not searched for a dot.
pub(crate) fn first_segment<'f, 'p>(
    fields: &'f Fields,
    path: &'p str,
) -> Option<(&'f Value, &'p str)> {
    fields.iter().find_map(|(key, value)| {
        let rest = match path.strip_prefix(key.as_ref())? {
            "" => "",
            rest => rest.strip_prefix('.')?,
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

impl fmt::Debug for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Unit").field(&self.as_json()).finish()
    }
}

#[cfg(test)]
mod tests;
