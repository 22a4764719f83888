//! A document of the collection as a unit.

use std::fmt::Write;

use bson::Bson;
use bson::raw::{RawBsonRef, RawDocument};
use livechat_units::{StoreError, StoreErrorKind, Timestamp, Unit, UnitError};
use thiserror::Error;

use crate::error::{LIST, excerpt};

/// A document as it was read.
pub(crate) struct Row {
    pub(crate) unit: Unit,
    /// The top-level fields in which there is a value of a type that JSON has not, so
    /// that its place in the order is another one here than on the server.
    pub(crate) foreign: Vec<String>,
}

/// A document that cannot be read.
#[derive(Debug, Error)]
enum RowError {
    #[error("expected valid BSON in the document with the _id {id}")]
    Bson {
        id: String,
        source: bson::error::Error,
    },
    #[error(
        "expected a nesting of at most {} levels in the document with the _id {id}",
        Unit::MAX_DEPTH
    )]
    TooDeep { id: String },
    #[error("expected a unit in the document with the _id {id}")]
    NoUnit { id: String, source: UnitError },
}

impl Row {
    /// Reads a document by way of extended JSON. Cost: its length.
    pub(crate) fn read(document: &RawDocument) -> Result<Self, StoreError> {
        Self::try_read(document)
            .map_err(|error| StoreError::new(StoreErrorKind::Corrupt, LIST).with_source(error))
    }

    fn try_read(document: &RawDocument) -> Result<Self, RowError> {
        let id = || shown_id(document);
        let mut json = String::with_capacity(document.as_bytes().len().saturating_mul(2));
        let mut foreign = Vec::new();
        push_document(document, 1, &mut json, |key, is_foreign| {
            // An ObjectId there is a unit's id in another spelling.
            if is_foreign && key != "_id" {
                foreign.push(key.to_owned());
            }
        })
        .map_err(|problem| match problem {
            Problem::Bson(source) => RowError::Bson { id: id(), source },
            Problem::TooDeep => RowError::TooDeep { id: id() },
        })?;
        match Unit::from_json(&json) {
            Ok(unit) => Ok(Self { unit, foreign }),
            Err(source) => Err(RowError::NoUnit { id: id(), source }),
        }
    }
}

/// What keeps a document from being written.
enum Problem {
    Bson(bson::error::Error),
    TooDeep,
}

impl From<bson::error::Error> for Problem {
    fn from(error: bson::error::Error) -> Self {
        Self::Bson(error)
    }
}

/// Appends a document that stands this deep, and tells of each field whether a foreign
/// value is in it.
fn push_document(
    document: &RawDocument,
    depth: usize,
    json: &mut String,
    mut tell: impl FnMut(&str, bool),
) -> Result<(), Problem> {
    check_depth(depth)?;
    json.push('{');
    for (place, field) in document.iter().enumerate() {
        let (key, value) = field?;
        if place > 0 {
            json.push(',');
        }
        push_string(key.as_str(), json);
        json.push(':');
        tell(key.as_str(), push_value(value, depth + 1, json)?);
    }
    json.push('}');
    Ok(())
}

