//! §2, request: the query string and the page policy.

use std::time::Instant;

use livechat_units::{Limit, Page, PagePolicy, Params, QueryErrorKind, TextFilter, UnitQuery};
use proptest::prelude::*;

use crate::{at_most, documented, encode, get, ids, invalid_params, invalid_sort, refusal};

fn query(query_string: &str) -> UnitQuery {
    let params = Params::parse(query_string).unwrap();
    params.into_query(PagePolicy::default()).unwrap()
}

#[test]
fn absent_and_empty_parameters_have_defaults() {
    for query_string in [
        "",
        "&&",
        "text=&offset=&count=&sort=",
        "text&offset&count&sort",
    ] {
        assert_eq!(query(query_string), UnitQuery::default());
    }
    let default = UnitQuery::default();
    assert_eq!(default.sort().to_string(), r#"{"name":1}"#);
    assert_eq!(default.page(), Page::new(0, at_most(50)));
    assert_eq!(default.text(), None);
}

#[test]
fn values_are_percent_decoded_and_plus_is_a_space() {
    for (query_string, text) in [
        ("text=a+b", "a b"),
        ("text=a%20b", "a b"),
        ("text=a%2Bb", "a+b"),
        ("text=a%2520b", "a%20b"),
        ("text=a=b", "a=b"),
        ("text=a;b", "a;b"),
        ("text=%C3%a9", "é"),
        ("text=é", "é"),
        ("t%65xt=x", "x"),
        ("text=%26&x=1", "&"),
        ("text=%EF%BB%BFx", "\u{FEFF}x"),
    ] {
        let query = query(query_string);
        assert_eq!(
            query.text().map(TextFilter::as_str),
            Some(text),
            "{query_string}"
        );
    }
}

#[test]
fn unknown_parameters_are_ignored() {
    let plain = UnitQuery::default();
    for query_string in [
        "query={}&fields=%FF&_=1&_=1",
        "TEXT=x&Text=x&text%00=x&text%=x&%74ex=x&=x&text.x=z&a[text]=z",
        "+text=x",
    ] {
        assert_eq!(query(query_string), plain, "{query_string}");
    }
}

#[test]
fn a_repeated_known_parameter_is_refused() {
    for name in ["text", "offset", "count", "sort"] {
        let twice = format!("{name}=1&x=y&{name}=");
        let reason = format!("Invalid {name} parameter provided: \"1\" (given more than once)");
        assert_eq!(refusal(&twice), invalid_params(&reason));
    }
    let encoded = refusal("text=a&t%65xt=a&text=b");
    let reason = "Invalid text parameter provided: \"a\" (given more than once)";
    assert_eq!(encoded, invalid_params(reason));
}

#[test]
fn a_known_parameter_with_brackets_is_refused() {
    for (query_string, name) in [
        ("text[]=a", "text"),
        ("text[a]=b", "text"),
        ("text[]=", "text"),
        ("text[]", "text"),
        ("text[a][b]=c", "text"),
        ("text[=a", "text"),
        ("[text]=a", "text"),
        ("count[]=5", "count"),
        ("offset[x]=1", "offset"),
        ("sort[name]=1", "sort"),
        ("sort[]={\"name\":1}", "sort"),
        // The first of several occurrences with brackets is reported.
        ("text=b&text[]=a&text=c", "text"),
    ] {
        let shown = query_string
            .split('&')
            .nth(usize::from(query_string.contains('&')));
        let reason = format!(
            "Invalid {name} parameter provided: \"{}\" (expected a name without brackets)",
            shown.unwrap()
        );
        assert_eq!(
            refusal(query_string),
            invalid_params(&reason),
            "{query_string}"
        );
    }
    // The message shows the decoded pair, or the undecoded pair if decoding fails.
    for (query_string, shown) in [
        ("text%5B%5D=a+b", "text[]=a b"),
        ("te%78t%5ba%5D=b", "text[a]=b"),
        ("text[]=%zz", "text[]=%zz"),
    ] {
        let reason = format!(
            "Invalid text parameter provided: \"{shown}\" (expected a name without brackets)"
        );
        assert_eq!(
            refusal(query_string),
            invalid_params(&reason),
            "{query_string}"
        );
    }
    // The order in which parameters are reported does not depend on brackets.
    for (query_string, first) in [
        ("text[]=a&count[]=5&offset[x]=1", "offset"),
        ("sort[name]=1&text=%00", "sort"),
        ("sort=x&count[]=1", "count"),
        ("text[]=a&sort[]=x&count=x", "count"),
    ] {
        let (_, body) = refusal(query_string);
        assert!(
            body.contains(&format!("Invalid {first} parameter")),
            "{body}"
        );
    }
    let (_, body) = refusal(format!("text[]={}", "x".repeat(1_000)));
    assert!(body.len() < 300, "{body}");
}

#[test]
fn bad_escapes_and_bad_utf8_are_refused() {
    for value in ["%", "%2", "%zz", "a%f", "%FF", "%C3", "%ED%A0%80", "%C0%80"] {
        for name in ["text", "offset", "count"] {
            let reason = format!(
                "Invalid {name} parameter provided: \"{value}\" (expected percent-encoded UTF-8)"
            );
            assert_eq!(refusal(format!("{name}={value}")), invalid_params(&reason));
        }
        assert_eq!(
            refusal(format!("sort={value}+1")),
            invalid_sort(&format!("{value}+1"))
        );
    }
    let reason = "Invalid text parameter provided: \"a\u{FFFD}\" (expected percent-encoded UTF-8)";
    assert_eq!(refusal(b"text=a\xFF"), invalid_params(reason));
    assert_eq!(refusal(b"sort=\xFF"), invalid_sort("\u{FFFD}"));
}

#[test]
fn errors_are_reported_in_the_order_offset_count_sort_text() {
    let wrong = [
        ("text", "%FF"),
        ("sort", "x"),
        ("count", "x"),
        ("offset", "x"),
    ];
    let mut query_string = String::new();
    for (name, value) in wrong {
        query_string = format!("{query_string}&{name}={value}");
        let (_, body) = refusal(&query_string);
        assert!(
            body.contains(&format!("Invalid {name} parameter")),
            "{query_string}: {body}"
        );
    }
    let (_, body) = refusal("text=%00&sort=1&sort=2");
    assert!(body.contains("Invalid sort parameter provided: \\\"1\\\" (given more than once)"));
}

#[test]
fn numbers_are_decimal_digits() {
    for (text, number) in [
        ("0", 0),
        ("007", 7),
        ("9007199254740991", Page::MAX_REQUESTED),
        (
            "00000000000000000000000000009007199254740991",
            Page::MAX_REQUESTED,
        ),
        ("%31", 1),
    ] {
        assert_eq!(query(&format!("offset={text}")).page().offset(), number);
    }
    let expected = "(expected decimal digits, at most 9007199254740991)";
    for text in [
        "-1",
        "%2B1",
        "+1",
        "1+",
        "1.0",
        "1e3",
        "0x10",
        "9007199254740992",
        "18446744073709551616",
        "12abc",
        "NaN",
        "null",
        "\u{0663}",
        "1%00",
    ] {
        for name in ["offset", "count"] {
            let shown = text.replace("%2B", "+");
            let shown = if text.starts_with('+') || text.ends_with('+') {
                text.replace('+', " ")
            } else {
                shown.replace("%00", "\\0")
            };
            let reason = format!("Invalid {name} parameter provided: \"{shown}\" {expected}");
            assert_eq!(refusal(format!("{name}={text}")), invalid_params(&reason));
        }
    }
}

#[test]
fn a_message_shows_80_characters_of_a_value() {
    let (_, body) = refusal(format!("offset={}", "x".repeat(5000)));
    assert!(
        body.contains(&format!("{}…", "x".repeat(80))) && body.len() < 300,
        "{body}"
    );
}

#[test]
fn an_error_has_the_name_of_the_invalid_parameter() {
    let long = "x".repeat(Params::MAX_BYTES + 1);
    for (query_string, parameter) in [
        ("count=x", Some("count")),
        ("offset=-1&count=x", Some("offset")),
        ("sort={", Some("sort")),
        ("text=%00", Some("text")),
        (&long, None),
    ] {
        let query = Params::parse(query_string);
        let query = query.and_then(|params| params.into_query(PagePolicy::default()));
        assert_eq!(
            query.unwrap_err().parameter(),
            parameter,
            "{query_string:.20}"
        );
    }
}

#[test]
fn the_page_policy_determines_the_limit() {
    let policy = PagePolicy::default;
    for (policy, query_string, limit) in [
        (policy(), "", at_most(50)),
        (policy(), "count=7", at_most(7)),
        (policy(), "count=100", at_most(100)),
        (policy(), "count=101", at_most(100)),
        (policy(), "count=0", Limit::Unlimited),
        (policy(), "count=000", Limit::Unlimited),
        (policy().refuse_unlimited(), "count=0", at_most(50)),
        (
            policy().refuse_unlimited().allow_unlimited(),
            "count=0",
            Limit::Unlimited,
        ),
        (policy().with_default_count(20), "", at_most(20)),
        (policy().with_default_count(0), "", at_most(50)),
        (policy().with_default_count(-5), "", at_most(50)),
        (policy().with_max_count(500), "count=140", at_most(140)),
        (policy().with_max_count(0), "count=140", at_most(100)),
        (policy().with_max_count(-1), "count=140", at_most(100)),
        (policy().with_max_count(30), "", at_most(30)),
        (policy().with_max_count(30), "count=0", Limit::Unlimited),
        (
            policy().with_max_count(30).allow_unlimited(),
            "count=31",
            at_most(30),
        ),
        (
            policy().with_max_count(30).refuse_unlimited(),
            "count=0",
            at_most(30),
        ),
        (policy().with_default_count(200), "", at_most(100)),
        (
            policy()
                .with_default_count(i64::MIN)
                .with_max_count(i64::MAX),
            "",
            at_most(50),
        ),
    ] {
        let params = Params::parse(query_string).unwrap();
        let page = params.into_query(policy).unwrap().page();
        assert_eq!(page.limit(), limit, "{policy:?} {query_string}");
    }
}

#[test]
fn a_page_past_the_end_is_empty_and_has_the_total() {
    let all = documented();
    assert_eq!(ids(&all, "offset=7"), (vec![], 7));
    assert_eq!(ids(&all, "offset=9007199254740991&count=0"), (vec![], 7));
    assert_eq!(ids(&all, "offset=6&count=0").0, ["TGjc7wN84KxQup9cF"]);
}

#[test]
fn the_length_of_a_query_string_is_bounded() {
    let longest = format!("text={}", "x".repeat(Params::MAX_BYTES - "text=".len()));
    let (_, body) = refusal(&longest);
    assert!(
        body.contains("at most 32764 bytes, which has 65531"),
        "{body}"
    );
    let ignored = format!("_={}", "x".repeat(Params::MAX_BYTES - 2));
    assert_eq!(get(&[], &ignored).0, 200);
    let too_long = format!("{ignored}x");
    let body = r#"{"success":false,"error":"Request-URI Too Long"}"#;
    assert_eq!(refusal(&too_long), (414, body.to_owned()));
    let error = Params::parse(&too_long).unwrap_err();
    assert_eq!(error.kind(), QueryErrorKind::TooLong);
    assert_eq!(
        error.to_string(),
        "expected a query string of at most 65536 bytes, found 65537"
    );
}

/// Checks that the responses to query strings of the maximum length are bounded. Prints the
/// times without checking them.
#[test]
fn responses_to_the_longest_query_strings_are_bounded() {
    let all = documented();
    let fill = |prefix: &str, with: &str| {
        let times = (Params::MAX_BYTES - prefix.len()) / with.len();
        format!("{prefix}{}", with.repeat(times))
    };
    for query_string in [
        fill("", "%"),
        fill("", "&"),
        fill("", "=&"),
        fill("", "text=a&"),
        fill("text=", "%61"),
        fill("text=", "+"),
        fill("offset=", "0"),
        fill("offset=", "9"),
        fill("sort=", "["),
        fill("sort=", "{\"a\":"),
        fill("sort={\"name\":1", "0"),
        fill("sort={\"name\":1.", "0"),
        fill("sort={", "\"a\":1,"),
        fill("sort={\"", "a."),
        fill("sort={\"", "\\u0000"),
        fill("sort=", "%00"),
    ] {
        let start = Instant::now();
        let (status, body) = get(&all, &query_string);
        println!(
            "{:>7} µs {}",
            start.elapsed().as_micros(),
            &query_string[..12]
        );
        assert!(matches!(status, 200 | 400), "{}", &query_string[..12]);
        // A control character of `sort` takes six bytes in the body, which is the most.
        assert!(body.len() < 6 * Params::MAX_BYTES + 300);
    }
}

proptest! {
    #[test]
    fn any_bytes_get_a_200_or_400(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        let (status, _) = get(&documented(), &bytes);
        prop_assert!(matches!(status, 200 | 400));
    }

    #[test]
    fn any_encoded_text_is_decoded(text in "[^\0]{1,40}") {
        let query = query(&format!("text={}", encode(&text)));
        prop_assert_eq!(query.text().map(TextFilter::as_str), Some(text.as_str()));
    }
}
