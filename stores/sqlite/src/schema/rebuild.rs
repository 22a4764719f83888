//! Deriving all tables and indexes from the documents.

use rusqlite::{Connection, ErrorCode, Transaction};

use super::{changes, declared, tables, total};
use crate::error::Problem;
use crate::row::document::{self, Document};
use crate::row::{Row, name_blocks};

/// Rebuilds everything from the documents, each of which is verified. The caller has begun a
/// transaction or a savepoint.
pub(crate) fn rebuild(connection: &Connection) -> Result<(), Problem> {
    derive(connection, |connection| {
        let sql = format!("SELECT {} FROM document ORDER BY slot", document::COLUMNS);
        let mut statement = connection.prepare(&sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let slot = row.get(0)?;
            let unit = Document::from_row(row)?.unit()?;
            let inserted = Row::new(&unit)?.insert_into_unit(connection, Some(slot));
            inserted.map_err(|error| match error.sqlite_error_code() {
                Some(ErrorCode::ConstraintViolation) => Problem::RepeatedId { slot },
                _ => error.into(),
            })?;
        }
        Ok(())
    })
}

/// Replaces everything except the declared orders. `fill` adds the rows of `document` and
/// `unit`; the rest is derived from them.
pub(crate) fn replace(
    transaction: &Transaction<'_>,
    fill: impl FnOnce(&Connection) -> Result<(), Problem>,
) -> Result<(), Problem> {
    tables::recreate_documents(transaction)?;
    derive(transaction, fill)
}

fn derive(
    connection: &Connection,
    fill: impl FnOnce(&Connection) -> Result<(), Problem>,
) -> Result<(), Problem> {
    tables::recreate_derived(connection)?;
    fill(connection)?;
    tables::create_indexes(connection)?;
    declared::create_indexes(connection)?;
    name_blocks::fill(connection)?;
    connection.execute_batch(
        "INSERT INTO names (rowid, folded)
             SELECT slot, CAST(folded AS TEXT) FROM unit WHERE folded IS NOT NULL;
         INSERT INTO names (names) VALUES ('optimize');",
    )?;
    total::recount(connection)?;
    // Only now, so that a load does not number its units.
    Ok(changes::create(connection)?)
}
