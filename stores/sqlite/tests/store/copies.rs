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
use crate::following::{Program, Reader, open};
use crate::older::{FIRST, assert_answers, assert_serves, documents};

/// The dump of `first.db`.
const DUMP: &str = include_str!("../data/first.sql");

/// The dump of a file of version 2 with the same documents, by the same shell.
const SECOND_DUMP: &str = include_str!("../data/second.sql");

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

const PRAGMAS: (i32, i32) = (0x4C43_556E, 2);

#[test]
fn a_database_from_a_dump_becomes_a_store() {
    for dump in [DUMP, SECOND_DUMP] {
        let directory = directory();
        let path = directory.path().join("units.db");
        drop(restore(&path, dump));
        assert_eq!(pragmas(&path), (0, 0));
        let store = SqliteStore::open(&path).unwrap();
        assert_eq!(pragmas(&path), PRAGMAS);
        let mut reader = Reader::new(&store);
        store.upsert(&documents()[0]).unwrap();
        reader.advance(&store, Some(1));
        assert_serves(&store);
        drop(store);
        file::assert_intact(&path);
        assert_answers(&SqliteStore::open(&path).unwrap(), &documents());
    }
}

/// Some tools copy one of the pragmas, or omit indexes.
#[test]
fn one_pragma_an_index_or_a_trigger_may_be_missing() {
    for (dump, more) in [
        (DUMP, "PRAGMA application_id = 1279481198"),
        (DUMP, "PRAGMA user_version = 1"),
        (DUMP, "DROP INDEX by_name; DROP INDEX order_1"),
        (DUMP, "ANALYZE"),
        (SECOND_DUMP, "PRAGMA user_version = 2"),
        (SECOND_DUMP, "DROP TRIGGER note_new_unit"),
    ] {
        let directory = directory();
        let path = directory.path().join("units.db");
        restore(&path, dump).execute_batch(more).unwrap();
        let store = SqliteStore::open(&path).unwrap();
        assert_answers(&store, &documents());
        let mut reader = Reader::new(&store);
        store.upsert(&unit("new", "Sales")).unwrap();
        reader.advance(&store, Some(1));
        assert!(store.remove("new").unwrap());
        drop(store);
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
    const TRIGGER: &str = "CREATE TRIGGER precious AFTER INSERT ON unit BEGIN SELECT 1; END";
    let of_second = [
        (SECOND_DUMP, "DROP TABLE change", 0),
        (SECOND_DUMP, TRIGGER, 0),
        (SECOND_DUMP, "PRAGMA user_version = 1", 0),
        (
            SECOND_DUMP,
            "DROP TRIGGER note_new_unit;
             CREATE TRIGGER note_new_unit AFTER INSERT ON unit BEGIN SELECT 1; END",
            0,
        ),
    ];
    let of_first = [
        ("DROP TABLE kept_order", 0),
        ("DROP TABLE name_block", 0),
        ("CREATE TABLE precious (data TEXT)", 0),
        ("CREATE VIEW precious AS SELECT 1", 0),
        ("CREATE INDEX precious ON document (json)", 0),
        (TRIGGER, 0),
        ("ALTER TABLE unit ADD COLUMN precious TEXT", 0),
        ("PRAGMA application_id = 7", 7),
        ("PRAGMA user_version = 2", 0),
        (
            "PRAGMA application_id = 1279481198; PRAGMA user_version = -1",
            1_279_481_198,
        ),
    ];
    let of_first = of_first.map(|(change, application_id)| (DUMP, change, application_id));
    for (dump, change, application_id) in of_first.into_iter().chain(of_second) {
        let directory = directory();
        let path = directory.path().join("units.db");
        restore(&path, dump).execute_batch(change).unwrap();
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

/// `.restore` of SQLite's shell writes a copy into a file that is open.
#[test]
fn a_restored_backup_is_read_as_a_whole() {
    let directory = directory();
    let path = |name: &str| directory.path().join(name);
    let store = open(&path("units.db"));
    store.upsert_all(&documents()).unwrap();
    let mut program = Program::new(&path("units.db"));
    let no_progress = None::<fn(Progress)>;
    let copy = path("copy.db");
    program
        .connection
        .backup("main", &copy, no_progress)
        .unwrap();
    store.upsert(&unit("u01", "Sales again")).unwrap();
    let mut reader = Reader::new(&store);
    program
        .connection
        .restore("main", &copy, no_progress)
        .unwrap();
    store.upsert(&unit("u02", "Sales again")).unwrap();
    reader.advance(&store, None);
    store.upsert(&unit("u02", "Sales")).unwrap();
    reader.advance(&store, Some(1));
}
