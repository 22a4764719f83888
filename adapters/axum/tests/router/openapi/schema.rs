//! As much of JSON Schema as `openapi.json` uses.

use serde_json::Value;

use super::document::Document;

/// Whether the value is one that the schema describes.
///
/// # Panics
/// For a keyword that is not known here.
pub(crate) fn fits(document: &Document, schema: &Value, value: &Value) -> bool {
    let schema = document.resolve(schema);
    let keywords = schema.as_object().unwrap();
    keywords.iter().all(|(keyword, wanted)| {
        let any_of = || wanted.as_array().unwrap().iter();
        let fit = |schema: &&Value| fits(document, schema, value);
        match keyword.as_str() {
            "description" => true,
            "const" => value == wanted,
            "enum" => any_of().any(|one| one == value),
            "type" => value_type(value) == wanted,
            "minimum" => value.as_u64() >= wanted.as_u64(),
            "maximum" => value.as_u64() <= wanted.as_u64(),
            "pattern" => value.as_str().is_some_and(|text| matches(wanted, text)),
            "format" => wanted == "date-time" && is_instant(value),
            "oneOf" => any_of().filter(fit).count() == 1,
            "anyOf" => any_of().any(|one| fit(&one)),
            "not" => !fits(document, wanted, value),
            "items" => {
                let items = value.as_array().unwrap();
                items.iter().all(|item| fits(document, wanted, item))
            }
            "required" => any_of().all(|key| value.get(key.as_str().unwrap()).is_some()),
            "properties" => wanted.as_object().unwrap().iter().all(|(key, schema)| {
                let property = value.get(key);
                property.is_none_or(|property| fits(document, schema, property))
            }),
            "additionalProperties" => {
                assert_eq!(wanted, false);
                let known = schema["properties"].as_object().unwrap();
                let keys = value.as_object().map(|object| object.keys());
                keys.into_iter()
                    .flatten()
                    .all(|key| known.contains_key(key))
            }
            other => panic!("the keyword {other}"),
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

/// A beginning, anything, and an end.
fn matches(pattern: &Value, text: &str) -> bool {
    let pattern = pattern.as_str().unwrap();
    let (start, end) = pattern.split_once(r"[\s\S]*").unwrap_or(("^", pattern));
    let start = start.strip_prefix('^').unwrap();
    let end = end.strip_suffix('$').unwrap().replace(['\\'], "");
    assert!(!start.contains(['\\', '*', '.']), "{pattern}");
    text.strip_prefix(start)
        .is_some_and(|rest| rest.ends_with(&end))
}

fn is_instant(value: &Value) -> bool {
    let text = value.as_str().unwrap_or_default();
    let shape = text.replace(|c: char| c.is_ascii_digit(), "0");
    shape == "0000-00-00T00:00:00.000Z"
}
