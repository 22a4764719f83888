//! One instant of several shards.
//!
//! Each shard has its own snapshot, taken by the first statement that reaches it. So
//! that all are of one instant, a reader takes them while it holds a lock of the
//! coordinator, which writers hold from before the first shard commits until after the
//! last has. Readers hold it beside each other, for as long as it takes to reach all
//! shards once; a writer waits for those, and they for a writer, but not for its work.

use livechat_units::StoreError;
use tokio_postgres::Transaction;

use crate::error::of_driver;
use crate::schema::{Place, Tables};

/// What a transaction that reads shards begins with.
pub(crate) fn begin(tables: &Tables) -> String {
    // A lock that was taken since a savepoint is given back with it. The snapshots stay.
    let counts = tables.parts.iter().filter_map(|part| part.counts.as_ref());
    let reached = counts.map(|counts| format!("SELECT sum(n) FROM {counts};"));
    let reached: String = reached.collect();
    // Knowing little of the shards, the planner would take sorting here for cheaper than
    // sorting there.
    format!(
        "SAVEPOINT instant; SELECT pg_advisory_xact_lock_shared({}); {reached} \
         ROLLBACK TO SAVEPOINT instant; SET LOCAL enable_sort = off",
        key(tables)
    )
}

/// What a transaction that has written ends with, before it is committed.
pub(crate) async fn end(
    transaction: &Transaction<'_>,
    tables: &Tables,
    operation: &'static str,
) -> Result<(), StoreError> {
    if !matches!(tables.place, Place::Shards(_)) {
        return Ok(());
    }
    let sql = format!("SELECT pg_advisory_xact_lock({})", key(tables));
    let locked = transaction.batch_execute(&sql).await;
    locked.map_err(of_driver(operation))
}

/// The lock. Names of schemas need no escape.
fn key(tables: &Tables) -> String {
    format!(
        "hashtextextended('livechat-units instant {}', 0)",
        tables.schema
    )
}
