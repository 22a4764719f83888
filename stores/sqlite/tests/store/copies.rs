//! Copies of a store, and databases that were made from a dump.

use std::fs;
use std::path::Path;

use livechat_units::StoreErrorKind;
use livechat_units_sqlite::SqliteStore;
use rusqlite::Connection;
use rusqlite::backup::Progress;

use crate::documents::unit;
use crate::faults::{directory, of_file, refusal};
use crate::file;
use crate::older::{FIRST, assert_answers, assert_serves, documents};

/// The dump of `first.db`.
const DUMP: &str = include_str!("../data/first.sql");

/// Does what `sqlite3 units.db < first.sql` does.
fn restore(path: &Path, dump: &str) -> Connection {
    let connection = Connection::open(path).unwrap();
    connection.execute_batch(dump).unwrap();
    connection
}

/// `application_id` and `user_version`.
fn pragmas(path: &Path) -> (i32, i32) {
    let connection = Connection::open(path).unwrap();
    let number = |name| connection.pragma_query_value(None, name, |row| row.get(0));
    (
        number("application_id").unwrap(),
        number("user_version").unwrap(),
    )
}

const PRAGMAS: (i32, i32) = (0x4C43_556E, 1);

#[test]
fn a_database_from_a_dump_becomes_a_store() {
    let directory = directory();
    let path = directory.path().join("units.db");
    drop(restore(&path, DUMP));
    assert_eq!(pragmas(&path), (0, 0));
    let store = SqliteStore::open(&path).unwrap();
    assert_eq!(pragmas(&path), PRAGMAS);
    assert_serves(&store);
    drop(store);
    file::assert_intact(&path);
    assert_answers(&SqliteStore::open(&path).unwrap(), &documents());
}

/// Some tools copy one of the pragmas, or omit indexes.
#[test]
fn one_pragma_or_an_index_may_be_missing() {
    for more in [
        "PRAGMA application_id = 1279481198",
        "PRAGMA user_version = 1",
        "DROP INDEX by_name; DROP INDEX order_1",
        "ANALYZE",
    ] {
        let directory = directory();
        let path = directory.path().join("units.db");
        restore(&path, DUMP).execute_batch(more).unwrap();
        assert_answers(&SqliteStore::open(&path).unwrap(), &documents());
        assert_eq!(pragmas(&path), PRAGMAS, "{more}");
        file::assert_intact(&path);
    }
}

/// Everything except the documents is derived, so it need not be right in the dump.
#[test]
fn names_and_keys_of_a_dump_are_rebuilt() {
    let directory = directory();
    let path = directory.path().join("units.db");
    restore(&path, DUMP)
        .execute_batch(
            "UPDATE unit SET folded = x'61', k_name = x'0461'; DELETE FROM name_block;
             UPDATE names_data SET block = x'00';",
        )
        .unwrap();
    assert_answers(&SqliteStore::open(&path).unwrap(), &documents());
    file::assert_intact(&path);
}

#[test]
fn a_dump_that_is_not_whole_is_refused_and_not_changed() {
    let partial = |units: i64, documents: i64| {
        format!(
            "expected all of a store of 37 units, found {units} rows and {documents} documents: \
             restore it from a whole dump or a copy"
        )
    };
    let damaged = "expected the document in slot 2 as it was written, found another or none";
    let again = "expected each _id once, found that of the document in slot 2 again";
    for (damage, expected) in [
        ("DELETE FROM document WHERE slot = 2", partial(37, 36)),
        ("DELETE FROM unit WHERE slot = 2", partial(36, 37)),
        (
            "DELETE FROM unit WHERE slot = 2; DELETE FROM document WHERE slot = 2",
            partial(36, 36),
        ),
        (
            "UPDATE document SET json = replace(json, 'abc', 'abd') WHERE slot = 2",
            damaged.to_owned(),
        ),
        // A copy of another document, with the right checksum.
        (
            "UPDATE document SET json = (SELECT json FROM document WHERE slot = 1), \
             checksum = 201188586 WHERE slot = 2",
            again.to_owned(),
        ),
    ] {
        let directory = directory();
        let path = directory.path().join("units.db");
        restore(&path, DUMP).execute_batch(damage).unwrap();
        let before = fs::read(&path).unwrap();
        let error = SqliteStore::open(&path).unwrap_err();
        assert_eq!(
            refusal(&error, StoreErrorKind::Corrupt),
            of_file(&path, &expected),
            "{damage}"
        );
        assert!(fs::read(&path).unwrap() == before, "{damage}");
    }
}

/// A database of another program is refused, even if it is similar.
#[test]
fn a_database_with_other_tables_is_refused() {
    for (change, application_id) in [
        ("DROP TABLE kept_order", 0),
        ("DROP TABLE name_block", 0),
        ("CREATE TABLE precious (data TEXT)", 0),
        ("CREATE VIEW precious AS SELECT 1", 0),
        ("CREATE INDEX precious ON document (json)", 0),
        (
            "CREATE TRIGGER precious AFTER INSERT ON unit BEGIN SELECT 1; END",
            0,
        ),
        ("ALTER TABLE unit ADD COLUMN precious TEXT", 0),
        ("PRAGMA application_id = 7", 7),
        ("PRAGMA user_version = 2", 0),
        (
            "PRAGMA application_id = 1279481198; PRAGMA user_version = -1",
            1_279_481_198,
        ),
    ] {
        let directory = directory();
        let path = directory.path().join("units.db");
        restore(&path, DUMP).execute_batch(change).unwrap();
        let before = fs::read(&path).unwrap();
        let error = SqliteStore::open(&path).unwrap_err();
        assert_eq!(
            refusal(&error, StoreErrorKind::Failed),
            of_file(
                &path,
                &format!(
                    "expected an empty file or a database of this crate, found one of another \
                     program (application_id {application_id})"
                )
            ),
            "{change}"
        );
        assert!(fs::read(&path).unwrap() == before, "{change}");
    }
}

/// The methods that the README recommends, while the store is open and has a log.
#[test]
fn copies_by_sqlite_are_whole() {
    let directory = directory();
    let path = |name: &str| directory.path().join(name);
    fs::write(path("units.db"), FIRST).unwrap();
    let store = SqliteStore::open(path("units.db")).unwrap();
    store.upsert(&unit("u01", "Sales again")).unwrap();
    let mut units = documents();
    let changed = units.iter_mut().find(|unit| unit.id() == "u01").unwrap();
    *changed = unit("u01", "Sales again");

    let connection = Connection::open(path("units.db")).unwrap();
    let into = path("vacuum.db");
    connection
        .execute("VACUUM INTO ?1", [into.to_str().unwrap()])
        .unwrap();
    connection
        .backup("main", path("backup.db"), None::<fn(Progress)>)
        .unwrap();
    for name in ["vacuum.db", "backup.db"] {
        assert_eq!(pragmas(&path(name)), PRAGMAS, "{name}");
        let copy = SqliteStore::open(path(name)).unwrap();
        assert_answers(&copy, &units);
        drop(copy);
        file::assert_intact(&path(name));
    }
}
