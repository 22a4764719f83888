//! Statements that yield slots.

use rusqlite::{Connection, Params};

use crate::error::Problem;

/// The first column of every row, in the order of the statement.
pub(super) fn slots(
    connection: &Connection,
    sql: &str,
    parameters: impl Params,
) -> Result<Vec<i64>, Problem> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(parameters)?;
    let mut slots = Vec::new();
    while let Some(row) = rows.next()? {
        slots.push(row.get(0)?);
    }
    Ok(slots)
}
