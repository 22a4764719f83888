//! A total that another program has made wrong is detected and repaired.

use std::fs;
use std::path::Path;
use std::time::Duration;

use livechat_units::{Limit, Page, SortSpec, StoreErrorKind, Unit, UnitQuery, UnitStore};
use livechat_units_sqlite::{Durability, SqliteOptions, SqliteStore};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::documents::unit;
use crate::faults::{directory, of_file, refusal};
use crate::file;
use crate::older::assert_answers;

fn units() -> Vec<Unit> {
    let units = (0..300).map(|i| unit(&format!("u{i:03}"), &format!("Sales {i}")));
    units.collect()
}

fn store(directory: &TempDir) -> SqliteStore {
    let options = SqliteOptions::new().with_durability(Durability::ProcessCrash);
    let store = options.open(directory.path().join("units.db")).unwrap();
    store.replace_all(units()).unwrap();
    store
}

/// Writes to the file as another program does.
fn tamper(directory: &TempDir, sql: &str) {
    let connection = Connection::open(directory.path().join("units.db")).unwrap();
    connection.execute_batch(sql).unwrap();
}

fn intact(directory: &TempDir) -> impl AsRef<Path> {
    let path = directory.path().join("units.db");
    file::assert_intact(&path);
    path
}

/// Statements that make the total wrong: too large, too small, none, several.
const WRONG: [&str; 9] = [
    "UPDATE tally SET units = 299",
    "UPDATE tally SET units = 301",
    "UPDATE tally SET units = 0",
    "UPDATE tally SET units = -1",
    "UPDATE tally SET units = 9223372036854775807",
    "UPDATE tally SET units = 1000000000000",
    "DELETE FROM tally",
    "INSERT INTO tally VALUES (7)",
    "DELETE FROM tally; INSERT INTO tally VALUES (7), (300)",
];

#[test]
fn a_wrong_total_is_repaired_when_the_store_is_opened() {
    for wrong in WRONG {
        let directory = directory();
        drop(store(&directory));
        tamper(&directory, wrong);
        let path = intact_after_opening(&directory);
        assert_answers(&SqliteStore::open(path).unwrap(), &units());
    }
}

fn intact_after_opening(directory: &TempDir) -> impl AsRef<Path> {
    drop(SqliteStore::open(directory.path().join("units.db")).unwrap());
    intact(directory)
}

#[test]
fn a_wrong_total_is_repaired_by_the_next_write() {
    for wrong in WRONG {
        let directory = directory();
        let store = store(&directory);
        store.upsert(&units()[0]).unwrap();
        tamper(&directory, wrong);
        store.upsert(&units()[0]).unwrap();
        assert_answers(&store, &units());
        tamper(&directory, wrong);
        assert!(!store.remove("nobody").unwrap());
        assert_answers(&store, &units());
        intact(&directory);
    }
}

/// A page with few of the units repairs it too.
#[test]
fn a_wrong_total_is_repaired_by_the_next_listing() {
    let sorts = [
        r#"{"name":1}"#,
        r#"{"numMonitors":-1,"name":1}"#,
        r#"{"custom":1}"#,
    ];
    let pages = [
        Page::new(0, Limit::at_most(5).unwrap()),
        Page::new(290, Limit::at_most(50).unwrap()),
        Page::new(0, Limit::Unlimited),
    ];
    let directory = directory();
    let store = store(&directory);
    let all = units();
    for wrong in WRONG {
        for sort in sorts {
            for page in pages {
                tamper(&directory, wrong);
                let sort: SortSpec = sort.parse().unwrap();
                let query = UnitQuery::default().with_sort(sort).with_page(page);
                let page = store.list(&query).unwrap();
                assert!(page == all.list(&query).unwrap(), "{wrong} {query:?}");
            }
        }
        tamper(&directory, wrong);
        assert_eq!(store.len().unwrap(), 300, "{wrong}");
    }
    intact(&directory);
}

/// The store cannot write here, because its file was renamed.
#[test]
fn a_wrong_total_that_cannot_be_repaired_is_corrupt() {
    let directory = directory();
    let store = store(&directory);
    let query = UnitQuery::default();
    store.list(&query).unwrap();
    for wrong in WRONG {
        tamper(&directory, wrong);
        let path = directory.path().join("units.db");
        let away = directory.path().join("away.db");
        fs::rename(&path, &away).unwrap();
        for _ in 0..2 {
            let error = store.list(&query).unwrap_err();
            assert_eq!(
                refusal(&error, StoreErrorKind::Corrupt),
                of_file(
                    &path,
                    "expected as many units as the total says, found more or fewer: another \
                     program has written to the file; `SqliteStore::rebuild` repairs it"
                ),
                "{wrong}"
            );
        }
        fs::rename(&away, &path).unwrap();
        assert_eq!(store.list(&query).unwrap().total(), 300);
    }
}

