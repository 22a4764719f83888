use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::*;

#[derive(Debug, Deserialize)]
struct Flat {
    tenant: String,
    #[serde(flatten)]
    unit: Unit,
}

const DIGITS: &str = r#"{"_id":"a","z":1.50,"a":1e400,"n":123456789012345678901234567890}"#;

#[test]
fn text_keeps_digits_and_the_order_of_keys() {
    let read: HashMap<String, Option<Unit>> =
        serde_json::from_str(&format!(r#"{{ "x": {DIGITS}, "y": null }}"#)).unwrap();
    assert_eq!(
        read["x"].as_ref().unwrap(),
        &Unit::from_json(DIGITS).unwrap()
    );
    assert_eq!(read["y"], None);

    let of_reader: Vec<Unit> = serde_json::from_reader(format!("[{DIGITS}]").as_bytes()).unwrap();
    assert_eq!(of_reader[0].as_json(), DIGITS);
    let wrapped: Unit =
        serde_json::from_str(r#"{"_id":{"$oid":"62f0aa0000000000000000bb"},"d":{"$date":0}}"#)
            .unwrap();
    assert_eq!(
        wrapped.to_extended_json(),
        r#"{"_id":"62f0aa0000000000000000bb","d":{"$date":"1970-01-01T00:00:00.000Z"}}"#
    );
}

#[test]
fn a_value_keeps_what_it_has() {
    let value = json!({"_id": "a", "type": "u", "rank": 1.5, "n": u64::MAX});
    let unit: Unit = serde_json::from_value(value.clone()).unwrap();
    assert_eq!(unit, Unit::try_from(value).unwrap());
}

#[test]
fn a_flattened_unit_has_the_other_keys_and_the_numbers_of_serde() {
    let text =
        r#"{"z":1.50,"tenant":"t","_id":"a","type":"u","n":9007199254740993,"d":{"$date":0}}"#;
    let flat: Flat = serde_json::from_str(text).unwrap();
    assert_eq!(flat.tenant, "t");
    assert_eq!(
        flat.unit.to_extended_json(),
        r#"{"z":1.5,"_id":"a","type":"u","n":9007199254740993,"d":{"$date":"1970-01-01T00:00:00.000Z"}}"#
    );
    let error = serde_json::from_str::<Flat>(r#"{"tenant":"t","type":"u"}"#).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("expected a string `_id`, found none"),
        "{error}"
    );
}

#[test]
fn errors_have_the_line_of_the_document() {
    for (text, message, line) in [
        (
            "[\n{\"_id\":\"a\"},\n{\"_id\":7},{}]",
            "expected a string `_id`, found 7",
            3,
        ),
        ("[\n7,8]", "expected a JSON object, found 7", 2),
        ("[\n{\"_id\":}\n]", "expected value", 2),
        ("[{\"_id\":\"a\",\"x\":NaN}]", "expected value", 1),
    ] {
        let error = serde_json::from_str::<Vec<Unit>>(text).unwrap_err();
        assert!(error.to_string().starts_with(message), "{error}");
        assert_eq!(error.line(), line, "{error}");
    }
    assert!(serde_json::from_value::<Unit>(json!("a")).is_err());
}

#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn depth_is_bounded_in_every_source() {
    let nested = |levels: usize| {
        let (open, close) = ("[".repeat(levels), "]".repeat(levels));
        format!(r#"{{"_id":"a","x":{open}{close}}}"#)
    };
    let deepest = nested(Unit::MAX_DEPTH - 1);
    assert!(serde_json::from_str::<Unit>(&deepest).is_ok());
    let error = serde_json::from_str::<Unit>(&nested(Unit::MAX_DEPTH)).unwrap_err();
    assert!(error.to_string().contains("256 deep"), "{error}");

    let mut value = json!([]);
    for _ in 1..Unit::MAX_DEPTH - 1 {
        value = json!([value]);
    }
    let pairs = |value: serde_json::Value| [("_id", json!("a")), ("x", value)].into_iter();
    let read = |value| {
        let map = de::value::MapDeserializer::<_, serde_json::Error>::new(pairs(value));
        map.deserialize_map(Members)
    };
    assert!(read(value.clone()).is_ok());
    assert!(
        read(json!([value]))
            .unwrap_err()
            .to_string()
            .contains("256 deep")
    );
}

#[test]
fn a_struct_is_read_in_the_order_of_its_fields() {
    #[derive(Serialize)]
    struct Row {
        name: &'static str,
        #[serde(rename = "_id")]
        id: u8,
    }

    let error = Unit::from_serialize(&Row {
        name: "Sales",
        id: 7,
    })
    .unwrap_err();
    assert_eq!(error.kind(), UnitErrorKind::IdNotAString);
    let unit = Unit::from_serialize(&json!({"_id": "a", "x": f64::NAN})).unwrap();
    assert_eq!(unit.as_json(), r#"{"_id":"a","x":null}"#);
    assert_eq!(Unit::from_serialize(&unit).unwrap(), unit);

    let error = Unit::from_serialize(&HashMap::from([((1, 2), 3)])).unwrap_err();
    assert_eq!(error.kind(), UnitErrorKind::NotSerializable);
    assert_eq!(
        error.to_string(),
        "expected a value that serialises as JSON, found key must be a string"
    );
}
