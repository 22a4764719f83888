//! From JSON text to the fields of a document.

use super::Unit;
use super::error::UnitErrorKind;
use super::extended::{self, Ends};
use super::number::Number;
use super::value::{Date, Fields, Text, Value};
use crate::json::{self, Cursor, Token};

/// Reads the JSON object that `valid` is; bare words for doubles may be in it.
///
/// `serde_json` has no type that keeps the digits of a number without a feature that
/// changes it for the host's whole build. So it only checks the text, and the values
/// are cut from it here. Numbers and dates keep their text, so that most documents need
/// not be written again: whether this is one is returned too.
pub(super) fn document(valid: &str) -> Result<(Fields, bool), UnitErrorKind> {
    let mut reader = Reader::new(valid);
    match reader.cursor.next() {
        Some(Token::BeginObject) => {
            // What a unit has, and one or two more.
            let fields = fields(&mut reader, Fields::with_capacity(8), 1, Wrappers::Unwrap)?;
            Ok((fields, reader.cursor.is_verbatim))
        }
        _ => Err(UnitErrorKind::NotAnObject),
    }
}

/// The value of a field of a document.
pub(super) fn field(valid: &str) -> Result<Value, UnitErrorKind> {
    let mut reader = Reader::new(valid);
    let token = reader.cursor.next().ok_or(UnitErrorKind::Malformed)?;
    value(token, &mut reader, 2, Wrappers::Unwrap)
}

/// A text that is read from its beginning to its end.
struct Reader<'a> {
    cursor: Cursor<'a>,
    ends: Ends,
}

impl<'a> Reader<'a> {
    fn new(valid: &'a str) -> Self {
        Self {
            cursor: Cursor::new(valid),
            ends: Ends::default(),
        }
    }
}

/// What becomes of extended-JSON wrappers.
#[derive(Clone, Copy)]
enum Wrappers {
    Unwrap,
    /// Inside a wrapper that did not parse, which is kept as the object it is.
    Keep,
}

/// The members of an object whose brace has been read, added to none.
fn fields(
    reader: &mut Reader<'_>,
    mut fields: Fields,
    depth: usize,
    wrappers: Wrappers,
) -> Result<Fields, UnitErrorKind> {
    check_depth(depth)?;
    while let Some(Token::String(key)) = reader.cursor.next() {
        let key = text(key);
        let token = reader.cursor.next().ok_or(UnitErrorKind::Malformed)?;
        fields.push((key, value(token, reader, depth + 1, wrappers)?));
    }
    reader.cursor.is_verbatim &= !keep_last(&mut fields);
    Ok(fields)
}

/// The value that begins with `token`.
fn value(
    token: Token<'_>,
    reader: &mut Reader<'_>,
    depth: usize,
    wrappers: Wrappers,
) -> Result<Value, UnitErrorKind> {
    match token {
        Token::BeginObject => {
            let wrapper = match wrappers {
                Wrappers::Unwrap => extended::wrapper(&reader.cursor, &mut reader.ends),
                Wrappers::Keep => None,
            };
            let Some(wrapper) = wrapper else {
                return fields(reader, Fields::new(), depth, wrappers).map(Value::Object);
            };
            let Some(plain) = wrapper.plain() else {
                let kept = fields(reader, Fields::new(), depth, Wrappers::Keep);
                return kept.map(Value::Object);
            };
            check_depth(depth)?;
            reader.cursor = wrapper.after;
            reader.cursor.is_verbatim = false;
            Ok(plain)
        }
        Token::BeginArray => {
            check_depth(depth)?;
            let mut elements = Vec::new();
            loop {
                match reader.cursor.next() {
                    Some(Token::EndArray) | None => return Ok(Value::Array(elements)),
                    Some(token) => elements.push(value(token, reader, depth + 1, wrappers)?),
                }
            }
        }
        Token::String(literal) => Ok(Value::String(text(literal))),
        Token::Scalar("null") => Ok(Value::Null),
        Token::Scalar("true") => Ok(Value::Bool(true)),
        Token::Scalar("false") => Ok(Value::Bool(false)),
        Token::Scalar(literal) => {
            if let Some(double) = json::non_finite(literal) {
                reader.cursor.is_verbatim = false;
                return Ok(match wrappers {
                    Wrappers::Unwrap => Value::Number(Number::from_double(double)),
                    // The number could not be written again: `$numberDouble` is not read
                    // in here.
                    Wrappers::Keep => Value::Null,
                });
            }
            Number::from_literal(literal)
                .map(Value::Number)
                .ok_or(UnitErrorKind::Malformed)
        }
        Token::EndObject | Token::EndArray => Err(UnitErrorKind::Malformed),
    }
}

/// What a string literal stands for. Words that nearly every document holds are not
/// copied for each.
fn text(literal: &str) -> Text {
    let text = json::string(literal);
    let word = match text.as_ref() {
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
        _ => return Text::Owned(text.into_owned()),
    };
    Text::Borrowed(word)
}

/// SPEC §1: `_updatedAt` of a document is a date where it has the documented form,
/// though JSON has it as a string.
pub(super) fn settle_date(fields: &mut Fields) {
    for (key, value) in fields {
        settle(key, value);
    }
}

