//! The numbers of a document. They are compared by value and keep their digits.
//!
//! A number is an `i64` if its literal is an integer that fits, otherwise a double and its
//! text. A comparison of an integer with a double does not round the integer.

use std::cmp::Ordering;
use std::fmt::Write;

use super::Form;

/// A JSON number.
#[derive(Clone, Debug)]
pub(crate) enum Number {
    /// An integer that fits 64 bits, written in decimal digits without a fraction or an
    /// exponent. `-0` is a `Double`.
    Int(i64),
    /// Any other number.
    Double {
        /// The nearest double. Comparisons use it, as in JavaScript and MongoDB.
        value: f64,
        /// The digits to write.
        text: Box<str>,
    },
}

impl Number {
    /// Parses a JSON number literal. Returns `None` for other texts.
    pub(crate) fn from_literal(literal: &str) -> Option<Self> {
        if let Ok(int) = literal.parse::<i64>()
            && literal != "-0"
        {
            return Some(Self::Int(int));
        }
        literal.parse().ok().map(|value| Self::Double {
            value,
            text: literal.into(),
        })
    }

    /// A double without a JSON literal. Its text is that of `JSON.stringify`, which writes
    /// NaN and the infinities as `null`.
    pub(crate) fn from_double(value: f64) -> Self {
        let text = match value.abs() {
            // Not `-0`.
            0.0 => "0".to_owned(),
            1e-6..1e21 => format!("{value}"),
            ..1e-6 => format!("{value:e}"),
            1e21..f64::INFINITY => format!("{value:e}").replace('e', "e+"),
            _ => "null".to_owned(),
        };
        Self::Double {
            value,
            text: text.into_boxed_str(),
        }
    }

    /// The value, if it is a whole number that fits 64 bits.
    pub(crate) fn as_integer(&self) -> Option<i64> {
        match *self {
            Self::Int(int) => Some(int),
            Self::Double { value, .. } => {
                let whole = i64::try_from(truncate(value)).ok();
                whole.filter(|_| value.fract() == 0.0)
            }
        }
    }

    /// Returns whether parsing the text yields this number again. It returns false for NaN
    /// and the infinities, whose text is `null`, and for some doubles beyond 2^53, whose text
    /// would be read back as another integer.
    pub(super) fn reads_back(&self) -> bool {
        match self {
            Self::Int(_) => true,
            Self::Double { text, .. } => {
                Self::from_literal(text).is_some_and(|read| read.compare(self).is_eq())
            }
        }
    }

    /// The bits of the nearest double, rearranged so that the smaller of two numbers has
    /// smaller or equal bits. If the second result is true, all numbers with these bits are
    /// equal. It is true only for integers between -2^53 and 2^53.
    pub(crate) fn ordered_bits(&self) -> (u64, bool) {
        let value = match *self {
            Self::Int(int) => nearest_double(int),
            Self::Double { value, .. } => value,
        };
        let exact = matches!(self, Self::Int(_)) && value.abs() < TWO_POW_53;
        if value.is_nan() {
            return (0, false);
        }
        // Adding 0 turns -0 into 0, which is an equal value.
        let bits = (value + 0.0).to_bits();
        let is_negative = bits >> 63 == 1;
        (if is_negative { !bits } else { bits | 1 << 63 }, exact)
    }

    /// Ten bytes whose order is that of the values. The first eight are the bits of the
    /// nearest double ([`ordered_bits`](Number::ordered_bits)), big-endian. The last two are
    /// the difference between the number and this double, big-endian with the sign bit
    /// flipped. The difference is 0 except for integers beyond 2^53.
    pub(crate) fn key_string(&self) -> [u8; 10] {
        let (ordered, is_exact) = self.ordered_bits();
        let difference = match *self {
            Self::Int(int) if !is_exact => {
                // Doubles up to 2^63 are at most 1,024 apart, so the difference fits.
                i16::try_from(i128::from(int) - truncate(nearest_double(int))).unwrap_or_default()
            }
            _ => 0,
        };
        let mut bytes = [0; 10];
        let (high, low) = bytes.split_at_mut(8);
        high.copy_from_slice(&ordered.to_be_bytes());
        low.copy_from_slice(&difference.wrapping_sub(i16::MIN).to_be_bytes());
        bytes
    }

