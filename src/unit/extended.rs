//! MongoDB extended JSON: the wrappers of SPEC §1, read into plain values.
//!
//! A wrapper is an object with one key. One whose value does not parse is kept as
//! the object it is.

use super::number::Number;
use super::timestamp::Timestamp;
use super::value::{Date, Fields, Value};

/// The value of an object whose members have been read, wrapper or not.
///
/// `$date` is the one wrapper around a wrapper: its inner one must stay an object
/// until it is known whether the two together parse. So the reader leaves the
/// object under a key `$date` alone ([`is_deferred`]) and it is settled here.
pub(super) fn close(mut fields: Fields) -> Value {
    if let [(key, value)] = fields.as_slice()
        && let Some(plain) = unwrap(key, value)
    {
        return plain;
    }
    if fields.len() > 1 {
        for (key, value) in &mut fields {
            if is_deferred(key)
                && let Value::Object(inner) = value
            {
                *value = close(std::mem::take(inner));
            }
        }
    }
    Value::Object(fields)
}

/// Whether an object under `key` is settled by [`close`] of the object around it.
pub(super) fn is_deferred(key: &str) -> bool {
    key == "$date"
}

fn unwrap(key: &str, value: &Value) -> Option<Value> {
    match (key, value) {
        ("$oid", Value::String(hex)) => {
            let is_id = hex.len() == 24 && hex.bytes().all(|b| b.is_ascii_hexdigit());
            is_id.then(|| value.clone())
        }
        ("$numberInt", Value::String(digits)) => integer(digits)
            .filter(|int| i32::try_from(*int).is_ok())
            .map(|int| Value::Number(Number::Int(int))),
        ("$numberLong", Value::String(digits)) => {
            integer(digits).map(|int| Value::Number(Number::Int(int)))
        }
        ("$numberDouble", Value::String(text)) => {
            double(text).map(|value| Value::Number(Number::from_double(value)))
        }
        ("$date", _) => date(value),
        _ => None,
    }
}

fn date(value: &Value) -> Option<Value> {
    let at = match value {
        Value::String(text) => Timestamp::parse_lenient(text)?,
        // The older form, and Meteor's: milliseconds as a number.
        Value::Number(number) => Timestamp::from_millis(number.as_integer()?)?,
        Value::Object(fields) => match fields.as_slice() {
            [(key, Value::String(digits))] if key == "$numberLong" => {
                Timestamp::from_millis(integer(digits)?)?
            }
            _ => return None,
        },
        _ => return None,
    };
    Some(Value::Date(Date::new(at)))
}

/// A decimal integer of 64 bits, without the `+` that `parse` would let through.
fn integer(digits: &str) -> Option<i64> {
    if digits.starts_with('+') {
        return None;
    }
    digits.parse().ok()
}

/// A double as extended JSON spells it: a JSON number, or one of three words.
fn double(text: &str) -> Option<f64> {
    match text {
        "NaN" => Some(f64::NAN),
        "Infinity" => Some(f64::INFINITY),
        "-Infinity" => Some(f64::NEG_INFINITY),
        _ => {
            let unsigned = text.strip_prefix('-').unwrap_or(text);
            let starts_with_digit = unsigned.bytes().next().is_some_and(|b| b.is_ascii_digit());
            starts_with_digit.then(|| text.parse().ok()).flatten()
        }
    }
}
