//! §2, Sort: parsing the sort object.

use livechat_units::{Direction, SortErrorKind, SortSpec};
use proptest::prelude::*;

use crate::{invalid_sort, refusal};

#[test]
fn directions_are_rounded_to_doubles_as_in_javascript() {
    for number in [
        "1",
        "1.0",
        "1e0",
        "1E+0",
        "10e-1",
        "0.1e1",
        "1.00000000000000000001",
    ] {
        let sort: SortSpec = format!(r#"{{"a":{number}}}"#).parse().unwrap();
        assert_eq!(
            sort.fields()[0].direction(),
            Direction::Ascending,
            "{number}"
        );
        let sort: SortSpec = format!(r#" {{ "a" :	-{number} }}"#).parse().unwrap();
        assert_eq!(
            sort.fields()[0].direction(),
            Direction::Descending,
            "{number}"
        );
    }
    for value in [
        "0",
        "-0",
        "2",
        "-1.5",
        "1.0000000000000003",
        "1e400",
        "true",
        "null",
        r#""1""#,
        r#""asc""#,
        "[1]",
        "{}",
        r#"{"a":1}"#,
    ] {
        let text = format!(r#"{{"name":1,"a":{value}}}"#);
        let error = text.parse::<SortSpec>().unwrap_err();
        assert_eq!(error.kind(), SortErrorKind::Value, "{value}");
        assert_eq!((error.key(), error.byte()), (Some("a"), Some(14)));
        assert_eq!(
            error.to_string(),
            format!(
                r#"expected 1 or -1 as the direction of the key "a", found {value} at byte 14"#
            )
        );
        assert_eq!(
            refusal(format!("sort={}", text.replace('+', "%2B"))),
            invalid_sort(&text)
        );
    }
}

/// `JSON.parse` accepts an unpaired surrogate, and MongoDB's driver replaces it.
#[test]
fn an_unpaired_surrogate_in_a_key_becomes_a_replacement_character() {
    let sort: SortSpec = r#"{"a\ud800":1}"#.parse().unwrap();
    assert_eq!(sort.fields()[0].path(), "a\u{FFFD}");
}

#[test]
fn a_repeated_sort_key_keeps_its_first_position_and_last_value() {
    let sort: SortSpec = r#"{"a":1,"b":"x","c":1,"a":-1,"\u0062":1}"#.parse().unwrap();
    assert_eq!(sort.to_string(), r#"{"a":-1,"b":1,"c":1}"#);
    let error = r#"{"a":1,"b":1,"a":2}"#.parse::<SortSpec>().unwrap_err();
    assert_eq!((error.key(), error.byte()), (Some("a"), Some(17)));
}

const REFUSED: &[(&str, SortErrorKind, &str)] = &[
    (
        "name",
        SortErrorKind::Malformed,
        "expected JSON, found ame at byte 1",
    ),
    (
        "",
        SortErrorKind::Malformed,
        "expected JSON, found the end of the text at byte 0",
    ),
    (
        r#"{"name":1"#,
        SortErrorKind::Malformed,
        "expected JSON, found the end of the text at byte 9",
    ),
    (
        r#"{"name":01}"#,
        SortErrorKind::Malformed,
        "expected JSON, found 1} at byte 9",
    ),
    (
        "{\"a\":1,\n\"b\":+1}",
        SortErrorKind::Malformed,
        "expected JSON, found +1} at byte 12",
    ),
    (
        r#"{"a":1} x"#,
        SortErrorKind::Malformed,
        "expected JSON, found x at byte 8",
    ),
    (
        "[1]",
        SortErrorKind::NotAnObject,
        r#"expected a JSON object like {"name":1}, found [1] at byte 0"#,
    ),
    (
        r#""name""#,
        SortErrorKind::NotAnObject,
        r#"expected a JSON object like {"name":1}, found "name" at byte 0"#,
    ),
    (
        " true",
        SortErrorKind::NotAnObject,
        r#"expected a JSON object like {"name":1}, found true at byte 1"#,
    ),
    (
        "null",
        SortErrorKind::NotAnObject,
        r#"expected a JSON object like {"name":1}, found null at byte 0"#,
    ),
    (
        "[]",
        SortErrorKind::NotAnObject,
        r#"expected a JSON object like {"name":1}, found [] at byte 0"#,
    ),
    (
        r#""""#,
        SortErrorKind::NotAnObject,
        r#"expected a JSON object like {"name":1}, found "" at byte 0"#,
    ),
    (
        "0",
        SortErrorKind::NotAnObject,
        r#"expected a JSON object like {"name":1}, found 0 at byte 0"#,
    ),
    (
        r#"{"":1}"#,
        SortErrorKind::EmptyKey,
        r#"expected a key that is not empty, found the key "" at byte 1"#,
    ),
    (
        r#"{"a":1,"a..b":1}"#,
        SortErrorKind::EmptySegment,
        r#"expected a path without empty segments, found the key "a..b" at byte 7"#,
    ),
    (
        r#"{".":1}"#,
        SortErrorKind::EmptySegment,
        r#"expected a path without empty segments, found the key "." at byte 1"#,
    ),
    (
        r#"{"a.":1}"#,
        SortErrorKind::EmptySegment,
        r#"expected a path without empty segments, found the key "a." at byte 1"#,
    ),
    (
        r#"{"a.$b":1}"#,
        SortErrorKind::DollarSegment,
        r#"expected a path without a segment that starts with $, found the key "a.$b" at byte 1"#,
    ),
    (
        r#"{"a\u0000":1}"#,
        SortErrorKind::NulInKey,
        r#"expected a key without U+0000, found the key "a\0" at byte 1"#,
    ),
];

#[test]
fn errors_of_sorts_show_what_was_expected_and_found_and_where() {
    for &(text, kind, message) in REFUSED {
        let error = text.parse::<SortSpec>().unwrap_err();
        assert_eq!(error.kind(), kind, "{text}");
        assert_eq!(error.to_string(), message);
        let sent = text.replace('+', "%2B");
        assert_eq!(
            error.found().is_some(),
            matches!(kind, SortErrorKind::Malformed | SortErrorKind::NotAnObject)
        );
        if !text.is_empty() {
            assert_eq!(refusal(format!("sort={sent}")), invalid_sort(text));
        }
    }
}

fn sort_of_keys(keys: usize) -> String {
    let keys: Vec<String> = (0..keys).map(|i| format!(r#""k{i}":1"#)).collect();
    format!("{{{}}}", keys.join(","))
}

#[test]
fn the_number_of_sort_keys_is_bounded() {
    let most: SortSpec = sort_of_keys(SortSpec::MAX_KEYS).parse().unwrap();
    assert_eq!(most.fields().len(), 32);
    let error = sort_of_keys(33).parse::<SortSpec>().unwrap_err();
    assert_eq!(
        error.to_string(),
        r#"expected at most 32 keys, found the key "k32" at byte 247"#
    );
    assert_eq!(
        refusal(format!("sort={}", sort_of_keys(33))),
        invalid_sort(&sort_of_keys(33))
    );
    let repeated = sort_of_keys(32).replace('}', r#","k0":-1}"#);
    assert!(repeated.parse::<SortSpec>().is_ok());
    let built = |keys: usize| {
        let names: Vec<String> = (0..keys).map(|i| format!("k{i}")).collect();
        let builder = names
            .iter()
            .fold(SortSpec::builder(), |b, name| b.ascending(name));
        builder.build()
    };
    assert_eq!(built(32), Ok(most));
    assert_eq!(built(33).unwrap_err().kind(), SortErrorKind::TooManyKeys);
}

#[test]
fn the_segments_of_a_path_are_bounded() {
    let path = |segments: usize| vec!["a"; segments].join(".");
    let sort = |segments| format!(r#"{{"{}":1}}"#, path(segments));
    let parse = |segments| sort(segments).parse::<SortSpec>();
    assert_eq!(
        refusal(format!("sort={}", sort(257))),
        invalid_sort(&sort(257))
    );
    assert!(parse(SortSpec::MAX_SEGMENTS).is_ok());
    let error = parse(SortSpec::MAX_SEGMENTS + 1).unwrap_err();
    assert_eq!(error.kind(), SortErrorKind::TooManySegments);
    assert!(
        error
            .to_string()
            .starts_with("expected a path of at most 256 segments")
    );
    assert!(error.to_string().len() < 200);
}

#[test]
fn the_builder_has_the_errors_of_the_parser() {
    for (path, kind) in [
        ("", SortErrorKind::EmptyKey),
        ("a..b", SortErrorKind::EmptySegment),
        ("$a", SortErrorKind::DollarSegment),
        ("a\0", SortErrorKind::NulInKey),
    ] {
        let error = SortSpec::builder()
            .ascending("ok")
            .descending(path)
            .build()
            .unwrap_err();
        assert_eq!((error.kind(), error.byte()), (kind, None));
    }
    let twice = SortSpec::builder()
        .ascending("a")
        .descending("b")
        .descending("a");
    assert_eq!(twice.build().unwrap().to_string(), r#"{"a":-1,"b":-1}"#);
    assert_eq!(SortSpec::builder().build().unwrap().to_string(), "{}");
}

proptest! {
    #[test]
    fn parsing_reverses_display(
        keys in prop::collection::vec(("[^$.\0][^.\0]{0,5}(\\.[^$.\0]{1,5}){0,3}", any::<bool>()), 0..32),
    ) {
        let builder = keys.iter().fold(SortSpec::builder(), |builder, (path, up)| {
            builder.then(path, if *up { Direction::Ascending } else { Direction::Descending })
        });
        let sort = builder.build().unwrap();
        prop_assert_eq!(sort.to_string().parse::<SortSpec>(), Ok(sort.clone()));
        prop_assert_eq!(sort.reversed().reversed(), sort);
    }
}
