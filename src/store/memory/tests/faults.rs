//! Stores with one contradiction between an index and the units: the check finds each.

use std::panic::{self, AssertUnwindSafe};

use crate::store::MemoryStore;
use crate::store::memory::id::Slot;
use crate::store::memory::sort::Order;
use crate::unit::Unit;

fn slot(store: &MemoryStore, id: &str) -> Slot {
    store.ids.find(id, &store.documents).unwrap()
}

/// A sound store. One unit has a long name, one a name that is not plain.
pub(crate) fn store(units: usize) -> MemoryStore {
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
    let _ = store.replace_all(units);
    store
}

pub(crate) fn is_sound(store: &MemoryStore) -> bool {
    panic::catch_unwind(AssertUnwindSafe(|| store.internal_validate())).is_ok()
}

fn order(store: &mut MemoryStore) -> &mut Order {
    &mut store.orders.0[0]
}

type Fault = (&'static str, fn(&mut MemoryStore));

const FAULTS: [Fault; 4] = [
    ("a unit is not found by its id", |store| {
        let other = Unit::from_json(r#"{"_id":"other","type":"u"}"#).unwrap();
        let slot = slot(store, "0007");
        store.documents.replace(slot, &other);
    }),
    ("a unit has another document", |store| {
        let other = Unit::from_json(r#"{"_id":"0007","type":"u"}"#).unwrap();
        store.documents.replace(Slot(7), &other);
    }),
    ("an order lacks a unit", |store| {
        let key = |_| unreachable!("nothing is inserted");
        order(store).list.relocate(Slot(7), None, key);
    }),
    (
        "a unit with a key is listed as one with an array",
        |store| {
            order(store).arrays.insert(Slot(7));
        },
    ),
];

#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
#[cfg_attr(target_family = "wasm", ignore = "WebAssembly cannot catch a panic")]
fn every_fault_of_documents_and_orders_is_found() {
    let store = store(60);
    assert!(is_sound(&store));
    for (name, break_it) in FAULTS {
        let mut broken = store.clone();
        break_it(&mut broken);
        assert!(!is_sound(&broken), "{name}");
    }
}
