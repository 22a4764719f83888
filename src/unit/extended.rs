//! MongoDB extended JSON: replacing the wrappers of SPEC §1 by their values.
//!
//! A wrapper is an object with one key, such as `{"$date":…}`. [`unwrap`] looks for wrappers from
//! the outside in. A wrapper with an invalid value stays an object, and so do all wrappers inside
//! it.

use super::number::Number;
use super::timestamp::Timestamp;
use super::value::{Date, Value};
use crate::json;

/// Replaces all wrappers in a value, unless it is inside a wrapper with an invalid value. Cost:
/// linear in the size of the value.
pub(super) fn unwrap(value: &mut Value, mut is_in_invalid: bool) {
    if !is_in_invalid
        && let Value::Object(fields) = &*value
        && let [(key, inner)] = fields.as_slice()
        && is_wrapper_key(key)
    {
        if let Some(parsed) = parse_wrapper(key, inner) {
            *value = parsed;
            return;
        }
        is_in_invalid = true;
    }
    match value {
        Value::Array(elements) => {
            for inner in elements {
                unwrap(inner, is_in_invalid);
            }
        }
        Value::Object(fields) => {
            for (_, inner) in fields {
                unwrap(inner, is_in_invalid);
            }
        }
        // Extended JSON writes such a number as a wrapper, which would be read as an object here.
        // Null is the same after writing and reading.
        Value::Number(number) if is_in_invalid && !number.reads_back() => {
            *value = Value::Null;
        }
        _ => {}
    }
}

fn is_wrapper_key(key: &str) -> bool {
    matches!(
        key,
        "$date" | "$oid" | "$numberInt" | "$numberLong" | "$numberDouble"
    )
}

/// The value of a wrapper; `None` if it is invalid.
fn parse_wrapper(key: &str, value: &Value) -> Option<Value> {
    if key == "$date" {
        return parse_date(value).map(|at| Value::Date(Date::new(at)));
    }
    let Value::String(text) = value else {
        return None;
    };
    let number = match key {
        "$oid" => {
            let is_id = text.len() == 24 && text.bytes().all(|b| b.is_ascii_hexdigit());
            return is_id.then(|| value.clone());
        }
        "$numberInt" => Number::Int(i32::try_from(parse_long(text)?).ok()?.into()),
        "$numberLong" => Number::Int(parse_long(text)?),
        _ => Number::from_double(parse_double(text)?),
    };
    Some(Value::Number(number))
}

/// Parses the value of a `$date`: a date string, a number of milliseconds, or a
/// `$numberLong` of milliseconds.
fn parse_date(value: &Value) -> Option<Timestamp> {
    let millis = match value {
        Value::String(text) => return Timestamp::parse_lenient(text),
        // Extended JSON of version 1 and Meteor's EJSON write a number.
        Value::Number(Number::Int(millis)) => *millis,
        Value::Number(Number::Double { text, .. }) => text.parse().ok()?,
        Value::Object(fields) => match fields.as_slice() {
            [(key, Value::String(text))] if key == "$numberLong" => parse_long(text)?,
            _ => return None,
        },
        _ => return None,
    };
    Timestamp::from_millis(millis)
}

/// Parses an integer without a leading `+`, which `parse` accepts and extended JSON does not.
fn parse_long(digits: &str) -> Option<i64> {
    let number = digits.parse().ok();
    number.filter(|_| !digits.starts_with('+'))
}

/// Parses the string of a `$numberDouble`: a JSON number, `NaN`, `Infinity` or `-Infinity`.
fn parse_double(text: &str) -> Option<f64> {
    // Blanks around the number are invalid. Other JSON does not parse as a number.
    let is_valid =
        ["NaN", "Infinity", "-Infinity"].contains(&text) || json::validate(text) == Ok(text);
    is_valid.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use crate::json::TOKENS;
    use crate::unit::Unit;

    /// The number of tokens that are read for a document with `levels` nested values.
    fn count_tokens(open: &str, close: &str, levels: usize) -> usize {
        let (open, close) = (open.repeat(levels), close.repeat(levels));
        let text = format!(r#"{{"_id":"a","x":{open}true{close}}}"#);
        TOKENS.set(0);
        let unit = Unit::from_json(&text).unwrap();
        assert_eq!(unit.as_json(), text);
        TOKENS.get()
    }

    #[test]
    #[cfg_attr(miri, ignore = "too slow under Miri")]
    fn lookaheads_read_each_level_a_bounded_number_of_times() {
        for (open, close) in [
            (r#"{"$date":"#, "}"),
            (r#"{"$date":"#, r#","a":1}"#),
            (r#"{"$date":["#, r#"],"a":1}"#),
            (r#"{"$date":[[],"#, r#"],"a":{"$oid":1}}"#),
            (r#"{"$date":{"a":"#, r#"},"b":[{"$oid":[]}]}"#),
        ] {
            let one = count_tokens(open, close, 2) - count_tokens(open, close, 1);
            for levels in [10, 120] {
                let read = count_tokens(open, close, levels);
                assert!(
                    read <= 3 * one * levels + 20,
                    "{open}: {read} tokens for {levels} levels of {one} tokens"
                );
            }
        }
    }
}
