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

/// What is known of the total.
///
/// Two numbers tell which state of the file is meant. `PRAGMA data_version` of the
/// connection that writes changes when another connection has written. The `rowid` of the
/// row in `tally` is the number of the last write of any store. Another program that
/// writes changes the first and not the second.
#[derive(Debug)]
pub(crate) struct Verified {
    /// The version in which all units were counted.
    counted: AtomicI64,
    /// The version in which they were counted, or another store had written.
    trusted: AtomicI64,
    /// The number of the last write.
    write: AtomicI64,
}

/// No value of the pragma.
pub(crate) const NO_VERSION: i64 = -1;

impl Verified {
    pub(crate) fn nothing() -> Self {
        Self {
            counted: AtomicI64::new(NO_VERSION),
            trusted: AtomicI64::new(NO_VERSION),
            write: AtomicI64::new(0),
        }
    }

    /// For a new connection, which has versions of its own.
    pub(crate) fn forget(&self) {
        self.counted.store(NO_VERSION, Ordering::Relaxed);
        self.trusted.store(NO_VERSION, Ordering::Relaxed);
    }

    /// After a write of this connection, which is not undone if this fails.
    pub(crate) fn note_write(&self, connection: &Connection) {
        match number_of_write(connection) {
            Ok(write) => self.write.store(write, Ordering::Relaxed),
            Err(_) => self.forget(),
        }
    }

    /// Whether the total is right, before a listing. Cost: a few numbers are read, but
    /// after a write of another program all units are counted.
    ///
    /// After a write of another store this is taken for granted: that store has counted. If
    /// another program has written since, the next write of either notices it.
    pub(crate) fn is_plausible(&self, transaction: &Transaction<'_>) -> rusqlite::Result<bool> {
        let version = version(transaction)?;
        if self.trusted.load(Ordering::Relaxed) == version {
            return Ok(true);
        }
        let write = number_of_write(transaction)?;
        if self.write.load(Ordering::Relaxed) < write {
            self.trusted.store(version, Ordering::Relaxed);
            self.write.store(write, Ordering::Relaxed);
            return Ok(true);
        }
        self.is_right(transaction)
    }

    /// Whether the total is right. Cost: one number is read, but after a write of another
    /// connection all units are counted.
    fn is_right(&self, transaction: &Transaction<'_>) -> rusqlite::Result<bool> {
        let version = version(transaction)?;
        if self.counted.load(Ordering::Relaxed) == version {
            return Ok(true);
        }
        let right = is_counted(transaction)?;
        if right {
            self.counted.store(version, Ordering::Relaxed);
            self.trusted.store(version, Ordering::Relaxed);
            self.note_write(transaction);
        }
        Ok(right)
    }
}

/// What changes when another connection has written.
pub(crate) fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection
        .prepare_cached("PRAGMA data_version")?
        .query_row([], |row| row.get(0))
}

/// No number, where there is not one row.
fn number_of_write(connection: &Connection) -> rusqlite::Result<i64> {
    connection
        .prepare_cached("SELECT CASE count(*) WHEN 1 THEN max(rowid) ELSE 0 END FROM tally")?
        .query_row([], |row| row.get(0))
}

/// Whether the total is the number of units.
fn is_counted(connection: &Connection) -> rusqlite::Result<bool> {
    let sql = "SELECT (SELECT count(*) FROM tally) = 1 \
        AND (SELECT units FROM tally) = (SELECT count(*) FROM unit)";
    connection
        .prepare_cached(sql)?
        .query_row([], |row| row.get(0))
}

/// Repairs a wrong total before the first listing. It waits for no lock if the total is
/// right.
///
/// The store opens also where a damaged document or a missing permission prevents the
/// repair. Its listings report the wrong total, and its writes can replace what is damaged.
pub(crate) fn verify(
    connection: &mut Connection,
    keys: &Keys,
    verified: &Verified,
) -> Result<(), Fault> {
    if verified.is_right(&connection.transaction()?)? {
        return Ok(());
    }
    match repair(connection, keys, verified) {
        Err(fault) if !fault.is_corrupt() && !fault.is_read_only() => return Err(fault),
        // The next listing counts the units, repaired or not.
        _ => verified.note_write(connection),
    }
    Ok(())
}

fn repair(connection: &mut Connection, keys: &Keys, verified: &Verified) -> Result<(), Fault> {
    let transaction = begin_immediate(connection)?;
    // Another process may have repaired it in the meantime.
    if !verified.is_right(&transaction)? {
        derive(&transaction, keys)?;
    }
    Ok(transaction.commit()?)
}

/// Begins to write, whatever the total is.
pub(crate) fn begin_immediate(connection: &mut Connection) -> Result<Transaction<'_>, Fault> {
    Ok(connection.transaction_with_behavior(TransactionBehavior::Immediate)?)
}

/// Begins to write. If another program has made the total wrong, everything is derived
/// anew in the same transaction. If a document is damaged, only the total is repaired:
/// the write may replace that document.
pub(crate) fn begin<'a>(
    connection: &'a mut Connection,
    keys: &Keys,
    verified: &Verified,
) -> Result<Transaction<'a>, Fault> {
    let mut transaction = begin_immediate(connection)?;
    if !verified.is_right(&transaction)? {
        let savepoint = transaction.savepoint()?;
        match derive(&savepoint, keys) {
            Ok(()) => savepoint.commit()?,
            Err(fault) if fault.is_corrupt() => {
                savepoint.finish()?;
                schema::count_units(&transaction)?;
            }
            Err(fault) => return Err(fault),
        }
    }
    Ok(transaction)
}

/// Ends a write. It gets a number if it has changed anything.
pub(crate) fn commit(transaction: Transaction<'_>, changes_before: u64) -> rusqlite::Result<()> {
    if transaction.total_changes() != changes_before {
        transaction
            .prepare_cached("UPDATE tally SET rowid = rowid + 1")?
            .execute([])?;
    }
    transaction.commit()
}

/// Makes all that follows from the documents, each of which is verified.
pub(crate) fn derive(connection: &Connection, keys: &Keys) -> Result<(), Fault> {
    schema::derive(connection, |connection| {
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