/// Appends a value as extended JSON, and says whether it is foreign: of a type that JSON
/// has not, extended JSON as [`Unit`] reads it included, or with such a value in it.
fn push_value(value: RawBsonRef<'_>, depth: usize, json: &mut String) -> Result<bool, Problem> {
    match value {
        RawBsonRef::Null => json.push_str("null"),
        RawBsonRef::Boolean(true) => json.push_str("true"),
        RawBsonRef::Boolean(false) => json.push_str("false"),
        RawBsonRef::String(text) => push_string(text, json),
        // Writing to a string cannot fail.
        RawBsonRef::Int32(int) => {
            let _ = write!(json, "{int}");
        }
        RawBsonRef::Int64(int) => {
            let _ = write!(json, "{int}");
        }
        RawBsonRef::Double(double) => push_double(double, json),
        RawBsonRef::DateTime(date) => {
            let millis = date.timestamp_millis();
            let _ = write!(json, r#"{{"$date":{{"$numberLong":"{millis}"}}}}"#);
            return Ok(Timestamp::from_millis(millis).is_none());
        }
        RawBsonRef::ObjectId(id) => {
            let _ = write!(json, r#"{{"$oid":"{id}"}}"#);
            return Ok(true);
        }
        RawBsonRef::Document(document) => {
            let mut any = false;
            push_document(document, depth, json, |_, is_foreign| any |= is_foreign)?;
            return Ok(any);
        }
        RawBsonRef::Array(array) => {
            check_depth(depth)?;
            let mut any = false;
            json.push('[');
            for (place, element) in array.into_iter().enumerate() {
                if place > 0 {
                    json.push(',');
                }
                any |= push_value(element?, depth + 1, json)?;
            }
            json.push(']');
            return Ok(any);
        }
        RawBsonRef::JavaScriptCodeWithScope(code) => {
            json.push_str(r#"{"$code":"#);
            push_string(code.code, json);
            json.push_str(r#","$scope":"#);
            push_document(code.scope, depth + 1, json, |_, _| ())?;
            json.push('}');
            return Ok(true);
        }
        // What is left nests no further.
        _ => {
            let value = Bson::try_from(value)?.into_canonical_extjson();
            let _ = write!(json, "{value}");
            return Ok(true);
        }
    }
    Ok(false)
}

/// Extended JSON, so that it is answered as `JSON.stringify` writes it.
fn push_double(double: f64, json: &mut String) {
    let word = match double {
        _ if double.is_nan() => "NaN",
        f64::INFINITY => "Infinity",
        f64::NEG_INFINITY => "-Infinity",
        _ => {
            let _ = write!(json, r#"{{"$numberDouble":"{double:?}"}}"#);
            return;
        }
    };
    let _ = write!(json, r#"{{"$numberDouble":"{word}"}}"#);
}

fn push_string(text: &str, json: &mut String) {
    json.push('"');
    for scalar in text.chars() {
        match scalar {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            '\0'..='\u{1F}' => {
                let _ = write!(json, "\\u{:04x}", u32::from(scalar));
            }
            _ => json.push(scalar),
        }
    }
    json.push('"');
}

fn check_depth(depth: usize) -> Result<(), Problem> {
    if depth > Unit::MAX_DEPTH {
        return Err(Problem::TooDeep);
    }
    Ok(())
}

/// The `_id` of a document, escaped and cut to a bound.
pub(crate) fn shown_id(document: &RawDocument) -> String {
    match document.get("_id") {
        Ok(Some(RawBsonRef::String(id))) => excerpt(id),
        Ok(Some(RawBsonRef::ObjectId(id))) => id.to_string(),
        _ => "that cannot be read either".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use bson::oid::ObjectId;
    use bson::raw::{RawDocumentBuf, cstr};
    use bson::spec::BinarySubtype;
    use bson::{
        Binary, DateTime, Decimal128, Document, JavaScriptCodeWithScope, Regex,
        Timestamp as BsonTimestamp, doc,
    };

    use super::*;

    fn read(document: &Document) -> Row {
        let raw = RawDocumentBuf::try_from(document).unwrap();
        Row::read(&raw).unwrap()
    }

    fn read_field(value: impl Into<Bson>) -> (String, Vec<String>) {
        let row = read(&doc! { "_id": "u", "x": value.into() });
        let json = row.unit.as_json();
        let value = json.strip_prefix(r#"{"_id":"u","x":"#).unwrap();
        (value.strip_suffix('}').unwrap().to_owned(), row.foreign)
    }

    #[test]
    fn values_are_answered_as_javascript_writes_them() {
        let nested = doc! { "b": [1_i32, doc! { "a": "é\u{1}\"\\\0" }], "a": Bson::Null };
        for (value, expected) in [
            (Bson::Null, "null"),
            (true.into(), "true"),
            (i32::MIN.into(), "-2147483648"),
            (i64::MAX.into(), "9223372036854775807"),
            (1.0.into(), "1"),
            ((-0.0).into(), "0"),
            (0.1.into(), "0.1"),
            (1e21.into(), "1e+21"),
            (5e-324.into(), "5e-324"),
            (f64::MAX.into(), "1.7976931348623157e+308"),
            (f64::NAN.into(), "null"),
            (f64::NEG_INFINITY.into(), "null"),
            (
                DateTime::from_millis(1_663_242_272_103).into(),
                r#""2022-09-15T11:44:32.103Z""#,
            ),
            (
                nested.into(),
                r#"{"b":[1,{"a":"é\u0001\"\\\u0000"}],"a":null}"#,
            ),
        ] {
            assert_eq!(read_field(value), (expected.to_owned(), vec![]));
        }
    }

    #[test]
    fn types_survive_and_order() {
        let row = read(&doc! {
            "_id": "u", "d": DateTime::from_millis(-1), "n": f64::INFINITY, "l": 7_i64,
            "_updatedAt": DateTime::from_millis(5),
        });
        assert_eq!(row.unit.updated_at(), Timestamp::from_millis(5));
        let kept = row.unit.to_extended_json();
        assert!(kept.contains(r#""d":{"$date":"#), "{kept}");
        assert!(
            kept.contains(r#""n":{"$numberDouble":"Infinity"}"#),
            "{kept}"
        );
    }

    #[test]
    fn types_that_json_has_not_are_told() {
        let id = ObjectId::from_bytes([0xAB; 12]);
        for (value, expected) in [
            (Bson::ObjectId(id), r#""abababababababababababab""#),
            (
                Bson::Decimal128("1.50".parse::<Decimal128>().unwrap()),
                r#"{"$numberDecimal":"1.50"}"#,
            ),
            (
                Bson::Binary(Binary {
                    subtype: BinarySubtype::Generic,
                    bytes: vec![1, 2, 3],
                }),
                r#"{"$binary":{"base64":"AQID","subType":"00"}}"#,
            ),
            (
                Bson::RegularExpression(Regex {
                    pattern: cstr!("a").into(),
                    options: cstr!("i").into(),
                }),
                r#"{"$regularExpression":{"options":"i","pattern":"a"}}"#,
            ),
            (
                Bson::Timestamp(BsonTimestamp {
                    time: 1,
                    increment: 2,
                }),
                r#"{"$timestamp":{"i":2,"t":1}}"#,
            ),
            (
                Bson::JavaScriptCodeWithScope(JavaScriptCodeWithScope {
                    code: "f()".to_owned(),
                    scope: doc! { "b": 1.0, "a": 2 },
                }),
                r#"{"$code":"f()","$scope":{"b":1,"a":2}}"#,
            ),
            (Bson::MinKey, r#"{"$minKey":1}"#),
            (Bson::Undefined, r#"{"$undefined":true}"#),
            (Bson::Symbol("s".to_owned()), r#"{"$symbol":"s"}"#),
            (
                DateTime::from_millis(i64::MAX).into(),
                r#"{"$date":{"$numberLong":"9223372036854775807"}}"#,
            ),
        ] {
            let deep = doc! { "d": [value.clone()] };
            assert_eq!(
                read_field(value),
                (expected.to_owned(), vec!["x".to_owned()])
            );
            assert_eq!(read_field(deep).1, ["x"]);
        }
        let row = read(&doc! { "_id": id, "type": "u" });
        assert_eq!(row.unit.id(), "abababababababababababab");
        assert!(row.foreign.is_empty());
    }

    fn error(raw: &RawDocument) -> String {
        let error = Row::read(raw).err().unwrap();
        assert_eq!(error.kind(), StoreErrorKind::Corrupt);
        error.source().unwrap().to_string()
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let mut bytes = RawDocumentBuf::try_from(&doc! { "_id": "u", "name": "\u{7F}x" })
            .unwrap()
            .into_bytes();
        let at = bytes.iter().position(|byte| *byte == 0x7F).unwrap();
        bytes[at] = 0xFF;
        let raw = RawDocumentBuf::from_bytes(bytes).unwrap();
        assert_eq!(
            error(&raw),
            r#"expected valid BSON in the document with the _id "u""#
        );

        let mut value = Bson::Null;
        for _ in 0..Unit::MAX_DEPTH {
            value = Bson::Array(vec![value]);
        }
        let deep = doc! { "_id": "é".repeat(81), "x": value };
        assert_eq!(
            error(&RawDocumentBuf::try_from(&deep).unwrap()),
            format!(
                "expected a nesting of at most 256 levels in the document with the _id {:?}…",
                "é".repeat(80)
            )
        );

        let raw = RawDocumentBuf::try_from(&doc! { "_id": 7 }).unwrap();
        assert_eq!(
            error(&raw),
            "expected a unit in the document with the _id that cannot be read either"
        );
    }
}
