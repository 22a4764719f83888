//! Files of earlier versions.
//!
//! The first version of this crate made `tests/data/first.db` from the documents in
//! `first.jsonl`. `first.sql` is the dump of that file by the shell of SQLite 3.40.1.
//! `second.sql` is the dump of a file of version 2 with the same documents.

use std::collections::BTreeMap;
use std::fs;

use livechat_units::{Limit, Page, StoreErrorKind, TextFilter, Unit, UnitQuery, UnitStore};
use livechat_units_sqlite::{SqliteOptions, SqliteStore};
use rusqlite::Connection;

use crate::documents::unit;
use crate::faults::directory;
use crate::file;

pub(crate) const FIRST: &[u8] = include_bytes!("../data/first.db");

/// The documents of the file.
pub(crate) fn documents() -> Vec<Unit> {
    let lines = include_str!("../data/first.jsonl").lines();
    lines.map(|line| line.parse().unwrap()).collect()
}

/// The declared order of the file.
const DECLARED: &str = r#"{"visibility":1,"numMonitors":-1,"name":1}"#;

/// Asserts that the store gives the answers of the reference with these units.
#[track_caller]
pub(crate) fn assert_answers(store: &SqliteStore, units: &[Unit]) {
    let sorts = [
        "{}",
        r#"{"name":-1}"#,
        r#"{"numMonitors":1,"_id":-1}"#,
        r#"{"_updatedAt":1}"#,
        r#"{"customFields.region":-1}"#,
        DECLARED,
    ];
    let texts = [
        "",
        "a",
        "ß",
        "sal",
        "support",
        "xxxx",
        "%",
        "inside",
        "İ",
        "\u{FFFD}\u{FFFE} ",
    ];
    for sort in sorts {
        for text in texts {
            for (offset, limit) in [(0, Limit::Unlimited), (2, Limit::at_most(5).unwrap())] {
                let query = UnitQuery::default()
                    .with_sort(sort.parse().unwrap())
                    .with_text((!text.is_empty()).then(|| text.parse::<TextFilter>().unwrap()))
                    .with_page(Page::new(offset, limit));
                match (store.list(&query), units.list(&query)) {
                    (Ok(found), Ok(expected)) => assert!(found == expected, "{sort} {text:?}"),
                    // Two fields of the sort order hold arrays.
                    (Err(found), Err(expected)) => {
                        assert_eq!(found.kind(), expected.kind(), "{found:?}");
                        assert_eq!(found.kind(), StoreErrorKind::InvalidQuery);
                    }
                    (found, expected) => panic!("{sort} {text:?}: {found:?}, {expected:?}"),
                }
            }
        }
    }
    for unit in units {
        assert_eq!(store.get(unit.id()).unwrap().as_ref(), Some(unit));
    }
    assert_eq!(store.len().unwrap(), u64::try_from(units.len()).unwrap());
}

/// Asserts that the store gives correct answers before and after writes.
#[track_caller]
pub(crate) fn assert_serves(store: &SqliteStore) {
    let mut units = documents();
    assert_answers(store, &units);
    let changed = [unit("u01", "Sales again"), unit("new", "Support too")];
    store.upsert_all(&changed).unwrap();
    assert!(store.remove("u02").unwrap());
    let mut by_id: BTreeMap<String, Unit> = BTreeMap::new();
    for unit in units.into_iter().chain(changed) {
        by_id.insert(unit.id().to_owned(), unit);
    }
    by_id.remove("u02");
    units = by_id.into_values().collect();
    assert_answers(store, &units);
    store.replace_all(documents()).unwrap();
    assert_answers(store, &documents());
}

#[test]
fn a_file_of_the_first_version_is_a_store() {
    let directory = directory();
    let path = directory.path().join("units.db");
    fs::write(&path, FIRST).unwrap();
    assert_serves(&SqliteStore::open(&path).unwrap());
    file::assert_intact(&path);

    // Declaring the order of the file again does not add an index.
    let options = SqliteOptions::new().with_order(DECLARED.parse().unwrap());
    assert_answers(&options.open(&path).unwrap(), &documents());
    let connection = Connection::open(&path).unwrap();
    let orders = "SELECT count(*) FROM kept_order";
    let orders: i64 = connection.query_row(orders, [], |row| row.get(0)).unwrap();
    assert_eq!(orders, 1);
}
