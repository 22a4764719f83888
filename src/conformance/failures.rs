//! How the kit fails, and how it does not.

use std::panic::{self, AssertUnwindSafe};
use std::process::Command;

use super::show::message_of;
use super::{CASES, Fixture, registry};
use crate::store::{StoreError, StoreErrorKind, UnitStore};
use crate::unit::Unit;
use crate::{UnitPage, UnitQuery};

fn reference() -> Fixture {
    Fixture::stores(<[Unit]>::to_vec)
}

/// A store that is never there.
fn broken() -> Fixture {
    Fixture::lists(|_: &[Unit]| unavailable)
}

fn unavailable(_: &UnitQuery) -> Result<UnitPage, StoreError> {
    let error = StoreError::new(StoreErrorKind::Unavailable, "list units");
    Err(error.with_source("the cable is cut"))
}

/// A store that serves none of the parts that can be long, nor many units.
fn weak() -> Fixture {
    Fixture::lists(|documents: &[Unit]| {
        let units = documents.to_vec();
        move |query: &UnitQuery| {
            let is_plain = query.text().is_none() && query.cursor().is_none();
            if is_plain && units.len() < 1_000 {
                return units.list(query);
            }
            Err(StoreError::new(StoreErrorKind::Unsupported, "list units"))
        }
    })
}

/// The message with which a case fails.
pub(super) fn failure(case: &str, fixture: &Fixture) -> Option<String> {
    let run = || registry::named(case).unwrap().judge(fixture);
    let panicked = panic::catch_unwind(AssertUnwindSafe(run)).err()?;
    Some(message_of(&*panicked))
}

#[test]
fn a_failure_tells_what_was_asked_and_found() {
    let all_but_one = |documents: &[Unit]| {
        let units = documents.to_vec();
        move |query: &UnitQuery| {
            let page = units.list(query)?;
            let fewer: Vec<Unit> = page.units().skip(1).collect();
            Ok(UnitPage::new(fewer, query.page(), page.total()))
        }
    };
    assert_eq!(
        failure("scope_of_some", &Fixture::lists(all_but_one)).unwrap(),
        r#"scope_of_some (SPEC §3)
query:    {"sort":{"name":1},"only":["a","b"],"offset":0}
expected: ["a","b"] of 2
found:    ["b"] of 2 from offset 0"#
    );
    assert_eq!(
        failure("text_with_sort_and_page", &broken()).unwrap(),
        r#"text_with_sort_and_page (SPEC §2, Text)
query:    {"sort":{"name":-1},"text":"unit","offset":0}
expected: ["1","4","2"] of 3
found:    the error Unavailable: cannot list units: the store is unavailable: the cable is cut"#
    );
    assert_eq!(
        failure("cursor_after_first_middle_and_last", &broken()).unwrap(),
        r#"cursor_after_first_middle_and_last (SPEC §2, Sort)
query:    {"sort":{"name":1},"after":{"_id":"_","sort":"{\"name\":1}","key":[["12345"]]},"offset":0}
expected: ["é","1","Z","a","B","k"] of 7
found:    the error Unavailable: cannot list units: the store is unavailable: the cable is cut"#
    );
    let guesses = |_: &[Unit]| {
        let unit = Unit::builder("a").build().unwrap();
        move |query: &UnitQuery| Ok(UnitPage::new(vec![unit.clone()], query.page(), 7))
    };
    assert_eq!(
        failure("array_parallel_inside_elements", &Fixture::lists(guesses)).unwrap(),
        r#"array_parallel_inside_elements (SPEC §2, Sort)
query:    {"sort":{"a.x":1,"a.y":1},"offset":0}
expected: an error of kind InvalidQuery
found:    ["a"] of 7"#
    );
    assert_eq!(
        failure("array_parallel_inside_elements", &broken()).unwrap(),
        r#"array_parallel_inside_elements (SPEC §2, Sort)
query:    {"sort":{"a.x":1,"a.y":1},"offset":0}
expected: an error of kind InvalidQuery
found:    the error Unavailable: cannot list units: the store is unavailable: the cable is cut"#
    );
}

#[test]
fn a_failure_tells_what_is_wrong_with_a_document() {
    let rounded = |documents: &[Unit]| {
        let documents = documents.iter().map(|unit| {
            let json = unit
                .as_json()
                .replace("9223372036854775807", "9223372036854775800");
            Unit::from_json(&json).unwrap()
        });
        documents.collect::<Vec<Unit>>()
    };
    let message = failure(
        "documents_with_integers_of_64_bits",
        &Fixture::stores(rounded),
    )
    .unwrap();
    assert!(
        message.ends_with("found:    006 with another document, from byte 46 on: …0} and not …7}"),
        "{message}"
    );
}

#[test]
fn a_failure_of_random_data_can_be_replayed() {
    let message = failure("random_texts", &broken()).unwrap();
    let (head, documents) = message.split_once("\nfor the documents\n").unwrap();
    assert!(
        head.starts_with("random_texts (SPEC §2)\nquery 0 of LIVECHAT_UNITS_CONFORMANCE_SEED=")
    );
    assert!(head.contains("\nfound:    the error Unavailable"), "{head}");
    let units = documents.lines().map(Unit::from_json);
    assert!(units.map(Result::unwrap).count() == 200);
}

