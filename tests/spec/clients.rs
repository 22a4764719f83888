//! §2: the query strings that Rocket.Chat's own clients send, and the exact responses.
//!
//! The clients sort their parameters by name.

use livechat_units::{Endpoint, MemoryStore, PagePolicy, Unit, UnitStore};

use crate::{manager, units};

const TOTAL: usize = 130;
/// `{"name":1}` with the escapes of the units table.
const BY_NAME: &str = "%7B%22name%22%3A1%7D";
/// `{ "name": 1 }` with the escapes of the drop-down.
const BY_NAME_SPACED: &str = "%7B%20%22name%22%3A%201%20%7D";
/// A name with all characters that only some clients escape.
const SPECIAL: &str = "Unit 129 (EU)! *new* 'x'";

/// The JSON of the unit whose name is the `i`-th by name. Ids are in another order than names.
fn unit(i: usize) -> String {
    let id = i * 37 % TOTAL;
    let name = match i {
        129 => SPECIAL.to_owned(),
        i => format!("Unit {i:03}"),
    };
    let visibility = visibility(i);
    format!(r#"{{"_id":"u{id:03}","type":"u","name":"{name}","visibility":"{visibility}"}}"#)
}

fn visibility(i: usize) -> &'static str {
    if i.is_multiple_of(3) {
        "private"
    } else {
        "public"
    }
}

