//! Whole requests: from the query string to the bytes of the body.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion};
use livechat_units::{Caller, Endpoint, MemoryStore, Permission, UnitStore, User};
use livechat_units_testkit::data::Row;
use livechat_units_testkit::naive;
use livechat_units_testkit::naive::{Order, Workload};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use crate::{Data, group, without_library};

/// Each workload by the indexed store, by the reference and by the code of `without_library.rs`.
/// The store keeps an index for the order of W7.
pub(crate) fn request(criterion: &mut Criterion, data: &Data) {
    let permission = Permission::MANAGE_LIVECHAT_UNITS;
    let caller = Caller::from(User::new().with_permission(permission));
    let endpoint = Endpoint::default();
    let declared = Order::VisibilityMonitorsName.as_json().parse();
    let mut memory = MemoryStore::with_orders([declared.expect("an order of known fields")]);
    let _ = memory.replace_all(data.units.iter().cloned());
    let answer = |store: &dyn UnitStore, query: &str| {
        let response = endpoint.handle(store, &caller, query);
        response.into_body().into_bytes()
    };

    let mut group = group(criterion, "request", data.units.len());
    for workload in workloads(data.units.len()) {
        let query = query_string(&workload);
        for body in [
            answer(&memory, &query),
            answer(&data.units, &query),
            without_library::answer(&data.rows, &workload),
        ] {
            check_body(&body, &data.rows, &workload);
        }

        let id = |implementation| {
            BenchmarkId::new(format!("{}/{}", data.label, workload.label), implementation)
        };
        group.bench_function(id("memory"), |b| {
            b.iter(|| answer(&memory, black_box(&query)));
        });
        group.bench_function(id("reference"), |b| {
            b.iter(|| answer(&data.units, black_box(&query)));
        });
        group.bench_function(id("without-library"), |b| {
            b.iter(|| without_library::answer(black_box(&data.rows), &workload));
        });
    }
}

/// The requests, for `size` units.
fn workloads(size: usize) -> [Workload; 13] {
    let workload = |label, text, order, offset| Workload {
        label,
        text,
        order,
        offset,
    };
    [
        // The first page of everything, by name.
        workload("W1", None, Order::Name, 0),
        // The same from the middle.
        workload("W2", None, Order::Name, size / 2),
        // A text that almost no name contains.
        workload("W3", Some("qzx"), Order::Name, 0),
        // A text that one name in twenty contains.
        workload("W4", Some("sales"), Order::Name, 0),
        // A text that most names contain.
        workload("W5", Some("a"), Order::Name, 0),
        // The latest changes first.
        workload("W6", None, Order::NewestFirst, 0),
        // Three keys, from the middle.
        workload("W7d", None, Order::VisibilityMonitorsName, size / 2),
        // Text, order and offset together. With few units the offset is small.
        workload(
            "W8",
            Some("sales"),
            Order::MostMonitorsFirst,
            (size / 100).min(100),
        ),
        // Letters beyond ASCII.
        workload("W9", Some("отд"), Order::Name, 0),
        // A text that spans words.
        workload("W13", Some("e c"), Order::Name, 0),
        // Far into the matches of a text, by name and by another field.
        workload("W14", Some("a"), Order::Name, size / 3),
        workload("W14-rare", Some("sales"), Order::Name, size / 40),
        workload("W14-sorted", Some("a"), Order::MostMonitorsFirst, size / 3),
    ]
}

fn query_string(workload: &Workload) -> String {
    let escaped = |value| utf8_percent_encode(value, NON_ALPHANUMERIC);
    let text = workload.text.map(|text| format!("&text={}", escaped(text)));
    let sort = match workload.order {
        // The order of a request that names none.
        Order::Name => None,
        order => Some(format!("&sort={}", escaped(order.as_json()))),
    };
    let (text, sort) = (text.unwrap_or_default(), sort.unwrap_or_default());
    format!("offset={}{text}{sort}", workload.offset)
}

/// Compares a body with the expected JSON.
fn check_body(body: &[u8], rows: &[Row], workload: &Workload) {
    let (total, page) = naive::expected(rows, workload);
    // An empty page would prove little, and be quick.
    assert!(!page.is_empty(), "{}", workload.label);
    let expected = serde_json::json!({
        "units": page,
        "count": page.len(),
        "offset": workload.offset,
        "total": total,
        "success": true,
    });
    let found: Value = serde_json::from_slice(body).expect("a body is JSON");
    assert_eq!(found, expected, "{}", workload.label);
}
