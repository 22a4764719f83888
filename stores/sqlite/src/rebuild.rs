//! What is derived from the documents: whether it can still be right, and how it is made
//! anew.
//!
//! The table `document` holds the units. The rows of `unit` with their indexes, the names
//! and the total follow from it. This crate keeps them current; another program that
//! writes to the file does not.

use std::sync::atomic::{AtomicI64, Ordering};

use rusqlite::{Connection, ErrorCode, Transaction, TransactionBehavior};

use crate::document::{self, Document};
use crate::error::{Fault, Problem};
use crate::row::Keys;
use crate::{schema, write};

/// The last state of the file that another connection wrote and in which the total was
/// right. The connection that writes has it as `PRAGMA data_version`, which only the
/// writes of other connections change.
#[derive(Debug)]
pub(crate) struct Verified(AtomicI64);

impl Verified {
    /// No value of the pragma.
    const NOTHING: i64 = -1;

    pub(crate) fn nothing() -> Self {
        Self(AtomicI64::new(Self::NOTHING))
    }

    /// For a new connection, which counts from the beginning.
    pub(crate) fn forget(&self) {
        self.0.store(Self::NOTHING, Ordering::Relaxed);
    }

    /// Whether the total is right in the state that this transaction reads. Cost: one
    /// number is read, but after a write of another connection all units are counted.
    fn check(&self, transaction: &Transaction<'_>) -> rusqlite::Result<bool> {
        let version: i64 = transaction
            .prepare_cached("PRAGMA data_version")?
            .query_row([], |row| row.get(0))?;
        if self.0.load(Ordering::Relaxed) == version {
            return Ok(true);
        }
        let right = is_counted(transaction)?;
        if right {
            self.0.store(version, Ordering::Relaxed);
        }
        Ok(right)
    }
}

/// Whether the total is the number of units.
fn is_counted(connection: &Connection) -> rusqlite::Result<bool> {
    let sql = "SELECT (SELECT count(*) FROM tally) = 1 \
        AND (SELECT units FROM tally) = (SELECT count(*) FROM unit)";
    connection
        .prepare_cached(sql)?
        .query_row([], |row| row.get(0))
}

/// Makes the total right before the first listing. It waits for no lock if it is.
pub(crate) fn verify(
    connection: &mut Connection,
    keys: &Keys,
    verified: &Verified,
) -> Result<(), Fault> {
    if verified.check(&connection.transaction()?)? {
        return Ok(());
    }
    Ok(begin(connection, keys, verified)?.commit()?)
}

/// Begins to write. If another program has made the total wrong, everything is derived
/// anew in the same transaction.
pub(crate) fn begin<'a>(
    connection: &'a mut Connection,
    keys: &Keys,
    verified: &Verified,
) -> Result<Transaction<'a>, Fault> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if !verified.check(&transaction)? {
        derive(&transaction, keys)?;
    }
    Ok(transaction)
}

/// Derives everything anew, in one transaction.
pub(crate) fn rebuild(connection: &mut Connection, keys: &Keys) -> Result<(), Fault> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    derive(&transaction, keys)?;
    Ok(transaction.commit()?)
}

/// Makes all that follows from the documents, each of which is verified.
pub(crate) fn derive(transaction: &Transaction<'_>, keys: &Keys) -> Result<(), Fault> {
    schema::derive(transaction, |connection| {
        let sql = format!("SELECT {} FROM document ORDER BY slot", document::COLUMNS);
        let mut statement = connection.prepare(&sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let slot = row.get(0)?;
            let unit = Document::of_row(row)?.unit()?;
            let inserted = write::insert(connection, Some(slot), &keys.row(&unit)?);
            inserted.map_err(|error| match error.sqlite_error_code() {
                Some(ErrorCode::ConstraintViolation) => Problem::RepeatedId { slot }.into(),
                _ => Fault::from(error),
            })?;
        }
        Ok(())
    })
}
