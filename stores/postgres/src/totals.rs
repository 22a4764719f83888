//! The number of units: kept by triggers, checked, and repaired.
//!
//! ```text
//! units ──triggers──> counts ──> total
//!
//! counts: slot  n                                 origin
//!         -1    units at the last recount         the cluster and the table that were counted
//!         0–63  changes since, a row for several  none
//!               writers
//!         -2    0; there if somebody else has     none
//!               written to counts, or a TRUNCATE
//!               could not see all of them
//! total:  n, kept                                 one row
//! ```
//!
//! `total` is a view. Where the counts can be trusted, `kept` is true and `n` is their sum:
//! at most 66 rows are read. Else `n` is `count(*)` of the units. They are trusted if
//!
//! * the recount was made for this very table: its origin is the identifier of the database
//!   cluster and the number of the table, which no restored or replicated row has;
//! * nobody but the triggers has written to the counts since, which a trigger on them sees;
//! * no transaction with one snapshot (`REPEATABLE READ`, `SERIALIZABLE`) has truncated the units
//!   since: it does not see the changes that others have committed after its snapshot;
//! * all triggers are enabled as they were made. (`ALTER TABLE … ENABLE TRIGGER ALL`, with
//!   which a restore enables what it had disabled, leaves them otherwise.)
//!
//! Statements are counted by transition tables: one change for each statement. A session with
//! `session_replication_role = replica` fires the same triggers, but the process that applies
//! a logical replication fires only those for rows. So in such sessions rows are counted one
//! by one in a setting of the transaction, and their sum is written when it commits.

use std::sync::atomic::{AtomicBool, Ordering};

use livechat_units::{Scope, StoreError, UnitPage, UnitQuery};
use tokio_postgres::Transaction;

use crate::error::{MIGRATE, Problem, of_driver};
use crate::limits::VERSION;
use crate::schema::{self, Place, Tables};
use crate::transaction::{Access, Work};
use crate::{counting, list};

pub(crate) const CHECK: &str = "check the total";

/// The number of units as it is kept, and as it was counted in the same snapshot; from
/// [`PostgresStore::check_total`](crate::PostgresStore::check_total).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TotalCheck {
    kept: Option<u64>,
    counted: u64,
}

impl TotalCheck {
    /// The kept number. `None` where none is kept, as in [`Layout::distributed`], or where it
    /// is known to be no longer current, as after a restore: then every list counts.
    ///
    /// [`Layout::distributed`]: crate::Layout::distributed
    pub fn kept(&self) -> Option<u64> {
        self.kept
    }

    /// The number of units.
    pub fn counted(&self) -> u64 {
        self.counted
    }

    /// Whether a number is kept, and is the right one.
    pub fn is_kept_right(&self) -> bool {
        self.kept == Some(self.counted)
    }
}

/// Whether the kept number of a table of this server is used, and right. Counts all units, and
/// keeps nobody waiting.
pub(crate) struct IsKeptRight<'a>(pub(crate) &'a str);

impl Work for IsKeptRight<'_> {
    const OPERATION: &'static str = MIGRATE;
    const ACCESS: Access = Access::BulkRead;
    type Done = bool;

    async fn run(
        &self,
        transaction: &deadpool_postgres::Transaction<'_>,
    ) -> Result<bool, StoreError> {
        let tables = Tables::new(self.0, Place::Here, VERSION);
        let check = check(transaction, &tables, MIGRATE).await?;
        Ok(check.is_kept_right())
    }
}

/// Repairs whatever keeps the number, if nobody else has meanwhile. Writers wait.
pub(crate) struct Repair<'a>(pub(crate) &'a str);

impl Work for Repair<'_> {
    const OPERATION: &'static str = MIGRATE;
    const ACCESS: Access = Access::Bulk;
    type Done = ();

    async fn run(
        &self,
        transaction: &deadpool_postgres::Transaction<'_>,
    ) -> Result<(), StoreError> {
        schema::lock(transaction, self.0, MIGRATE).await?;
        if IsKeptRight(self.0).run(transaction).await? {
            return Ok(());
        }
        repair(transaction, self.0).await
    }
}

/// Recounts all units. Then, if a trigger or the view was changed, creates them again. Writers
/// wait until the end of the transaction; lists do not, unless something is made.
pub(crate) async fn repair(transaction: &Transaction<'_>, schema: &str) -> Result<(), StoreError> {
    let failed = of_driver(MIGRATE);
    let units = count_locked(transaction, schema).await?;
    set(transaction, schema, units).await?;
    let sql = format!("SELECT kept FROM \"{schema}\".total");
    let kept = transaction.query_one(&sql, &[]).await.map_err(&failed)?;
    if kept.try_get(0).map_err(&failed)? {
        return Ok(());
    }
    let install = counting::install(schema);
    transaction.batch_execute(&install).await.map_err(&failed)
}

