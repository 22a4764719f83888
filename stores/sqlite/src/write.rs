//! Writes of single units. Their transaction is the caller's.

use rusqlite::{Connection, OptionalExtension};

use crate::blocks;
use crate::document;
use crate::error::Fault;
use crate::row::{COLUMNS, Row};

/// The parameters of [`COLUMNS`].
const VALUES: &str = "?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13";

/// What the indexes that are kept by hand know of a unit.
pub(crate) struct Entry {
    slot: i64,
    folded: Option<Vec<u8>>,
}

/// Adds a unit or replaces the one with its id, in every index.
pub(crate) fn upsert(connection: &Connection, row: &Row<'_>) -> Result<(), Fault> {
    let old = find(connection, row.id())?;
    let slot = put(connection, row, old.as_ref())?;
    if old.is_none() {
        add_to_count(connection, 1)?;
    }
    let old = old.and_then(|old| old.folded);
    rename(connection, slot, old.as_deref(), row.folded())
}

/// Takes a unit out of every index. Whether it was there.
pub(crate) fn remove(connection: &Connection, id: &str) -> Result<bool, Fault> {
    let Some(old) = find(connection, id.as_bytes())? else {
        return Ok(false);
    };
    delete(connection, &old)?;
    add_to_count(connection, -1)?;
    rename(connection, old.slot, old.folded.as_deref(), None)?;
    Ok(true)
}

/// The trigrams have no names of their own, and have to be told what they forget.
fn rename(
    connection: &Connection,
    slot: i64,
    old: Option<&[u8]>,
    new: Option<&[u8]>,
) -> Result<(), Fault> {
    const FORGET: &str = "INSERT INTO names (names, rowid, folded) \
        VALUES ('delete', ?1, CAST(?2 AS TEXT))";
    const LEARN: &str = "INSERT INTO names (rowid, folded) VALUES (?1, CAST(?2 AS TEXT))";
    if old == new {
        return Ok(());
    }
    if let Some(old) = old {
        connection.prepare_cached(FORGET)?.execute((slot, old))?;
    }
    if let Some(new) = new {
        connection.prepare_cached(LEARN)?.execute((slot, new))?;
    }
    blocks::set(connection, slot, new)
}

pub(crate) fn find(connection: &Connection, id: &[u8]) -> rusqlite::Result<Option<Entry>> {
    connection
        .prepare_cached("SELECT slot, folded FROM unit INDEXED BY by_id WHERE id = ?1")?
        .query_row([id], |row| {
            Ok(Entry {
                slot: row.get(0)?,
                folded: row.get(1)?,
            })
        })
        .optional()
}

/// Writes the tables, and with them the indexes that SQLite keeps. The names and the
/// count are left as they were.
pub(crate) fn put(
    connection: &Connection,
    row: &Row<'_>,
    old: Option<&Entry>,
) -> rusqlite::Result<i64> {
    let Some(Entry { slot, .. }) = old else {
        let slot = insert(connection, None, row)?;
        document::put(connection, slot, row.form(), row.json())?;
        return Ok(slot);
    };
    let mut values = row.values().to_vec();
    values.push(slot);
    let update = format!("UPDATE unit SET ({COLUMNS}) = ({VALUES}) WHERE slot = ?14");
    let mut update = connection.prepare_cached(&update)?;
    update.execute(values.as_slice())?;
    document::put(connection, *slot, row.form(), row.json())?;
    Ok(*slot)
}

/// Writes the row of `unit` only, in this slot or in a new one, which is returned.
pub(crate) fn insert(
    connection: &Connection,
    slot: Option<i64>,
    row: &Row<'_>,
) -> rusqlite::Result<i64> {
    let mut values = row.values().to_vec();
    values.push(&slot);
    let insert = format!("INSERT INTO unit ({COLUMNS}, slot) VALUES ({VALUES}, ?14)");
    connection
        .prepare_cached(&insert)?
        .insert(values.as_slice())
}

/// Takes a unit out of the tables. The names and the count are left as they were.
pub(crate) fn delete(connection: &Connection, old: &Entry) -> rusqlite::Result<()> {
    for table in ["unit", "document"] {
        connection
            .prepare_cached(&format!("DELETE FROM {table} WHERE slot = ?1"))?
            .execute([old.slot])?;
    }
    Ok(())
}

fn add_to_count(connection: &Connection, difference: i64) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE tally SET units = units + ?1")?
        .execute([difference])?;
    Ok(())
}
