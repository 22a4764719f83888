//! The beginning of a value as a number. Sorting by it sorts by value, except for equal numbers,
//! whose values must be compared.

use crate::store::memory::id::{OrBroken, part};
use crate::unit::value::Value;

/// A number that is smaller for a smaller value, or equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Prefix {
    /// The type in the highest byte, and up to 15 bytes of the value.
    pub(crate) bits: u128,
    /// Whether only equal values have these bits.
    pub(crate) exact: bool,
}

/// The bytes of a string in a prefix.
const TEXT: usize = 15;

impl Prefix {
    /// The prefix of a field's value; `None` is a missing field. An array must not be sorted by
    /// its prefix: its order depends on the direction.
    pub(crate) fn of(value: Option<&Value>) -> Self {
        let (kind, rest, exact) = match value {
            None | Some(Value::Null) => (1, 0, true),
            Some(Value::Number(number)) => {
                let (bits, exact) = number.ordered_bits();
                (2, u128::from(bits) << 56, exact)
            }
            Some(Value::String(text)) => {
                let (bits, exact) = of_text(text.as_bytes());
                (3, bits, exact)
            }
            Some(Value::Object(_)) => (4, 0, false),
            Some(Value::Array(_)) => (5, 0, false),
            Some(Value::Bool(value)) => (6, u128::from(*value), true),
            Some(Value::Date(date)) => {
                // Every date is fewer than 2^54 milliseconds from 1970.
                let millis = date.at.as_millis().saturating_add(1 << 54);
                (7, u128::from(millis.unsigned_abs()) << 64, true)
            }
        };
        Self {
            bits: kind << (TEXT * 8) | rest,
            exact,
        }
    }

    /// The first half, which distinguishes most values too, and whether it is exact.
    pub(crate) fn half(self) -> (u64, bool) {
        let half = u64::try_from(self.bits >> 64).ok().or_broken();
        (half, self.exact && self.bits << 64 == 0)
    }
}

fn of_text(text: &[u8]) -> (u128, bool) {
    let mut bytes = [0; 16];
    let len = text.len().min(TEXT);
    let into = bytes.get_mut(1..=len).or_broken();
    into.copy_from_slice(part(text, 0..len));
    (
        u128::from_be_bytes(bytes),
        text.len() <= TEXT && !text.contains(&0),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::order::{Part, compare_parts};
    use crate::unit::Unit;

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
        let units =
            values.map(|value| Unit::from_json(&format!(r#"{{"_id":"","x":{value}}}"#)).unwrap());
        for a in &units {
            for b in &units {
                let (a, b) = (a.get("x"), b.get("x"));
                let order = compare_parts(Part::Value(a.unwrap()), Part::Value(b.unwrap()));
                let (x, y) = (Prefix::of(a), Prefix::of(b));
                assert!(
                    x.bits.cmp(&y.bits) == order || x.bits == y.bits,
                    "{a:?} {b:?}"
                );
                if x.bits == y.bits && x.exact && y.exact {
                    assert!(order.is_eq(), "{a:?} {b:?}");
                }
                let (x, y) = (x.half(), y.half());
                assert!(x.0.cmp(&y.0) == order || x.0 == y.0, "{a:?} {b:?}");
                if x == y && x.1 {
                    assert!(order.is_eq(), "{a:?} {b:?}");
                }
            }
        }
        assert_eq!(Prefix::of(None), Prefix::of(Some(&Value::Null)));
    }

    fn prefix(value: &str) -> Prefix {
        let unit = Unit::from_json(&format!(r#"{{"_id":"","x":{value}}}"#)).unwrap();
        Prefix::of(unit.get("x"))
    }

    #[test]
    fn prefixes_distinguish_most_values() {
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
            assert!(a.exact && b.exact, "{pair:?}");
            assert!(a.bits < b.bits, "{pair:?}");
            assert!(a.half().1 && b.half().1, "{pair:?}");
            assert!(a.half().0 < b.half().0, "{pair:?}");
        }
        assert!(prefix("false").bits < prefix("true").bits);
        let fifteen = prefix(r#""abcdefghijklmno""#);
        assert!(fifteen.exact && !fifteen.half().1);
        assert!(prefix(r#""abcdefghijklmnn""#).bits < fifteen.bits);
        for longer in [r#""abcdefghijklmnop""#, r#""a\u0000""#, "{}"] {
            assert!(!prefix(longer).exact && !prefix(longer).half().1);
        }
    }
}