/// Makes everything that counts in tables of an older version. Writers wait from here on, and
/// lists from when the units have been counted.
pub(crate) async fn upgrade(transaction: &Transaction<'_>, schema: &str) -> Result<(), StoreError> {
    let units = count_locked(transaction, schema).await?;
    // Lists of the first version read `meta`, and then the counts. So this locks them in that
    // order too.
    let sql = format!(
        "LOCK TABLE \"{schema}\".meta IN ACCESS EXCLUSIVE MODE;{}{}",
        counting::upgrade(schema),
        counting::install(schema)
    );
    let installed = transaction.batch_execute(&sql).await;
    installed.map_err(of_driver(MIGRATE))?;
    set(transaction, schema, units).await
}

/// The number of units, which nobody changes until the end of the transaction. (Writers lock
/// the units before their counts; so does this.)
async fn count_locked(transaction: &Transaction<'_>, schema: &str) -> Result<i64, StoreError> {
    let failed = of_driver(MIGRATE);
    let lock = format!("LOCK TABLE \"{schema}\".units IN SHARE ROW EXCLUSIVE MODE");
    transaction.batch_execute(&lock).await.map_err(&failed)?;
    let sql = format!("SELECT count(*) FROM \"{schema}\".units");
    let row = transaction.query_one(&sql, &[]).await.map_err(&failed)?;
    row.try_get(0).map_err(failed)
}

async fn set(transaction: &Transaction<'_>, schema: &str, units: i64) -> Result<(), StoreError> {
    let origin = counting::origin(schema);
    let sql = format!(
        "SET LOCAL livechat_units.recount = 'on';\
         DELETE FROM \"{schema}\".counts;\
         INSERT INTO \"{schema}\".counts VALUES (-1, {units}, {origin});\
         SET LOCAL livechat_units.recount = 'off'"
    );
    let recounted = transaction.batch_execute(&sql).await;
    recounted.map_err(of_driver(MIGRATE))
}

/// The kept number and the right one, in one snapshot.
pub(crate) async fn check(
    transaction: &Transaction<'_>,
    tables: &Tables,
    operation: &'static str,
) -> Result<TotalCheck, StoreError> {
    let failed = of_driver(operation);
    let kept = tables.parts.iter().filter_map(|part| part.counts.as_ref());
    let trusted = if tables.has_view() {
        "bool_and(kept)"
    } else {
        "true"
    };
    let kept: Vec<String> = kept
        .map(|counts| format!("SELECT sum(n)::bigint AS n, {trusted} AS kept FROM {counts}"))
        .collect();
    let kept = if kept.is_empty() {
        "NULL::bigint".to_owned()
    } else {
        let kept = kept.join(" UNION ALL ");
        format!(
            "(SELECT CASE WHEN bool_and(kept) THEN coalesce(sum(n), 0)::bigint END FROM ({kept}) k)"
        )
    };
    let counted = tables
        .parts
        .iter()
        .map(|part| format!("(SELECT count(*) FROM {})", part.units));
    let counted = counted.collect::<Vec<_>>().join(" + ");
    let sql = format!("SELECT {kept}, {counted}");
    let row = transaction.query_one(&sql, &[]).await.map_err(&failed)?;
    let kept: Option<i64> = row.try_get(0).map_err(&failed)?;
    let counted: i64 = row.try_get(1).map_err(&failed)?;
    Ok(TotalCheck {
        kept: kept.and_then(|kept| u64::try_from(kept).ok()),
        counted: u64::try_from(counted)
            .map_err(|_| Problem::Number("the total").during(operation))?,
    })
}

/// The page with the right total. Where the page has another number of units than the kept
/// total leaves for it, or an earlier one had, the units are counted in the same snapshot.
pub(crate) async fn checked(
    transaction: &Transaction<'_>,
    tables: &Tables,
    query: &UnitQuery,
    page: UnitPage,
    doubted: &AtomicBool,
) -> Result<UnitPage, StoreError> {
    let is_kept = query.text().is_none()
        && matches!(query.scope(), Scope::All)
        && tables.parts.iter().all(|part| part.counts.is_some());
    let doubt = doubted.load(Ordering::Relaxed);
    if !is_kept || (!doubt && fits(query, &page, page.total())) {
        return Ok(page);
    }
    let counted = check(transaction, tables, list::OPERATION).await?.counted;
    doubted.store(counted != page.total(), Ordering::Relaxed);
    if fits(query, &page, counted) {
        return Ok(UnitPage::new(page.units().collect(), query.page(), counted));
    }
    let problem = Problem::Page {
        expected: expected(query, counted),
        total: counted,
        found: page.len(),
    };
    Err(problem.during(list::OPERATION))
}

/// Whether the page has as many units as it must have of `total` ones. After a cursor the
/// number is not known, so the page has at most as many.
fn fits(query: &UnitQuery, page: &UnitPage, total: u64) -> bool {
    if query.cursor().is_some() {
        return page.len() <= expected(query, total);
    }
    page.len() == expected(query, total)
}

fn expected(query: &UnitQuery, total: u64) -> usize {
    let total = usize::try_from(total).unwrap_or(usize::MAX);
    query.page().range(total).len()
}
