//! The values of a document, and writing them as JSON or through serde.
//!
//! Numbers and dates contain their text, so that a document is written with the digits with
//! which it was read.

use std::borrow::Cow;

use serde::ser::{Serialize, Serializer};

use super::Form;
use super::number::Number;
use super::timestamp::Timestamp;
use crate::json;

/// A key or a string of a document.
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
        let text = at.to_string().into();
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
                push_separated(elements, out, |element, out| element.push_json(form, out));
                out.push(']');
            }
            Self::Object(fields) => push_object(fields, form, out),
        }
    }
}

/// Appends an object as compact JSON.
pub(crate) fn push_object(fields: &[(Text, Value)], form: Form, out: &mut String) {
    out.push('{');
    push_separated(fields, out, |(key, value), out| {
        json::push_string(out, key);
        out.push(':');
        value.push_json(form, out);
    });
    out.push('}');
}

fn push_separated<T>(items: &[T], out: &mut String, push: impl Fn(&T, &mut String)) {
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        push(item, out);
    }
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
    serializer.collect_map(fields.iter().map(|(key, value)| (key, value)))
}
