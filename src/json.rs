//! The two things this crate asks of JSON text beyond what `serde_json` types
//! give: the members of one object as they were written, with their places, and
//! strings written back.
//!
//! `serde_json` decides what is JSON. Values are taken as raw text, which it
//! scans without recursion, so the depth of the input costs no stack here.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// One `"key": value` of an object, both as written.
pub(crate) struct Member<'a> {
    pub(crate) key: &'a str,
    pub(crate) value: &'a str,
}

/// The members of the one JSON object that `text` is, repeated keys included.
pub(crate) fn members(text: &str) -> serde_json::Result<Vec<Member<'_>>> {
    serde_json::from_str::<Members<'_>>(text).map(|members| members.0)
}

/// The elements of the one JSON array that `text` is, as written.
pub(crate) fn elements(text: &str) -> serde_json::Result<Vec<&str>> {
    let raw: Vec<&RawValue> = serde_json::from_str(text)?;
    Ok(raw.into_iter().map(RawValue::get).collect())
}

/// The string that a JSON string literal stands for; borrowed when nothing in it
/// is escaped.
pub(crate) fn string(literal: &str) -> serde_json::Result<Cow<'_, str>> {
    if !literal.contains('\\')
        && let Some(inner) = literal.strip_prefix('"').and_then(|s| s.strip_suffix('"'))
    {
        return Ok(Cow::Borrowed(inner));
    }
    serde_json::from_str::<String>(literal).map(Cow::Owned)
}

/// Appends `text` as a JSON string literal, escaped as `JSON.stringify` does it.
pub(crate) fn push_string(out: &mut String, text: &str) {
    out.push('"');
    // Nearly every string; worth a loop of its own that the compiler makes wide.
    if !text.bytes().fold(false, |any, b| any | needs_escape(b)) {
        out.push_str(text);
        out.push('"');
        return;
    }
    let mut clean = 0;
    for (at, byte) in text.bytes().enumerate() {
        let escape: &str = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            0x08 => "\\b",
            0x0C => "\\f",
            0x00..=0x1F => {
                out.push_str(text.get(clean..at).unwrap_or_default());
                out.push_str("\\u00");
                out.push(if byte < 0x10 { '0' } else { '1' });
                out.extend(char::from_digit(u32::from(byte & 0x0F), 16));
                clean = at + 1;
                continue;
            }
            _ => continue,
        };
        out.push_str(text.get(clean..at).unwrap_or_default());
        out.push_str(escape);
        clean = at + 1;
    }
    out.push_str(text.get(clean..).unwrap_or_default());
    out.push('"');
}

const fn needs_escape(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

struct Members<'a>(Vec<Member<'a>>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;

        impl<'de> Visitor<'de> for InOrder {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::with_capacity(8);
                while let Some((key, value)) = map.next_entry::<&RawValue, &RawValue>()? {
                    members.push(Member {
                        key: key.get(),
                        value: value.get(),
                    });
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(InOrder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn members_keep_order_repetition_and_spelling() {
        let all = members(r#" { "b" : 1.0 , "a":[ 1 ],"b":"\u0041" } "#).unwrap();
        let all: Vec<_> = all.iter().map(|m| (m.key, m.value)).collect();
        assert_eq!(
            all,
            [
                (r#""b""#, "1.0"),
                (r#""a""#, "[ 1 ]"),
                (r#""b""#, r#""\u0041""#)
            ]
        );
    }

    #[test]
    fn depth_of_a_value_costs_no_stack() {
        let deep = format!(r#"{{"a":{}1{}}}"#, "[".repeat(200_000), "]".repeat(200_000));
        assert_eq!(members(&deep).unwrap().len(), 1);
    }

    proptest! {
        #[test]
        fn strings_are_written_as_serde_json_writes_them(text: String) {
            let mut ours = String::new();
            push_string(&mut ours, &text);
            prop_assert_eq!(&ours, &serde_json::to_string(&text).unwrap());
            prop_assert_eq!(string(&ours).unwrap(), text);
        }

        #[test]
        fn control_characters_too(text in "[\\x00-\\x7f]{0,40}") {
            let mut ours = String::new();
            push_string(&mut ours, &text);
            prop_assert_eq!(&ours, &serde_json::to_string(&text).unwrap());
        }
    }
}
