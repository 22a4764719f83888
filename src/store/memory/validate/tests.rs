//! Stores in which one thing is not what the units say.

use std::panic::{self, AssertUnwindSafe};

use super::*;
use crate::unit::Unit;

const LONG: &str = "0000";
const ROUGH: &str = "0001";

fn slot(store: &MemoryStore, id: &str) -> u32 {
    store.ids.find(id, &store.documents).unwrap()
}

/// One unit has a long name, one a name that is not plain.
fn store(units: usize) -> MemoryStore {
    let units = (0..units).map(|at| {
        let fields = match at {
            0 => format!(r#""name":"{}""#, "long".repeat(1_000)),
            1 => r#""name":"one  gap""#.to_owned(),
            _ => format!(r#""name":"Unit East {at}","a":[{at}]"#),
        };
        let json = format!(r#"{{"_id":"{at:04}","type":"u",{fields}}}"#);
        Unit::from_json(&json).unwrap()
    });
    let mut store = MemoryStore::with_orders([r#"{"a":1,"name":1}"#.parse().unwrap()]);
    store.replace_all(units);
    store
}

fn is_sound(store: &MemoryStore) -> bool {
    panic::catch_unwind(AssertUnwindSafe(|| store.internal_validate())).is_ok()
}

fn order(store: &mut MemoryStore) -> &mut Order {
    store.orders.iter_mut().next().unwrap()
}

type Fault = (&'static str, fn(&mut MemoryStore));

const FAULTS: [Fault; 10] = [
    ("a unit is not found by its id", |store| {
        store.ids.remove("0007", &store.documents);
    }),
    ("a unit has another document", |store| {
        let other = Unit::from_json(r#"{"_id":"0007","type":"u"}"#).unwrap();
        store.documents.replace(7, &other);
    }),
    ("an order has a unit less", |store| store.orders.remove(7)),
    ("an order takes a unit for one without a place", |store| {
        order(store).arrays.insert(7);
    }),
    ("a word has another unit", |store| {
        let slot = slot(store, LONG);
        store.text.words.insert(0, slot);
    }),
    ("a window has another unit", |store| {
        let slot = slot(store, LONG);
        store.text.windows.insert(0, slot);
    }),
    ("a name is long", |store| {
        store.text.long.insert(7);
    }),
    ("a plain name is irregular", |store| {
        store.text.adjacency.insert(7, &Folded::of("a\ta"), &[]);
    }),
    ("a name begins with another word", |store| {
        store.text.adjacency.insert(7, &Folded::of("unit"), &[2]);
    }),
    ("a irregular name is plain", |store| {
        let slot = slot(store, ROUGH);
        store.text.adjacency.remove(slot, &Folded::of("a\ta"), &[]);
    }),
];

#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn whatever_is_wrong_is_found() {
    let store = store(60);
    assert!(is_sound(&store));
    for (name, break_it) in FAULTS {
        let mut broken = store.clone();
        break_it(&mut broken);
        assert!(!is_sound(&broken), "{name}");
    }
}

#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn neighbours_of_frequent_words_are_looked_at() {
    let store = store(4_200);
    assert!(store.text.adjacency.pairs() > 0);
    store.internal_validate();
}
