//! The file of a store, read with SQLite alone.

use std::path::Path;

use rusqlite::Connection;

/// The database is intact, the index of trigrams fits the names, and the total is the number
/// of units and of documents.
pub(crate) fn assert_intact(path: &Path) {
    let connection = Connection::open(path).unwrap();
    let text = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, String>(0));
    assert_eq!(text("PRAGMA integrity_check").unwrap(), "ok");
    connection
        .execute_batch("INSERT INTO names (names, rank) VALUES ('integrity-check', 1)")
        .unwrap();
    let number = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
    let units = number("SELECT units FROM tally").unwrap();
    for table in ["unit", "document"] {
        let rows = number(&format!("SELECT count(*) FROM {table}")).unwrap();
        assert_eq!(rows, units, "{table}");
    }
}
