//! Reading the fields of a document from JSON text.
//!
//! `serde_json` only validates the text: its values lose the digits of numbers, unless a
//! feature changes it for the whole build of the host. This module builds the values from
//! [`Tokens`] by recursive descent, and then replaces the wrappers of extended JSON. Cost: linear
//! in the length of the text.

use super::Unit;
use super::error::UnitErrorKind;
use super::extended::{Wrappers, unwrap};
use super::number::Number;
use super::value::{Date, Fields, Text, Value};
use crate::field::{Field, ID, TYPE, UNIT_TYPE};
use crate::json::{self, Token, Tokens};

/// The initial capacity of a document, in fields: the seven of SPEC §1 and one more.
const USUAL_FIELDS: usize = 8;

/// Reads the fields of a document from a text that [`json::validate_with_non_finite`] has
/// validated.
pub(super) fn document(valid: &str) -> Result<Fields, UnitErrorKind> {
    let mut tokens = Tokens::new(valid);
    let Some(Token::BeginObject) = tokens.next() else {
        return Err(UnitErrorKind::NotAnObject);
    };
    let mut fields = read_members(&mut tokens, Fields::with_capacity(USUAL_FIELDS), 1)?;
    for (key, value) in &mut fields {
        unwrap(value, 2, Wrappers::Unwrap)?;
        convert_if_updated_at(key, value);
    }
    Ok(fields)
}

/// Reads the value of a top-level field from a validated text.
pub(super) fn field(valid: &str) -> Result<Value, UnitErrorKind> {
    let mut tokens = Tokens::new(valid);
    let token = tokens.next().ok_or(UnitErrorKind::Malformed)?;
    let mut value = read_value(token, &mut tokens, 2)?;
    unwrap(&mut value, 2, Wrappers::Unwrap)?;
    Ok(value)
}

/// Reads the members of an object, whose opening brace has been read. `fields` must be
/// empty; its capacity is used.
fn read_members(
    tokens: &mut Tokens<'_>,
    mut fields: Fields,
    depth: usize,
) -> Result<Fields, UnitErrorKind> {
    check_depth(depth)?;
    while let Some(Token::String(key)) = tokens.next() {
        let key = read_text(key);
        let token = tokens.next().ok_or(UnitErrorKind::Malformed)?;
        fields.push((key, read_value(token, tokens, depth + 1)?));
    }
    merge_repeated_keys(&mut fields);
    Ok(fields)
}

/// Reads a value whose first token is `token`.
fn read_value(
    token: Token<'_>,
    tokens: &mut Tokens<'_>,
    depth: usize,
) -> Result<Value, UnitErrorKind> {
    match token {
        Token::BeginObject => read_members(tokens, Fields::new(), depth).map(Value::Object),
        Token::BeginArray => {
            check_depth(depth)?;
            let mut elements = Vec::new();
            loop {
                match tokens.next() {
                    Some(Token::EndArray) | None => return Ok(Value::Array(elements)),
                    Some(token) => elements.push(read_value(token, tokens, depth + 1)?),
                }
            }
        }
        Token::String(literal) => Ok(Value::String(read_text(literal))),
        Token::Bare("null") => Ok(Value::Null),
        Token::Bare("true") => Ok(Value::Bool(true)),
        Token::Bare("false") => Ok(Value::Bool(false)),
        Token::Bare(literal) => {
            let number = match json::parse_non_finite(literal) {
                Some(double) => Some(Number::from_double(double)),
                None => Number::from_literal(literal),
            };
            number.map(Value::Number).ok_or(UnitErrorKind::Malformed)
        }
        Token::EndObject | Token::EndArray => Err(UnitErrorKind::Malformed),
    }
}

/// Strings that nearly every document contains, besides the names of documented fields: two
/// keys, and values of `type` and `visibility`.
const FREQUENT_STRINGS: [&str; 5] = [ID, TYPE, UNIT_TYPE, "public", "private"];

/// Decodes a string literal. The names of documented fields and [`FREQUENT_STRINGS`] become
/// static strings, so that documents share them.
fn read_text(literal: &str) -> Text {
    let text = json::decode_string(literal);
    let mut known = Field::ALL
        .map(Field::path)
        .into_iter()
        .chain(FREQUENT_STRINGS);
    let known = known.find(|known| *known == text);
    known.map_or_else(|| Text::Owned(text.into_owned()), Text::Borrowed)
}

/// Turns the value of a top-level field into a date if the field is `_updatedAt` and the
/// value is a string of the documented form.
pub(super) fn convert_if_updated_at(key: &str, value: &mut Value) {
    if key == Field::UpdatedAt.path()
        && let Value::String(text) = value
        && let Some(date) = Date::from_plain(text)
    {
        *value = Value::Date(date);
    }
}