    /// Appends the number as JSON in this form.
    pub(crate) fn push_json(&self, form: Form, out: &mut String) {
        match self {
            // Writing to a `String` returns no error.
            Self::Int(int) => {
                let _ = write!(out, "{int}");
            }
            Self::Double { value, .. } if form == Form::Extended && !self.reads_back() => {
                let spelled = match *value {
                    f64::INFINITY => "Infinity".to_owned(),
                    f64::NEG_INFINITY => "-Infinity".to_owned(),
                    value if value.is_nan() => "NaN".to_owned(),
                    value => format!("{value:e}"),
                };
                let _ = write!(out, r#"{{"$numberDouble":"{spelled}"}}"#);
            }
            Self::Double { text, .. } => out.push_str(text),
        }
    }

    /// Compares by value (SPEC §2, Sort). Integers and doubles are compared exactly. NaN
    /// is the smallest number, as in MongoDB.
    pub(crate) fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => a.cmp(b),
            (Self::Int(a), Self::Double { value, .. }) => compare_mixed(*a, *value),
            (Self::Double { value, .. }, Self::Int(b)) => compare_mixed(*b, *value).reverse(),
            (Self::Double { value: a, .. }, Self::Double { value: b, .. }) => a
                .partial_cmp(b)
                .unwrap_or_else(|| b.is_nan().cmp(&a.is_nan())),
        }
    }
}

/// Numbers are equal if they are written alike: `1.0` and `1.00` differ.
/// [`Number::compare`] ignores how numbers are written.
impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => a == b,
            (Self::Double { text: a, .. }, Self::Double { text: b, .. }) => {
                a == b && self.compare(other).is_eq()
            }
            // `from_double` writes 7.0 as `7`, like the integer 7.
            (Self::Int(int), Self::Double { text, .. })
            | (Self::Double { text, .. }, Self::Int(int)) => int.to_string() == **text,
        }
    }
}

impl Eq for Number {}

const TWO_POW_53: f64 = 9_007_199_254_740_992.0;

/// Compares an integer with a double exactly. NaN is smaller than every integer.
fn compare_mixed(int: i64, double: f64) -> Ordering {
    if double.is_nan() {
        return Ordering::Greater;
    }
    let fraction = double.fract().partial_cmp(&0.0).unwrap_or(Ordering::Equal);
    let whole = i128::from(int).cmp(&truncate(double));
    whole.then(fraction.reverse())
}

/// The double that is nearest to an integer.
#[allow(
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "std has no other conversion, and rounding is intended"
)]
fn nearest_double(int: i64) -> f64 {
    int as f64
}

