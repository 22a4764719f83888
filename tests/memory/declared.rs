//! Declared indexes: orders that the host passed to `with_orders`.

use livechat_units::{MemoryStore, SortSpec, Unit};
use livechat_units_testkit::random::Random;

use crate::words::{self, units};
use crate::work::assert_deep_pages_are_cheap;
use crate::{assert_holds, assert_same_pages, query};

/// No unit has an array on the path to these fields.
const PLAIN: [&str; 4] = [
    r#"{"visibility":1,"numDepartments":-1,"name":1}"#,
    r#"{"customFields.region":-1}"#,
    r#"{"nobody has it":1,"name":-1}"#,
    r#"{"type":-1,"_updatedAt":1}"#,
];
/// Some units have an array on the path to one of these fields.
const THROUGH_ARRAYS: [&str; 3] = [
    r#"{"numMonitors":-1,"_updatedAt":1}"#,
    r#"{"monitors.rank":1,"name":1}"#,
    r#"{"monitors.0.rank":-1}"#,
];

fn store() -> MemoryStore {
    let orders = PLAIN.iter().chain(&THROUGH_ARRAYS);
    MemoryStore::with_orders(orders.map(|sort| sort.parse::<SortSpec>().unwrap()))
}

fn reversed(sort: &str) -> String {
    sort.parse::<SortSpec>().unwrap().reversed().to_string()
}

fn assert_answers(store: &MemoryStore, units: &[Unit]) {
    assert_holds(store, units);
    for sort in PLAIN.iter().chain(&THROUGH_ARRAYS) {
        for sort in [(*sort).to_owned(), reversed(sort)] {
            assert_same_pages(store, units, &query("", &sort));
            assert_same_pages(store, units, &query("unit", &sort));
        }
    }
    assert_are_indexed(store);
}

/// Asserts that the declared orders are indexed; an index also serves the reversed order.
fn assert_are_indexed(store: &MemoryStore) {
    assert_deep_pages_are_cheap(store, &PLAIN);
    assert_deep_pages_are_cheap(store, &PLAIN.map(reversed).each_ref().map(String::as_str));
}

#[test]
fn declared_orders_follow_every_change() {
    let mut units = units(0, 1500);
    let mut store = store();
    let _ = store.replace_all(units.iter().cloned());
    assert_answers(&store, &units);

    let mut random = Random(1);
    for number in (0..1500).step_by(3) {
        units[number] = words::unit(number, &mut random);
        store.upsert(units[number].clone());
    }
    assert_answers(&store, &units);

    for unit in units.split_off(700) {
        assert!(store.remove(unit.id()));
    }
    assert_answers(&store, &units);
}

#[test]
fn declared_orders_outlive_the_units() {
    let units = units(0, 600);
    let mut store = store();
    store.extend(units.iter().cloned());
    store.clear();
    assert_holds(&store, &[]);
    store.extend(units.iter().cloned());
    assert_are_indexed(&store);
    assert_are_indexed(&store.clone());
    let _ = store.replace_all(units.iter().take(300).cloned());
    assert_answers(&store, &units[..300]);
}

#[test]
fn a_declared_order_may_be_indexed_already() {
    let orders = [
        r#"{"name":1}"#,
        r#"{"name":-1}"#,
        "{}",
        r#"{"_id":-1}"#,
        r#"{"numMonitors":1,"name":-1}"#,
        r#"{"numMonitors":-1,"name":1}"#,
        r#"{"numMonitors":1,"name":-1}"#,
    ];
    let units = units(0, 500);
    let mut store = MemoryStore::with_orders(orders.map(|sort| sort.parse().unwrap()));
    store.extend(units.iter().cloned());
    assert_holds(&store, &units);
    for sort in orders {
        assert_same_pages(&store, &units, &query("", sort));
        assert_same_pages(&store, &units, &query("e", sort));
    }
}
