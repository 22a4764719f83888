//! The values in a cursor as BSON, out of the key strings that the core has for them.

use bson::{Bson, DateTime, Document};

use crate::id::object_id;

/// Where a place in the order has a value, or none.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Part {
    EmptyArray,
    /// What is missing has the place of null.
    Null,
    Value(Bson),
}

/// The deepest that a value may nest: what MongoDB documents for all documents.
const MAX_DEPTH: usize = 100;

const END: u8 = 0;
const EMPTY_ARRAY: u8 = 1;
const NULL: u8 = 2;
const NUMBER: u8 = 3;
const STRING: u8 = 4;
const OBJECT: u8 = 5;
const ARRAY: u8 = 6;
const BOOL: u8 = 7;
const DATE: u8 = 8;

impl Part {
    /// The part that has this key string. `None` where the server may have another place
    /// for it: a text of 24 hexadecimal digits may have been an `ObjectId`, an object with
    /// a `$` any type that JSON has not; and BSON holds neither U+0000 in a key nor any
    /// depth.
    pub(crate) fn read(key_string: &[u8]) -> Option<Self> {
        let (rank, mut rest) = key_string.split_first()?;
        let value = match *rank {
            EMPTY_ARRAY => return rest.is_empty().then_some(Self::EmptyArray),
            NULL => return rest.is_empty().then_some(Self::Null),
            // Its end is not marked.
            STRING => string(std::str::from_utf8(rest).ok()?.to_owned())?,
            rank => {
                let value = inner(rank, &mut rest, 1)?;
                rest.is_empty().then_some(value)?
            }
        };
        Some(Self::Value(value))
    }
}

/// Reads a value of this rank from the beginning of `bytes`.
fn inner(rank: u8, bytes: &mut &[u8], depth: usize) -> Option<Bson> {
    if depth > MAX_DEPTH {
        return None;
    }
    match rank {
        NULL => Some(Bson::Null),
        NUMBER => number(take(bytes)?),
        STRING => string(text(bytes)?),
        OBJECT => {
            let mut document = Document::new();
            loop {
                let [rank] = take(bytes)?;
                if rank == END {
                    return Some(document.into());
                }
                let key = text(bytes)?;
                if key.starts_with('$') || key.contains('\0') {
                    return None;
                }
                document.insert(key, inner(rank, bytes, depth + 1)?);
            }
        }
        ARRAY => {
            let mut array = Vec::new();
            loop {
                let [rank] = take(bytes)?;
                if rank == END {
                    return Some(array.into());
                }
                array.push(inner(rank, bytes, depth + 1)?);
            }
        }
        BOOL => {
            let [value] = take(bytes)?;
            Some((value == 1).into())
        }
        DATE => {
            let offset = i64::from_be_bytes(take(bytes)?);
            Some(DateTime::from_millis(offset.wrapping_add(i64::MIN)).into())
        }
        _ => None,
    }
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(*taken)
}

/// Reads up to the mark of the end: U+0000, which otherwise is followed by 255.
fn text(bytes: &mut &[u8]) -> Option<String> {
    let mut text = Vec::new();
    loop {
        let [byte] = take(bytes)?;
        if byte == 0 {
            let [mark] = take(bytes)?;
            if mark == END {
                return String::from_utf8(text).ok();
            }
        }
        text.push(byte);
    }
}

fn string(text: String) -> Option<Bson> {
    object_id(&text).is_none().then_some(Bson::String(text))
}

/// The integer, where 64 bits hold it, or else the double: the nearest double's bits in
/// their order, and by how much the integer exceeds it. MongoDB compares the two by value.
fn number(bytes: [u8; 10]) -> Option<Bson> {
    const SIGN: u64 = 1 << 63;
    let mut bytes = bytes.as_slice();
    let rank = u64::from_be_bytes(take(&mut bytes)?);
    let excess = i128::from(u16::from_be_bytes(take(&mut bytes)?)) - (1 << 15);
    let double = match rank {
        0 => f64::NAN,
        _ if rank & SIGN == 0 => f64::from_bits(!rank),
        _ => f64::from_bits(rank & !SIGN),
    };
    if double.fract() == 0.0 {
        // With all its digits.
        let whole = format!("{double:.0}").parse::<i128>();
        let int = whole.ok().and_then(|whole| whole.checked_add(excess));
        if let Some(int) = int.and_then(|int| i64::try_from(int).ok()) {
            return Some(int.into());
        }
    }
    Some(double.into())
}

