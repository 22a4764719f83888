//! The messages of failed cases.

use livechat_units::{StoreError, StoreErrorKind, Unit, UnitPage, UnitQuery, UnitStore};
use livechat_units_conformance::{CASES, Fixture, run};

use crate::{broken, failure, reference, unavailable};

/// A store that serves no texts, no cursors, and only collections of fewer than 1,000 units.
fn limited() -> Fixture {
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

#[test]
fn a_failure_shows_query_and_answer() {
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
found:    the error Unavailable: cannot list units: the store is unavailable: the cable is cut
If the store cannot serve this case, declare that in the fixture: .without(Group::Cursors, "…")"#
    );
    let lists_one_unit = |_: &[Unit]| {
        let unit = Unit::builder("a").build().unwrap();
        move |query: &UnitQuery| Ok(UnitPage::new(vec![unit.clone()], query.page(), 7))
    };
    assert_eq!(
        failure(
            "array_parallel_inside_elements",
            &Fixture::lists(lists_one_unit)
        )
        .unwrap(),
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
fn a_failure_shows_where_a_document_differs() {
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
        message
            .ends_with("found:    006 with another document, from byte 46 on: …0} instead of …7}"),
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

/// The messages of these failures contain long texts, ids and lists. Each is still shorter than
/// 10,000 bytes.
#[test]
fn long_parts_of_a_failure_are_cut() {
    for case in [
        "text_of_32764_bytes",
        "scope_of_70000_ids",
        "collection_of_2000",
        "cursor_of_names_of_100_kilobytes",
    ] {
        let message = failure(case, &limited()).unwrap();
        assert!(message.len() < 10_000, "{} bytes", message.len());
        assert!(
            message.contains("bytes)") || message.contains(" more]"),
            "{message}"
        );
    }
}

#[test]
fn a_failure_shows_where_a_long_list_differs() {
    let without_one = |documents: &[Unit]| {
        let documents = documents.iter().filter(|unit| unit.id() != "u0402");
        documents.cloned().collect::<Vec<Unit>>()
    };
    let message = failure("collection_of_2000", &Fixture::stores(without_one)).unwrap();
    assert!(message.contains(" after 98 others"), "{message}");
}

/// A case that checks nothing would pass.
#[test]
fn every_case_fails_over_a_store_that_always_fails() {
    let broken = broken().with_writes(|_| (unavailable, |_| {}));
    for case in CASES {
        assert!(failure(case.name(), &broken).is_some(), "{case:?}");
    }
}

#[test]
#[should_panic(expected = "the cable is cut")]
fn run_panics_with_the_message_of_the_case() {
    run("page_total", &broken());
}

/// After a reader or the writer has failed, the others do not wait for it.
#[test]
fn failures_of_readers_and_of_the_writer_are_reported() {
    let fails_to_write = reference().with_writes(|documents| {
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
    let message = failure("writes_beside_readers_keep_the_total", &fails_to_write).unwrap();
    assert!(message.starts_with("the disk is full\n"), "{message}");

    let fails_to_read = reference().with_writes(|_| {
        let list = |_: &UnitQuery| Err(StoreError::new(StoreErrorKind::Timeout, "list units"));
        (list, |_| {})
    });
    let message = failure("writes_beside_readers_keep_the_total", &fails_to_read).unwrap();
    assert!(message.contains("found:    the error Timeout"), "{message}");
}
