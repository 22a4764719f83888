//! The prefix of a value: a number. Sorting by prefix sorts by value, but the values of equal
//! prefixes must be compared.
//!
//! ```text
//! 7 bits         120 bits                               1 bit
//! type of value  up to 15 bytes of the value            whether values with these bits differ
//! ```

use crate::field::Field;
use crate::store::memory::id::OrBroken;
use crate::unit::{FieldValue, Timestamp, Unit, value::Value};

/// The prefix of an array. It sorts nothing: the order of an array depends on the direction.
pub(super) const ARRAY: u128 = 0;

/// The bytes of a string in a prefix.
const TEXT: usize = 15;

/// The prefix of the value of a field. Cost: as for [`Unit::field_value`].
pub(super) fn of_field(unit: &Unit, field: Field) -> u128 {
    match unit.field_value(field.path()) {
        FieldValue::Null => of(None),
        FieldValue::Number(number) => of(Some(&Value::Number(number))),
        FieldValue::String(text) => of_text(text.as_bytes()),
        FieldValue::Date(at) => of_date(at),
        FieldValue::Any(value) => of(Some(value)),
    }
}

/// The prefix of a value; `None` is a missing field.
pub(super) fn of(value: Option<&Value>) -> u128 {
    match value {
        None | Some(Value::Null) => packed(1, 0, true),
        Some(Value::Number(number)) => {
            let (bits, is_exact) = number.ordered_bits();
            packed(2, u128::from(bits) << 56, is_exact)
        }
        Some(Value::String(text)) => of_text(text.as_bytes()),
        Some(Value::Object(_)) => packed(4, 0, false),
        Some(Value::Array(_)) => ARRAY,
        Some(Value::Bool(value)) => packed(6, u128::from(*value), true),
        Some(Value::Date(date)) => of_date(date.at),
    }
}

fn of_text(text: &[u8]) -> u128 {
    let mut bytes = [0; 16];
    let len = text.len().min(TEXT);
    let into = bytes.get_mut(1..=len).or_broken();
    into.copy_from_slice(text.get(..len).or_broken());
    let is_exact = text.len() <= TEXT && !text.contains(&0);
    packed(3, u128::from_be_bytes(bytes), is_exact)
}

fn of_date(at: Timestamp) -> u128 {
    // Every date is fewer than 2^54 milliseconds from 1970.
    let millis = at.as_millis().saturating_add(1 << 54);
    packed(7, u128::from(millis.unsigned_abs()) << 64, true)
}

fn packed(kind: u128, rest: u128, is_exact: bool) -> u128 {
    (kind << (TEXT * 8) | rest) << 1 | u128::from(!is_exact)
}

/// The prefix with 7 bytes of the value, which distinguish most values too.
pub(super) fn half(prefix: u128) -> u64 {
    let half = u64::try_from(prefix >> 64).ok().or_broken();
    half & !1 | u64::from(prefix << 63 != 0)
}

/// Whether all values with this prefix are equal.
pub(super) fn is_exact(prefix: impl Into<u128>) -> bool {
    prefix.into() & 1 == 0
}

/// Whether values with these prefixes are equal or must be compared.
pub(super) fn is_tie<P: Into<u128>>(a: P, b: P) -> bool {
    a.into() >> 1 == b.into() >> 1
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use super::*;
    use crate::order::{Part, compare_parts};
    use crate::unit::Unit;

    fn unit(value: &str) -> Unit {
        Unit::from_json(&format!(r#"{{"_id":"","x":{value}}}"#)).unwrap()
    }

    /// How two prefixes sort, if that sorts their values.
    fn order<P: Into<u128> + Ord + Copy>(a: P, b: P) -> Option<Ordering> {
        let is_known = !is_tie(a, b) || is_exact(a) && is_exact(b);
        is_known.then(|| a.cmp(&b))
    }

    #[test]
    fn prefixes_are_in_the_order_of_the_values() {
        let values = [
            "null",
            "1",
            "1.0",
            "-1",
            "-1.5",
            "0",
            "-0.0",
            "1e300",
            "-1e300",
            "9007199254740993",
            "9007199254740992",
            "1e-300",
            r#"{"$numberDouble":"NaN"}"#,
            r#""""#,
            r#""a""#,
            r#""a\u0000""#,
            r#""ab""#,
            r#""abcdefg""#,
            r#""abcdefgh""#,
            r#""abcdefghijklmno""#,
            r#""abcdefghijklmnop""#,
            r#""é""#,
            r#""~""#,
            "{}",
            r#"{"a":1}"#,
            "true",
            "false",
            r#"{"$date":0}"#,
            r#"{"$date":-1}"#,
            r#"{"$date":8640000000000000}"#,
            r#"{"$date":-8640000000000000}"#,
        ];
        let units = values.map(unit);
        for a in &units {
            for b in &units {
                let (a, b) = (a.get("x"), b.get("x"));
                let expected = compare_parts(Part::Value(a.unwrap()), Part::Value(b.unwrap()));
                let (x, y) = (of(a), of(b));
                assert!(
                    order(x, y).is_none_or(|order| order == expected),
                    "{a:?} {b:?}"
                );
                let halves = order(half(x), half(y));
                assert!(halves.is_none_or(|order| order == expected), "{a:?} {b:?}");
            }
        }
        assert_eq!(of(None), of(Some(&Value::Null)));
        assert_eq!(of(unit("[1]").get("x")), ARRAY);
        assert_eq!(u128::from(half(ARRAY)), ARRAY);
    }

    #[test]
    fn prefixes_distinguish_most_values() {
        let prefix = |value: &str| of(unit(value).get("x"));
        let ascending = [
            "null",
            "0",
            "1",
            "2",
            r#""""#,
            r#""a""#,
            r#""ab""#,
            r#""abcdefg""#,
            r#""b""#,
            "false",
            r#"{"$date":-1}"#,
            r#"{"$date":0}"#,
        ];
        for pair in ascending.windows(2) {
            let (a, b) = (prefix(pair[0]), prefix(pair[1]));
            assert_eq!(order(a, b), Some(Ordering::Less), "{pair:?}");
            assert_eq!(order(half(a), half(b)), Some(Ordering::Less), "{pair:?}");
        }
        assert_eq!(order(prefix("false"), prefix("true")), Some(Ordering::Less));
        let fifteen = prefix(r#""abcdefghijklmno""#);
        assert!(is_exact(fifteen) && !is_exact(half(fifteen)));
        assert!(prefix(r#""abcdefghijklmnn""#) < fifteen);
        for longer in [r#""abcdefghijklmnop""#, r#""a\u0000""#, "{}"] {
            assert!(!is_exact(prefix(longer)) && !is_exact(half(prefix(longer))));
        }
    }
}
