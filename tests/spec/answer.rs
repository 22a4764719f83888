//! §4, answer: the exact status and body of each response, and the error for the host.

use std::error::Error;
use std::io;

use livechat_units::{
    Endpoint, OrderError, QueryPart, RequestError, Response, SortErrorKind, StoreError,
    StoreErrorKind, UnitPage, UnitQuery, UnitStore, Unsupported,
};

use crate::{documented, get, manager, units};

/// A store whose every listing fails with this error.
struct Failing(fn() -> StoreError);

impl UnitStore for Failing {
    fn list(&self, _: &UnitQuery) -> Result<UnitPage, StoreError> {
        Err(self.0())
    }
}

fn fail(error: fn() -> StoreError) -> (u16, String) {
    let response = Endpoint::default().handle(&Failing(error), &manager(), "");
    assert!(matches!(response.error(), Some(RequestError::Store(_))));
    let status = response.status();
    let body = response.into_body().into_bytes();
    (status, String::from_utf8(body).unwrap())
}

#[test]
fn the_documented_listing() {
    let documents: Vec<&str> = include_str!("../../cli/src/documented.jsonl")
        .lines()
        .collect();
    let in_order = [2, 4, 0, 6, 5, 1, 3].map(|i: usize| documents[i]).join(",");
    let body = format!(r#"{{"units":[{in_order}],"count":7,"offset":0,"total":7,"success":true}}"#);
    assert_eq!(get(&documented(), ""), (200, body));
}

#[test]
fn the_body_repeats_the_requested_offset() {
    let body = r#"{"units":[],"count":0,"offset":9007199254740991,"total":7,"success":true}"#;
    let answer = get(&documented(), "offset=9007199254740991");
    assert_eq!(answer, (200, body.to_owned()));
}

#[test]
fn a_failing_store_is_a_500_whose_cause_only_the_host_gets() {
    let body = r#"{"success":false,"error":"Internal server error"}"#;
    let kinds: [fn() -> StoreError; 4] = [
        || StoreError::new(StoreErrorKind::Unavailable, "list units"),
        || StoreError::new(StoreErrorKind::Timeout, "list units"),
        || StoreError::new(StoreErrorKind::Corrupt, "list units"),
        || StoreError::new(StoreErrorKind::Failed, "list units"),
    ];
    for error in kinds {
        assert_eq!(fail(error), (500, body.to_owned()));
    }
    let response = Endpoint::default()
        .begin(&manager(), "")
        .unwrap()
        .finish(Err(StoreError::new(StoreErrorKind::Failed, "list units")
            .with_source(io::Error::other("disk on fire: secret"))));
    let Some(RequestError::Store(error)) = response.error() else {
        panic!("{response:?}");
    };
    assert_eq!(error.to_string(), "cannot list units: the store failed");
    let source = error.source().unwrap().downcast_ref::<io::Error>().unwrap();
    assert_eq!(source.to_string(), "disk on fire: secret");
    assert_eq!(response.into_body().into_bytes(), body.as_bytes());
}

#[test]
fn only_unavailable_and_timeout_are_transient() {
    for (kind, transient) in [
        (StoreErrorKind::InvalidQuery, false),
        (StoreErrorKind::Unavailable, true),
        (StoreErrorKind::Timeout, true),
        (StoreErrorKind::Corrupt, false),
        (StoreErrorKind::Unsupported, false),
        (StoreErrorKind::Failed, false),
    ] {
        let error = StoreError::new(kind, "list units");
        assert_eq!((error.kind(), error.is_transient()), (kind, transient));
        assert_eq!(error.operation(), "list units");
    }
}

#[test]
fn parallel_arrays_are_a_400_without_details() {
    let body = r#"{"success":false,"error":"cannot sort with keys that are parallel arrays [error-invalid-sort]","errorType":"error-invalid-sort"}"#;
    let all = units(&[r#"{"_id":"1","type":"u","name":"x","a":[1],"b":[2]}"#]);
    assert_eq!(get(&all, r#"sort={"a":1,"b":1}"#), (400, body.to_owned()));
    // The store finds the arrays while it sorts, so a unit that does not match is no error.
    assert_eq!(get(&all, r#"sort={"a":1,"b":1}&text=y"#).0, 200);
    assert_eq!(fail(|| OrderError::ParallelArrays.into()).1, body);
    // The error may be wrapped in the error of another store.
    let wrapped = || {
        let inner = StoreError::from(OrderError::ParallelArrays);
        StoreError::new(StoreErrorKind::InvalidQuery, "list units").with_source(inner)
    };
    assert_eq!(fail(wrapped).1, body);
}

#[test]
fn an_invalid_query_is_a_400_with_the_reason_of_the_store() {
    let (status, body) = fail(|| {
        StoreError::new(StoreErrorKind::InvalidQuery, "list units")
            .with_source("cannot sort more than 9 matches by an array")
    });
    assert_eq!(status, 400);
    assert_eq!(
        body,
        r#"{"success":false,"error":"cannot sort more than 9 matches by an array [error-invalid-params]","errorType":"error-invalid-params"}"#
    );
    let (_, body) = fail(|| StoreError::new(StoreErrorKind::InvalidQuery, "list units"));
    assert!(body.contains("the query cannot be answered for this data [error-invalid-params]"));
}

#[test]
fn an_unsupported_part_is_a_400_with_the_reason_of_the_store() {
    for (part, code) in [
        (QueryPart::Sort, "error-invalid-sort"),
        (QueryPart::Text, "error-invalid-params"),
        (QueryPart::Page, "error-invalid-params"),
        (QueryPart::Cursor, "error-invalid-params"),
    ] {
        let unsupported = Unsupported::new(part, "expected at most 9 matches, found 10");
        let body = format!(
            r#"{{"success":false,"error":"expected at most 9 matches, found 10 [{code}]","errorType":"{code}"}}"#
        );
        let error = StoreError::from(unsupported.clone());
        assert_eq!(error.kind(), StoreErrorKind::Unsupported);
        // The error may be wrapped in the error of another store.
        let wrapped = StoreError::new(StoreErrorKind::Unsupported, "page").with_source(error);
        let invalid =
            StoreError::new(StoreErrorKind::InvalidQuery, "page").with_source(unsupported.clone());
        for error in [unsupported.into(), wrapped, invalid] {
            let response = Endpoint::default().fail(error);
            assert_eq!(response.status(), 400);
            assert_eq!(response.into_body().into_bytes(), body.as_bytes());
        }
    }
    // The reason is cut after 400 scalars.
    let longest = "é".repeat(400);
    for (reason, shown) in [
        (longest.clone(), longest.clone()),
        (format!("{longest}x"), format!("{longest}…")),
    ] {
        assert_eq!(Unsupported::new(QueryPart::Sort, reason).to_string(), shown);
    }
    // The message of a driver's error is not sent, because it may describe the host.
    let (status, body) = fail(|| {
        StoreError::new(StoreErrorKind::Unsupported, "list units")
            .with_source(io::Error::other("10.0.0.1: statement too complex"))
    });
    assert_eq!(status, 400);
    assert_eq!(
        body,
        r#"{"success":false,"error":"the store does not support this query [error-invalid-params]","errorType":"error-invalid-params"}"#
    );
}

#[test]
fn every_answer_forbids_caching() {
    assert_eq!(
        Response::HEADERS,
        [
            ("content-type", "application/json"),
            ("cache-control", "no-store"),
            ("pragma", "no-cache"),
        ]
    );
}

#[test]
fn the_error_of_an_invalid_sort_has_the_key_and_the_byte() {
    let response = Endpoint::default()
        .begin(&manager(), r#"sort={"name":1,"rank":"up"}"#)
        .unwrap_err();
    let Some(RequestError::Query(error)) = response.error() else {
        panic!("{response:?}");
    };
    let sort = error.sort_error().unwrap();
    assert_eq!(sort.kind(), SortErrorKind::Value);
    assert_eq!((sort.key(), sort.byte()), (Some("rank"), Some(17)));
    assert_eq!(error.source().unwrap().to_string(), sort.to_string());
}

#[test]
fn an_unlimited_page_is_sent_in_chunks() {
    let documents: Vec<String> = (0..5000)
        .map(|i| format!(r#"{{"_id":"{i:05}","type":"u","name":"Unit {i}"}}"#))
        .collect();
    let all = units(&documents.iter().map(String::as_str).collect::<Vec<_>>());
    let body = || {
        Endpoint::default()
            .handle(&all, &manager(), "count=0&sort={}")
            .into_body()
    };
    let chunks: Vec<Vec<u8>> = body().into_chunks().collect();
    assert!(chunks.len() > 3);
    let whole = format!(
        r#"{{"units":[{}],"count":5000,"offset":0,"total":5000,"success":true}}"#,
        documents.join(",")
    );
    assert_eq!(String::from_utf8(chunks.concat()).unwrap(), whole);
    assert_eq!(body().len(), whole.len());
}
