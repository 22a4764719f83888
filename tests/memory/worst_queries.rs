//! Queries that a simple plan would answer by reading most of an index or most names. The
//! answers are those of the reference, and the counted work stays far below that.

use livechat_units::{Explain, MemoryStore, Scope, Unit};
use serde_json::json;

use crate::{assert_holds, assert_same, assert_same_pages, query};

/// Names with more than single spaces, with a word twice, or with one word at most.
const UNUSUAL: [&str; 9] = [
    "business  unit",
    "business\tunit",
    " business unit",
    "business unit ",
    "unit business of business unit",
    "business business unit unit",
    "unit",
    "business",
    "",
];

fn named(number: usize, name: &str) -> Unit {
    let monitors = i64::try_from(number % 40).unwrap();
    let unit = Unit::builder(format!("{number:06}")).name(name);
    unit.num_monitors(monitors).build().unwrap()
}

fn explain(store: &MemoryStore, text: &str, sort: &str) -> Explain {
    store.explain(&query(text, sort)).unwrap()
}

/// Names with two frequent words, mostly side by side, and [`UNUSUAL`] names at the end.
fn business_units(count: usize) -> Vec<Unit> {
    let mut units: Vec<Unit> = (0..count)
        .map(|i| {
            let name = match i % 4 {
                0 => format!("Business Unit {i}"),
                1 => format!("unit of business {i}"),
                2 => format!("the {i} business unit"),
                _ => format!("business of unit {i} east"),
            };
            named(i, &name)
        })
        .collect();
    for (i, name) in UNUSUAL.iter().enumerate() {
        units.push(named(count + i, name));
    }
    units
}

#[test]
fn texts_across_frequent_words_verify_few_names() {
    let mut units = business_units(24_000);
    let mut store: MemoryStore = units.iter().cloned().collect();
    let texts = [
        "business unit",
        "siness unit",
        "business uni",
        "s unit",
        "business ",
        "usiness ",
        " business",
        " unit ",
        " unit",
        "unit of business",
        "it of busi",
        " business unit",
        "business unit ",
        "the business",
        "business of unit ",
        "business business",
        "business  unit",
        "business\tunit",
        "unit business of",
    ];
    for round in 0..2 {
        for text in texts {
            for sort in [r#"{"name":1}"#, r#"{"numMonitors":-1}"#] {
                assert_same_pages(&store, &units, &query(text, sort));
            }
            let explain = explain(&store, text, "{}");
            assert_eq!(explain.documents_examined(), 0, "{text}: {explain}");
            // A text that is no gram matches up to 1,024 names, and 1,024 may only seem to.
            assert!(explain.names_verified() <= 2_048, "{text}: {explain}");
        }
        if round == 0 {
            for i in (0..units.len()).step_by(5) {
                units[i] = named(i, &format!("sales {i} business unit"));
                store.upsert(units[i].clone());
            }
            for i in (3..units.len()).step_by(700).rev() {
                assert!(store.remove(units[i].id()));
                units.remove(i);
            }
            assert_holds(&store, &units);
        }
    }
}

#[test]
fn long_texts_with_many_cuts_read_few_entries() {
    let units: Vec<Unit> = (0..2_000).map(|i| named(i, "ab cd ab")).collect();
    let store: MemoryStore = units.iter().cloned().collect();
    for words in [3, 170, 5_400] {
        let text = "ab cd ".repeat(words);
        assert_same(&store, &units, &query(&text, "{}"));
        let explain = explain(&store, &text, "{}");
        assert!(explain.keys_examined() < 200_000, "{words}: {explain}");
    }
}

#[test]
fn matches_at_the_far_end_of_an_order_are_found_without_reading_it() {
    let count = 40_000;
    let unit = |i: usize| {
        let (name, monitors) = if i.is_multiple_of(50) {
            ("vip", 99)
        } else {
            ("other", 1)
        };
        let unit = Unit::builder(format!("{i:06}")).name(format!("{name} {i}"));
        unit.num_monitors(monitors).build().unwrap()
    };
    let units: Vec<Unit> = (0..count).map(unit).collect();
    let store: MemoryStore = units.iter().cloned().collect();
    for sort in [r#"{"numMonitors":1}"#, r#"{"numMonitors":-1}"#] {
        assert_same_pages(&store, &units, &query("vip", sort));
        let explain = explain(&store, "vip", sort);
        assert!(explain.keys_examined() < 20_000, "{sort}: {explain}");
    }
}

#[test]
fn an_array_among_few_matches_does_not_cause_a_scan_of_the_order() {
    let mut units: Vec<Unit> = (0..20_000).map(|i| named(i, "unit")).collect();
    let array = Unit::builder("z").field("numMonitors", json!([50, 3]));
    units.push(array.build().unwrap());
    let store: MemoryStore = units.iter().cloned().collect();
    for sort in [r#"{"numMonitors":1}"#, r#"{"numMonitors":-1}"#] {
        let query = query("", sort).with_scope(Scope::only(["z", "000001", "000007"]));
        assert_same_pages(&store, &units, &query);
        let explain = store.explain(&query).unwrap();
        assert!(explain.keys_examined() < 1_000, "{sort}: {explain}");
    }
}

#[test]
fn sort_fields_whose_names_json_escapes_are_found() {
    let unit = |id: usize, key: &str, value: serde_json::Value| {
        let unit = Unit::builder(format!("{id:04}"));
        unit.field(key, value).build().unwrap()
    };
    let mut units: Vec<Unit> = (0..700)
        .map(|i| unit(i, ["x\"y", "x\\\"y"][i % 2], json!(i * 7919 % 700)))
        .collect();
    units.push(unit(9000, "x\"y", json!([3, 500])));
    let sorts = [r#"{"x\"y":1}"#, r#"{"x\\\"y":-1,"name":1}"#];
    let orders = sorts.map(|sort| sort.parse().unwrap());
    let declared = || MemoryStore::with_orders(orders.clone());
    let mut loaded = declared();
    let _ = loaded.replace_all(units.iter().cloned());
    let mut filled = declared();
    for unit in &units {
        filled.upsert(unit.clone());
    }
    for store in [loaded, filled, units.iter().cloned().collect()] {
        assert_holds(&store, &units);
        for sort in sorts {
            assert_same_pages(&store, &units, &query("", sort));
        }
    }
}

#[test]
fn a_store_that_loses_nearly_all_units_answers_as_before() {
    let units: Vec<Unit> = (0..70_000).map(|i| named(i, "unit")).collect();
    let mut store: MemoryStore = units.iter().cloned().collect();
    let (remaining, removed) = units.split_at(10);
    for unit in removed {
        assert!(store.remove(unit.id()));
    }
    assert_holds(&store, remaining);
    for sort in [r#"{"numMonitors":-1,"_updatedAt":1}"#, r#"{"nobody":1}"#] {
        assert_same_pages(&store, remaining, &query("unit", sort));
    }
}
