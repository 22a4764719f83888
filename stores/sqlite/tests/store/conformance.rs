//! The conformance suite over SQLite files. Stores that are only listed are filled at once,
//! stores that are changed document by document.

use std::sync::Arc;

use livechat_units::{Unit, UnitQuery, UnitStore};
use livechat_units_conformance::{Change, Fixture};
use livechat_units_sqlite::{Durability, SqliteOptions, SqliteStore};
use tempfile::TempDir;

livechat_units_conformance::conformance_tests!(fixture());

fn fixture() -> Fixture {
    Fixture::lists(|documents| {
        let (directory, store) = empty();
        store.replace_all(documents.iter().cloned()).unwrap();
        move |query: &UnitQuery| {
            // Moved into the closure, so that the file exists as long as the store.
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
                    Change::Upsert(unit) => drop(store.upsert(&unit).unwrap()),
                    Change::Remove(id) => drop(store.remove(&id).unwrap()),
                }
            },
        )
    })
}

/// An empty store in a directory that is removed on drop. No test here cuts the power, so the
/// store does not wait for the disk.
fn empty() -> (TempDir, SqliteStore) {
    let directory = tempfile::tempdir().unwrap();
    let options = SqliteOptions::new().with_durability(Durability::ProcessCrash);
    let store = options.open(directory.path().join("units.db")).unwrap();
    (directory, store)
}