/// The whole part of a double, which is exact up to 2^127 and the nearest `i128` beyond.
#[allow(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    reason = "std has no other conversion; no integer of a document is beyond the range"
)]
fn truncate(double: f64) -> i128 {
    double as i128
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TWO_POW_63: f64 = 9_223_372_036_854_775_808.0;

    fn literal(text: &str) -> Number {
        Number::from_literal(text).unwrap()
    }

    #[test]
    fn integers_that_round_to_2_63_have_smaller_key_strings_than_2_63() {
        let key = |int| Number::Int(int).key_string();
        let ascending = [i64::MAX - 1_025, i64::MAX - 511, i64::MAX - 1, i64::MAX];
        assert!(ascending.map(key).is_sorted_by(|a, b| a < b));
        assert!(key(i64::MAX) < Number::from_double(TWO_POW_63).key_string());
    }

    fn written(number: &Number) -> String {
        let mut out = String::new();
        number.push_json(Form::Plain, &mut out);
        out
    }

    #[test]
    fn literals_keep_their_digits() {
        for text in [
            "0",
            "-0",
            "1.0",
            "1.50",
            "1e0",
            "9007199254740993",
            "-9223372036854775808",
            "9223372036854775808",
            "123456789012345678901234567890",
            "0.1000000000000000055511151231257827",
            "1e400",
        ] {
            assert_eq!(written(&literal(text)), text);
        }
    }

    #[test]
    fn doubles_are_written_as_in_javascript() {
        for (value, text) in [
            (1.0, "1"),
            (-0.0, "0"),
            (2.5, "2.5"),
            (1e20, "100000000000000000000"),
            (1e21, "1e+21"),
            (-1.5e300, "-1.5e+300"),
            (1e-6, "0.000001"),
            (1e-7, "1e-7"),
            (f64::NAN, "null"),
            (f64::INFINITY, "null"),
        ] {
            assert_eq!(written(&Number::from_double(value)), text);
        }
    }

    #[test]
    fn integers_and_doubles_are_compared_exactly() {
        let ascending = [
            Number::from_double(f64::NAN),
            literal("-1e400"),
            literal("-9223372036854775809e1"),
            literal("-9223372036854775808"),
            literal("-1.5"),
            literal("-1"),
            literal("-0.5"),
            literal("0"),
            literal("0.5"),
            literal("9007199254740992.0"),
            literal("9007199254740993"),
            literal("9007199254740994.0"),
            literal("9223372036854775807"),
            literal("9223372036854775808"),
            literal("1e400"),
        ];
        for (i, a) in ascending.iter().enumerate() {
            for (j, b) in ascending.iter().enumerate() {
                assert_eq!(a.compare(b), i.cmp(&j), "{a:?} against {b:?}");
            }
        }
        assert!(literal("1.0").compare(&literal("1")).is_eq());
        assert!(literal("-0").compare(&literal("0")).is_eq());
    }

    #[test]
    fn the_smallest_integer_equals_its_double() {
        let smallest = Number::from_double(-TWO_POW_63);
        assert!(Number::Int(i64::MIN).compare(&smallest).is_eq());
        assert!(Number::Int(i64::MIN + 1).compare(&smallest).is_gt());
        assert_eq!(smallest.as_integer(), Some(i64::MIN));
    }

    #[test]
    fn numbers_are_equal_if_they_are_written_alike() {
        let (nan, infinity) = (f64::NAN, f64::INFINITY);
        let double = Number::from_double;
        assert_eq!(literal("1.0"), literal("1.0"));
        assert_ne!(literal("1.0"), literal("1.00"));
        assert_ne!(literal("1.0"), literal("2.0"));
        assert_eq!(double(nan), double(nan));
        assert_ne!(double(nan), double(infinity));
        assert_eq!(literal("7"), literal("7"));
        assert_ne!(literal("7"), literal("8"));
        assert_eq!(literal("7"), double(7.0));
        assert_eq!(double(7.0), literal("7"));
        assert_ne!(literal("7"), literal("7.0"));
    }

    #[test]
    fn the_extended_form_preserves_doubles_that_json_cannot_write() {
        for (value, text) in [
            (2.5, "2.5"),
            (7.0, "7"),
            (f64::NAN, r#"{"$numberDouble":"NaN"}"#),
            (f64::INFINITY, r#"{"$numberDouble":"Infinity"}"#),
            (f64::NEG_INFINITY, r#"{"$numberDouble":"-Infinity"}"#),
            (
                1_152_921_504_606_846_976.0,
                r#"{"$numberDouble":"1.152921504606847e18"}"#,
            ),
        ] {
            let mut out = String::new();
            Number::from_double(value).push_json(Form::Extended, &mut out);
            assert_eq!(out, text);
        }
    }

    #[test]
    fn whole_doubles_are_integers() {
        assert_eq!(literal("2.0").as_integer(), Some(2));
        assert_eq!(literal("2.5").as_integer(), None);
        assert_eq!(
            literal("1e18").as_integer(),
            Some(1_000_000_000_000_000_000)
        );
        assert_eq!(literal("9223372036854775808").as_integer(), None);
        assert_eq!(literal("1e400").as_integer(), None);
    }

    proptest! {
        /// Compares an integer with a double that is near to it. Both are multiplied by 4,
        /// which makes the double whole, and compared as `i128`.
        #[test]
        fn integers_and_doubles_are_compared_as_in_i128(
            int: i64,
            near in -3_i8..=3,
            quarter in 0_u8..4,
        ) {
            #[allow(clippy::cast_precision_loss)]
            let double = int as f64 + f64::from(near) + f64::from(quarter) / 4.0;
            prop_assume!(double.abs() < 9e18);
            #[allow(clippy::cast_possible_truncation)]
            let quadrupled =
                (double.floor() as i128) * 4 + ((double - double.floor()) * 4.0) as i128;
            prop_assert_eq!(
                Number::Int(int).compare(&Number::from_double(double)),
                (i128::from(int) * 4).cmp(&quadrupled)
            );
        }
    }
}
