//! How the JSON of a unit relates to the JSON that it was read from (SPEC §1).
//!
//! Every value is written as it was read: keys in their order, strings by value, numbers
//! digit for digit. Only a wrapper of extended JSON may become a plain value, and a valid
//! wrapper must.

use livechat_units::Timestamp;

use super::dates;
use super::json::{self, Json, Kind};

/// Where a value is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// The document itself, which is never a wrapper.
    Document,
    /// Inside a wrapper that is not valid. Such a wrapper is not changed.
    InvalidWrapper,
    Elsewhere,
}

/// What a wrapper stands for.
enum Plain {
    Text(String),
    Integer(i64),
    Double(f64),
    Instant(Timestamp),
}

/// Asserts that `written` is the JSON of a unit that was read from `read`.
pub(super) fn assert_related(read: (&str, &Json), written: (&str, &Json), place: Place) {
    let (text_read, a) = read;
    let (text_written, b) = written;
    let shown = || format!("{} as {}", a.literal(text_read), b.literal(text_written));
    match (&a.kind, &b.kind) {
        // JSON has no number for the double that a word stands for.
        (Kind::Null | Kind::Word, Kind::Null) => {}
        (Kind::Bool(a), Kind::Bool(b)) => assert_eq!(a, b),
        (Kind::Number, Kind::Number) => {
            assert_eq!(a.literal(text_read), b.literal(text_written));
        }
        (Kind::String(a), Kind::String(b)) => assert_eq!(a, b),
        (Kind::Array(read), Kind::Array(written)) => {
            assert_eq!(read.len(), written.len(), "{}", shown());
            for (a, b) in read.iter().zip(written) {
                assert_related((text_read, a), (text_written, b), place);
            }
        }
        (Kind::Object(_), Kind::Object(members)) => {
            let read = a.fields().expect("an object");
            let written = b.fields().expect("an object");
            assert_eq!(written.len(), members.len(), "no key twice: {}", shown());
            assert_eq!(read.len(), written.len(), "{}", shown());
            let place = match place {
                Place::Elsewhere if wrapper(a).is_some() => {
                    assert!(plain(text_read, a).is_none(), "kept {}", shown());
                    Place::InvalidWrapper
                }
                Place::Elsewhere | Place::Document => Place::Elsewhere,
                Place::InvalidWrapper => Place::InvalidWrapper,
            };
            for ((key_read, a), (key_written, b)) in read.into_iter().zip(written) {
                assert_eq!(key_read, key_written, "{}", shown());
                assert_related((text_read, a), (text_written, b), place);
            }
        }
        (Kind::Object(_), _) => {
            assert!(place == Place::Elsewhere, "{}", shown());
            let plain = plain(text_read, a);
            let as_written = |plain: Plain| is_written_as(&plain, text_written, b);
            assert!(plain.is_some_and(as_written), "{}", shown());
        }
        _ => panic!("{}", shown()),
    }
}

/// Whether this is an object id. `_id` may be one.
pub(super) fn is_object_id(value: &Json) -> bool {
    match value.fields().as_deref() {
        Some([("$oid", id)]) => id.string().is_some_and(is_hex_24),
        _ => false,
    }
}

fn is_hex_24(text: &str) -> bool {
    text.len() == 24 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The key and the value of an object whose only key is one of the five wrappers.
fn wrapper(value: &Json) -> Option<(&str, &Json)> {
    let keys = [
        "$date",
        "$numberInt",
        "$numberLong",
        "$numberDouble",
        "$oid",
    ];
    match value.fields()?.as_slice() {
        [(key, inner)] if keys.contains(key) => Some((*key, *inner)),
        _ => None,
    }
}

/// The value that a valid wrapper stands for.
fn plain(text: &str, value: &Json) -> Option<Plain> {
    let (key, inner) = wrapper(value)?;
    match (key, inner.string()) {
        ("$oid", Some(id)) => is_hex_24(id).then(|| Plain::Text(id.to_owned())),
        ("$numberInt", Some(digits)) => integer(digits)
            .filter(|value| i32::try_from(*value).is_ok())
            .map(Plain::Integer),
        ("$numberLong", Some(digits)) => integer(digits).map(Plain::Integer),
        ("$numberDouble", Some(number)) => double(number).map(Plain::Double),
        ("$date", Some(date)) => dates::instant(date).map(Plain::Instant),
        ("$date", None) => {
            let millis = match (wrapper(inner), &inner.kind) {
                (Some(("$numberLong", digits)), _) => integer(digits.string()?)?,
                (_, Kind::Number) => integer(inner.literal(text))?,
                _ => return None,
            };
            Timestamp::from_millis(millis).map(Plain::Instant)
        }
        _ => None,
    }
}

/// An integer of 64 bits: an optional minus and digits.
fn integer(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

/// A JSON number or one of the words for a double.
fn double(text: &str) -> Option<f64> {
    match text {
        "NaN" => Some(f64::NAN),
        "Infinity" => Some(f64::INFINITY),
        "-Infinity" => Some(f64::NEG_INFINITY),
        _ => {
            let root = json::read(text)?.root;
            // No blanks around it.
            let is_number = matches!(root.kind, Kind::Number) && root.literal(text) == text;
            is_number.then(|| text.parse().ok()).flatten()
        }
    }
}

fn is_written_as(plain: &Plain, text: &str, written: &Json) -> bool {
    let literal = written.literal(text);
    match (plain, &written.kind) {
        (Plain::Text(expected), Kind::String(found)) => found == expected,
        (Plain::Integer(expected), Kind::Number) => literal == expected.to_string(),
        (Plain::Double(expected), Kind::Null) => !expected.is_finite(),
        (Plain::Double(expected), Kind::Number) => is_from_javascript(*expected, literal),
        (Plain::Instant(expected), Kind::String(found)) => *found == expected.to_string(),
        _ => false,
    }
}

/// Whether this literal has the form in which `JSON.stringify` writes the double: it is
/// exactly the double, it is not -0, and it has an exponent, with its sign, only below 1e-6
/// and from 1e21 on.
fn is_from_javascript(double: f64, literal: &str) -> bool {
    // Turns -0 into 0.
    let positive_zero = double + 0.0;
    let same = literal
        .parse::<f64>()
        .is_ok_and(|found| found.total_cmp(&positive_zero).is_eq());
    let usual = double == 0.0 || (1e-6..1e21).contains(&double.abs());
    let exponent = literal.contains("e+") || literal.contains("e-");
    same && exponent != usual && (exponent || !literal.contains(['e', 'E']))
}
