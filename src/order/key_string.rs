//! A value as bytes that compare as the value does, for stores whose indexes compare
//! bytes. [`SortKey::key_strings`](super::SortKey::key_strings) has the layout. (MongoDB's
//! storage engine has key strings too, with another layout.)

use super::Part;
use super::compare::{part_type, value_type};
use crate::unit::value::Value;

/// The key string of one part: its type, then its value. A string that is the whole part
/// has no terminator; a string inside an array or object has one.
pub(crate) fn key_string(part: Part<&Value>) -> Vec<u8> {
    let mut out = vec![part_type(part)];
    match part {
        Part::Value(Value::String(text)) => out.extend_from_slice(text.as_bytes()),
        Part::Value(value) => push_inner(value, &mut out),
        Part::EmptyArray | Part::Missing => {}
    }
    out
}

/// Terminates an array or object. Every type byte is greater, so the shorter of two sorts first.
const END: u8 = 0;

/// Appends a value without its type. The bytes show where the value ends. Recursive: calls
/// nest as deep as the values, at most `Unit::MAX_DEPTH`.
fn push_inner(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Null => {}
        Value::Bool(value) => out.push(u8::from(*value)),
        Value::Number(number) => out.extend_from_slice(&number.key_string()),
        Value::String(text) => push_text(text, out),
        Value::Date(date) => {
            let offset = date.at.as_millis().wrapping_sub(i64::MIN);
            out.extend_from_slice(&offset.to_be_bytes());
        }
        Value::Array(elements) => {
            for element in elements {
                out.push(value_type(element));
                push_inner(element, out);
            }
            out.push(END);
        }
        Value::Object(fields) => {
            for (name, value) in fields {
                out.push(value_type(value));
                push_text(name, out);
                push_inner(value, out);
            }
            out.push(END);
        }
    }
}

/// Appends text and its terminator, two zeros. U+0000 in the text is followed by 255.
fn push_text(text: &str, out: &mut Vec<u8>) {
    for byte in text.bytes() {
        out.push(byte);
        if byte == 0 {
            out.push(u8::MAX);
        }
    }
    out.extend_from_slice(&[0, 0]);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::order::compare_parts;
    use crate::unit::Unit;

    /// JSON texts of values, many of them equal or next to each other.
    fn literal() -> impl Strategy<Value = String> {
        let text = prop::sample::select(vec!["", "a", "aa", "b", "a\\u0000", "\\u0000", "é", "~"]);
        let leaf = prop_oneof![
            prop::sample::select(vec![
                "null",
                "true",
                "false",
                "0",
                "-0.0",
                "1",
                "1.0",
                "-1",
                "-1.5",
                "0.1",
                "1e300",
                "-1e300",
                "1e-300",
                "9007199254740991",
                "9007199254740992",
                "9007199254740993",
                "9007199254740993.0",
                "9223372036854775807",
                "9223372036854775808",
                "-9223372036854775808",
                "-9223372036854775809",
                r#"{"$numberDouble":"NaN"}"#,
                r#"{"$numberDouble":"Infinity"}"#,
                r#"{"$numberDouble":"-Infinity"}"#,
                r#"{"$date":0}"#,
                r#"{"$date":-1}"#,
                r#"{"$date":1}"#,
                r#"{"$date":8640000000000000}"#,
                r#"{"$date":-8640000000000000}"#,
            ])
            .prop_map(str::to_owned),
            any::<i64>().prop_map(|int| int.to_string()),
            text.clone().prop_map(|text| format!("\"{text}\"")),
        ];
        leaf.prop_recursive(3, 12, 3, move |inner| {
            let field = (text.clone(), inner.clone());
            prop_oneof![
                prop::collection::vec(inner, 0..4).prop_map(|all| format!("[{}]", all.join(","))),
                prop::collection::vec(field, 0..4).prop_map(|all| {
                    let all: Vec<String> =
                        all.iter().map(|(k, v)| format!("\"{k}\":{v}")).collect();
                    format!("{{{}}}", all.join(","))
                }),
            ]
        })
    }

    fn unit(literal: &str) -> Unit {
        Unit::from_json(&format!(r#"{{"_id":"","x":[{literal}]}}"#)).unwrap()
    }

    /// The value in the array: an array there is compared as a whole.
    fn part(unit: &Unit) -> Part<&Value> {
        match unit.get("x") {
            Some(Value::Array(elements)) => elements.first().map_or(Part::Missing, Part::Value),
            _ => unreachable!(),
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn bytes_compare_as_values_do(a in literal(), b in literal()) {
            let (a, b) = (unit(&a), unit(&b));
            let (a, b) = (part(&a), part(&b));
            prop_assert_eq!(key_string(a).cmp(&key_string(b)), compare_parts(a, b));
        }
    }

    #[test]
    fn an_empty_array_sorts_before_null_and_missing_is_null() {
        let null = unit("null");
        assert!(key_string(Part::EmptyArray) < key_string(Part::Missing));
        assert_eq!(key_string(Part::Missing), key_string(part(&null)));
    }

    #[test]
    fn the_layout_is_that_of_earlier_versions() {
        let bytes = |literal: &str| key_string(part(&unit(literal)));
        assert_eq!(bytes("null"), [2]);
        assert_eq!(bytes("1"), [3, 0xBF, 0xF0, 0, 0, 0, 0, 0, 0, 0x80, 0]);
        assert_eq!(
            bytes("9007199254740993"),
            [3, 0xC3, 0x40, 0, 0, 0, 0, 0, 0, 0x80, 1]
        );
        assert_eq!(bytes(r#""a\u0000""#), [4, b'a', 0]);
        assert_eq!(
            bytes(r#"{"a\u0000":"b"}"#),
            [5, 4, b'a', 0, 255, 0, 0, b'b', 0, 0, 0]
        );
        assert_eq!(bytes("[true,null]"), [6, 7, 1, 2, 0]);
        assert_eq!(bytes(r#"{"$date":1}"#), [8, 0x80, 0, 0, 0, 0, 0, 0, 1]);
    }
}