/// Merges repeated keys as `JSON.parse` does: a key keeps its first position and its last
/// value. Returns whether a key was repeated. Cost: linear in the number of fields.
pub(super) fn merge_repeated_keys(fields: &mut Fields) -> bool {
    /// Up to this many keys are compared in pairs, which is faster than hashing them.
    const MAX_PAIRWISE_KEYS: usize = 16;
    let repeated = if fields.len() <= MAX_PAIRWISE_KEYS {
        let mut keys = fields.iter().enumerate();
        keys.any(|(i, (key, _))| fields.iter().take(i).any(|(earlier, _)| earlier == key))
    } else {
        let mut seen = std::collections::HashSet::with_capacity(fields.len());
        !fields.iter().all(|(key, _)| seen.insert(key.as_ref()))
    };
    if !repeated {
        return false;
    }
    let mut indexes = std::collections::HashMap::with_capacity(fields.len());
    let mut merged = Fields::with_capacity(fields.len());
    for (key, value) in fields.drain(..) {
        let index = *indexes.entry(key.clone()).or_insert(merged.len());
        match merged.get_mut(index) {
            Some((_, earlier)) => *earlier = value,
            None => merged.push((key, value)),
        }
    }
    *fields = merged;
    true
}

/// Bounds the recursion. A wrapper at the last level that is allowed has one more level inside.
fn check_depth(depth: usize) -> Result<(), UnitErrorKind> {
    let fits = depth <= Unit::MAX_DEPTH + 1;
    fits.then_some(()).ok_or(UnitErrorKind::TooDeep)
}

/// Whether a value at level `depth` of a document nests within [`Unit::MAX_DEPTH`]. The
/// recursion stops at this bound.
pub(super) fn is_within_depth(value: &serde_json::Value, depth: usize) -> bool {
    use serde_json::Value as Json;
    let is_within = |inner: &Json| is_within_depth(inner, depth + 1);
    match value {
        Json::Array(_) | Json::Object(_) if depth > Unit::MAX_DEPTH => false,
        Json::Array(elements) => elements.iter().all(is_within),
        Json::Object(map) => map.values().all(is_within),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_of_nearly_every_document_are_static() {
        for text in Field::ALL.map(Field::path).iter().chain(&FREQUENT_STRINGS) {
            let literal = format!("\"{text}\"");
            assert!(matches!(read_text(&literal), Text::Borrowed(read) if read == *text));
        }
        assert!(matches!(read_text("\"Name\""), Text::Owned(read) if read == "Name"));
    }

    #[test]
    fn a_repeated_key_has_its_first_position_and_last_value() {
        for others in [1, 14, 15, 40] {
            let mut fields: Fields = vec![("a".into(), Value::Null)];
            let some = |i| (Text::Owned(format!("k{i}")), Value::Bool(false));
            fields.extend((0..others).map(some));
            let before = fields.clone();
            assert!(!merge_repeated_keys(&mut fields));
            assert_eq!(fields, before);
            fields.push(("a".into(), Value::Bool(true)));
            assert!(merge_repeated_keys(&mut fields));
            assert_eq!(fields[0], ("a".into(), Value::Bool(true)));
            assert_eq!(fields[1..], before[1..]);
        }
    }

    /// The document itself is level 1.
    #[test]
    #[cfg_attr(miri, ignore = "too slow under Miri")]
    fn every_kind_of_nesting_is_bounded() {
        for (open, close) in [
            ("[", "]"),
            (r#"{"a":"#, "}"),
            ("[true,", ",null]"),
            (r#"{"a":"b","c":"#, r#","d":0}"#),
            (r#"{"$date":"#, "}"),
            (r#"{"$oid":1,"a":"#, "}"),
        ] {
            for (levels, is_read) in [(Unit::MAX_DEPTH - 1, true), (Unit::MAX_DEPTH, false)] {
                let (open, close) = (open.repeat(levels), close.repeat(levels));
                let json = format!(r#"{{"_id":"a","x":{open}1{close}}}"#);
                let read = document(json::validate(&json).unwrap());
                assert_eq!(read.err(), (!is_read).then_some(UnitErrorKind::TooDeep));
            }
        }
    }

    #[test]
    #[cfg_attr(miri, ignore = "too slow under Miri")]
    fn the_deepest_part_of_a_value_determines_its_depth() {
        let wrap: [fn(serde_json::Value) -> serde_json::Value; 2] = [
            |value| serde_json::json!([1, value, []]),
            |value| serde_json::json!({"a": {}, "b": value, "c": 1}),
        ];
        for wrap in wrap {
            let mut value = serde_json::Value::Null;
            // `wrap` adds one level around the value, and an empty array or object beside
            // it. The innermost level thus contains one more, so `levels` calls nest
            // `levels + 1` deep.
            for levels in 1..=Unit::MAX_DEPTH {
                value = wrap(value);
                let deepest = Unit::MAX_DEPTH - levels;
                assert!(is_within_depth(&value, deepest), "{levels}");
                assert!(!is_within_depth(&value, deepest + 1), "{levels}");
            }
        }
    }
}
