//! The conformance suite over the stores of the core.

use std::sync::{Arc, RwLock};

use livechat_units::{MemoryStore, Unit, UnitQuery, UnitStore};
use livechat_units_conformance::{Change, Fixture};

fn change_list(units: &mut Vec<Unit>, change: Change) {
    match change {
        Change::Upsert(unit) => {
            units.retain(|old| old.id() != unit.id());
            units.push(unit);
        }
        Change::Remove(id) => units.retain(|old| old.id() != id),
    }
}

fn change_memory(store: &mut MemoryStore, change: Change) {
    match change {
        Change::Upsert(unit) => drop(store.upsert(unit)),
        Change::Remove(id) => drop(store.remove(&id)),
    }
}

/// Stores behind a lock that readers share with a writer.
fn with_writes<S: UnitStore + Send + Sync + 'static>(
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

fn memory(documents: &[Unit]) -> MemoryStore {
    documents.iter().cloned().collect()
}

/// The slice, which defines the answers.
mod reference {
    use super::*;

    livechat_units_conformance::conformance_tests!(with_writes(<[Unit]>::to_vec, change_list));
}

mod memory_store {
    use super::*;

    livechat_units_conformance::conformance_tests!(with_writes(memory, change_memory));
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

    livechat_units_conformance::conformance_tests!(with_writes(load, change_memory));
}

/// A store behind `dyn UnitStore`, which the writer replaces as a whole.
mod shared_trait_object {
    use super::*;

    type Shared = Arc<dyn UnitStore + Send + Sync>;

    fn load(documents: &[Unit]) -> Shared {
        Arc::new(memory(documents))
    }

    fn replace(store: &mut Shared, documents: &mut Vec<Unit>, change: Change) {
        change_list(documents, change);
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
                move |change| replace(&mut writer.write().unwrap(), &mut documents, change),
            )
        })
    }

    livechat_units_conformance::conformance_tests!(fixture());
}
