//! The settings of the connections of a store, and how threads share them.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use livechat_units::{StoreErrorKind, Unit, UnitQuery, UnitStore};
use rusqlite::trace::{TraceEvent, TraceEventCodes};
use rusqlite::{Connection, ErrorCode};

use crate::{Durability, SqliteOptions, SqliteStore};

fn unit(id: &str, name: &str) -> Unit {
    Unit::builder(id).name(name).build().unwrap()
}

fn pragma(connection: &Connection, name: &str) -> i64 {
    let value = connection.pragma_query_value(None, name, |row| row.get(0));
    value.unwrap()
}

/// A bound on the pages of the file has the same effect as a full disk: SQLite reports the
/// same error.
#[test]
fn a_full_file_fails_and_can_still_be_read() {
    let directory = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(directory.path().join("units.db")).unwrap();
    store.upsert(&unit("a", "Sales")).unwrap();
    let bound = |pages: i64| {
        let connection = store.database.writer.take().unwrap();
        connection
            .pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))
            .unwrap();
        pragma(&connection, "page_count")
    };
    let pages = bound(1_000_000);
    bound(pages + 4);
    let error = store.upsert(&unit("b", &"x".repeat(100_000))).unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Failed);
    assert!(!error.is_transient());
    let source: &rusqlite::Error = error.source().unwrap().downcast_ref().unwrap();
    assert_eq!(source.sqlite_error_code(), Some(ErrorCode::DiskFull));

    // Nothing of the failed write is in the file, and the rest still is.
    assert_eq!(store.get("b").unwrap(), None);
    assert_eq!(store.list(&UnitQuery::default()).unwrap().total(), 1);
    let units = (0..100).map(|i| unit(&i.to_string(), &"x".repeat(1_000)));
    store.replace_all(units).unwrap_err();
    assert_eq!(store.list(&UnitQuery::default()).unwrap().total(), 1);
    store.upsert(&unit("c", "Support")).unwrap();
    bound(1_000_000);
    store.upsert(&unit("b", &"x".repeat(100_000))).unwrap();
    assert_eq!(store.list(&UnitQuery::default()).unwrap().total(), 3);
}

#[test]
fn writes_wait_for_the_disk_by_default() {
    const NORMAL: i64 = 1;
    const FULL: i64 = 2;
    let synchronous = |options: SqliteOptions, path: &Path| {
        let store = options.open(path).unwrap();
        let connection = store.database.writer.take().unwrap();
        pragma(&connection, "synchronous")
    };
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("units.db");
    assert_eq!(synchronous(SqliteOptions::new(), &path), FULL);
    let faster = SqliteOptions::new().with_durability(Durability::ProcessCrash);
    assert_eq!(synchronous(faster, &path), NORMAL);
}

#[test]
fn connections_of_listings_cannot_write_and_are_bounded() {
    let directory = tempfile::tempdir().unwrap();
    let options = SqliteOptions::new()
        .with_readers(2)
        .with_timeout(std::time::Duration::from_millis(20));
    let store = options.open(directory.path().join("units.db")).unwrap();
    let readers = store.database.readers.as_ref().unwrap();
    let (first, _second) = (readers.take().unwrap(), readers.take().unwrap());
    let error = first.execute("DELETE FROM unit", []).unwrap_err();
    assert_eq!(error.sqlite_error_code(), Some(ErrorCode::ReadOnly));
    let error = store.len().unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Timeout);
    drop(first);
    assert_eq!(store.len().unwrap(), 0);
}

/// The next thread must not continue that transaction.
#[test]
fn a_connection_with_an_open_transaction_is_not_used_again() {
    let directory = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(directory.path().join("units.db")).unwrap();
    let connection = store.database.writer.take().unwrap();
    connection
        .execute_batch("BEGIN; DELETE FROM tally")
        .unwrap();
    drop(connection);
    store.upsert(&unit("a", "Sales")).unwrap();
    assert_eq!(store.len().unwrap(), 1);
}

/// The returned function says how often the connection that writes has counted all units
/// since its last call.
fn counts(store: &SqliteStore) -> impl Fn() -> u32 + use<> {
    let counts = Arc::new(AtomicU32::new(0));
    let seen = Arc::clone(&counts);
    let note = move |event: TraceEvent<'_>| {
        if let TraceEvent::Stmt(_, sql) = event {
            let counted = sql.contains("= (SELECT count(*) FROM unit)");
            seen.fetch_add(u32::from(counted), Ordering::Relaxed);
        }
    };
    let mut connection = store.database.writer.take().unwrap();
    connection
        .trace_v2(TraceEventCodes::SQLITE_TRACE_STMT, Some(note))
        .unwrap();
    move || counts.swap(0, Ordering::Relaxed)
}

/// A write of the store itself cannot make the total wrong. A write of another store is
/// checked by the next write of this one.
#[test]
fn units_are_counted_when_another_connection_has_written() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("units.db");
    let store = SqliteStore::open(&path).unwrap();
    let counted = counts(&store);
    let write = || store.upsert(&unit("a", "Sales")).unwrap();
    let total = || store.list(&UnitQuery::default()).unwrap().total();
    for _ in 0..3 {
        write();
        assert_eq!(total(), 1);
        store.remove("nobody").unwrap();
        store.replace_all([unit("a", "Sales")]).unwrap();
        assert_eq!(total(), 1);
    }
    assert_eq!(counted(), 0);

    let other = SqliteStore::open(&path).unwrap();
    for id in ["b", "c", "c"] {
        other.upsert(&unit(id, "Sales")).unwrap();
        total();
    }
    other.rebuild().unwrap();
    assert_eq!((total(), counted()), (3, 0));
    write();
    write();
    assert_eq!((total(), counted()), (3, 1));

    let program = Connection::open(&path).unwrap();
    for number in 0..3 {
        let statement = format!("CREATE TABLE other_{number} (data TEXT)");
        program.execute(&statement, []).unwrap();
        assert_eq!((total(), total(), counted()), (3, 3, 1));
    }
}

/// While the connection that writes is in use, a listing cannot count the units.
#[test]
fn a_page_with_the_last_unit_reveals_a_wrong_total() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("units.db");
    let options = SqliteOptions::new().with_timeout(std::time::Duration::from_millis(1));
    let store = options.open(&path).unwrap();
    let units = [unit("a", "Sales"), unit("b", "Sales"), unit("c", "Sales")];
    store.upsert_all(&units).unwrap();
    let program = Connection::open(&path).unwrap();
    let writer = store.database.writer.take().unwrap();
    for wrong in [0_i64, 1, 2, 4, 1_000_000_000_000] {
        let update = "UPDATE tally SET units = ?1";
        program.execute(update, [wrong]).unwrap();
        for sort in [r#"{"name":1}"#, r#"{"visibility":1,"name":-1}"#] {
            let query = UnitQuery::default().with_sort(sort.parse().unwrap());
            // The repair waits for the connection that writes.
            let error = store.list(&query).unwrap_err();
            assert_eq!(error.kind(), StoreErrorKind::Timeout, "{wrong}");
        }
    }
    drop(writer);
    assert_eq!(store.list(&UnitQuery::default()).unwrap().total(), 3);
}
