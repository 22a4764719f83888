//! Writes of single units. Their transaction is the caller's.

use rusqlite::{Connection, OptionalExtension};

use crate::row::{COLUMNS, Row};

/// What the indexes that are kept by hand know of a unit.
pub(crate) struct Entry {
    slot: i64,
    folded: Option<Vec<u8>>,
}

/// Adds a unit or replaces the one with its id, in every index.
pub(crate) fn upsert(connection: &Connection, row: &Row<'_>) -> rusqlite::Result<()> {
    let old = find(connection, row.id())?;
    let slot = put(connection, row, old.as_ref())?;
    match &old {
        None => add_to_count(connection, 1)?,
        Some(old) if old.folded.as_deref() == row.folded() => return Ok(()),
        Some(old) => forget_name(connection, old)?,
    }
    let Some(folded) = row.folded() else {
        return Ok(());
    };
    connection
        .prepare_cached("INSERT INTO names (rowid, folded) VALUES (?1, CAST(?2 AS TEXT))")?
        .execute((slot, folded))?;
    Ok(())
}

/// Takes a unit out of every index. Whether it was there.
pub(crate) fn remove(connection: &Connection, id: &str) -> rusqlite::Result<bool> {
    let Some(old) = find(connection, id.as_bytes())? else {
        return Ok(false);
    };
    delete(connection, &old)?;
    forget_name(connection, &old)?;
    add_to_count(connection, -1)?;
    Ok(true)
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
    const VALUES: &str = "(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)";
    let mut values = row.values().to_vec();
    let Some(Entry { slot, .. }) = old else {
        let insert = format!("INSERT INTO unit ({COLUMNS}) VALUES {VALUES}");
        let mut insert = connection.prepare_cached(&insert)?;
        let slot = insert.insert(values.as_slice())?;
        connection
            .prepare_cached("INSERT INTO document (slot, json) VALUES (?1, ?2)")?
            .execute((slot, row.json()))?;
        return Ok(slot);
    };
    values.push(slot);
    let update = format!("UPDATE unit SET ({COLUMNS}) = {VALUES} WHERE slot = ?14");
    let mut update = connection.prepare_cached(&update)?;
    update.execute(values.as_slice())?;
    connection
        .prepare_cached("UPDATE document SET json = ?2 WHERE slot = ?1")?
        .execute((slot, row.json()))?;
    Ok(*slot)
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

/// The index of names has no names of its own and has to be told what it forgets.
fn forget_name(connection: &Connection, old: &Entry) -> rusqlite::Result<()> {
    if let Some(folded) = &old.folded {
        connection
            .prepare_cached(
                "INSERT INTO names (names, rowid, folded) \
                 VALUES ('delete', ?1, CAST(?2 AS TEXT))",
            )?
            .execute((old.slot, folded))?;
    }
    Ok(())
}

fn add_to_count(connection: &Connection, difference: i64) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE tally SET units = units + ?1")?
        .execute([difference])?;
    Ok(())
}
