//! BSON's comparison order: by type first, then within the type (SPEC §2, Sort).

use std::cmp::Ordering;

use super::Part;
use crate::unit::value::{Text, Value};

/// Compares one value of two sort keys.
pub(crate) fn compare_parts(a: Part<&Value>, b: Part<&Value>) -> Ordering {
    match (a, b) {
        // Candidates for the key of one unit often refer to the same value.
        (Part::Value(a), Part::Value(b)) if std::ptr::eq(a, b) => Ordering::Equal,
        (Part::Value(a), Part::Value(b)) => compare_values(a, b),
        _ => part_type(a).cmp(&part_type(b)),
    }
}

/// The maximum cost of a comparison with `part`, in steps that count towards
/// [`MAX_STEPS`](crate::SortKey::MAX_STEPS): one for each value inside `part`, and one for
/// every 64 bytes of a string or key.
pub(super) fn steps(part: Part<&Value>) -> usize {
    match part {
        Part::Value(value) => value_steps(value),
        Part::EmptyArray | Part::Missing => 1,
    }
}

fn value_steps(value: &Value) -> usize {
    /// The bytes of a string that cost as much as one step.
    const BYTES_PER_STEP: usize = 64;
    let inner: usize = match value {
        Value::String(text) => text.len() / BYTES_PER_STEP,
        Value::Array(elements) => elements.iter().map(value_steps).sum(),
        Value::Object(fields) => {
            let steps =
                |(key, value): &(Text, Value)| key.len() / BYTES_PER_STEP + value_steps(value);
            fields.iter().map(steps).sum()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Date(_) => 0,
    };
    1 + inner
}

/// The rank of the part's type in MongoDB's order of types. It is the first byte of a
/// [key string](crate::SortKey::key_strings).
pub(super) fn part_type(part: Part<&Value>) -> u8 {
    match part {
        Part::EmptyArray => 1,
        Part::Missing => value_type(&Value::Null),
        Part::Value(value) => value_type(value),
    }
}

pub(super) fn value_type(value: &Value) -> u8 {
    match value {
        Value::Null => 2,
        Value::Number(_) => 3,
        Value::String(_) => 4,
        Value::Object(_) => 5,
        Value::Array(_) => 6,
        Value::Bool(_) => 7,
        Value::Date(_) => 8,
    }
}

/// Compares two values by type, then within the type. The recursion is as deep as the
/// values nest, at most `Unit::MAX_DEPTH`.
fn compare_values(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a.compare(b),
        // By UTF-8 bytes, so "Z" sorts before "a".
        (Value::String(a), Value::String(b)) => a.as_bytes().cmp(b.as_bytes()),
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (Value::Date(a), Value::Date(b)) => a.at.cmp(&b.at),
        (Value::Array(a), Value::Array(b)) => {
            let elements = a.iter().zip(b).map(|(a, b)| compare_values(a, b));
            first_difference(elements).then(a.len().cmp(&b.len()))
        }
        (Value::Object(a), Value::Object(b)) => {
            let fields = a.iter().zip(b).map(|((key_a, a), (key_b, b))| {
                value_type(a)
                    .cmp(&value_type(b))
                    .then_with(|| key_a.as_bytes().cmp(key_b.as_bytes()))
                    .then_with(|| compare_values(a, b))
            });
            first_difference(fields).then(a.len().cmp(&b.len()))
        }
        _ => value_type(a).cmp(&value_type(b)),
    }
}

pub(crate) fn first_difference(mut orderings: impl Iterator<Item = Ordering>) -> Ordering {
    let difference = orderings.find(|ordering| ordering.is_ne());
    difference.unwrap_or(Ordering::Equal)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unit::Unit;

    #[test]
    fn steps_count_values_and_long_strings() {
        let (short, long) = ("x".repeat(63), "x".repeat(64));
        for (value, expected) in [
            ("null".to_owned(), 1),
            ("17".to_owned(), 1),
            ("true".to_owned(), 1),
            (r#"{"$date":1}"#.to_owned(), 1),
            (format!(r#""{short}""#), 1),
            (format!(r#""{long}""#), 2),
            (format!(r#""{long}{long}{short}""#), 3),
            ("[]".to_owned(), 1),
            (format!(r#"[1,"{long}",[2]]"#), 6),
            (format!(r#"{{"{short}":1,"b":"{long}"}}"#), 4),
            (format!(r#"{{"{long}{long}":[1]}}"#), 5),
        ] {
            let unit = Unit::from_json(&format!(r#"{{"_id":"","x":{value}}}"#)).unwrap();
            assert_eq!(
                steps(Part::Value(unit.get("x").unwrap())),
                expected,
                "{value}"
            );
        }
        assert_eq!(steps(Part::EmptyArray), 1);
        assert_eq!(steps(Part::Missing), 1);
    }
}
