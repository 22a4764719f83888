//! §1, the unit document.

use livechat_units::{Timestamp, Unit, UnitErrorKind};
use proptest::prelude::*;
use serde_json::{Value, json};

fn as_json(text: &str) -> String {
    Unit::from_json(text).unwrap().as_json().to_owned()
}

#[test]
fn a_compact_plain_document_does_not_change() {
    for document in [
        r#"{"_id":"a"}"#,
        r#"{"_id":""}"#,
        r#"{"zz":1,"_id":"a","aa":{"b":[],"a":{}},"type":"u"}"#,
        r#"{"_id":"a","name":null,"visibility":7,"numMonitors":"3","_updatedAt":false}"#,
        r#"{"_id":"a","n":[9007199254740993,-9223372036854775808,18446744073709551616]}"#,
        r#"{"_id":"a","n":[1.0,1.50,1e0,-0,-0.0,1E400,0.1000000000000000055511151231257827]}"#,
        r#"{"_id":"a","_updatedAt":"2024-01-01T00:00:00Z"}"#,
        r#"{"_id":"a","_updatedAt":"yesterday"}"#,
        r#"{"_id":"a","s":"\u0000\u001f\"\\\n é   🦀"}"#,
        r#"{"_id":"a","a.b":1,"":2,"$x":3}"#,
    ] {
        assert_eq!(as_json(document), document);
    }
}

