//! Transactions that write, and the repair of a wrong total.

use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::error::Problem;
use crate::schema::changes::{self, RecordingCheck};
use crate::schema::rebuild::rebuild;
use crate::schema::total::{self, TotalCheck};

/// Begins a transaction that writes. Does not check the total.
pub(crate) fn begin(connection: &mut Connection) -> Result<Transaction<'_>, Problem> {
    Ok(connection.transaction_with_behavior(TransactionBehavior::Immediate)?)
}

/// Begins a transaction that writes, and checks the total. If the total is wrong, another
/// program has written, and everything is rebuilt in the same transaction. If a damaged document
/// prevents that, only the total is repaired, because the write may replace that document.
pub(crate) fn begin_repaired<'a>(
    connection: &'a mut Connection,
    check: &TotalCheck,
    recording: &RecordingCheck,
) -> Result<Transaction<'a>, Problem> {
    let mut transaction = begin(connection)?;
    recording.ensure(&transaction)?;
    if !check.verify(&transaction)? {
        let savepoint = transaction.savepoint()?;
        match rebuild(&savepoint) {
            Ok(()) => savepoint.commit()?,
            Err(problem) if problem.is_corrupt() => {
                savepoint.finish()?;
                total::recount(&transaction)?;
            }
            Err(problem) => return Err(problem),
        }
    }
    Ok(transaction)
}

/// Commits a write. `changes_before` is `total_changes` of the connection before the write. If
/// the write has changed rows, it gets the next number, and old rows of the table of changes are
/// deleted.
pub(crate) fn commit(transaction: Transaction<'_>, changes_before: u64) -> rusqlite::Result<()> {
    if transaction.total_changes() != changes_before {
        total::number_write(&transaction)?;
        changes::prune(&transaction)?;
    }
    transaction.commit()
}

/// Repairs a wrong total and the table of changes when the store is opened. If both are right,
/// this does not wait for a lock.
///
/// If a damaged document or a missing permission prevents the repair, this succeeds
/// nevertheless. Listings then fail, and a write can replace the damaged document.
pub(crate) fn repair_total(connection: &mut Connection, check: &TotalCheck) -> Result<(), Problem> {
    let snapshot = connection.transaction()?;
    if check.verify(&snapshot)? && changes::is_recording(&snapshot)? {
        return Ok(());
    }
    drop(snapshot);
    match rebuild_if_wrong(connection, check) {
        Err(problem) if !problem.is_corrupt() && !problem.is_read_only() => return Err(problem),
        // The next listing then counts the units. It does not take the last write for one that
        // another store has made and checked.
        _ => check.note_write(connection),
    }
    Ok(())
}

fn rebuild_if_wrong(connection: &mut Connection, check: &TotalCheck) -> Result<(), Problem> {
    let transaction = begin(connection)?;
    changes::restore(&transaction)?;
    // Another process may have repaired the total meanwhile.
    if !check.verify(&transaction)? {
        rebuild(&transaction)?;
    }
    Ok(transaction.commit()?)
}
