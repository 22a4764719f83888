//! Files that are opened, files that are refused, and the words of the refusals.

use std::error::Error;
use std::fs;
use std::path::Path;

use livechat_units::{StoreError, StoreErrorKind};
use livechat_units_sqlite::SqliteStore;
use rusqlite::Connection;

use crate::documents::unit;
use crate::faults::{directory, of_file, refusal};

/// Opening fails with these words, a retry does not help, and the file is not changed.
#[track_caller]
fn assert_refused(path: &Path, words: &str) {
    let before = fs::read(path).ok();
    let error = SqliteStore::open(path).unwrap_err();
    assert_eq!(error.to_string(), "cannot open the store: the store failed");
    assert!(!error.is_transient());
    let expected = of_file(path, words);
    assert_eq!(refusal(&error, StoreErrorKind::Failed), expected);
    assert_eq!(fs::read(path).ok(), before);
}

/// Makes a database of another program.
fn foreign(path: &Path) {
    let connection = Connection::open(path).unwrap();
    connection
        .execute_batch("CREATE TABLE unit (precious TEXT); INSERT INTO unit VALUES ('data');")
        .unwrap();
}

const FOREIGN: &str = "expected an empty file or a database of this crate, found one of another \
    program";
const NO_DATABASE: &str = "expected an SQLite database, found a file that is not a database: \
    choose another path, or restore a copy";
const NO_DIRECTORY: &str = "expected a file or a directory to make it in, found no such directory";

#[test]
fn a_database_of_another_program_is_refused_and_not_changed() {
    let directory = directory();
    let path = directory.path().join("other.db");
    foreign(&path);
    assert_refused(&path, &format!("{FOREIGN} (application_id 0)"));
    let files = fs::read_dir(directory.path()).unwrap().count();
    assert_eq!(files, 1, "there is a log");
}

#[test]
fn an_empty_database_of_another_program_is_refused() {
    let directory = directory();
    let path = directory.path().join("other.db");
    let connection = Connection::open(&path).unwrap();
    connection.pragma_update(None, "application_id", 7).unwrap();
    drop(connection);
    assert_refused(&path, &format!("{FOREIGN} (application_id 7)"));
}

/// SQLite would read a single byte as an empty file.
#[test]
fn a_file_that_is_not_a_database_is_refused_and_not_changed() {
    let text = "not a database, but longer than the header of one: ".repeat(40);
    for length in [1, 2, 50, 100, 512, text.len()] {
        let directory = directory();
        let path = directory.path().join("notes.txt");
        fs::write(&path, &text[..length]).unwrap();
        assert_refused(&path, NO_DATABASE);
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }
}

#[test]
fn a_directory_is_refused() {
    let directory = directory();
    assert_refused(directory.path(), "expected a file, found a directory");
}

#[test]
fn a_missing_directory_is_refused() {
    let directory = directory();
    for path in ["units/units.db", "no/such/units.db"] {
        assert_refused(&directory.path().join(path), NO_DIRECTORY);
    }
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
}

#[test]
fn a_path_that_cannot_be_reached_is_refused() {
    let directory = directory();
    fs::write(directory.path().join("file"), "text").unwrap();
    for path in ["file/units.db", "nul\0.db"] {
        let path = directory.path().join(path);
        let error = SqliteStore::open(&path).unwrap_err();
        assert!(!error.is_transient());
        let words = refusal(&error, StoreErrorKind::Failed);
        let expected = of_file(&path, "expected a path that leads to a file: ");
        assert!(words.starts_with(&expected), "{words}");
    }
}

#[cfg(unix)]
#[test]
fn a_device_is_refused() {
    let found = "expected a file, found a device, a pipe or a socket";
    assert_refused(Path::new("/dev/null"), found);
}

#[cfg(unix)]
#[test]
fn a_path_that_is_too_long_for_sqlite_is_refused() {
    let directory = directory();
    let mut path = directory.path().to_owned();
    for _ in 0..5 {
        path.push("d".repeat(100));
    }
    fs::create_dir_all(&path).unwrap();
    let error = SqliteStore::open(path.join("units.db")).unwrap_err();
    assert!(!error.is_transient());
    let words = refusal(&error, StoreErrorKind::Failed);
    let cut = words.contains("dddd…\": unable to open database file: ");
    assert!(
        cut && words.ends_with(": the path is too long for SQLite"),
        "{words}"
    );
}

#[test]
fn an_empty_path_and_memory_are_refused() {
    let refused = |path: &str| {
        let error = SqliteStore::open(path).unwrap_err();
        refusal(&error, StoreErrorKind::Failed)
    };
    assert_eq!(
        refused(""),
        "expected the path of a file, found an empty one"
    );
    assert_eq!(
        refused(":memory:"),
        "expected the path of a file, found \":memory:\": `open_in_memory` opens a store in \
         memory, and \"./:memory:\" is a file of this name"
    );
}

#[test]
fn a_damaged_file_is_corrupt_and_its_path_is_reported() {
    let directory = directory();
    let path = directory.path().join("units.db");
    let store = SqliteStore::open(&path).unwrap();
    let units = (0..50).map(|i| unit(&i.to_string(), &"Sales".repeat(100)));
    store.replace_all(units).unwrap();
    drop(store);
    let mut bytes = fs::read(&path).unwrap();
    // All pages except the first, which has the start of the schema.
    bytes[4096..].fill(0xAA);
    fs::write(&path, bytes).unwrap();
    let error = SqliteStore::open(&path).unwrap_err();
    assert_eq!(
        words(&error),
        format!(
            "cannot open the store: the store holds data that is not valid: {}",
            of_file(&path, "database disk image is malformed: restore a copy")
        )
    );
    assert_eq!(error.kind(), StoreErrorKind::Corrupt);
}

fn words(error: &StoreError) -> String {
    let source = error.source().expect("a source");
    format!("{error}: {source}")
}

#[test]
fn a_newer_database_is_refused_and_not_changed() {
    let directory = directory();
    let path = directory.path().join("units.db");
    let store = SqliteStore::open(&path).unwrap();
    store.upsert(&unit("a", "Sales")).unwrap();
    drop(store);
    let set = |version: i32| {
        let connection = Connection::open(&path).unwrap();
        connection
            .pragma_update(None, "user_version", version)
            .unwrap();
    };
    set(3);
    let newer = "expected a database of version 2 or older, found version 3: \
        a newer version of this crate can open it";
    assert_refused(&path, newer);
    set(2);
    assert_eq!(SqliteStore::open(&path).unwrap().len().unwrap(), 1);
}

#[test]
fn opening_again_changes_nothing() {
    let directory = directory();
    let path = directory.path().join("units.db");
    let store = SqliteStore::open(&path).unwrap();
    store.upsert(&unit("a", "Sales")).unwrap();
    let schema = || {
        let connection = Connection::open(&path).unwrap();
        let mut rows = connection.prepare("SELECT sql FROM sqlite_schema").unwrap();
        let rows = rows.query_map([], |row| row.get(0)).unwrap();
        rows.collect::<Result<Vec<Option<String>>, _>>().unwrap()
    };
    let before = schema();
    for _ in 0..2 {
        let again = SqliteStore::open(&path).unwrap();
        assert_eq!(again.len().unwrap(), 1);
        assert_eq!(schema(), before);
    }
    assert_eq!(store.len().unwrap(), 1);
}
