//! Units, and structs of the host, through serde.
//!
//! serde's data model has no digits of a number. JSON text keeps them, so a unit is deserialised
//! from the text of its document if the format has one: `serde_json` hands over the text of a value to
//! a [`RawValue`].

use std::cell::Cell;
use std::fmt;

use serde::de::value::{Error as ValueError, MapAccessDeserializer};
use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};
use serde::forward_to_deserialize_any;
use serde::ser::{Serialize, Serializer};
use serde_json::value::RawValue;

use super::{Unit, UnitError, UnitErrorKind, read, value};
use crate::{field, json};

impl Unit {
    /// Reads a document from a value of the host: the value is written as JSON, and the text is read.
    /// Keys keep the order of the struct. Cost: linear in the length of the JSON.
    ///
    /// The JSON needs a string `_id`. Stores list it only if its `type` is `"u"`, which
    /// `#[serde(tag = "type", rename = "u")]` writes for a struct. A `_updatedAt` can be a
    /// [`Timestamp`](super::Timestamp), or another type with one of the modules in
    /// [`dates`](crate::dates). As in `serde_json`, NaN and the infinities become null.
    ///
    /// ```
    /// use livechat_units::{Unit, dates};
    ///
    /// #[derive(serde::Serialize)]
    /// #[serde(tag = "type", rename = "u")]
    /// struct Team {
    ///     #[serde(rename = "_id")]
    ///     id: String,
    ///     name: String,
    ///     #[serde(rename = "numMonitors")]
    ///     monitors: u32,
    ///     #[serde(rename = "_updatedAt", with = "dates::micros")]
    ///     changed: i64,
    /// }
    ///
    /// let team = Team { id: "t1".into(), name: "Sales".into(), monitors: 3, changed: 1_500_000 };
    /// let unit = Unit::from_serialize(&team)?;
    /// assert!(unit.is_unit());
    /// assert_eq!(
    ///     unit.as_json(),
    ///     r#"{"type":"u","_id":"t1","name":"Sales","numMonitors":3,"_updatedAt":"1970-01-01T00:00:01.500Z"}"#
    /// );
    /// # Ok::<(), livechat_units::UnitError>(())
    /// ```
    ///
    /// # Errors
    /// [`UnitErrorKind::NotSerializable`] if the value does not serialise as JSON, and the errors of
    /// [`Unit::from_json`].
    pub fn from_serialize<T: Serialize + ?Sized>(value: &T) -> Result<Self, UnitError> {
        let json = serde_json::to_string(value);
        Self::from_json(&json.map_err(|error| UnitError::not_serializable(&error))?)
    }
}

/// Writes the value as JSON and reads that text. Keys keep their order, and numbers their digits.
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
        value::serialize_object(self.fields(), serializer)
    }
}

/// Reads a document as [`Unit::from_json`] does, also inside a struct of the host.
///
/// | source | what is kept |
/// |---|---|
/// | JSON text, by `serde_json` | everything: digits, and the order of keys. Errors have the line and column at which `serde_json` stopped, behind the document |
/// | a `serde_json::Value` | everything that the `Value` has: the digits of its doubles, and sorted keys, unless features of `serde_json` say otherwise |
/// | a field with `#[serde(flatten)]`, or another format | the order of the top-level keys. Numbers are those of serde's data model, and keys inside fields are sorted, as in a `Value` |
///
/// A type that MongoDB's driver writes as extended JSON, such as a date, is read from it.
///
/// ```
/// use livechat_units::Unit;
///
/// #[derive(serde::Deserialize)]
/// struct Export {
///     workspace: String,
///     units: Vec<Unit>,
/// }
///
/// let text = r#"{"workspace":"w1","units":[{"_id":"uA","type":"u","rank":1.50}]}"#;
/// let export: Export = serde_json::from_str(text)?;
/// assert_eq!(export.units[0].as_json(), r#"{"_id":"uA","type":"u","rank":1.50}"#);
///
/// let error = serde_json::from_str::<Vec<Unit>>("[\n{\"_id\":7}]").unwrap_err();
/// assert_eq!(error.line(), 2);
/// assert!(error.to_string().starts_with("expected a string `_id`, found 7"));
/// # Ok::<(), serde_json::Error>(())
/// ```
impl<'de> Deserialize<'de> for Unit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // serde_json recognises a `RawValue` by the name of its type, which is not public.
        let name = Cell::new("");
        let _ = Box::<RawValue>::deserialize(NameOfType(&name));
        deserializer.deserialize_newtype_struct(name.get(), Document)
    }
}

/// Learns the name under which a type asks for its content, and has no content.
struct NameOfType<'a>(&'a Cell<&'static str>);

impl<'de> Deserializer<'de> for NameOfType<'_> {
    type Error = ValueError;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, ValueError> {
        Err(de::Error::custom("no content"))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, ValueError> {
        self.0.set(name);
        self.deserialize_any(visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// Reads a unit from its text, or from its keys and values.
struct Document;

impl<'de> Visitor<'de> for Document {
    type Value = Unit;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a document, a JSON object")
    }

    /// The text of the document, in the form that only a `RawValue` reads.
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Unit, A::Error> {
        let text = Box::<RawValue>::deserialize(MapAccessDeserializer::new(map))?;
        Unit::from_json(text.get()).map_err(de::Error::custom)
    }

    /// A format without text.
    fn visit_newtype_struct<D: Deserializer<'de>>(self, fields: D) -> Result<Unit, D::Error> {
        fields.deserialize_map(Members)
    }
}

/// Reads a unit from its keys and values.
struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Unit;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Document.expecting(f)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Unit, A::Error> {
        let mut text = String::from("{");
        while let Some((key, value)) = map.next_entry::<String, serde_json::Value>()? {
            if !read::is_within_depth(&value, 2) {
                let found = format!("with the key {key:?}");
                let error = UnitError::in_document(UnitErrorKind::TooDeep, &found);
                return Err(de::Error::custom(error));
            }
            if text.len() > 1 {
                text.push(',');
            }
            json::push_string(&mut text, &key);
            text.push(':');
            text.push_str(&value.to_string());
        }
        text.push('}');
        Unit::from_json(&text).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
