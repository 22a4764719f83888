//! The values of a document, and writing them as JSON or through serde.
//!
//! Numbers and dates contain their text, so that a document is written with the digits with
//! which it was read.

use std::borrow::Cow;

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::Form;
use super::number::Number;
use super::timestamp::Timestamp;
use crate::json;

/// A key or a string of a document. A string that nearly every document contains is static.
pub(crate) type Text = Cow<'static, str>;

/// The members of an object in the order of the document. Keys are unique.
pub(crate) type Fields = Vec<(Text, Value)>;

/// One value of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Number(Number),
    String(Text),
    Array(Vec<Value>),
    Object(Fields),
    /// Responses show a date as a string; orders compare it as an instant.
    Date(Date),
}

/// An instant, and the text with which responses show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Date {
    pub(crate) at: Timestamp,
    text: Text,
}

impl Date {
    /// A date with the text of the form of SPEC §1, with milliseconds.
    pub(crate) fn new(at: Timestamp) -> Self {
        let text = Text::Owned(at.to_string());
        Self { at, text }
    }

    /// Parses `text` in the form of SPEC §1, with or without milliseconds. Takes the text
    /// if it is a date.
    pub(crate) fn from_plain(text: &mut Text) -> Option<Self> {
        let at = Timestamp::parse_strict(text)?;
        let text = std::mem::take(text);
        Some(Self { at, text })
    }
}

impl Value {
    /// Whether reading the plain JSON of the value returns an equal value.
    pub(super) fn reads_back(&self) -> bool {
        match self {
            Self::Null | Self::Bool(_) | Self::String(_) => true,
            Self::Number(number) => number.reads_back(),
            Self::Date(_) => false,
            Self::Array(elements) => elements.iter().all(Self::reads_back),
            Self::Object(fields) => match fields.as_slice() {
                // Such an object could be read as a wrapper.
                [(key, _)] if key.starts_with('$') => false,
                fields => fields.iter().all(|(_, value)| value.reads_back()),
            },
        }
    }

    /// Appends the value as compact JSON.
    pub(crate) fn push_json(&self, form: Form, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(true) => out.push_str("true"),
            Self::Bool(false) => out.push_str("false"),
            Self::Number(number) => number.push_json(form, out),
            Self::String(text) => json::push_string(out, text),
            Self::Date(date) => match form {
                Form::Extended if date.text == date.at.to_string() => {
                    out.push_str(r#"{"$date":"#);
                    json::push_string(out, &date.text);
                    out.push('}');
                }
                // Only `_updatedAt` has a text without milliseconds, and there the plain
                // text is read as a date.
                Form::Plain | Form::Extended => json::push_string(out, &date.text),
            },
            Self::Array(elements) => {
                out.push('[');
                for (i, element) in elements.iter().enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    element.push_json(form, out);
                }
                out.push(']');
            }
            Self::Object(fields) => push_object(fields, form, out),
        }
    }
}

/// Writes an object as compact JSON in the plain form. `capacity` is an estimate of its
/// length in bytes.
pub(super) fn compact_json(fields: &[(Text, Value)], capacity: usize) -> Box<str> {
    let mut json = String::with_capacity(capacity);
    push_object(fields, Form::Plain, &mut json);
    json.into_boxed_str()
}

/// Appends an object as compact JSON.
pub(crate) fn push_object(fields: &[(Text, Value)], form: Form, out: &mut String) {
    out.push('{');
    for (i, (key, value)) in fields.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        json::push_string(out, key);
        out.push(':');
        value.push_json(form, out);
    }
    out.push('}');
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(Number::Int(int)) => serializer.serialize_i64(*int),
            Self::Number(Number::Double { value, .. }) if value.is_finite() => {
                serializer.serialize_f64(*value)
            }
            // As in JSON, NaN and the infinities are null.
            Self::Null | Self::Number(Number::Double { .. }) => serializer.serialize_unit(),
            Self::String(text) => serializer.serialize_str(text),
            Self::Date(date) => serializer.serialize_str(&date.text),
            Self::Array(elements) => serializer.collect_seq(elements),
            Self::Object(fields) => serialize_object(fields, serializer),
        }
    }
}

/// Serialises an object as a map with its keys in their order.
pub(crate) fn serialize_object<S: Serializer>(
    fields: &[(Text, Value)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(fields.len()))?;
    for (key, value) in fields {
        map.serialize_entry(key, value)?;
    }
    map.end()
}

#[cfg(test)]
mod tests {
    use crate::unit::Unit;

    #[test]
    fn values_that_plain_json_preserves_are_distinguished_from_others() {
        for (value, reads_back) in [
            ("null", true),
            ("true", true),
            (r#""2022-09-15T11:44:32Z""#, true),
            ("-1.50", true),
            ("[1,[]]", true),
            ("{}", true),
            (r#"{"a":1}"#, true),
            (r#"{"$a":1,"b":2}"#, true),
            (r#"{"$numberInt":"7"}"#, true),
            (r#"{"$date":1}"#, false),
            (r#"{"$date":"soon"}"#, false),
            (r#"{"$numberDouble":"NaN"}"#, false),
            (r#"[1,{"$date":1}]"#, false),
            (r#"[[{"$other":1}]]"#, false),
            (r#"{"a":1,"b":{"c":{"$date":1}}}"#, false),
        ] {
            let unit = Unit::from_json(&format!(r#"{{"_id":"","x":{value}}}"#)).unwrap();
            assert_eq!(unit.get("x").unwrap().reads_back(), reads_back, "{value}");
        }
    }
}
