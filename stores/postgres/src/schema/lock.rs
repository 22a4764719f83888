//! The lock of a schema: an advisory lock of PostgreSQL, held until the end of a transaction.
//!
//! Writers of single units share it. Migrations and replacements of all units hold it alone.
//! Lists do not take it.

use tokio_postgres::Transaction;

use crate::error::Problem;

/// How a transaction that writes holds the lock.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lock {
    /// Together with other writers.
    Shared,
    /// Alone.
    Exclusive,
}

/// The statement for a shared lock of the schema `$1`.
pub(crate) const LOCK_SHARED: &str =
    "SELECT pg_advisory_xact_lock_shared(hashtextextended('livechat-units ' || $1, 0::bigint))";

const LOCK_EXCLUSIVE: &str =
    "SELECT pg_advisory_xact_lock(hashtextextended('livechat-units ' || $1, 0::bigint))";

/// Locks a schema.
pub(crate) async fn lock(
    transaction: &Transaction<'_>,
    schema: &str,
    lock: Lock,
) -> Result<(), Problem> {
    let sql = match lock {
        Lock::Shared => LOCK_SHARED,
        Lock::Exclusive => LOCK_EXCLUSIVE,
    };
    transaction.execute(sql, &[&schema]).await?;
    Ok(())
}