/// All units, sorted neither by name nor by id, and nine departments.
fn documents() -> Vec<Unit> {
    let all = (0..TOTAL).map(|i| unit(i * 7 % TOTAL));
    let departments = (0..9).map(|i| format!(r#"{{"_id":"d{i}","type":"d","name":"Unit {i}"}}"#));
    let all: Vec<String> = all.chain(departments).collect();
    units(&all.iter().map(String::as_str).collect::<Vec<_>>())
}

/// The body of a response with these units.
fn page(of: impl IntoIterator<Item = usize>, offset: usize, total: usize) -> String {
    let units: Vec<String> = of.into_iter().map(unit).collect();
    let (count, units) = (units.len(), units.join(","));
    format!(
        r#"{{"units":[{units}],"count":{count},"offset":{offset},"total":{total},"success":true}}"#
    )
}

fn answer(endpoint: &Endpoint, store: &dyn UnitStore, query: &str) -> (u16, String) {
    let response = endpoint.handle(store, &manager(), query);
    let status = response.status();
    let body = response.into_body().into_bytes();
    (status, String::from_utf8(body).unwrap())
}

/// Checks that both stores of the crate answer 200 with this body.
fn check_with(policy: PagePolicy, query: &str, body: &str) {
    let endpoint = Endpoint::default().with_page_policy(policy);
    let documents = documents();
    let memory: MemoryStore = documents.iter().cloned().collect();
    let stores: [&dyn UnitStore; 2] = [&documents, &memory];
    for store in stores {
        let (status, found) = answer(&endpoint, store, query);
        assert_eq!((status, found.as_str()), (200, body), "{query}");
    }
}

fn check(query: &str, body: &str) {
    check_with(PagePolicy::default(), query, body);
}

/// The units table up to 8.6 sends no offset for the first page.
#[test]
fn the_units_table() {
    for count in [25, 50, 100] {
        let query = format!("count={count}&sort={BY_NAME}&text=");
        check(&query, &page(0..count, 0, TOTAL));
        let query = format!("count={count}&sort={BY_NAME}");
        check(&query, &page(0..count, 0, TOTAL));
        for offset in (count..TOTAL).step_by(count) {
            let query = format!("count={count}&offset={offset}&sort={BY_NAME}&text=");
            let end = TOTAL.min(offset + count);
            check(&query, &page(offset..end, offset, TOTAL));
        }
    }
    check(
        &format!("count=25&offset=25&sort={BY_NAME}&text=unit%2010"),
        &page([], 25, 10),
    );
    check(
        &format!("count=25&sort={BY_NAME}&text=UNIT%2010"),
        &page(100..110, 0, 10),
    );
}

#[test]
fn the_units_table_sorted_by_another_column() {
    let by_name_descending = "%7B%22name%22%3A-1%7D";
    let query = format!("count=25&sort={by_name_descending}&text=");
    check(&query, &page((TOTAL - 25..TOTAL).rev(), 0, TOTAL));
    // Units of one visibility are ordered by id, in the same direction.
    let by_visibility = |descending: bool| {
        let mut all: Vec<usize> = (0..TOTAL).collect();
        all.sort_by_key(|&i| (visibility(i), i * 37 % TOTAL));
        if descending {
            all.reverse();
        }
        all
    };
    for (sort, order) in [
        ("%7B%22visibility%22%3A1%7D", by_visibility(false)),
        ("%7B%22visibility%22%3A-1%7D", by_visibility(true)),
    ] {
        let first = page(order[..50].iter().copied(), 0, TOTAL);
        check(&format!("count=50&sort={sort}&text="), &first);
        let last = page(order[100..].iter().copied(), 100, TOTAL);
        check(&format!("count=50&offset=100&sort={sort}&text="), &last);
    }
}

/// The units table after 8.6 sends an offset for the first page too. Its page size may be
/// the maximum count of the server.
#[test]
fn the_newer_units_table() {
    let query = |count, offset| format!("count={count}&offset={offset}&sort={BY_NAME}&text=");
    check(&query(25, 0), &page(0..25, 0, TOTAL));
    check(&query(100, 0), &page(0..100, 0, TOTAL));
    check(&query(100, 100), &page(100..TOTAL, 100, TOTAL));
    let policy = PagePolicy::default().with_max_count(30);
    check_with(policy, &query(50, 0), &page(0..30, 0, TOTAL));
    check_with(policy, &query(30, 30), &page(30..60, 30, TOTAL));
    check_with(policy, &query(30, 120), &page(120..TOTAL, 120, TOTAL));
}

/// The drop-down from 7.x on computes the next offset from the last response: its `offset`
/// plus its `count`.
#[test]
fn the_drop_down() {
    let mut offset = 0;
    while offset < TOTAL {
        let end = TOTAL.min(offset + 25);
        let body = page(offset..end, offset, TOTAL);
        for text in ["", "&text=", "&text=unit"] {
            let query = format!("count=25&offset={offset}&sort={BY_NAME_SPACED}{text}");
            check(&query, &body);
        }
        offset = end;
    }
    let query = format!("count=25&offset={offset}&sort={BY_NAME_SPACED}");
    check(&query, &page([], offset, TOTAL));
    let query = format!("count=25&offset=0&sort={BY_NAME_SPACED}&text=unit%2012");
    check(&query, &page(120..TOTAL, 0, 10));
}

/// The drop-down before 7.x requests a range of units, and sends the sum of its start and its
/// end as `count`. So `count` grows past the maximum.
#[test]
fn the_older_drop_down() {
    for (start, end) in [
        (0, 25),
        (25, 50),
        (50, 75),
        (75, 100),
        (100, 125),
        (125, 150),
    ] {
        let count = end + start;
        let listed = start..TOTAL.min(start + count.min(100));
        let body = page(listed, start, TOTAL);
        for sort in [BY_NAME, BY_NAME_SPACED] {
            check(&format!("count={count}&offset={start}&sort={sort}"), &body);
            let query = format!("count={count}&offset={start}&sort={sort}&text=");
            check(&query, &body);
        }
    }
}

/// `encodeURIComponent` does not escape `!'()*`; some clients do.
#[test]
fn characters_that_only_some_clients_escape() {
    let body = page([129], 0, 1);
    for text in [
        "(EU)!%20*new*%20'x'",
        "%28EU%29%21%20%2Anew%2A%20%27x%27",
        "%28eu%29%21+%2Anew%2a+%27X%27",
        "%21",
        "%27x",
        "%28",
        "%29",
        "%2A",
    ] {
        check(&format!("count=25&sort={BY_NAME}&text={text}"), &body);
    }
    let nothing = page([], 0, 0);
    check(&format!("count=25&sort={BY_NAME}&text=%2A%2A"), &nothing);
}
