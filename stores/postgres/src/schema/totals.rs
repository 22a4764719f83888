//! The number of units: stored by triggers, checked, and repaired.
//!
//! ```text
//! units ──triggers──> counts ──> total
//!
//! counts: slot  n                                 origin
//!         -1    units at the last recount         the cluster and the table that were counted
//!         0–63  changes since; several writers    none
//!               share a row
//!         -2    0; present if somebody else has   none
//!               written to counts, or if a
//!               TRUNCATE missed some of its rows
//! total:  n, kept                                 one row
//! ```
//!
//! `total` is a view. Its column `kept` says whether the stored number is used. If so, `n` is
//! the sum of `counts`, at most 66 rows. Otherwise `n` is `count(*)` of the units. The stored
//! number is used if
//!
//! * the recount was made for this very table: its origin is the identifier of the database
//!   cluster and the OID of the table, which no restored or replicated row has;
//! * only the triggers have written to `counts` since, which a trigger on `counts` checks;
//! * no transaction with a single snapshot (`REPEATABLE READ`, `SERIALIZABLE`) has truncated
//!   the units since, because it does not see changes that were committed after its snapshot;
//! * all triggers are enabled as they were created. (A restore that has disabled them enables
//!   them with `ALTER TABLE … ENABLE TRIGGER ALL`, which is another state.)
//!
//! Statements are counted by transition tables: one change of `counts` for each statement. A
//! session with `session_replication_role = replica` fires the same triggers, but the process
//! that applies a logical replication fires only those for rows. So in such sessions each row
//! adds to a setting of the transaction, and the sum is written when it commits.

use tokio_postgres::Transaction;

use super::counting;
use super::lock::{Lock, lock};
use super::tables::{Distribution, Tables, VERSION};
use crate::connection::{Access, Operation};
use crate::error::Problem;
use crate::error::operation::MIGRATE;

/// The stored number of units beside the number that was counted in the same snapshot; from
/// [`PostgresStore::check_total`](crate::PostgresStore::check_total).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TotalCheck {
    stored: Option<u64>,
    counted: u64,
}

impl TotalCheck {
    /// The stored number. `None` if every list counts: because no number is stored, as in
    /// [`Layout::distributed`], or because it is not used, as after a restore.
    ///
    /// [`Layout::distributed`]: crate::Layout::distributed
    pub fn stored(&self) -> Option<u64> {
        self.stored
    }

    /// The number of units.
    pub fn counted(&self) -> u64 {
        self.counted
    }

    /// Whether a number is stored and equals the number of units.
    pub fn is_right(&self) -> bool {
        self.stored == Some(self.counted)
    }
}

/// Whether the stored number of a table on this server is used and right. Counts all units,
/// and blocks nobody.
pub(crate) struct IsRight<'a>(pub(crate) &'a str);

impl Operation for IsRight<'_> {
    const NAME: &'static str = MIGRATE;
    const ACCESS: Access = Access::BulkRead;
    type Output = bool;

    async fn run(&self, transaction: &deadpool_postgres::Transaction<'_>) -> Result<bool, Problem> {
        let tables = Tables::new(self.0, Distribution::OneTable, VERSION);
        let check = count(transaction, &tables).await?;
        Ok(check.is_right())
    }
}

/// Repairs the stored number of a table on this server, unless somebody else has done so.
/// Writers wait.
pub(crate) struct RepairIfWrong<'a>(pub(crate) &'a str);

impl Operation for RepairIfWrong<'_> {
    const NAME: &'static str = MIGRATE;
    const ACCESS: Access = Access::Bulk;
    type Output = ();

    async fn run(&self, transaction: &deadpool_postgres::Transaction<'_>) -> Result<(), Problem> {
        lock(transaction, self.0, Lock::Exclusive).await?;
        if IsRight(self.0).run(transaction).await? {
            return Ok(());
        }
        repair(transaction, self.0).await
    }
}

