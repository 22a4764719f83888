//! Reading the fields of a document from JSON text.
//!
//! This module builds the values from [`Tokens`] by recursive descent, and then replaces the
//! wrappers of extended JSON. Cost: linear in the length of the text. [`scan`](super::scan) has
//! checked the text, so no error occurs, and the recursion has at most [`Unit::MAX_DEPTH`] levels.

use std::collections::HashMap;

use super::Unit;
use super::extended::unwrap;
use super::number::Number;
use super::value::{Date, Fields, Text, Value};
use crate::field::Field;
use crate::json::{self, Token, Tokens};

/// The initial capacity of a document, in fields: the seven of SPEC §1 and one more.
const USUAL_FIELDS: usize = 8;

/// Reads the fields of a valid document.
pub(super) fn document(valid: &str) -> Fields {
    let mut tokens = Tokens::new(valid);
    tokens.next();
    let mut fields = read_members(&mut tokens, Fields::with_capacity(USUAL_FIELDS));
    for (key, value) in &mut fields {
        unwrap(value, false);
        convert_if_updated_at(key, value);
    }
    fields
}

/// Reads the valid value of a top-level field.
pub(super) fn field(valid: &str) -> Value {
    let mut tokens = Tokens::new(valid);
    let token = tokens.next();
    let mut value = token.map_or(Value::Null, |token| read_value(token, &mut tokens));
    unwrap(&mut value, false);
    value
}

/// Reads the members of an object, whose opening brace has been read. `fields` must be
/// empty; its capacity is used.
fn read_members(tokens: &mut Tokens<'_>, mut fields: Fields) -> Fields {
    while let Some(Token::String(key)) = tokens.next() {
        let Some(token) = tokens.next() else { break };
        fields.push((read_text(key), read_value(token, tokens)));
    }
    merge_repeated_keys(&mut fields);
    fields
}

/// Reads a value whose first token is `token`.
fn read_value(token: Token<'_>, tokens: &mut Tokens<'_>) -> Value {
    match token {
        Token::BeginObject => Value::Object(read_members(tokens, Fields::new())),
        Token::BeginArray => {
            let mut elements = Vec::new();
            while let Some(token) = tokens.next().filter(|token| *token != Token::EndArray) {
                elements.push(read_value(token, tokens));
            }
            Value::Array(elements)
        }
        Token::String(literal) => Value::String(read_text(literal)),
        Token::Bare("true") => Value::Bool(true),
        Token::Bare("false") => Value::Bool(false),
        Token::Bare(literal) if json::NON_FINITE.contains(&literal) => {
            Value::Number(Number::from_double(literal.parse().unwrap_or_default()))
        }
        // `null` is no number.
        Token::Bare(literal) => Number::from_literal(literal).map_or(Value::Null, Value::Number),
        Token::EndObject | Token::EndArray => Value::Null,
    }
}

fn read_text(literal: &str) -> Text {
    json::decode_string(literal).into_owned().into()
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
/// value. Cost: a sort of the keys.
fn merge_repeated_keys(fields: &mut Fields) {
    let mut keys: Vec<&str> = fields.iter().map(|(key, _)| key.as_ref()).collect();
    keys.sort_unstable();
    if keys.windows(2).all(|pair| pair.first() != pair.last()) {
        return;
    }
    let mut indexes = HashMap::with_capacity(fields.len());
    let mut merged = Fields::with_capacity(fields.len());
    for (key, value) in fields.drain(..) {
        let index = *indexes.entry(key.clone()).or_insert(merged.len());
        match merged.get_mut(index) {
            Some((_, earlier)) => *earlier = value,
            None => merged.push((key, value)),
        }
    }
    *fields = merged;
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
    fn a_repeated_key_has_its_first_position_and_last_value() {
        for others in [1, 14, 15, 40] {
            let mut fields: Fields = vec![("a".into(), Value::Null)];
            let some = |i| (format!("k{i}").into(), Value::Bool(false));
            fields.extend((0..others).map(some));
            let before = fields.clone();
            merge_repeated_keys(&mut fields);
            assert_eq!(fields, before);
            fields.push(("a".into(), Value::Bool(true)));
            merge_repeated_keys(&mut fields);
            assert_eq!(fields[0], ("a".into(), Value::Bool(true)));
            assert_eq!(fields[1..], before[1..]);
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
