//! Enough units for every index to change its form: chunks split and merge, slot sets
//! become bitmaps, and there are grams of every length.

use std::collections::HashMap;

use livechat_units::{MemoryStore, Unit};
use livechat_units_testkit::random::Random;

use crate::words::{self, units};
use crate::{assert_holds, assert_same_pages, query};

/// Short and long, frequent and rare, within words and across blanks.
const TEXTS: [&str; 20] = [
    "a",
    "E",
    "ab",
    "sal",
    "SALES",
    "unit",
    "4",
    "49",
    "499",
    " ",
    "  ",
    "s t",
    "e 1",
    "sales support",
    "\u{A0}",
    "\t",
    "отдел",
    "\u{212A}",
    "\u{10428}",
    "no name",
];

const SORTS: [&str; 10] = [
    "{}",
    r#"{"name":-1}"#,
    r#"{"numMonitors":-1}"#,
    r#"{"visibility":1}"#,
    r#"{"_updatedAt":-1}"#,
    r#"{"visibility":1,"numMonitors":-1,"name":1}"#,
    r#"{"numDepartments":-1,"_updatedAt":1}"#,
    r#"{"customFields.region":1,"_id":-1}"#,
    r#"{"monitors.rank":-1}"#,
    r#"{"numDepartments":1,"monitors.rank":1}"#,
];

fn assert_answers(store: &MemoryStore, units: &[Unit]) {
    assert_holds(store, units);
    for text in TEXTS {
        assert_same_pages(store, units, &query(text, r#"{"name":1}"#));
    }
    for (sort, text) in SORTS
        .iter()
        .zip(["", "e", "unit", "s t", ""].iter().cycle())
    {
        assert_same_pages(store, units, &query(text, sort));
    }
}

#[test]
fn answers_are_right_after_half_is_removed_added_and_replaced() {
    let all = units(0, 5000);
    let mut store: MemoryStore = all.iter().cloned().collect();
    assert_answers(&store, &all);

    let (removed, mut units): (Vec<_>, Vec<_>) =
        all.into_iter().enumerate().partition(|(i, _)| i % 2 == 0);
    for (_, unit) in &removed {
        assert!(store.remove(unit.id()));
    }
    let mut units: Vec<Unit> = units.drain(..).map(|(_, unit)| unit).collect();
    assert_answers(&store, &units);

    for (_, unit) in removed {
        store.upsert(unit.clone());
        units.push(unit);
    }
    assert_answers(&store, &units);

    // Every second unit gets other fields.
    let replaced = new_versions(0, 5000, 2);
    store.extend(replaced.iter().cloned());
    assert_answers(&store, &merged(units, replaced));
}

#[test]
fn answers_are_right_after_all_is_removed_and_added() {
    let all = units(0, 3000);
    let mut store: MemoryStore = all.iter().cloned().collect();
    for (at, unit) in all.iter().enumerate() {
        assert!(store.remove(unit.id()));
        if at % 1000 == 999 {
            assert_holds(&store, &all[at + 1..]);
        }
    }
    assert!(store.is_empty());
    store.extend(all.iter().rev().cloned());
    assert_answers(&store, &all);
    let others = units(3000, 1000);
    let _ = store.replace_all(others.iter().cloned());
    assert_answers(&store, &others);
}

/// Enough units for grams of every length.
/// `cargo test --profile checked --test memory -- --ignored`: 10 s.
#[test]
#[ignore = "takes half a minute without optimisation"]
fn loaded_and_extended_stores_of_40_000_units_agree() {
    let all = units(0, 40_000);
    let loaded: MemoryStore = all.iter().cloned().collect();
    let mut extended = MemoryStore::new();
    extended.extend(all.iter().cloned());
    for store in [&loaded, &extended] {
        store.internal_validate();
        assert_eq!(store.len(), all.len());
    }
    for (text, sort) in [
        ("", r#"{"name":1}"#),
        ("e", r#"{"name":1}"#),
        ("s", r#"{"numMonitors":-1}"#),
        ("t", r#"{"visibility":1,"numMonitors":-1,"name":1}"#),
        ("ab", r#"{"_updatedAt":1}"#),
        ("s t", r#"{"name":-1}"#),
        ("sales", r#"{"numMonitors":1}"#),
        ("49", "{}"),
    ] {
        let query = query(text, sort);
        assert_same_pages(&loaded, &all, &query);
        assert_same_pages(&extended, &all, &query);
    }

    let mut store = loaded;
    let replaced = new_versions(0, 40_000, 8);
    store.extend(replaced.iter().cloned());
    store.internal_validate();
    let units = merged(all, replaced);
    for (text, sort) in [("e", r#"{"name":1}"#), ("st", r#"{"numMonitors":-1}"#)] {
        assert_same_pages(&store, &units, &query(text, sort));
    }
}

/// New units with every `stride`-th id.
fn new_versions(first: usize, end: usize, stride: usize) -> Vec<Unit> {
    let mut random = Random(7);
    let numbers = (first..end).step_by(stride);
    numbers
        .map(|number| words::unit(number, &mut random))
        .collect()
}

/// The units of a store of `units` after upserts of `later`.
fn merged(units: Vec<Unit>, later: Vec<Unit>) -> Vec<Unit> {
    let all = units.into_iter().chain(later);
    let by_id: HashMap<String, Unit> = all.map(|unit| (unit.id().to_owned(), unit)).collect();
    by_id.into_values().collect()
}