#[cfg(test)]
mod tests {
    use bson::doc;
    use livechat_units::{Cursor, SortSpec, Unit};

    use super::*;

    fn read(literal: &str) -> Option<Part> {
        let unit = Unit::from_json(&format!(r#"{{"_id":"u","x":{literal}}}"#)).unwrap();
        let sort: SortSpec = r#"{"x":1}"#.parse().unwrap();
        let cursor = Cursor::new(&sort, &unit).unwrap();
        Part::read(&cursor.key().key_strings()[0])
    }

    #[test]
    fn values_come_back() {
        let max = i64::MAX;
        for (literal, expected) in [
            (r#""""#, Bson::from("")),
            (r#""a\u0000é""#, "a\0é".into()),
            ("true", true.into()),
            ("false", false.into()),
            ("1", 1_i64.into()),
            ("-0.0", 0_i64.into()),
            ("-1.5", (-1.5).into()),
            ("5e-324", 5e-324.into()),
            ("9007199254740992.0", 9_007_199_254_740_992_i64.into()),
            ("9007199254740993", 9_007_199_254_740_993_i64.into()),
            ("-9007199254740993", (-9_007_199_254_740_993_i64).into()),
            (&max.to_string(), max.into()),
            (&(max - 1024).to_string(), (max - 1024).into()),
            ("-9223372036854775808", i64::MIN.into()),
            ("9223372036854775808", 9_223_372_036_854_775_808.0.into()),
            ("-9223372036854775807", (-max).into()),
            ("1e400", f64::INFINITY.into()),
            (r#"{"$numberDouble":"-Infinity"}"#, f64::NEG_INFINITY.into()),
            (r#"{"$date":-1}"#, DateTime::from_millis(-1).into()),
            (
                r#"{"$date":8640000000000000}"#,
                DateTime::from_millis(8_640_000_000_000_000).into(),
            ),
            (
                r#"{"b":[1,[],[null,"a\u0000"]],"":{},"a.b":{"$date":7},"c$":true}"#,
                doc! {
                    "b": [1_i64, [], [Bson::Null, "a\0"]], "": {}, "a.b": DateTime::from_millis(7),
                    "c$": true,
                }
                .into(),
            ),
            ("[[]]", Bson::Array(vec![])),
        ] {
            assert_eq!(read(literal), Some(Part::Value(expected)), "{literal}");
        }
        let Some(Part::Value(Bson::Double(nan))) = read(r#"{"$numberDouble":"NaN"}"#) else {
            panic!("a double");
        };
        assert!(nan.is_nan());
        assert_eq!(read("null"), Some(Part::Null));
        assert_eq!(read("[]"), Some(Part::EmptyArray));
    }

    #[test]
    fn what_may_have_another_place_is_not_read() {
        let digits = "0123456789abcdef01234567";
        for literal in [
            &format!(r#""{digits}""#),
            &format!(r#"{{"a":["{digits}"]}}"#),
            r#"{"$numberDecimal":"1.5"}"#,
            r#"{"a":{"$date":"x"}}"#,
            r#"{"a\u0000":1}"#,
        ] {
            assert_eq!(read(literal), None, "{literal}");
        }
        let upper = digits.to_uppercase();
        assert_eq!(
            read(&format!(r#""{upper}""#)),
            Some(Part::Value(upper.into()))
        );
        let nested = |depth: usize| {
            read(&format!(
                "{}0{}",
                r#"{"a":"#.repeat(depth),
                "}".repeat(depth)
            ))
        };
        assert!(nested(MAX_DEPTH - 1).is_some());
        assert_eq!(nested(MAX_DEPTH), None);
    }

    #[test]
    fn other_bytes_are_not_read() {
        for bytes in [
            &[][..],
            &[1, 0],
            &[2, 2],
            &[3, 0],
            &[4, 0xFF],
            &[5],
            &[5, 7, b'a', 0, 0, 1],
            &[6, 9, 0],
            &[7, 1, 0],
            &[9],
        ] {
            assert_eq!(Part::read(bytes), None, "{bytes:?}");
        }
    }
}
