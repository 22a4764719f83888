//! The kit on the stores of this crate.

use std::sync::{Arc, RwLock};

use super::{Change, Fixture};
use crate::query::UnitQuery;
use crate::store::{MemoryStore, UnitStore};
use crate::unit::Unit;

/// The last document with an `_id` counts, as in a store.
pub(super) fn change(units: &mut Vec<Unit>, change: Change) {
    match change {
        Change::Upsert(unit) => {
            units.retain(|old| old.id() != unit.id());
            units.push(unit);
        }
        Change::Remove(id) => units.retain(|old| old.id() != id),
    }
}

fn memory(documents: &[Unit]) -> MemoryStore {
    documents.iter().cloned().collect()
}

/// A store behind a lock that readers share with a writer.
pub(super) fn with_writes<S: UnitStore + Send + Sync + 'static>(
    load: impl Fn(&[Unit]) -> S + Clone + 'static,
    change: fn(&mut S, Change),
) -> Fixture {
    Fixture::stores(load.clone()).with_writes(move |documents| {
        let readers = Arc::new(RwLock::new(load(documents)));
        let writer = Arc::clone(&readers);
        (
            move |query: &UnitQuery| readers.read().unwrap().list(query),
            move |made| change(&mut writer.write().unwrap(), made),
        )
    })
}

fn change_memory(store: &mut MemoryStore, change: Change) {
    match change {
        Change::Upsert(unit) => store.upsert(unit),
        Change::Remove(id) => drop(store.remove(&id)),
    }
}

/// The answers of the cases are those of the reference.
mod reference {
    use super::*;

    crate::conformance_tests!(with_writes(<[Unit]>::to_vec, change));
}

mod memory_store {
    use super::*;

    crate::conformance_tests!(with_writes(memory, change_memory));
}

mod memory_store_with_orders {
    use super::*;

    fn load(documents: &[Unit]) -> MemoryStore {
        let orders = [
            r#"{"visibility":1,"numMonitors":-1,"name":1}"#,
            r#"{"v":1}"#,
            r#"{"v":1,"w":1}"#,
            r#"{"a.x":1,"a.y":-1}"#,
        ];
        let orders = orders.map(|order| order.parse().unwrap());
        let mut store = MemoryStore::with_orders(orders);
        for document in documents {
            store.upsert(document.clone());
        }
        store
    }

    crate::conformance_tests!(with_writes(load, change_memory));
}

mod shared_trait_object {
    use super::*;

    type Shared = Arc<dyn UnitStore + Send + Sync>;

    fn load(documents: &[Unit]) -> Shared {
        Arc::new(memory(documents))
    }

    fn replace(store: &mut Shared, documents: &mut Vec<Unit>, made: Change) {
        change(documents, made);
        *store = load(documents);
    }

    fn fixture() -> Fixture {
        Fixture::stores(load).with_writes(|documents| {
            let readers = Arc::new(RwLock::new(load(documents)));
            let writer = Arc::clone(&readers);
            let mut documents = documents.to_vec();
            (
                move |query: &UnitQuery| {
                    let store = Arc::clone(&readers.read().unwrap());
                    store.list(query)
                },
                move |made| replace(&mut writer.write().unwrap(), &mut documents, made),
            )
        })
    }

    crate::conformance_tests!(fixture());
}
