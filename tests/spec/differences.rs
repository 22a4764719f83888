//! The rows of `docs/differences.md` that no other module tests, with exact answers.

use livechat_units::{Endpoint, PagePolicy, Unit};

use crate::{documented, get, ids, invalid_params, invalid_sort, manager, refusal, units};

#[test]
fn a_count_or_offset_that_is_not_a_number_is_refused() {
    for name in ["count", "offset"] {
        let reason = format!(
            "Invalid {name} parameter provided: \"abc\" (expected decimal digits, at most 9007199254740991)"
        );
        assert_eq!(refusal(format!("{name}=abc")), invalid_params(&reason));
    }
}

#[test]
fn a_sort_that_is_not_an_object_is_refused() {
    for sort in [
        "[]", "[1]", "0", "1", "true", "false", "null", "\"\"", "\"name\"",
    ] {
        assert_eq!(refusal(format!("sort={sort}")), invalid_sort(sort));
    }
    let by_id = ids(&documented(), "sort={}").0;
    assert!(by_id.is_sorted() && by_id.len() == 7);
}

#[test]
fn a_maximum_count_of_0_means_100() {
    let unit = |i: u32| Unit::builder(format!("u{i}")).build().unwrap();
    let units: Vec<Unit> = (0..150).map(unit).collect();
    let policy = PagePolicy::default().with_max_count(0);
    let endpoint = Endpoint::default().with_page_policy(policy);
    let body = endpoint.handle(&units, &manager(), "count=140").into_body();
    let body = String::from_utf8(body.into_bytes()).unwrap();
    assert!(body.ends_with(r#""count":100,"offset":0,"total":150,"success":true}"#));
}

#[test]
fn a_second_question_mark_is_part_of_the_value() {
    let all = units(&[
        r#"{"_id":"1","type":"u","name":"why?text=no"}"#,
        r#"{"_id":"2","type":"u","name":"why"}"#,
    ]);
    let answer = ids(&all, "text=why?text=no");
    assert_eq!(answer, (vec!["1".to_owned()], 1));
}

#[test]
fn more_than_1000_parameters_are_all_read() {
    let many = "a=1&".repeat(1_200);
    assert_eq!(ids(&documented(), &format!("{many}text=12345")).1, 1);
}

#[test]
fn an_array_is_neither_a_name_nor_a_type() {
    let all = units(&[
        r#"{"_id":"arr","type":"u","name":["Alpha","x"]}"#,
        r#"{"_id":"str","type":"u","name":"alpha"}"#,
        r#"{"_id":"typ","type":["u"],"name":"alpha"}"#,
    ]);
    assert_eq!(ids(&all, "text=alpha"), (vec!["str".to_owned()], 1));
    assert_eq!(ids(&all, "").1, 2);
}

/// Wrappers that SPEC §1 does not list remain objects. Objects sort after numbers and strings.
/// Two objects compare by the type, then the key, then the value of their first fields.
#[test]
fn unknown_wrappers_are_objects() {
    let all = units(&[
        r#"{"_id":"a","type":"u","n":{"$numberInt":"1"}}"#,
        r#"{"_id":"b","type":"u","n":{"$numberDecimal":"2"}}"#,
        r#"{"_id":"c","type":"u","n":{"$numberInt":"3"}}"#,
        r#"{"_id":"d","type":"u","n":{"$minKey":1}}"#,
        r#"{"_id":"e","type":"u","n":{"$maxKey":1}}"#,
        r#"{"_id":"f","type":"u","n":{"$undefined":true}}"#,
        r#"{"_id":"g","type":"u","n":{"$timestamp":{"t":1,"i":1}}}"#,
        r#"{"_id":"h","type":"u","n":{"$oid":"5b7e5df8e48f0636800353c5"}}"#,
        r#"{"_id":"i","type":"u","n":{"$binary":{"base64":"","subType":"00"}}}"#,
        r#"{"_id":"j","type":"u","n":{"$regularExpression":{"pattern":"a","options":""}}}"#,
        r#"{"_id":"k","type":"u","n":"z"}"#,
    ]);
    let sorted = ids(&all, r#"sort={"n":1}"#).0;
    assert_eq!(sorted.concat(), "achkedbijgf");
    let (_, body) = get(&all, r#"sort={"n":1}&offset=5&count=1"#);
    assert!(body.contains(r#""n":{"$minKey":1}"#), "{body}");
}
