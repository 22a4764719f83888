//! A validator for the part of JSON Schema that `openapi.json` uses.

use serde_json::Value;

use super::document::Document;

/// Whether `value` is valid under `schema`.
///
/// # Panics
/// If the schema has a keyword that this function does not implement.
pub(crate) fn fits(document: &Document, schema: &Value, value: &Value) -> bool {
    let schema = document.resolve(schema);
    let keywords = schema.as_object().unwrap();
    keywords.iter().all(|(keyword, operand)| {
        let operands = || operand.as_array().unwrap().iter();
        let is_valid = |schema: &&Value| fits(document, schema, value);
        match keyword.as_str() {
            "description" => true,
            "const" => value == operand,
            "enum" => operands().any(|one| one == value),
            "type" => value_type(value) == operand,
            "minimum" => value.as_u64() >= operand.as_u64(),
            "maximum" => value.as_u64() <= operand.as_u64(),
            "pattern" => value.as_str().is_some_and(|text| matches(operand, text)),
            "format" => operand == "date-time" && is_date_time(value),
            "oneOf" => operands().filter(is_valid).count() == 1,
            "anyOf" => operands().any(|one| is_valid(&one)),
            "not" => !fits(document, operand, value),
            "items" => {
                let items = value.as_array().unwrap();
                items.iter().all(|item| fits(document, operand, item))
            }
            "required" => operands().all(|key| value.get(key.as_str().unwrap()).is_some()),
            "properties" => operand.as_object().unwrap().iter().all(|(key, schema)| {
                let property = value.get(key);
                property.is_none_or(|property| fits(document, schema, property))
            }),
            "additionalProperties" => {
                assert_eq!(operand, false);
                let known = schema["properties"].as_object().unwrap();
                let keys = value.as_object().map(|object| object.keys());
                keys.into_iter()
                    .flatten()
                    .all(|key| known.contains_key(key))
            }
            other => panic!("expected a keyword of this validator, found {other}"),
        }
    })
}

fn value_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// Whether a pattern of `openapi.json` matches `text`. A pattern is `^PREFIX[\s\S]*SUFFIX$` or
/// `SUFFIX$`. PREFIX and SUFFIX are literal, except that `\` escapes a character of SUFFIX.
fn matches(pattern: &Value, text: &str) -> bool {
    let pattern = pattern.as_str().unwrap();
    let (start, end) = pattern.split_once(r"[\s\S]*").unwrap_or(("^", pattern));
    let start = start.strip_prefix('^').unwrap();
    let end = end.strip_suffix('$').unwrap().replace(['\\'], "");
    assert!(!start.contains(['\\', '*', '.']), "{pattern}");
    text.strip_prefix(start)
        .is_some_and(|rest| rest.ends_with(&end))
}

fn is_date_time(value: &Value) -> bool {
    let text = value.as_str().unwrap_or_default();
    let shape = text.replace(|c: char| c.is_ascii_digit(), "0");
    shape == "0000-00-00T00:00:00.000Z"
}