#[test]
fn whitespace_and_escapes_are_normalised() {
    let text = "\n{ \"_id\" : \"\\u0061\" ,\t\"n\\u0061me\": \"\\/\\ud83e\\udd80\" }\r\n";
    assert_eq!(as_json(text), r#"{"_id":"a","name":"/🦀"}"#);
}

#[test]
fn a_repeated_key_keeps_its_first_position_and_last_value() {
    let text = r#"{"name":"x","_id":7,"name":"y","_id":"a","o":{"k":1,"l":2,"k":3}}"#;
    assert_eq!(as_json(text), r#"{"name":"y","_id":"a","o":{"k":3,"l":2}}"#);
    let keys: Vec<String> = (0..40).map(|i| format!(r#""k{}":{i}"#, i % 20)).collect();
    let many = Unit::from_json(&format!(r#"{{"_id":"a",{}}}"#, keys.join(","))).unwrap();
    let expected: Vec<String> = (20..40).map(|i| format!(r#""k{}":{i}"#, i - 20)).collect();
    assert_eq!(
        many.as_json(),
        format!(r#"{{"_id":"a",{}}}"#, expected.join(","))
    );
}

#[test]
fn extended_json_becomes_plain() {
    for (wrapped, plain) in [
        (
            r#"{"$date":"2022-09-15T11:44:32.103Z"}"#,
            r#""2022-09-15T11:44:32.103Z""#,
        ),
        (
            r#"{"$date":"2022-09-15T11:44:32.1Z"}"#,
            r#""2022-09-15T11:44:32.100Z""#,
        ),
        (
            r#"{"$date":"2022-09-15T11:44:32Z"}"#,
            r#""2022-09-15T11:44:32.000Z""#,
        ),
        (
            r#"{"$date":"2022-09-15T13:44:32.103+02:00"}"#,
            r#""2022-09-15T11:44:32.103Z""#,
        ),
        (
            r#"{"$date":{"$numberLong":"1663242272103"}}"#,
            r#""2022-09-15T11:44:32.103Z""#,
        ),
        (
            r#"{"$date":{"$numberLong":"-1"}}"#,
            r#""1969-12-31T23:59:59.999Z""#,
        ),
        (
            r#"{"$date":1663242272103}"#,
            r#""2022-09-15T11:44:32.103Z""#,
        ),
        (r#"{"$numberInt":"-7"}"#, "-7"),
        (
            r#"{"$numberLong":"9223372036854775807"}"#,
            "9223372036854775807",
        ),
        (r#"{"$numberDouble":"2.0"}"#, "2"),
        (r#"{"$numberDouble":"1e300"}"#, "1e+300"),
        (r#"{"$numberDouble":"NaN"}"#, "null"),
        (r#"{"$numberDouble":"Infinity"}"#, "null"),
        (r#"{"$numberDouble":"-Infinity"}"#, "null"),
        (
            r#"{"$oid":"5f9f1b9b9b9b9b9b9b9b9b9b"}"#,
            r#""5f9f1b9b9b9b9b9b9b9b9b9b""#,
        ),
        (
            r#"[{"$numberInt":"1"},[{"$oid":"5f9f1b9b9b9b9b9b9b9b9b9b"}]]"#,
            r#"[1,["5f9f1b9b9b9b9b9b9b9b9b9b"]]"#,
        ),
        (
            r#"{"deep":{"$date":{"$numberLong":"0"}}}"#,
            r#"{"deep":"1970-01-01T00:00:00.000Z"}"#,
        ),
        (
            r#"{"$date":{"$numberLong":"0"},"other":1}"#,
            r#"{"$date":0,"other":1}"#,
        ),
        (r#"{"\u0024numberInt":"1"}"#, "1"),
        (r#"{"$numberInt":"x","$numberInt":"1"}"#, "1"),
        (r#"{"$other":{"$numberInt":"1"}}"#, r#"{"$other":1}"#),
    ] {
        let unit = Unit::from_json(&format!(r#"{{"_id":"a","v":{wrapped}}}"#)).unwrap();
        assert_eq!(unit.as_json(), format!(r#"{{"_id":"a","v":{plain}}}"#));
        let value: Value = serde_json::from_str(wrapped).unwrap();
        let from_value = Unit::try_from(json!({"_id": "a", "v": value})).unwrap();
        assert_eq!(from_value.as_json(), unit.as_json());
        let built = Unit::builder("a").field("v", value).build().unwrap();
        assert_eq!(
            built.as_json(),
            format!(r#"{{"_id":"a","type":"u","v":{plain}}}"#)
        );
    }
}

#[test]
fn a_wrapper_that_does_not_parse_stays_an_object() {
    for wrapper in [
        r#"{"$date":"soon"}"#,
        r#"{"$date":null}"#,
        r#"{"$date":{"$numberLong":"soon"}}"#,
        r#"{"$date":{"$numberLong":"9000000000000000000"}}"#,
        r#"{"$date":{"$numberInt":"soon"}}"#,
        r#"{"$date":{"$numberInt":"5"}}"#,
        r#"{"$date":{"$numberLong":5}}"#,
        r#"{"$numberInt":"2147483648"}"#,
        r#"{"$numberInt":7}"#,
        r#"{"$numberLong":"9223372036854775808"}"#,
        r#"{"$numberLong":"+1"}"#,
        r#"{"$numberLong":""}"#,
        r#"{"$numberDouble":"inf"}"#,
        r#"{"$numberDouble":".5"}"#,
        r#"{"$numberDouble":" 1"}"#,
        r#"{"$numberDouble":"1\n"}"#,
        r#"{"$numberInt":" 1"}"#,
        r#"{"$oid":"xyz"}"#,
        r#"{"$oid":"5f9f1b9b9b9b9b9b9b9b9b9g"}"#,
        r#"{"$oid":"5f9f1b9b9b9b9b9b9b9b9b9"}"#,
        r#"{"$oid":"5f9f1b9b9b9b9b9b9b9b9b9b0"}"#,
        r#"{"$oid":{"$oid":"5f9f1b9b9b9b9b9b9b9b9b9b"}}"#,
        r#"{"$numberInt":{"$numberInt":"1"}}"#,
        r#"{"$numberDouble":{"$oid":"123456789012345678901234"}}"#,
        r#"{"$numberDouble":"1."}"#,
        r#"{"$numberDouble":"007"}"#,
        r#"{"$date":{"x":{"$numberInt":"1"}}}"#,
        r#"{"$date":1.5}"#,
        r#"{"$oid":"5f9f1b9b9b9b9b9b9b9b9b9b","n":1}"#,
        r#"{"$numberDecimal":"1.5"}"#,
    ] {
        let document = format!(r#"{{"_id":"a","v":{wrapper}}}"#);
        assert_eq!(as_json(&document), document);
    }
}

#[test]
fn an_object_id_becomes_a_string() {
    let unit = Unit::from_json(r#"{"_id":{"$oid":"5f9f1b9b9b9b9b9b9b9b9b9b"},"type":"u"}"#);
    assert_eq!(unit.unwrap().id(), "5f9f1b9b9b9b9b9b9b9b9b9b");
}

#[test]
fn accessors_return_none_for_missing_fields_and_other_types() {
    let full = Unit::from_json(
        r#"{"_id":"a","name":"n","visibility":"v","type":"u","numMonitors":-1,
            "numDepartments":{"$numberLong":"5"},"_updatedAt":{"$date":{"$numberLong":"7"}}}"#,
    )
    .unwrap();
    assert_eq!(full.name(), Some("n"));
    assert_eq!(full.visibility(), Some("v"));
    assert_eq!(full.num_monitors(), Some(-1));
    assert_eq!(full.num_departments(), Some(5));
    assert_eq!(full.updated_at(), Timestamp::from_millis(7));
    assert!(full.is_unit());
    for text in [
        r#"{"_id":"a"}"#,
        r#"{"_id":"a","name":1,"visibility":null,"type":"U","numMonitors":"1",
            "numDepartments":1.5,"_updatedAt":"2024-02-30T00:00:00.000Z"}"#,
        r#"{"_id":"a","name":["n"],"visibility":{},"type":["u"],"numMonitors":null,
            "numDepartments":true,"_updatedAt":0}"#,
    ] {
        let unit = Unit::from_json(text).unwrap();
        assert_eq!((unit.name(), unit.visibility()), (None, None));
        assert_eq!((unit.num_monitors(), unit.num_departments()), (None, None));
        assert_eq!(unit.updated_at(), None);
        assert!(!unit.is_unit());
    }
}

#[test]
fn a_built_unit_equals_one_that_was_read() {
    let built = Unit::builder("a")
        .name("first")
        .visibility("private")
        .num_monitors(3)
        .num_departments(0)
        .updated_at("2024-01-01T00:00:00.000Z".parse().unwrap())
        .field("customFields", json!({"region": "EU"}))
        .name("last")
        .build()
        .unwrap();
    let read = Unit::from_json(
        r#"{"_id":"a","type":"u","name":"last","visibility":"private","numMonitors":3,
            "numDepartments":0,"_updatedAt":"2024-01-01T00:00:00.000Z",
            "customFields":{"region":"EU"}}"#,
    )
    .unwrap();
    assert_eq!(built, read);
    let error = Unit::builder("a").field("_id", 7).build().unwrap_err();
    assert_eq!(error.kind(), UnitErrorKind::IdNotAString);
}

#[test]
fn errors_show_the_document_and_what_was_found() {
    for (text, kind, message) in [
        (
            r#"{"_id":"#,
            UnitErrorKind::Malformed,
            r#"expected JSON, found the end of the text at byte 7, in the document {"_id":"#,
        ),
        (
            "[1]",
            UnitErrorKind::NotAnObject,
            "expected a JSON object, found [1]",
        ),
        (
            r#"{"name":"Sales"}"#,
            UnitErrorKind::MissingId,
            r#"expected a string `_id`, found none, in the document {"name":"Sales"}"#,
        ),
        (
            r#"{"_id":{"$oid":"x"},"name":"Sales"}"#,
            UnitErrorKind::IdNotAString,
            r#"expected a string `_id`, found {"$oid":"x"}, in the document {"_id":{"$oid":"x"},"name":"Sales"}"#,
        ),
    ] {
        let error = Unit::from_json(text).unwrap_err();
        assert_eq!(error.kind(), kind);
        assert_eq!(error.to_string(), message);
    }
    let long = format!(r#"{{"name":"{}"}}"#, "x".repeat(10_000));
    let error = Unit::from_json(&long).unwrap_err();
    assert!(error.to_string().len() < 300);
    assert_eq!(error.document().unwrap().chars().count(), 81);
    let error = Unit::try_from(json!(["a"])).unwrap_err();
    assert_eq!(error.to_string(), r#"expected a JSON object, found ["a"]"#);
}

#[test]
fn extended_json_is_read_as_an_equal_unit() {
    for (document, extended) in [
        (r#"{"_id":"u","n":1.50}"#, r#"{"_id":"u","n":1.50}"#),
        (
            r#"{"_id":"u","_updatedAt":{"$date":0}}"#,
            r#"{"_id":"u","_updatedAt":"1970-01-01T00:00:00.000Z"}"#,
        ),
        (
            r#"{"_id":"u","at":[{"$date":0}]}"#,
            r#"{"_id":"u","at":[{"$date":"1970-01-01T00:00:00.000Z"}]}"#,
        ),
        (
            r#"{"_id":"u","at":{"$date":{"$numberLong":"-8640000000000000"}}}"#,
            r#"{"_id":"u","at":{"$date":"-271821-04-20T00:00:00.000Z"}}"#,
        ),
        (
            r#"{"_id":"u","_updatedAt":{"$date":1},"at":{"$date":1}}"#,
            r#"{"_id":"u","_updatedAt":{"$date":"1970-01-01T00:00:00.001Z"},"at":{"$date":"1970-01-01T00:00:00.001Z"}}"#,
        ),
        // A string in `_updatedAt` keeps its text, here one without milliseconds.
        (
            r#"{"_id":"u","_updatedAt":"2022-09-15T11:44:32Z","at":{"$date":1}}"#,
            r#"{"_id":"u","_updatedAt":"2022-09-15T11:44:32Z","at":{"$date":"1970-01-01T00:00:00.001Z"}}"#,
        ),
        (
            r#"{"_id":"u","n":{"$numberDouble":"NaN"}}"#,
            r#"{"_id":"u","n":{"$numberDouble":"NaN"}}"#,
        ),
        (
            r#"{"_id":"u","n":{"$numberDouble":"-Infinity"}}"#,
            r#"{"_id":"u","n":{"$numberDouble":"-Infinity"}}"#,
        ),
        // JavaScript writes 2^60 as 1152921504606847000, which is another integer.
        (
            r#"{"_id":"u","n":{"$numberDouble":"1152921504606846976"}}"#,
            r#"{"_id":"u","n":{"$numberDouble":"1.152921504606847e18"}}"#,
        ),
        (
            r#"{"_id":"u","odd":{"$oid":{"$date":0}}}"#,
            r#"{"_id":"u","odd":{"$oid":{"$date":0}}}"#,
        ),
    ] {
        let unit = Unit::from_json(document).unwrap();
        assert_eq!(unit.to_extended_json(), extended);
        let reread = Unit::from_json(extended).unwrap();
        assert_eq!(reread, unit);
        assert_eq!(reread.as_json(), unit.as_json());
    }
}

/// A document with `depth` levels of nesting. The document itself is the first level.
fn nested(depth: usize) -> String {
    let (open, close) = ("[".repeat(depth - 1), "]".repeat(depth - 1));
    format!(r#"{{"_id":"a","v":{open}{close}}}"#)
}

#[test]
fn nesting_is_bounded() {
    assert_eq!(as_json(&nested(Unit::MAX_DEPTH)), nested(Unit::MAX_DEPTH));
    for depth in [Unit::MAX_DEPTH + 1, 100_000] {
        let error = Unit::from_json(&nested(depth)).unwrap_err();
        assert_eq!(error.kind(), UnitErrorKind::TooDeep);
        assert!(
            error
                .to_string()
                .starts_with("expected arrays and objects to nest at most 256 deep")
        );
    }
    let deep = |depth: usize| (1..depth).fold(json!(1), |inner, _| json!([inner]));
    let build = |depth| Unit::builder("a").field("v", deep(depth)).build();
    assert!(build(Unit::MAX_DEPTH).is_ok());
    assert_eq!(
        build(Unit::MAX_DEPTH + 1).unwrap_err().kind(),
        UnitErrorKind::TooDeep
    );
    let read = |depth| Unit::try_from(json!({"_id": "a", "v": deep(depth)}));
    assert!(read(Unit::MAX_DEPTH).is_ok());
    assert_eq!(
        read(Unit::MAX_DEPTH + 1).unwrap_err().kind(),
        UnitErrorKind::TooDeep
    );
}

#[test]
fn serde_writes_the_plain_form() {
    let text = r#"{"_id":"a","z":[1.5,{"b":null}],"a":"2024-01-01T00:00:00.000Z","_updatedAt":"2024-01-01T00:00:00Z"}"#;
    let unit = Unit::from_json(text).unwrap();
    assert_eq!(serde_json::to_string(&unit).unwrap(), text);
    let value: Value = serde_json::from_str(text).unwrap();
    assert_eq!(serde_json::to_value(&unit).unwrap(), value);
    assert_eq!(unit.to_string(), text);
    // serde has no numbers of arbitrary precision, so these numbers become doubles.
    let unit = Unit::from_json(r#"{"_id":"a","n":[1.50,1E400,12345678901234567890123]}"#).unwrap();
    let value = json!({"_id": "a", "n": [1.5, null, 12_345_678_901_234_567_890_123.0_f64]});
    assert_eq!(serde_json::to_value(&unit).unwrap(), value);
}

/// JSON without keys that look like wrappers, and without numbers whose digits `serde_json`
/// loses.
fn plain_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".*".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map("[^$]*", inner, 0..5)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_compact_document_does_not_change(id: String, value in plain_json()) {
        let document = json!({"_id": id, "v": value});
        let text = document.to_string();
        let unit = Unit::from_json(&text).unwrap();
        prop_assert_eq!(unit.as_json(), &text);
        prop_assert_eq!(unit.id(), id);
        prop_assert_eq!(serde_json::to_value(&unit).unwrap(), document.clone());
        prop_assert_eq!(Unit::try_from(document).unwrap(), unit);
    }

    #[test]
    fn reading_never_panics(text in r#"[\[\]{}":,0-9a-z\\$_. -]{0,60}"#) {
        if let Ok(unit) = Unit::from_json(&text) {
            let reread = Unit::from_json(unit.as_json()).unwrap();
            prop_assert_eq!(reread.as_json(), unit.as_json());
        }
    }
}
