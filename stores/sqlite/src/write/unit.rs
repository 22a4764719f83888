//! Writes of one unit, within a transaction of the caller.
//!
//! A write updates the tables `unit` and `document`, and then the trigrams, the block of names
//! and the total. SQLite updates the indexes of the two tables itself.

use rusqlite::Connection;

use crate::error::Problem;
use crate::row::{self, Row, name_blocks};
use crate::schema::total;

/// Adds a unit, or replaces the unit with the same id. Returns whether there was one.
pub(super) fn upsert(connection: &Connection, row: &Row<'_>) -> Result<bool, Problem> {
    let Some(old) = row::find(connection, row.id())? else {
        let slot = row.insert(connection)?;
        total::add(connection, 1)?;
        rename(connection, slot, None, row.folded())?;
        return Ok(false);
    };
    row.update(connection, old.slot)?;
    rename(connection, old.slot, old.folded.as_deref(), row.folded())?;
    Ok(true)
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

/// Updates the trigrams and the block of names after a change of the folded name. The index of
/// trigrams stores no names, so the statement that deletes trigrams needs the old name.
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
