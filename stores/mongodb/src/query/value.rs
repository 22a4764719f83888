//! A value of a sort key as BSON.

use bson::{Bson, DateTime, Document};
use livechat_units::columns::SortValue;

use crate::row::object_id;

/// The maximum nesting of a value, in levels: MongoDB's documented limit for documents.
const MAX_DEPTH: usize = 100;

/// The value as BSON. MongoDB compares integers and doubles by value.
///
/// `None` if the type of the value on the server is not known. A string of 24 hexadecimal
/// digits may be an `ObjectId` there. An object with a key that begins with `$` may be of any
/// type that JSON lacks. Such a value may have another position in the sort order.
///
/// `None` also if BSON or MongoDB cannot store the value: a key contains U+0000, or the value
/// has more than [`MAX_DEPTH`] levels.
pub(super) fn to_bson(value: SortValue<'_>) -> Option<Bson> {
    to_bson_at(1, value)
}

fn to_bson_at(depth: usize, value: SortValue<'_>) -> Option<Bson> {
    if depth > MAX_DEPTH {
        return None;
    }
    Some(match value {
        SortValue::EmptyArray => Bson::Array(Vec::new()),
        SortValue::Null => Bson::Null,
        SortValue::Int(int) => int.into(),
        SortValue::Double(double) => double.into(),
        SortValue::String(text) if object_id(text).is_some() => return None,
        SortValue::String(text) => text.into(),
        SortValue::Object(members) => {
            let mut document = Document::new();
            for (key, value) in members {
                if key.starts_with('$') || key.contains('\0') {
                    return None;
                }
                document.insert(key, to_bson_at(depth + 1, value)?);
            }
            document.into()
        }
        SortValue::Array(elements) => {
            let elements = elements.map(|element| to_bson_at(depth + 1, element));
            Bson::Array(elements.collect::<Option<_>>()?)
        }
        SortValue::Bool(bool) => bool.into(),
        SortValue::Date(at) => DateTime::from_millis(at.as_millis()).into(),
    })
}

#[cfg(test)]
mod tests {
    use bson::doc;
    use livechat_units::{Cursor, SortSpec, Unit};

    use super::*;

    fn bson_of(literal: &str) -> Option<Bson> {
        let unit = Unit::from_json(&format!(r#"{{"_id":"u","x":{literal}}}"#)).unwrap();
        let sort: SortSpec = r#"{"x":1}"#.parse().unwrap();
        let cursor = Cursor::new(&sort, &unit).unwrap();
        to_bson(cursor.values().next().unwrap())
    }

    #[test]
    fn values_keep_their_types() {
        let max = i64::MAX;
        for (literal, expected) in [
            ("null", Bson::Null),
            (r#""""#, "".into()),
            (r#""a\u0000é""#, "a\0é".into()),
            ("true", true.into()),
            ("false", false.into()),
            ("1", 1_i64.into()),
            ("-0.0", (-0.0).into()),
            ("-1.5", (-1.5).into()),
            ("5e-324", 5e-324.into()),
            ("9007199254740992.0", 9_007_199_254_740_992.0.into()),
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
            ("[]", Bson::Array(vec![])),
            ("[[]]", Bson::Array(vec![])),
            ("[[1.5]]", Bson::Array(vec![1.5.into()])),
        ] {
            assert_eq!(bson_of(literal), Some(expected), "{literal}");
        }
        let Some(Bson::Double(nan)) = bson_of(r#"{"$numberDouble":"NaN"}"#) else {
            panic!("expected a double");
        };
        assert!(nan.is_nan());
    }

    #[test]
    fn values_without_a_known_bson_value_are_refused() {
        let digits = "0123456789abcdef01234567";
        for literal in [
            &format!(r#""{digits}""#),
            &format!(r#"{{"a":["{digits}"]}}"#),
            &format!(r#"[["{digits}"]]"#),
            r#"{"$numberDecimal":"1.5"}"#,
            r#"{"a":{"$date":"x"}}"#,
            r#"{"a\u0000":1}"#,
        ] {
            assert_eq!(bson_of(literal), None, "{literal}");
        }
        let upper = digits.to_uppercase();
        assert_eq!(bson_of(&format!(r#""{upper}""#)), Some(upper.into()));
        let nested = |depth: usize| {
            let (open, close) = (r#"{"a":"#.repeat(depth), "}".repeat(depth));
            bson_of(&format!("{open}0{close}"))
        };
        assert!(nested(MAX_DEPTH - 1).is_some());
        assert_eq!(nested(MAX_DEPTH), None);
    }
}
