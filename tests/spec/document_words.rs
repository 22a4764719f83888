//! §1, the bare words for doubles that `mongoexport` wrote up to version 4.0.

use livechat_units::{Cursor, SortSpec, Unit, UnitErrorKind};

use crate::{ids, units};

/// Each word, and the string of `$numberDouble` for the same number.
const WORDS: [(&str, &str); 4] = [
    ("NaN", "NaN"),
    ("Infinity", "Infinity"),
    ("+Infinity", "Infinity"),
    ("-Infinity", "-Infinity"),
];

#[test]
fn a_bare_word_is_the_same_number_as_in_a_wrapper() {
    for (word, spelled) in WORDS {
        let wrapped = format!(r#"{{"$numberDouble":"{spelled}"}}"#);
        for around in [
            r#"{"_id":"a","v":WORD}"#,
            "\n{\"_id\" : \"a\" , \"v\" :\tWORD\r\n}\n",
            r#"{"v":WORD,"_id":"a"}"#,
            r#"{"_id":"a","v":[WORD,1,WORD],"o":{"p":{"q":[[WORD]]}}}"#,
            r#"{"_id":"a","numMonitors":WORD,"name":WORD,"_updatedAt":WORD,"type":"u"}"#,
            r#"{"_id":"a","v":1,"v":WORD}"#,
        ] {
            let bare = Unit::from_json(&around.replace("WORD", word)).unwrap();
            let wrapped = Unit::from_json(&around.replace("WORD", &wrapped)).unwrap();
            assert_eq!(bare, wrapped, "{word} in {around}");
            assert_eq!(bare.as_json(), wrapped.as_json());
            assert_eq!(bare.to_extended_json(), wrapped.to_extended_json());
            let stored = Unit::from_json(&bare.to_extended_json()).unwrap();
            assert_eq!(stored, bare, "{word} in {around}");
        }
        let unit = Unit::from_json(&format!(r#"{{"_id":"a","v":[{word},0]}}"#)).unwrap();
        assert_eq!(unit.as_json(), r#"{"_id":"a","v":[null,0]}"#);
    }
}

#[test]
fn bare_words_are_ordered_by_value() {
    let values = [
        "null",
        "NaN",
        "-Infinity",
        "-1e300",
        "0",
        "1e300",
        "+Infinity",
        "\"\"",
    ];
    let documents: Vec<String> = values
        .iter()
        .enumerate()
        .map(|(i, value)| format!(r#"{{"_id":"{i}","type":"u","v":{value}}}"#))
        .collect();
    let all = units(&documents.iter().map(String::as_str).collect::<Vec<_>>());
    let expected: Vec<String> = (0..values.len()).map(|i| i.to_string()).collect();
    assert_eq!(ids(&all, r#"sort={"v":1}"#).0, expected);
    let reversed: Vec<String> = expected.iter().rev().cloned().collect();
    assert_eq!(ids(&all, r#"sort={"v":-1}"#).0, reversed);

    let sort: SortSpec = r#"{"v":1}"#.parse().unwrap();
    for unit in &all {
        let cursor = Cursor::new(&sort, unit).unwrap();
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
    }
}

#[test]
fn words_in_strings_and_keys_do_not_change() {
    for text in [
        r#"{"_id":"NaN","Infinity":"-Infinity","s":"a,NaN:[+Infinity]{\\"}"#,
        r#"{"_id":"a","s":"\",NaN,\"","NaN":1}"#,
        r#"{"_id":"a","s":"\\\",\"x\":NaN,\""}"#,
    ] {
        assert_eq!(Unit::from_json(text).unwrap().as_json(), text);
        // The same in a document with a bare word as another value.
        let more = text.replacen('{', r#"{"first":NaN,"#, 1);
        let written = text.replacen('{', r#"{"first":null,"#, 1);
        assert_eq!(Unit::from_json(&more).unwrap().as_json(), written);
    }
}

#[test]
fn other_words_are_refused_at_their_byte() {
    for (value, at) in [
        ("nan", 1),
        ("+NaN", 0),
        ("-NaN", 1),
        ("inf", 0),
        ("INFINITY", 0),
        ("Infinity7", 8),
        ("1NaN", 1),
        ("NaN NaN", 4),
        ("NaN\"a\"", 3),
        ("NaN{}", 3),
        ("[NaN,]", 5),
        ("[é,NaN]", 1),
        ("{NaN:1}", 1),
        ("undefined", 0),
        ("NumberLong(1)", 0),
        ("Timestamp(1, 2)", 0),
        ("+1", 0),
    ] {
        for (before, after) in [("", ""), (r#""é":NaN,"#, r#","z":-Infinity"#)] {
            let head = format!(r#"{{"_id":"a",{before}"v":"#);
            let text = format!("{head}{value}{after}}}");
            let error = Unit::from_json(&text).unwrap_err();
            assert_eq!(error.kind(), UnitErrorKind::Malformed, "{text}");
            assert_eq!(error.byte(), Some(head.len() + at), "{text}: {error}");
        }
    }
    let error = Unit::from_json("Infinity").unwrap_err();
    assert_eq!(
        (error.kind(), error.to_string().as_str()),
        (
            UnitErrorKind::NotAnObject,
            "expected a JSON object, found Infinity"
        )
    );
    // A sort must be JSON.
    assert!(r#"{"name":NaN}"#.parse::<SortSpec>().is_err());
}

/// Inside a wrapper that does not parse, `$numberDouble` is not read as a number. So no text
/// could preserve a NaN or an infinity there.
#[test]
fn in_a_wrapper_that_does_not_parse_a_bare_word_is_null() {
    for (value, plain) in [
        (r#"{"$date":NaN}"#, r#"{"$date":null}"#),
        (r#"{"$numberDouble":NaN}"#, r#"{"$numberDouble":null}"#),
        (r#"{"$oid":[{"a":-Infinity}]}"#, r#"{"$oid":[{"a":null}]}"#),
    ] {
        let unit = Unit::from_json(&format!(r#"{{"_id":"a","v":{value}}}"#)).unwrap();
        assert_eq!(unit.as_json(), format!(r#"{{"_id":"a","v":{plain}}}"#));
        assert_eq!(Unit::from_json(&unit.to_extended_json()).unwrap(), unit);
    }
}
