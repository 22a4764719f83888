//! From JSON text or a `serde_json::Value` to the fields of a document.

use super::Unit;
use super::error::UnitErrorKind;
use super::extended;
use super::number::Number;
use super::value::{Date, Fields, Text, Value};
use crate::json;

/// Reads one JSON object.
///
/// `serde_json` has no type that keeps the digits of a number without a feature
/// that changes it for the whole build, so values are taken as raw text and cut
/// level by level. Every level scans its text again: the cost is the size of the
/// document times its depth, which [`Unit::MAX_DEPTH`] bounds.
pub(super) fn object(text: &str) -> Result<Fields, UnitErrorKind> {
    fields(text, 1)
}

fn fields(text: &str, depth: usize) -> Result<Fields, UnitErrorKind> {
    check_depth(depth)?;
    let members = json::members(text).map_err(|e| UnitErrorKind::from_json(&e))?;
    let mut fields = Fields::with_capacity(members.len());
    for member in members {
        let key = intern(&json::string(member.key).map_err(|e| UnitErrorKind::from_json(&e))?);
        let value = match value(member.value, depth + 1)? {
            Value::Object(inner) if !extended::is_deferred(&key) => extended::close(inner),
            other => other,
        };
        fields.push((key, value));
    }
    keep_last(&mut fields);
    Ok(fields)
}

/// One value; an object is not yet looked at as a wrapper.
fn value(literal: &str, depth: usize) -> Result<Value, UnitErrorKind> {
    match literal.as_bytes().first() {
        Some(b'{') => Ok(Value::Object(fields(literal, depth)?)),
        Some(b'[') => {
            check_depth(depth)?;
            let elements = json::elements(literal).map_err(|e| UnitErrorKind::from_json(&e))?;
            let elements = elements.into_iter().map(|element| {
                Ok(match value(element, depth + 1)? {
                    Value::Object(inner) => extended::close(inner),
                    other => other,
                })
            });
            Ok(Value::Array(elements.collect::<Result<_, _>>()?))
        }
        Some(b'"') => {
            let text = json::string(literal).map_err(|e| UnitErrorKind::from_json(&e))?;
            Ok(Value::String(intern(&text)))
        }
        Some(b't') => Ok(Value::Bool(true)),
        Some(b'f') => Ok(Value::Bool(false)),
        Some(b'n') => Ok(Value::Null),
        _ => Number::from_literal(literal)
            .map(Value::Number)
            .ok_or(UnitErrorKind::Malformed),
    }
}

/// The same from a value that a host already holds, at this depth of a document.
pub(super) fn fields_from_map(
    map: serde_json::Map<String, serde_json::Value>,
    depth: usize,
) -> Result<Fields, UnitErrorKind> {
    check_depth(depth)?;
    let fields = map.into_iter().map(|(key, value)| {
        let value = if extended::is_deferred(&key) {
            deferred_from_value(value, depth + 1)
        } else {
            from_value(value, depth + 1)
        }?;
        Ok((intern(&key), value))
    });
    fields.collect()
}

/// Reads one value of a document, wrappers settled.
pub(super) fn from_value(value: serde_json::Value, depth: usize) -> Result<Value, UnitErrorKind> {
    let read = deferred_from_value(value, depth)?;
    Ok(match read {
        Value::Object(fields) => extended::close(fields),
        other => other,
    })
}

fn deferred_from_value(value: serde_json::Value, depth: usize) -> Result<Value, UnitErrorKind> {
    use serde_json::Value as Json;
    Ok(match value {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(value),
        Json::Number(number) => Number::from_literal(&number.to_string())
            .map(Value::Number)
            .ok_or(UnitErrorKind::Malformed)?,
        Json::String(text) => Value::String(Text::Owned(text)),
        Json::Array(elements) => {
            check_depth(depth)?;
            let elements = elements.into_iter().map(|e| from_value(e, depth + 1));
            Value::Array(elements.collect::<Result<_, _>>()?)
        }
        Json::Object(map) => Value::Object(fields_from_map(map, depth)?),
    })
}

/// What holds for the fields of a document itself and for no object inside it.
pub(super) fn settle(fields: &mut Fields) {
    for (key, value) in fields {
        match value {
            // A document is never a wrapper.
            Value::Object(inner) if extended::is_deferred(key) => {
                *value = extended::close(std::mem::take(inner));
            }
            // SPEC §1: in the documented form it is a date, though JSON says string.
            Value::String(text) if key == "_updatedAt" => {
                if let Some(date) = Date::from_plain(text) {
                    *value = Value::Date(date);
                }
            }
            _ => {}
        }
    }
}

/// What `JSON.parse` does with a repeated key: its first place, its last value.
pub(super) fn keep_last(fields: &mut Fields) {
    /// Few enough keys to compare each with each.
    const FEW: usize = 16;
    let repeated = if fields.len() <= FEW {
        fields
            .iter()
            .enumerate()
            .any(|(i, (key, _))| fields.iter().take(i).any(|(earlier, _)| earlier == key))
    } else {
        let mut seen = std::collections::HashSet::with_capacity(fields.len());
        !fields.iter().all(|(key, _)| seen.insert(key.as_ref()))
    };
    if !repeated {
        return;
    }
    let mut places = std::collections::HashMap::with_capacity(fields.len());
    let mut kept = Fields::with_capacity(fields.len());
    for (key, value) in fields.drain(..) {
        let place = *places.entry(key.clone()).or_insert(kept.len());
        match kept.get_mut(place) {
            Some((_, earlier)) => *earlier = value,
            None => kept.push((key, value)),
        }
    }
    *fields = kept;
}

fn check_depth(depth: usize) -> Result<(), UnitErrorKind> {
    if depth > Unit::MAX_DEPTH {
        return Err(UnitErrorKind::TooDeep);
    }
    Ok(())
}

/// Words that nearly every document holds are not copied for each.
fn intern(text: &str) -> Text {
    let word = match text {
        "_id" => "_id",
        "name" => "name",
        "visibility" => "visibility",
        "type" => "type",
        "numMonitors" => "numMonitors",
        "numDepartments" => "numDepartments",
        "_updatedAt" => "_updatedAt",
        "public" => "public",
        "private" => "private",
        "u" => "u",
        _ => return Text::Owned(text.to_owned()),
    };
    Text::Borrowed(word)
}