/// The same for one field.
pub(super) fn settle(key: &str, value: &mut Value) {
    if key == "_updatedAt"
        && let Value::String(text) = value
        && let Some(date) = Date::from_plain(text)
    {
        *value = Value::Date(date);
    }
}

/// What `JSON.parse` does with a repeated key: its first place, its last value. Whether
/// there was one.
pub(super) fn keep_last(fields: &mut Fields) -> bool {
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
        return false;
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
    true
}

fn check_depth(depth: usize) -> Result<(), UnitErrorKind> {
    if depth > Unit::MAX_DEPTH {
        return Err(UnitErrorKind::TooDeep);
    }
    Ok(())
}

/// Whether a value that stands this deep in a document keeps to the bound; deeper
/// ones are not looked at.
pub(super) fn keeps_depth(value: &serde_json::Value, depth: usize) -> bool {
    use serde_json::Value as Json;
    match value {
        Json::Array(elements) => {
            depth <= Unit::MAX_DEPTH && elements.iter().all(|e| keeps_depth(e, depth + 1))
        }
        Json::Object(map) => {
            depth <= Unit::MAX_DEPTH && map.values().all(|v| keeps_depth(v, depth + 1))
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::unit::value::compact;

    /// Members in every way that makes a difference to how a document is written again.
    fn members() -> impl Strategy<Value = Vec<String>> {
        let key = r"[a-c]|\\u0061|\\n|\$date|\$numberInt|\$oid|_updatedAt";
        let value = prop_oneof![
            "-?[0-9]{1,20}(\\.[0-9]{1,3})?([eE][+-]?[0-9]{1,3})?",
            r#""[a:, {}]{0,4}(\\n|\\/|\\"|\\\\|é|\\u00e9)?""#,
            r#""2022-09-15T11:44:32(\.103)?Z"|"7""#,
            "null|true|\\[\\]|\\[1,2\\]|\\[ \\]|\\{\\}|\\{\"\\$numberInt\":\"7\"\\}",
            "\\{\"\\$date\":(1|\"soon\"|\"2022-09-15T11:44:32Z\")\\}|\\{\"a\": ?\\{\"b\":1\\}\\}",
        ];
        let blank = "[ \t\n\r]?";
        let member = (key, value, blank, blank);
        let member = member
            .prop_map(|(key, value, after, before)| format!("\"{key}\"{after}:{before}{value}"));
        prop::collection::vec(member, 0..5)
    }

    /// Thousands of units share them.
    #[test]
    fn words_that_nearly_every_document_has_are_not_copied() {
        for word in [
            "_id",
            "name",
            "visibility",
            "type",
            "numMonitors",
            "numDepartments",
            "_updatedAt",
            "public",
            "private",
            "u",
        ] {
            assert_eq!(text(&format!("\"{word}\"")), word);
            assert!(matches!(text(&format!("\"{word}\"")), Text::Borrowed(_)));
        }
        assert!(matches!(text("\"Name\""), Text::Owned(other) if other == "Name"));
    }

    #[test]
    fn a_repeated_key_has_its_first_place_and_last_value() {
        for others in [1, 14, 15, 40] {
            let mut fields: Fields = vec![("a".into(), Value::Null)];
            let some = |i| (Text::Owned(format!("k{i}")), Value::Bool(false));
            fields.extend((0..others).map(some));
            let before = fields.clone();
            assert!(!keep_last(&mut fields));
            assert_eq!(fields, before);
            fields.push(("a".into(), Value::Bool(true)));
            assert!(keep_last(&mut fields));
            assert_eq!(fields[0], ("a".into(), Value::Bool(true)));
            assert_eq!(fields[1..], before[1..]);
        }
    }

    /// The document itself is the first level.
    #[test]
    #[cfg_attr(miri, ignore = "too slow under Miri")]
    fn every_way_to_nest_keeps_to_the_bound() {
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
    fn a_value_is_as_deep_as_its_deepest_part() {
        let wrap: [fn(serde_json::Value) -> serde_json::Value; 2] = [
            |value| serde_json::json!([1, value, []]),
            |value| serde_json::json!({"a": {}, "b": value, "c": 1}),
        ];
        for wrap in wrap {
            let mut value = serde_json::Value::Null;
            // What stands beside the innermost is one level deeper.
            for levels in 1..=Unit::MAX_DEPTH {
                value = wrap(value);
                let deepest = Unit::MAX_DEPTH - levels;
                assert!(keeps_depth(&value, deepest), "{levels}");
                assert!(!keeps_depth(&value, deepest + 1), "{levels}");
            }
        }
    }

    proptest! {
        #[test]
        #[cfg_attr(miri, ignore = "too slow under Miri")]
        fn what_is_verbatim_is_written_as_it_was(members in members(), blank in " ?") {
            let text = format!("{{{}}}", members.join(&format!(",{blank}")));
            // Not every such text is JSON: no number has a leading zero.
            if let Ok(valid) = json::validate(&text) {
                let (fields, is_verbatim) = document(valid).unwrap();
                let written = compact(&fields, valid.len());
                // Some escapes are written again as they were; that is not looked at.
                let same = &*written == valid && !valid.contains('\\');
                prop_assert_eq!(is_verbatim, same, "{}", written);
            }
        }
    }
}
