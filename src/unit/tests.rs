use super::*;

#[test]
fn enter_takes_one_segment_of_a_path() {
    let unit = Unit::from_json(r#"{"_id":"a","name":{"x":1},"a.b":2}"#).unwrap();
    let first_segment = |path| first_segment(unit.fields(), path).map(|(_, rest)| rest);
    assert_eq!(first_segment("name"), Some(""));
    assert_eq!(first_segment("name.x.y"), Some("x.y"));
    for other in ["nam", "names", "name_x", "a", "a.b", ""] {
        assert_eq!(first_segment(other), None, "{other}");
    }
}

#[test]
fn values_that_plain_json_preserves_are_distinguished_from_others() {
    for (value, is_lossless) in [
        ("null", true),
        ("true", true),
        (r#""2022-09-15T11:44:32Z""#, true),
        (r#""\u000a""#, true),
        ("-1.50", true),
        ("NaN", false),
        ("[1,[]]", true),
        ("{}", true),
        (r#"{"a":1}"#, true),
        (r#"{"a":1,"a":2,"\u0061":3}"#, true),
        (r#"{"$a":1,"b":2}"#, true),
        (r#"{"\u0024a":1}"#, false),
        (r#"{"$numberInt":"7"}"#, true),
        (r#"{"$numberDouble":"7.0"}"#, true),
        (r#"{"$numberDouble":"1152921504606846976"}"#, false),
        (r#"{"$date":1}"#, false),
        (r#"{"$date":"soon"}"#, false),
        (r#"{"$numberDouble":"NaN"}"#, false),
        (r#"[1,{"$date":1}]"#, false),
        (r#"[[{"$other":1}]]"#, false),
        (r#"{"a":1,"b":{"c":{"$date":1}}}"#, false),
    ] {
        let unit = Unit::from_json(&format!(r#"{{"_id":"","x":{value}}}"#)).unwrap();
        assert_eq!(unit.is_lossless(), is_lossless, "{value}");
        let reread = Unit::from_json(&unit.to_extended_json()).unwrap();
        assert_eq!(reread, unit, "{value}");
    }
}

#[test]
fn a_unit_is_shown_as_its_json() {
    let unit = Unit::from_json(r#"{"_id":"a"}"#).unwrap();
    assert_eq!(
        format!("{unit} {unit:?}"),
        r#"{"_id":"a"} Unit("{\"_id\":\"a\"}")"#
    );
}

#[test]
fn an_error_has_the_byte_at_which_the_text_stops_being_json() {
    for (text, byte) in [("", 0), (r#"{"_id":"#, 7), (r#"{"_id":"a"} x"#, 12)] {
        let error = Unit::from_json(text).unwrap_err();
        assert_eq!(error.byte(), Some(byte), "{text}");
    }
    assert_eq!(Unit::from_json("{}").unwrap_err().byte(), None);
}
