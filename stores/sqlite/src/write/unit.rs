//! Writes of one unit, within a transaction of the caller.
//!
//! A write updates the tables `unit` and `document`, whose indexes SQLite updates itself, and
//! then the trigrams, the block of names and the total.

use rusqlite::Connection;

use crate::error::Problem;
use crate::row::{self, Row, name_blocks};
use crate::schema::total;

/// Adds a unit, or replaces the one with its id.
pub(super) fn upsert(connection: &Connection, row: &Row<'_>) -> Result<(), Problem> {
    let Some(old) = row::find(connection, row.id())? else {
        let slot = row.insert(connection)?;
        total::add(connection, 1)?;
        return rename(connection, slot, None, row.folded());
    };
    row.update(connection, old.slot)?;
    rename(connection, old.slot, old.folded.as_deref(), row.folded())
}

/// Removes a unit. Returns whether there was one.
pub(crate) fn remove(connection: &Connection, id: &str) -> Result<bool, Problem> {
    let Some(old) = row::find(connection, id.as_bytes())? else {
        return Ok(false);
    };
    row::delete(connection, old.slot)?;
    total::add(connection, -1)?;
    rename(connection, old.slot, old.folded.as_deref(), None)?;
    Ok(true)
}

/// Updates the trigrams and the block of names. The index of trigrams has no copy of the
/// names, so it needs the old name to delete its trigrams.
fn rename(
    connection: &Connection,
    slot: i64,
    old: Option<&[u8]>,
    new: Option<&[u8]>,
) -> Result<(), Problem> {
    const DELETE: &str = "INSERT INTO names (names, rowid, folded) \
        VALUES ('delete', ?1, CAST(?2 AS TEXT))";
    const INSERT: &str = "INSERT INTO names (rowid, folded) VALUES (?1, CAST(?2 AS TEXT))";
    if old == new {
        return Ok(());
    }
    if let Some(old) = old {
        connection.prepare_cached(DELETE)?.execute((slot, old))?;
    }
    if let Some(new) = new {
        connection.prepare_cached(INSERT)?.execute((slot, new))?;
    }
    name_blocks::set(connection, slot, new)
}
