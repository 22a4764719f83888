//! The table of changes: the ids of the units that were changed last.
//!
//! ```text
//!  change    number → id    one row for each id: the number of its last change
//! ```
//!
//! A change is an insertion, an update or a deletion of a row of `unit` or `document`. Its
//! number is the largest number of the table plus one. So a reader that has seen all changes
//! up to a number finds the ids that were changed since then after this number.
//!
//! Triggers write the table, unlike all other tables of a store. Only so it contains the
//! changes of other programs too, and of a process with the first version of this crate that
//! has the file open while the file is upgraded.
//!
//! Loads and rebuilds make the tables again, and the triggers with them. A process with the
//! first version makes the tables without the triggers. `PRAGMA schema_version` changes in
//! each of these cases.

use std::sync::atomic::{AtomicI64, Ordering};

use rusqlite::{Connection, Transaction};

/// How many numbers the table has at most, up to the largest. A reader that has missed more
/// changes than that reads all units. At 1,000 changes a second it may be half a minute
/// behind. The rows and their index need at most some 2 MB of the file.
///
/// Every version of this crate that writes to a file must leave that many numbers in it.
const MAX_CHANGES: i64 = 1 << 15;

/// `UNIQUE` makes the index by id. The row with the largest number is never deleted, so that
/// no number is assigned twice.
///
/// The migration to version 2 executes this statement and those of [`TRIGGERS`].
const TABLE: &str = "
    CREATE TABLE IF NOT EXISTS change (
        number INTEGER PRIMARY KEY,
        id BLOB NOT NULL UNIQUE
    ) STRICT;";

/// The name of each trigger, its event, and a query that yields the changed ids.
///
/// The first trigger serves `REPLACE INTO unit`, which deletes the unit in the same slot
/// without running the triggers of a deletion.
const TRIGGERS: [(&str, &str, &str); 7] = [
    (
        "note_replaced_unit",
        "BEFORE INSERT ON unit",
        "SELECT id FROM unit WHERE slot = new.slot",
    ),
    (
        "note_new_unit",
        "AFTER INSERT ON unit",
        "SELECT new.id WHERE true",
    ),
    (
        "note_moved_unit",
        "AFTER UPDATE OF slot, id ON unit WHEN (old.slot, old.id) IS NOT (new.slot, new.id)",
        "SELECT old.id UNION SELECT new.id WHERE true",
    ),
    (
        "note_removed_unit",
        "AFTER DELETE ON unit",
        "SELECT old.id WHERE true",
    ),
    (
        "note_new_document",
        "AFTER INSERT ON document",
        "SELECT id FROM unit WHERE slot = new.slot",
    ),
    (
        "note_changed_document",
        "AFTER UPDATE ON document",
        "SELECT id FROM unit WHERE slot IN (old.slot, new.slot)",
    ),
    (
        "note_removed_document",
        "AFTER DELETE ON document",
        "SELECT id FROM unit WHERE slot = old.slot",
    ),
];

/// Makes the table if it is missing, and all triggers. This is the migration to version 2.
pub(super) fn create(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(TABLE)?;
    for (name, event, ids) in TRIGGERS {
        // `ON CONFLICT` holds whatever the statement of another program says, for example
        // `INSERT OR IGNORE`.
        connection.execute_batch(&format!(
            "DROP TRIGGER IF EXISTS {name};
             CREATE TRIGGER {name} {event} BEGIN INSERT INTO change (id) {ids} \
             ON CONFLICT (id) DO UPDATE SET number = (SELECT max(number) FROM change) + 1; END;"
        ))?;
    }
    Ok(())
}

/// Makes the table or the triggers again if one is missing.
pub(crate) fn restore(connection: &Connection) -> rusqlite::Result<()> {
    if is_recording(connection)? {
        return Ok(());
    }
    create(connection)
}

/// The latest schema in which the table and all triggers existed, as seen by the connection
/// that writes.
#[derive(Debug, Default)]
pub(crate) struct RecordingCheck {
    /// 0 is the version of an empty file.
    schema_version: AtomicI64,
}

impl RecordingCheck {
    /// Makes the table and the triggers again if one is missing. The transaction has not
    /// changed the schema before. Cost: one number is read, unless the schema has changed.
    pub(crate) fn ensure(&self, transaction: &Transaction<'_>) -> rusqlite::Result<()> {
        let version = schema_version(transaction)?;
        if self.schema_version.load(Ordering::Relaxed) == version {
            return Ok(());
        }
        if is_recording(transaction)? {
            self.schema_version.store(version, Ordering::Relaxed);
            return Ok(());
        }
        // The new version is not stored, because the transaction may be rolled back.
        create(transaction)
    }
}

/// Whether the table and all triggers exist.
pub(crate) fn is_recording(connection: &Connection) -> rusqlite::Result<bool> {
    let mut exists = connection.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = ?1 AND name = ?2)",
    )?;
    let triggers = TRIGGERS.iter().map(|(name, ..)| ("trigger", *name));
    for object in triggers.chain([("table", "change")]) {
        if !exists.query_row(object, |row| row.get::<_, bool>(0))? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Deletes the rows of old changes. Cost: the deleted rows, which are no more than the rows
/// that the triggers have added since the last call.
pub(crate) fn prune(connection: &Connection) -> rusqlite::Result<()> {
    connection
        .prepare_cached("DELETE FROM change WHERE number <= (SELECT max(number) FROM change) - ?1")?
        .execute([MAX_CHANGES])?;
    Ok(())
}

/// The number of the last change. 0 if there was none.
pub(crate) fn last(connection: &Connection) -> rusqlite::Result<i64> {
    connection
        .prepare_cached("SELECT coalesce(max(number), 0) FROM change")?
        .query_row([], |row| row.get(0))
}

/// Whether the table has all changes after `seen`, if the last one is `last`.
pub(crate) fn has_all_after(seen: i64, last: i64) -> bool {
    (last.saturating_sub(MAX_CHANGES)..=last).contains(&seen)
}

/// A number that changes when a table, an index or a trigger is made or dropped.
pub(crate) fn schema_version(connection: &Connection) -> rusqlite::Result<i64> {
    connection
        .prepare_cached("PRAGMA schema_version")?
        .query_row([], |row| row.get(0))
}
