//! §2, Text: literal matching and the bounds of a text. `tests/folding.rs` tests the
//! folding rule.

use livechat_units::TextFilter;

use crate::{encode, get, ids, invalid_params, refusal, units};

#[test]
fn no_character_of_a_text_is_special() {
    let special = r".*+?^${}()|[]\/%_#&=<>!:,;@'~`- ";
    let names: Vec<String> = special.chars().map(|c| format!("Ab{c}Cd")).collect();
    let documents: Vec<String> = names
        .iter()
        .map(|name| serde_json::json!({"_id": name, "name": name, "type": "u"}).to_string())
        .collect();
    let all = units(&documents.iter().map(String::as_str).collect::<Vec<_>>());
    for (c, name) in special.chars().zip(&names) {
        let text = encode(&format!("b{c}c"));
        assert_eq!(
            ids(&all, &format!("text={text}")),
            (vec![name.clone()], 1),
            "{c}"
        );
    }
}

#[test]
fn a_text_is_not_trimmed_and_matches_only_names_that_are_strings() {
    let all = units(&[
        r#"{"_id":"1","type":"u","name":" 1 "}"#,
        r#"{"_id":"2","type":"u","name":1}"#,
        r#"{"_id":"3","type":"u","name":["1"]}"#,
        r#"{"_id":"4","type":"u"}"#,
        r#"{"_id":"5","name":"1"}"#,
    ]);
    assert_eq!(ids(&all, "text=1").0, ["1"]);
    assert_eq!(ids(&all, "text=+1+").0, ["1"]);
    assert_eq!(ids(&all, "text=++").0, [""; 0]);
    assert_eq!(ids(&all, "").1, 4);
}

#[test]
fn line_and_paragraph_separators_are_characters() {
    let all = units(&["{\"_id\":\"1\",\"type\":\"u\",\"name\":\"a\u{2028}b\u{2029}\"}"]);
    assert_eq!(
        ids(&all, &format!("text={}", encode("A\u{2028}B\u{2029}"))).1,
        1
    );
    assert_eq!(ids(&all, "text=ab").1, 0);
}

#[test]
fn the_text_is_bounded() {
    let longest = "x".repeat(TextFilter::MAX_BYTES);
    assert_eq!(get(&[], format!("text={longest}")).0, 200);
    let reason = format!(
        "Invalid text parameter provided: \"{}…\" (expected a text of at most 32764 bytes, which has 32765)",
        "x".repeat(80)
    );
    assert_eq!(refusal(format!("text={longest}x")), invalid_params(&reason));
    let reason = "Invalid text parameter provided: \"a\\0b\" (expected a text without U+0000, which is at byte 1)";
    assert_eq!(refusal("text=a%00b"), invalid_params(reason));
}
