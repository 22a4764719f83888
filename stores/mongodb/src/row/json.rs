//! BSON as the extended JSON that [`Unit`] reads, without loss of type or key order.

use std::fmt::Write;

use bson::Bson;
use bson::raw::{RawBsonRef, RawDocument};
use livechat_units::{Timestamp, Unit};

/// Why a document cannot be written.
pub(super) enum JsonError {
    Bson(bson::error::Error),
    TooDeep,
}

impl From<bson::error::Error> for JsonError {
    fn from(error: bson::error::Error) -> Self {
        Self::Bson(error)
    }
}

/// Appends a document at this depth, from 1. Calls `on_field` with each key, and with whether
/// the field contains a value of a type that JSON lacks.
pub(super) fn push_document(
    document: &RawDocument,
    depth: usize,
    json: &mut String,
    mut on_field: impl FnMut(&str, bool),
) -> Result<(), JsonError> {
    check_depth(depth)?;
    json.push('{');
    for (index, field) in document.iter().enumerate() {
        let (key, value) = field?;
        if index > 0 {
            json.push(',');
        }
        push_string(key.as_str(), json);
        json.push(':');
        on_field(key.as_str(), push_value(value, depth + 1, json)?);
    }
    json.push('}');
    Ok(())
}

/// Appends a value as extended JSON. Returns whether it is, or contains, a value of a type
/// that JSON lacks. Dates in the range of [`Timestamp`] count as a type of JSON.
fn push_value(value: RawBsonRef<'_>, depth: usize, json: &mut String) -> Result<bool, JsonError> {
    match value {
        RawBsonRef::Null => json.push_str("null"),
        RawBsonRef::Boolean(true) => json.push_str("true"),
        RawBsonRef::Boolean(false) => json.push_str("false"),
        RawBsonRef::String(text) => push_string(text, json),
        // Writing to a string cannot fail.
        RawBsonRef::Int32(int) => {
            let _ = write!(json, "{int}");
        }
        RawBsonRef::Int64(int) => {
            let _ = write!(json, "{int}");
        }
        RawBsonRef::Double(double) => push_double(double, json),
        RawBsonRef::DateTime(date) => {
            let millis = date.timestamp_millis();
            let _ = write!(json, r#"{{"$date":{{"$numberLong":"{millis}"}}}}"#);
            return Ok(Timestamp::from_millis(millis).is_none());
        }
        RawBsonRef::Document(document) => {
            let mut any = false;
            push_document(document, depth, json, |_, is_non_json| any |= is_non_json)?;
            return Ok(any);
        }
        RawBsonRef::Array(array) => {
            check_depth(depth)?;
            let mut any = false;
            json.push('[');
            for (index, element) in array.into_iter().enumerate() {
                if index > 0 {
                    json.push(',');
                }
                any |= push_value(element?, depth + 1, json)?;
            }
            json.push(']');
            return Ok(any);
        }
        value => {
            push_non_json(value, depth, json)?;
            return Ok(true);
        }
    }
    Ok(false)
}

/// Appends a value of a type that JSON lacks.
fn push_non_json(value: RawBsonRef<'_>, depth: usize, json: &mut String) -> Result<(), JsonError> {
    match value {
        RawBsonRef::ObjectId(id) => {
            let _ = write!(json, r#"{{"$oid":"{id}"}}"#);
        }
        RawBsonRef::JavaScriptCodeWithScope(code) => {
            json.push_str(r#"{"$code":"#);
            push_string(code.code, json);
            json.push_str(r#","$scope":"#);
            push_document(code.scope, depth + 1, json, |_, _| ())?;
            json.push('}');
        }
        // None of the other types contains values, so the conversion does not recurse.
        _ => {
            let value = Bson::try_from(value)?.into_canonical_extjson();
            let _ = write!(json, "{value}");
        }
    }
    Ok(())
}

/// Extended JSON, so that the answer has the digits of `JSON.stringify`.
fn push_double(double: f64, json: &mut String) {
    let word = match double {
        _ if double.is_nan() => "NaN",
        f64::INFINITY => "Infinity",
        f64::NEG_INFINITY => "-Infinity",
        _ => {
            let _ = write!(json, r#"{{"$numberDouble":"{double:?}"}}"#);
            return;
        }
    };
    let _ = write!(json, r#"{{"$numberDouble":"{word}"}}"#);
}

fn push_string(text: &str, json: &mut String) {
    json.push('"');
    for scalar in text.chars() {
        match scalar {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            '\0'..='\u{1F}' => {
                let _ = write!(json, "\\u{:04x}", u32::from(scalar));
            }
            _ => json.push(scalar),
        }
    }
    json.push('"');
}

fn check_depth(depth: usize) -> Result<(), JsonError> {
    if depth > Unit::MAX_DEPTH {
        return Err(JsonError::TooDeep);
    }
    Ok(())
}
