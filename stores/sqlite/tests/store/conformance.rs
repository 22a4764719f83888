//! The kit, over files: filled at once, and unit by unit.

use std::sync::Arc;

use livechat_units::conformance::{Change, Fixture};
use livechat_units::{Unit, UnitQuery, UnitStore};
use livechat_units_sqlite::{Durability, SqliteOptions, SqliteStore};
use tempfile::TempDir;

livechat_units::conformance_tests!(fixture());

fn fixture() -> Fixture {
    Fixture::lists(|documents| {
        let (directory, store) = empty();
        store.replace_all(documents.iter().cloned()).unwrap();
        move |query: &UnitQuery| {
            // The file is there as long as the store is asked.
            let _ = &directory;
            store.list(query)
        }
    })
    .with_writes(|documents: &[Unit]| {
        let (directory, store) = empty();
        store.upsert_all(documents).unwrap();
        let (readers, writer) = (Arc::new(store), directory);
        let store = Arc::clone(&readers);
        (
            move |query: &UnitQuery| readers.list(query),
            move |change| {
                let _ = &writer;
                match change {
                    Change::Upsert(unit) => store.upsert(&unit).unwrap(),
                    Change::Remove(id) => drop(store.remove(&id).unwrap()),
                }
            },
        )
    })
}

/// A file that is gone with its directory. Nothing here needs to survive a loss of
/// power.
fn empty() -> (TempDir, SqliteStore) {
    let directory = tempfile::tempdir().unwrap();
    let options = SqliteOptions::new().with_durability(Durability::ProcessCrash);
    let store = options.open(directory.path().join("units.db")).unwrap();
    (directory, store)
}