/// Counts all units again. If the stored number is still not used, because a trigger or the
/// view was changed, creates the triggers and the view again. Writers wait until the end of
/// the transaction. Lists wait only if something is created.
pub(crate) async fn repair(transaction: &Transaction<'_>, schema: &str) -> Result<(), Problem> {
    let units = count_locked(transaction, schema).await?;
    save(transaction, schema, units).await?;
    let sql = format!("SELECT kept FROM \"{schema}\".total");
    let is_used = transaction.query_one(&sql, &[]).await?;
    if is_used.try_get(0)? {
        return Ok(());
    }
    let install = counting::install(schema);
    Ok(transaction.batch_execute(&install).await?)
}

/// Upgrades the table of an older version, and creates the triggers and the view. Writers wait
/// from its beginning, and lists after the units have been counted.
pub(crate) async fn upgrade(transaction: &Transaction<'_>, schema: &str) -> Result<(), Problem> {
    let units = count_locked(transaction, schema).await?;
    // Lists of the first version read `meta` and then `counts`. This locks them in the same
    // order, so there is no deadlock.
    let sql = format!(
        "LOCK TABLE \"{schema}\".meta IN ACCESS EXCLUSIVE MODE;{}{}",
        counting::upgrade(schema),
        counting::install(schema)
    );
    transaction.batch_execute(&sql).await?;
    save(transaction, schema, units).await
}

/// The number of units. Nobody changes it until the end of the transaction. (Writers lock
/// `units` before `counts`, and so does this.)
async fn count_locked(transaction: &Transaction<'_>, schema: &str) -> Result<i64, Problem> {
    let lock = format!("LOCK TABLE \"{schema}\".units IN SHARE ROW EXCLUSIVE MODE");
    transaction.batch_execute(&lock).await?;
    let sql = format!("SELECT count(*) FROM \"{schema}\".units");
    let row = transaction.query_one(&sql, &[]).await?;
    Ok(row.try_get(0)?)
}

/// Stores the number of units, and deletes the changes.
async fn save(transaction: &Transaction<'_>, schema: &str, units: i64) -> Result<(), Problem> {
    let origin = counting::origin(schema);
    let sql = format!(
        "SET LOCAL livechat_units.recount = 'on';\
         DELETE FROM \"{schema}\".counts;\
         INSERT INTO \"{schema}\".counts VALUES (-1, {units}, {origin});\
         SET LOCAL livechat_units.recount = 'off'"
    );
    Ok(transaction.batch_execute(&sql).await?)
}

/// The stored number and the number of units, in one snapshot.
pub(crate) async fn count(
    transaction: &Transaction<'_>,
    tables: &Tables,
) -> Result<TotalCheck, Problem> {
    let counts = tables.parts.iter().map(|part| &part.units);
    let counts = counts.map(|units| format!("(SELECT count(*) FROM {units})"));
    let counted = counts.collect::<Vec<_>>().join(" + ");
    let sql = format!("SELECT {}, {counted}", stored_number(tables));
    let row = transaction.query_one(&sql, &[]).await?;
    let stored: Option<i64> = row.try_get(0)?;
    let found: i64 = row.try_get(1)?;
    let negative = |_| Problem::Total { found };
    Ok(TotalCheck {
        stored: stored.and_then(|stored| u64::try_from(stored).ok()),
        counted: u64::try_from(found).map_err(negative)?,
    })
}

/// The expression for the stored number; null if none is stored or used.
fn stored_number(tables: &Tables) -> String {
    let is_used = if tables.has_view() {
        "bool_and(kept)"
    } else {
        "true"
    };
    let counts = tables.parts.iter().filter_map(|part| part.counts.as_ref());
    let counts: Vec<String> = counts
        .map(|counts| format!("SELECT sum(n)::bigint AS n, {is_used} AS used FROM {counts}"))
        .collect();
    if counts.is_empty() {
        return "NULL::bigint".to_owned();
    }
    let counts = counts.join(" UNION ALL ");
    format!(
        "(SELECT CASE WHEN bool_and(used) THEN coalesce(sum(n), 0)::bigint END FROM ({counts}) c)"
    )
}
