//! The total: the number of units, stored in the table `tally`.
//!
//! The table has one row. Its column `units` is the total. Its rowid is the number of the
//! last write: each write by a store of this crate adds one to it.
//!
//! If another program writes to the file, it does not update the total. [`TotalCheck`] detects
//! that.

use std::sync::atomic::{AtomicI64, Ordering};

use rusqlite::{Connection, Transaction};

use crate::error::Problem;

/// An upper bound of the number of units: a file has at most 2^48 bytes, and a unit needs more
/// than one.
const MAX_UNITS: u64 = 1 << 48;

/// Reads the total.
pub(crate) fn read(connection: &Connection) -> Result<u64, Problem> {
    let mut statement = connection.prepare_cached("SELECT units FROM tally")?;
    let mut rows = statement.query([])?;
    let Some(row) = rows.next()? else {
        return Err(Problem::NoTotal);
    };
    let units: i64 = row.get(0)?;
    match (u64::try_from(units), rows.next()?) {
        (Ok(units @ 0..=MAX_UNITS), None) => Ok(units),
        _ => Err(Problem::NoTotal),
    }
}

/// Adds `difference` to the total.
pub(crate) fn add(connection: &Connection, difference: i64) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE tally SET units = units + ?1")?
        .execute([difference])?;
    Ok(())
}

/// Sets the total to the number of units. The table may have no row or several before, and has
/// one row afterwards.
pub(crate) fn recount(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(
        "INSERT INTO tally SELECT count(*) FROM unit;
         DELETE FROM tally WHERE rowid < (SELECT max(rowid) FROM tally);",
    )
}

/// Adds one to the number of the last write.
pub(crate) fn number_write(connection: &Connection) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE tally SET rowid = rowid + 1")?
        .execute([])?;
    Ok(())
}

/// A number that changes when another connection has written. Each connection has its own
/// numbers.
pub(crate) fn data_version(connection: &Connection) -> rusqlite::Result<i64> {
    connection
        .prepare_cached("PRAGMA data_version")?
        .query_row([], |row| row.get(0))
}

/// The number of the last write, or 0 if the table does not have exactly one row.
fn last_write(connection: &Connection) -> rusqlite::Result<i64> {
    connection
        .prepare_cached("SELECT CASE count(*) WHEN 1 THEN max(rowid) ELSE 0 END FROM tally")?
        .query_row([], |row| row.get(0))
}

/// Whether the total is the number of units. Cost: all units are counted.
fn is_right(connection: &Connection) -> rusqlite::Result<bool> {
    let sql = "SELECT (SELECT count(*) FROM tally) = 1 \
        AND (SELECT units FROM tally) = (SELECT count(*) FROM unit)";
    connection
        .prepare_cached(sql)?
        .query_row([], |row| row.get(0))
}

/// The latest state of the file in which the total was right, as seen by the connection that
/// writes.
///
/// Two numbers identify a state. `data_version` changes with each write by another connection.
/// The number of the last write changes with each write by a store. If only `data_version` has
/// changed, another program has written.
#[derive(Debug)]
pub(crate) struct TotalCheck {
    /// The `data_version` at which all units were counted.
    counted: AtomicI64,
    /// The `data_version` at which the total was counted, or was trusted because another store
    /// had written.
    trusted: AtomicI64,
    /// The number of the last write that this store has seen.
    last_write: AtomicI64,
}

/// No `data_version`. `PRAGMA data_version` is never negative.
const NO_VERSION: i64 = -1;

impl TotalCheck {
    pub(crate) fn new() -> Self {
        Self {
            counted: AtomicI64::new(NO_VERSION),
            trusted: AtomicI64::new(NO_VERSION),
            last_write: AtomicI64::new(0),
        }
    }

    /// Forgets the versions, because they are not valid for a new connection.
    pub(crate) fn forget_versions(&self) {
        self.counted.store(NO_VERSION, Ordering::Relaxed);
        self.trusted.store(NO_VERSION, Ordering::Relaxed);
    }

    /// Notes a write by this connection. If its number cannot be read, the next check counts
    /// the units. The write itself is committed in either case.
    pub(crate) fn note_write(&self, connection: &Connection) {
        match last_write(connection) {
            Ok(write) => self.last_write.store(write, Ordering::Relaxed),
            Err(_) => self.forget_versions(),
        }
    }

    /// Whether the total is right, for a listing. Cost: a few numbers are read. After a write by
    /// another program all units are counted.
    ///
    /// After a write by another store the total is trusted, because that store has checked it.
    /// If another program has written too, the next write by either store detects that.
    pub(crate) fn trusts(&self, transaction: &Transaction<'_>) -> rusqlite::Result<bool> {
        let version = data_version(transaction)?;
        if self.trusted.load(Ordering::Relaxed) == version {
            return Ok(true);
        }
        let write = last_write(transaction)?;
        if self.last_write.load(Ordering::Relaxed) < write {
            self.trusted.store(version, Ordering::Relaxed);
            self.last_write.store(write, Ordering::Relaxed);
            return Ok(true);
        }
        self.verify(transaction)
    }

    /// Whether the total is right, for a write. Cost: one number is read. After a write by any
    /// other connection all units are counted.
    pub(crate) fn verify(&self, transaction: &Transaction<'_>) -> rusqlite::Result<bool> {
        let version = data_version(transaction)?;
        if self.counted.load(Ordering::Relaxed) == version {
            return Ok(true);
        }
        let is_right = is_right(transaction)?;
        if is_right {
            self.counted.store(version, Ordering::Relaxed);
            self.trusted.store(version, Ordering::Relaxed);
            self.note_write(transaction);
        }
        Ok(is_right)
    }
}