/// A damaged document must not prevent the write that replaces it.
#[test]
fn a_wrong_total_beside_a_damaged_document_leaves_the_store_writable() {
    const DAMAGE: &str = "UPDATE tally SET units = 0; \
        UPDATE document SET form = 7 WHERE json LIKE '%\"u008\"%'";
    type Repair = fn(&SqliteStore, &[Unit]);
    let all = units();
    let repairs: [Repair; 3] = [
        |store, units| drop(store.upsert(&units[8]).unwrap()),
        |store, units| {
            assert!(store.remove("u008").unwrap());
            assert_answers(store, &[&units[..8], &units[9..]].concat());
            store.upsert(&units[8]).unwrap();
        },
        |store, units| drop(store.replace_all(units.to_vec()).unwrap()),
    ];
    for repair in repairs {
        let directory = directory();
        let open = store(&directory);
        tamper(&directory, DAMAGE);
        repair(&open, &all);
        assert_answers(&open, &all);
        drop(open);

        tamper(&directory, DAMAGE);
        let again = SqliteStore::open(directory.path().join("units.db")).unwrap();
        for _ in 0..2 {
            let error = again.list(&UnitQuery::default()).unwrap_err();
            assert_eq!(error.kind(), StoreErrorKind::Corrupt);
        }
        repair(&again, &all);
        assert_answers(&again, &all);
        intact(&directory);
        again.rebuild().unwrap();
        assert_answers(&again, &all);
    }
}

#[test]
fn a_total_that_is_wrong_again_after_opening_is_detected() {
    for wrong in [1, 299] {
        let directory = directory();
        drop(store(&directory));
        tamper(&directory, "UPDATE tally SET units = 7");
        let store = SqliteStore::open(directory.path().join("units.db")).unwrap();
        tamper(&directory, &format!("UPDATE tally SET units = {wrong}"));
        let page = Page::new(0, Limit::at_most(5).unwrap());
        let page = store.list(&UnitQuery::default().with_page(page)).unwrap();
        assert_eq!(page.total(), 300, "{wrong}");
    }
}

#[test]
fn a_repair_that_waits_too_long_is_a_timeout() {
    let directory = directory();
    let path = directory.path().join("units.db");
    let options = SqliteOptions::new().with_timeout(Duration::from_millis(20));
    let store = options.open(&path).unwrap();
    store.upsert_all(&units()).unwrap();
    tamper(&directory, "UPDATE tally SET units = 7");
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    for error in [
        store.list(&UnitQuery::default()).unwrap_err(),
        store.len().unwrap_err(),
    ] {
        assert_eq!(error.kind(), StoreErrorKind::Timeout);
    }
    other.execute_batch("COMMIT").unwrap();
    assert_eq!(store.len().unwrap(), 300);
}

/// The units are the documents. The rows of `unit` are derived from them.
#[test]
fn units_that_another_program_deletes_are_gone_from_every_index() {
    let deleted = |table: &str| format!("DELETE FROM {table} WHERE slot % 3 = 0;");
    let rest: Vec<Unit> = units()
        .into_iter()
        .enumerate()
        .filter_map(|(i, unit)| ((i + 1) % 3 > 0).then_some(unit))
        .collect();
    for (tables, expected) in [
        (vec!["document", "unit"], rest),
        // A unit without its row is restored from its document.
        (vec!["unit"], units()),
    ] {
        let directory = directory();
        let store = store(&directory);
        let sql: String = tables.iter().map(|table| deleted(table)).collect();
        tamper(&directory, &sql);
        store.remove("nobody").unwrap();
        assert_answers(&store, &expected);
        drop(store);
        assert_answers(&SqliteStore::open(intact(&directory)).unwrap(), &expected);
    }
}

/// The total does not show that another program has changed a name.
#[test]
fn rebuilding_repairs_every_index() {
    for damage in [
        "UPDATE unit SET folded = x'61'",
        "UPDATE unit SET k_name = x'0461', parallel = 3",
        "DELETE FROM name_block",
        "DROP TABLE name_block",
        "DROP TABLE names",
        "DROP TABLE unit",
        "INSERT INTO names (names) VALUES ('delete-all')",
        "DELETE FROM document WHERE slot = 300",
    ] {
        let directory = directory();
        let store = store(&directory);
        tamper(&directory, damage);
        store.rebuild().unwrap();
        let left = store.len().unwrap();
        assert_answers(&store, &units()[..usize::try_from(left).unwrap()]);
        assert_eq!(left, if damage.contains("300") { 299 } else { 300 });
        intact(&directory);
    }
}

#[test]
fn rebuilding_a_store_with_a_damaged_document_changes_nothing() {
    let directory = directory();
    let store = store(&directory);
    tamper(&directory, "UPDATE document SET form = 7 WHERE slot = 9");
    let error = store.rebuild().unwrap_err();
    assert_eq!(
        refusal(&error, StoreErrorKind::Corrupt),
        of_file(
            &directory.path().join("units.db"),
            "expected the document in slot 9 as it was written, found another or none"
        )
    );
    assert_eq!(store.len().unwrap(), 300);
    store.upsert(&units()[8]).unwrap();
    store.rebuild().unwrap();
    assert_answers(&store, &units());
    SqliteStore::open(intact(&directory)).unwrap();
}
