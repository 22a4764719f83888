//! Tests of the contract (SPEC, `docs/spec.md`) through the public API. Each module begins
//! with the section that it tests.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod access;
mod answer;
mod clients;
mod differences;
mod document;
mod document_words;
mod mongodb;
mod order;
mod order_laws;
mod paging;
mod request;
mod sort;
mod store;
mod text;
mod versions;

use std::collections::HashMap;

use livechat_units::{Caller, Endpoint, Limit, Permission, Unit, User};
use serde_json::value::RawValue;

/// The seven units of Rocket.Chat's documentation.
fn documented() -> Vec<Unit> {
    include_str!("../../cli/src/documented.jsonl")
        .lines()
        .map(|line| line.parse().unwrap())
        .collect()
}

fn units(documents: &[&str]) -> Vec<Unit> {
    documents.iter().map(|text| text.parse().unwrap()).collect()
}

fn at_most(count: u64) -> Limit {
    Limit::at_most(count).unwrap()
}

/// A caller with the permission to list every unit.
fn manager() -> Caller {
    User::new()
        .with_permission(Permission::MANAGE_LIVECHAT_UNITS)
        .into()
}

/// The status and the body of the default endpoint's response to a caller with the
/// permission.
fn get(units: &[Unit], query_string: impl AsRef<[u8]>) -> (u16, String) {
    let response = Endpoint::default().handle(units, &manager(), query_string.as_ref());
    let status = response.status();
    let body = String::from_utf8(response.into_body().into_bytes()).unwrap();
    (status, body)
}

/// The ids and the total of a response, which must be a 200.
fn ids(units: &[Unit], query_string: &str) -> (Vec<String>, u64) {
    let (status, body) = get(units, query_string);
    assert_eq!(status, 200, "{query_string}: {body}");
    // Raw values, because a document may contain numbers that fit no type of Rust.
    let body: HashMap<String, &RawValue> = serde_json::from_str(&body).unwrap();
    let listed: Vec<&RawValue> = serde_json::from_str(body["units"].get()).unwrap();
    assert_eq!(body["count"].get(), listed.len().to_string());
    let ids = listed.iter().map(|unit| {
        let unit: Unit = unit.get().parse().unwrap();
        unit.id().to_owned()
    });
    (ids.collect(), body["total"].get().parse().unwrap())
}

/// The status and the body of a response, which must not be a 200.
fn refusal(query_string: impl AsRef<[u8]>) -> (u16, String) {
    let (status, body) = get(&[], query_string);
    assert_ne!(status, 200, "{body}");
    (status, body)
}

/// The response to an invalid parameter other than `sort`.
fn invalid_params(reason: &str) -> (u16, String) {
    let body = format!(
        r#"{{"success":false,"error":{},"errorType":"error-invalid-params"}}"#,
        serde_json::to_string(&format!("{reason} [error-invalid-params]")).unwrap()
    );
    (400, body)
}

/// The response to an invalid `sort` with this value.
fn invalid_sort(value: &str) -> (u16, String) {
    let error = format!("Invalid sort parameter provided: \"{value}\" [error-invalid-sort]");
    let body = format!(
        r#"{{"success":false,"error":{},"errorType":"error-invalid-sort","details":{{"helperMethod":"parseJsonQuery"}}}}"#,
        serde_json::to_string(&error).unwrap()
    );
    (400, body)
}

/// `text` with every byte as a percent escape.
fn encode(text: &str) -> String {
    text.bytes().fold(String::new(), |encoded, byte| {
        format!("{encoded}%{byte:02x}")
    })
}
