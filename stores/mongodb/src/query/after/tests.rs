use livechat_units::{SortSpec, Unit};

use super::*;

fn position(sort: &str, fields: &str) -> Position {
    let sort: SortSpec = sort.parse().unwrap();
    let unit = Unit::from_json(&format!(r#"{{"_id":"u",{fields}}}"#)).unwrap();
    Position::new(&Cursor::new(&sort, &unit).unwrap()).unwrap()
}

fn clauses(sort: &str, fields: &str) -> Vec<String> {
    let clauses = position(sort, fields).clauses(IdType::String).unwrap();
    clauses.iter().map(Document::to_string).collect()
}

/// The condition of each clause for `x`, without quotes and braces. The last clause also has
/// a condition for the id.
fn conditions(direction: i32, literal: &str) -> Vec<String> {
    let fields = format!(r#""x":{literal}"#);
    let clauses = clauses(&format!(r#"{{"x":{direction}}}"#), &fields);
    let x = clauses.iter().map(|clause| {
        let condition = clause.strip_prefix(r#"{ "x": "#).unwrap();
        let condition = condition.strip_suffix(" }").unwrap();
        condition.replace(['"', '{', '}'], "").trim().to_owned()
    });
    x.collect()
}

/// The types of the last bracket, and the end of the list of a `$type`.
const LAST_BRACKET: &str = "timestamp, regex, dbPointer, javascript, javascriptWithScope, maxKey]";

#[test]
fn every_type_has_its_bracket() {
    for (literal, later, earlier) in [
        (
            "1",
            "string, symbol, object, binData, objectId, bool, date",
            "minKey",
        ),
        (
            r#""a""#,
            "object, binData, objectId, bool, date",
            "minKey, number",
        ),
        (
            "{}",
            "binData, objectId, bool, date",
            "minKey, number, string, symbol",
        ),
        (
            "true",
            "date",
            "minKey, number, string, symbol, object, binData, objectId",
        ),
    ] {
        let ascending = conditions(1, literal);
        assert!(ascending[0].starts_with("$gt:"), "{ascending:?}");
        assert_eq!(ascending[1], format!("$type: [{later}, {LAST_BRACKET}"));
        assert!(ascending[2].starts_with("$eq:"), "{ascending:?}");
        assert!(ascending[2].ends_with(", _id:  $gt: u"), "{ascending:?}");
        assert_eq!(ascending.len(), 3);

        let descending = conditions(-1, literal);
        assert!(descending[0].starts_with("$lt:"), "{descending:?}");
        let nan = if literal == "1" { ", NaN" } else { "" };
        assert_eq!(descending[1], format!("$in: [null{nan}]"));
        assert_eq!(descending[2], format!("$type: [{earlier}]"));
        assert!(descending[3].ends_with(", _id:  $lt: u"), "{descending:?}");
        assert_eq!(descending.len(), 4);
    }
    let date = r#"{"$date":0}"#;
    assert_eq!(conditions(1, date)[1], format!("$type: [{LAST_BRACKET}"));
    assert_eq!(
        conditions(-1, date)[2],
        "$type: [minKey, number, string, symbol, object, binData, objectId, bool]"
    );
}

#[test]
fn values_that_no_comparison_matches() {
    let nan = r#"{"$numberDouble":"NaN"}"#;
    let after_numbers = "string, symbol, object, binData, objectId, bool, date";
    assert_eq!(
        conditions(1, nan),
        [
            "$gte: -inf".to_owned(),
            format!("$type: [{after_numbers}, {LAST_BRACKET}"),
            "$eq: NaN , _id:  $gt: u".to_owned(),
        ]
    );
    assert_eq!(
        conditions(-1, nan),
        ["$in: [null]", "$type: [minKey]", "$eq: NaN , _id:  $lt: u"]
    );
    let numbers = format!("$type: [number, {after_numbers}, {LAST_BRACKET}");
    assert_eq!(
        conditions(1, "null"),
        [&numbers, "$eq: null , _id:  $gt: u"]
    );
    assert_eq!(
        conditions(-1, "null"),
        ["$type: [minKey]", "$eq: null , _id:  $lt: u"]
    );
    // No match has an array in the field, so no condition selects arrays.
    assert_eq!(conditions(1, "[]"), ["$in: [null]", &numbers]);
    assert_eq!(conditions(-1, "[]"), ["$type: [minKey]"]);
    assert_eq!(
        conditions(1, "[[]]"),
        [format!(
            "$type: [binData, objectId, bool, date, {LAST_BRACKET}"
        )]
    );
    assert_eq!(
        conditions(-1, "[[]]"),
        [
            "$in: [null]",
            "$type: [minKey, number, string, symbol, object]"
        ]
    );
}

#[test]
fn later_fields_decide_if_earlier_ones_are_equal() {
    let later = format!("date, {LAST_BRACKET}");
    let later = later.trim_end_matches(']').replace(", ", "\", \"");
    assert_eq!(
        clauses(r#"{"a.b":1,"_id":-1,"z":1}"#, r#""a":{"b":true},"z":1"#),
        [
            r#"{ "a.b": { "$gt": true } }"#.to_owned(),
            format!(r#"{{ "a.b": {{ "$type": ["{later}"] }} }}"#),
            r#"{ "a.b": { "$eq": true }, "_id": { "$lt": "u" } }"#.to_owned(),
        ]
    );
    let two_fields = clauses(r#"{"a":1,"b":-1}"#, r#""a":true,"b":false"#);
    let start = r#"{ "a": { "$eq": true }, "b": { "#;
    let inner: Vec<&str> = two_fields[2..]
        .iter()
        .map(|c| c.strip_prefix(start).unwrap())
        .collect();
    assert_eq!(inner[0], r#""$lt": false } }"#);
    assert_eq!(inner[1], r#""$in": [null] } }"#);
    assert!(inner[2].starts_with(r#""$type": ["minKey", "#));
    assert_eq!(inner[3], r#""$eq": false }, "_id": { "$lt": "u" } }"#);
    assert_eq!(clauses("{}", r#""a":1"#), [r#"{ "_id": { "$gt": "u" } }"#]);
    assert_eq!(
        clauses(r#"{"_id":-1}"#, r#""a":1"#),
        [r#"{ "_id": { "$lt": "u" } }"#]
    );
}

#[test]
fn max_bytes_is_an_upper_bound() {
    let array = format!("[[{}0]]", "0,".repeat(5000));
    let keys: Vec<String> = (0..31).map(|key| format!(r#""k{key}":-1"#)).collect();
    let keys = format!("{{{}}}", keys.join(","));
    for (sort, fields) in [
        ("{}", r#""a":1"#.to_owned()),
        (r#"{"x":1}"#, format!(r#""x":"{}""#, "x".repeat(5000))),
        (r#"{"x":-1,"y":-1}"#, format!(r#""x":{{"a":{array}}}"#)),
        (
            r#"{"x":1}"#,
            format!(r#""x":{{"a":[{}0]}}"#, "null,".repeat(50_000)),
        ),
        (
            r#"{"x":-1}"#,
            format!(r#""x":{{"a":[{}0]}}"#, "1.5,".repeat(50_000)),
        ),
        (&keys, r#""k1":{},"k30":"""#.to_owned()),
    ] {
        let position = position(sort, &fields);
        let or = doc! { "$or": position.clauses(IdType::String).unwrap() };
        let bytes = bson::serialize_to_vec(&or).unwrap().len();
        assert!(
            position.max_bytes() > bytes,
            "expected more than {bytes} bytes, found the bound {}",
            position.max_bytes()
        );
    }
}

#[test]
fn the_id_of_the_cursor_has_the_type_of_the_ids_of_the_matches() {
    let at_string = position("{}", r#""a":1"#);
    assert_eq!(at_string.clauses(IdType::ObjectId), Err(Reason::CursorId));
    let unit = Unit::from_json(r#"{"_id":"0123456789abcdef01234567"}"#).unwrap();
    let cursor = Cursor::new(&"{}".parse().unwrap(), &unit).unwrap();
    let at_hex_digits = Position::new(&cursor).unwrap();
    for (ids, is_object_id) in [(IdType::String, false), (IdType::ObjectId, true)] {
        let clauses = at_hex_digits.clauses(ids).unwrap();
        let id = clauses[0].get_document("_id").unwrap().get("$gt").unwrap();
        assert_eq!(id.as_object_id().is_some(), is_object_id);
    }
}
