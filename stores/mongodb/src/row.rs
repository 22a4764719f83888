//! A document of the collection as a unit, and the `_id` of a unit as BSON.

mod json;

use bson::Bson;
use bson::oid::ObjectId;
use bson::raw::{RawBsonRef, RawDocument};
use livechat_units::Unit;

use self::json::JsonError;
use crate::error::{Problem, quoted};

/// A document of the collection, read as a unit.
pub(crate) struct Row {
    pub(crate) unit: Unit,
    /// The top-level fields, except `_id`, that contain a value of a type that JSON lacks. The
    /// core sorts the extended JSON of such a value, and MongoDB sorts the value.
    pub(crate) non_json: Vec<String>,
}

impl Row {
    /// Converts a document to extended JSON, and that to a unit. Cost: linear in its length.
    pub(crate) fn read(document: &RawDocument) -> Result<Self, Problem> {
        let id = || shown_id(document);
        let mut json = String::with_capacity(document.as_bytes().len().saturating_mul(2));
        let mut non_json = Vec::new();
        json::push_document(document, 1, &mut json, |key, is_non_json| {
            // An `ObjectId` as `_id` is not such a field: it becomes the string id of the unit.
            if is_non_json && key != "_id" {
                non_json.push(key.to_owned());
            }
        })
        .map_err(|error| match error {
            JsonError::Bson(source) => Problem::Bson { id: id(), source },
            JsonError::TooDeep => Problem::TooDeep { id: id() },
        })?;
        match Unit::from_json(&json) {
            Ok(unit) => Ok(Self { unit, non_json }),
            Err(source) => Err(Problem::NotAUnit { id: id(), source }),
        }
    }
}

/// The `_id` of a document for an error: quoted, and cut to 80 characters.
pub(crate) fn shown_id(document: &RawDocument) -> String {
    match document.get("_id") {
        Ok(Some(RawBsonRef::String(id))) => quoted(id),
        Ok(Some(RawBsonRef::ObjectId(id))) => id.to_string(),
        _ => "(neither a string nor an ObjectId)".to_owned(),
    }
}

/// The values of `_id` in the collection that become `id` in a unit: the string itself and, if
/// it has the form of an `ObjectId`, the `ObjectId`.
pub(crate) fn bson_ids(id: &str) -> impl Iterator<Item = Bson> {
    [Some(id.into()), object_id(id).map(Bson::ObjectId)]
        .into_iter()
        .flatten()
}

/// The `ObjectId` that becomes `text` in a unit, if `text` is 24 hexadecimal digits in lower
/// case.
pub(crate) fn object_id(text: &str) -> Option<ObjectId> {
    let is_lower = !text.bytes().any(|byte| byte.is_ascii_uppercase());
    ObjectId::parse_str(text).ok().filter(|_| is_lower)
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

    use livechat_units::{StoreErrorKind, Timestamp};

    use super::*;
    use crate::error::LIST;

    fn read(document: &Document) -> Row {
        let raw = RawDocumentBuf::try_from(document).unwrap();
        Row::read(&raw).unwrap()
    }

    fn read_field(value: impl Into<Bson>) -> (String, Vec<String>) {
        let row = read(&doc! { "_id": "u", "x": value.into() });
        let json = row.unit.as_json();
        let value = json.strip_prefix(r#"{"_id":"u","x":"#).unwrap();
        (value.strip_suffix('}').unwrap().to_owned(), row.non_json)
    }

    #[test]
    fn numbers_are_answered_as_javascript_writes_them() {
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
    fn types_of_json_and_dates_are_preserved() {
        let row = read(&doc! {
            "_id": "u", "d": DateTime::from_millis(-1), "n": f64::INFINITY, "l": 7_i64,
            "_updatedAt": DateTime::from_millis(5),
        });
        assert_eq!(row.unit.updated_at(), Timestamp::from_millis(5));
        let json = row.unit.to_extended_json();
        assert!(json.contains(r#""d":{"$date":"#), "{json}");
        assert!(
            json.contains(r#""n":{"$numberDouble":"Infinity"}"#),
            "{json}"
        );
    }

    #[test]
    fn a_row_names_the_fields_with_types_that_json_lacks() {
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
        assert!(row.non_json.is_empty());
    }

    fn error(raw: &RawDocument) -> String {
        let problem = Row::read(raw).err().unwrap();
        let error = problem.during(LIST);
        assert_eq!(error.kind(), StoreErrorKind::Corrupt);
        error.source().unwrap().to_string()
    }

    #[test]
    fn errors_name_the_document() {
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
                "expected a nesting of at most 256 levels in the document with the _id \"{}…\"",
                "é".repeat(80)
            )
        );

        let raw = RawDocumentBuf::try_from(&doc! { "_id": 7 }).unwrap();
        assert_eq!(
            error(&raw),
            "expected a unit in the document with the _id (neither a string nor an ObjectId)"
        );
    }
}