/// Whatever a store answers, a failure is not longer than a screen or two.
#[test]
fn a_failure_is_cut() {
    for case in [
        "text_of_32764_bytes",
        "scope_of_70000_ids",
        "collection_of_2000",
        "cursor_of_names_of_100_kilobytes",
    ] {
        let message = failure(case, &weak()).unwrap();
        assert!(message.len() < 10_000, "{} bytes", message.len());
        assert!(
            message.contains("bytes)") || message.contains(" more]"),
            "{message}"
        );
    }
}

#[test]
fn a_failure_shows_where_a_long_list_goes_wrong() {
    let without_one = |documents: &[Unit]| {
        let documents = documents.iter().filter(|unit| unit.id() != "u0402");
        documents.cloned().collect::<Vec<Unit>>()
    };
    let message = failure("collection_of_2000", &Fixture::stores(without_one)).unwrap();
    assert!(message.contains(" behind 98 others"), "{message}");
}

/// A case that expects nothing finds nothing.
#[test]
fn no_case_is_served_by_a_store_that_refuses_everything() {
    let broken = broken().with_writes(|_| (unavailable, |_| {}));
    for case in CASES {
        assert!(failure(case.name(), &broken).is_some(), "{case:?}");
    }
}

#[test]
#[should_panic(expected = "the cable is cut")]
fn a_case_fails_under_its_name() {
    super::run("page_total", &broken());
}

#[test]
fn a_declared_case_may_fail() {
    let fixture = broken().cannot("fold_astral", "not for a store that is never there");
    assert_eq!(failure("fold_astral", &fixture), None);
    assert!(failure("fold_long_s", &fixture).is_some());
}

#[test]
fn a_declared_case_that_is_served_fails() {
    let fixture = reference().cannot("fold_astral", "so they say");
    assert_eq!(
        failure("fold_astral", &fixture).unwrap(),
        "fold_astral is served, so it must not be declared: so they say"
    );
}

/// For the test below, which has another process run it.
#[test]
#[ignore = "is run by a_declared_case_is_reported"]
fn declares() {
    registry::named("fold_astral")
        .unwrap()
        .run(&broken().cannot("fold_astral", "there is no store"));
}

/// Past the capture of the harness, though the test passes.
#[test]
fn a_declared_case_is_reported() {
    let name = "conformance::failures::declares";
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--ignored", "--test-threads=2"])
        .output()
        .unwrap();
    assert!(output.status.success());
    let reported = String::from_utf8(output.stderr).unwrap();
    let line = format!(
        "conformance: fold_astral (SPEC §2, Text) of {name} is not served: there is no store\n"
    );
    assert!(reported.starts_with(&line), "{reported}");
    assert!(
        reported.contains("    found:    the error Unavailable"),
        "{reported}"
    );
}

#[test]
fn a_store_without_writes_has_to_say_so() {
    let cases = CASES
        .iter()
        .filter(|case| case.name().starts_with("writes_"));
    for case in cases {
        assert_eq!(
            failure(case.name(), &reference()).unwrap(),
            format!(
                "{} needs `Fixture::with_writes`, or to be declared by `Fixture::cannot`",
                case.name()
            )
        );
        let declared = reference().cannot(case.name(), "it is only read");
        assert_eq!(failure(case.name(), &declared), None);
    }
}

/// Neither waits for the other when one of them fails.
#[test]
fn a_failure_beside_readers_is_told() {
    let half = reference().with_writes(|documents| {
        let units = documents.to_vec();
        let mut left = 10;
        (
            move |query: &UnitQuery| units.list(query),
            move |_| {
                left -= 1;
                assert!(left > 0, "the disk is full");
            },
        )
    });
    let message = failure("writes_beside_readers_keep_the_total", &half).unwrap();
    assert_eq!(message, "the disk is full");

    let gone = reference().with_writes(|_| {
        let list = |_: &UnitQuery| Err(StoreError::new(StoreErrorKind::Timeout, "list units"));
        (list, |_| {})
    });
    let message = failure("writes_beside_readers_keep_the_total", &gone).unwrap();
    assert!(message.contains("found: the error Timeout"), "{message}");
}

#[test]
#[should_panic(expected = "\"sort_by_magic\" cannot be declared: it is no case")]
fn what_is_no_case_cannot_be_declared() {
    let _ = reference().cannot("sort_by_magic", "no magic");
}

#[test]
#[should_panic(expected = "sort_name_ascending cannot be declared: it is required")]
fn a_required_case_cannot_be_declared() {
    let _ = reference().cannot("sort_name_ascending", "no order");
}

#[test]
#[should_panic(expected = "fold_astral needs a reason")]
fn a_case_cannot_be_declared_without_a_reason() {
    let _ = reference().cannot("fold_astral", " ");
}

#[test]
#[should_panic(expected = "fold_astral has been declared before")]
fn a_case_cannot_be_declared_twice() {
    let once = reference().cannot("fold_astral", "one reason");
    let _ = once.cannot("fold_astral", "another");
}

#[test]
fn a_fixture_shows_what_it_declares() {
    assert_eq!(
        format!("{:?}", reference().cannot("fold_astral", "a reason")),
        r#"Fixture { writes: false, cannot: [("fold_astral", "a reason")], .. }"#
    );
}
