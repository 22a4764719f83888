//! Reads the changes since a revision, in one snapshot.

use std::collections::HashMap;
use std::pin::pin;

use deadpool_postgres::Transaction;
use futures_util::TryStreamExt;
use livechat_units::Unit;
use livechat_units::columns::excerpt;
use tokio_postgres::Row;
use tokio_postgres::types::Type;

use super::revision::{Now, Revision};
use super::{ChangedUnits, Changes};
use crate::connection::{Access, Operation};
use crate::error::{Position, Problem, operation};
use crate::schema::{self, Distribution, Tables};

/// Reads the changes since a revision.
///
/// Its statements are prepared and executed at once, without a name, and all settings are
/// those of the transaction. So it works through a proxy that shares connections between
/// transactions.
pub(crate) struct Poll<'a> {
    pub(crate) tables: &'a Tables,
    pub(crate) seen: Option<&'a Revision>,
    /// What an earlier transaction of this call has seen.
    pub(crate) reached: Option<Reached>,
}

/// What a poll has found.
pub(crate) enum Polled {
    Changes(Changes),
    /// Another standby than before has answered.
    Other(Reached),
}

/// A standby, and the position that it had reached after the snapshot of a transaction. The
/// snapshot of a later transaction shows everything up to there.
pub(crate) struct Reached {
    server: String,
    position: Position,
}

/// What a transaction can read.
enum Readable<'a> {
    All,
    /// The changes since this revision.
    Since(&'a Revision),
    /// Nothing yet: whether the standby is behind is not known.
    Unknown,
}

impl Operation for Poll<'_> {
    const NAME: &'static str = operation::CHANGES;
    const ACCESS: Access = Access::BulkRead;
    type Output = Polled;

    async fn run(&self, transaction: &Transaction<'_>) -> Result<Polled, Problem> {
        begin(transaction, self.tables).await?;
        let now = Now::read(transaction, self.tables).await?;
        let units = match self.readable(&now)? {
            Readable::Unknown => {
                return Ok(Polled::Other(Reached {
                    server: now.revision.server,
                    position: now.revision.position,
                }));
            }
            Readable::Since(seen) => match since(transaction, self.tables, seen).await? {
                Some(units) => ChangedUnits::Some(units),
                None => all(transaction, self.tables).await?,
            },
            Readable::All => all(transaction, self.tables).await?,
        };
        let revision = now.revision;
        Ok(Polled::Changes(Changes { revision, units }))
    }
}

impl Poll<'_> {
    fn readable(&self, now: &Now) -> Result<Readable<'_>, Problem> {
        let Some(seen) = self.seen else {
            return Ok(Readable::All);
        };
        if !seen.is_of_the_table_of(&now.revision) {
            return Ok(Readable::All);
        }
        if seen.server == now.revision.server {
            return Ok(if now.is_recorded {
                Readable::Since(seen)
            } else {
                Readable::All
            });
        }
        // A primary is never behind, because nothing else takes writes.
        if !now.is_standby {
            return Ok(Readable::All);
        }
        match &self.reached {
            Some(reached) if reached.server == now.revision.server => {
                if reached.position < seen.position {
                    return Err(Problem::Behind {
                        expected: seen.position,
                        found: reached.position,
                    });
                }
                Ok(Readable::All)
            }
            _ => Ok(Readable::Unknown),
        }
    }
}

/// Begins the transaction.
///
/// The lock comes before the snapshot: without it, a `TRUNCATE` that is committed after the
/// snapshot would leave an empty table, although the snapshot does not show its record.
async fn begin(transaction: &Transaction<'_>, tables: &Tables) -> Result<(), Problem> {
    let mut sql = "SET LOCAL row_security = off; SET LOCAL search_path = pg_catalog; \
                   SET LOCAL jit = off"
        .to_owned();
    if tables.distribution == Distribution::OneTable {
        sql = format!("{sql}; LOCK TABLE {} IN ACCESS SHARE MODE", tables.units);
    }
    transaction.batch_execute(&sql).await?;
    schema::begin_read(transaction, tables).await?;
    Ok(())
}

/// All units.
async fn all(transaction: &Transaction<'_>, tables: &Tables) -> Result<ChangedUnits, Problem> {
    let sql = format!("SELECT _id, document FROM {}", tables.units);
    let no_parameters: [(&str, Type); 0] = [];
    let rows = transaction.query_typed_raw(&sql, no_parameters).await?;
    let mut rows = pin!(rows);
    let mut units = Vec::new();
    while let Some(row) = rows.try_next().await? {
        let (_, unit) = unit(&row)?;
        units.extend(unit);
    }
    Ok(ChangedUnits::All(units))
}

/// The units that have changed since a revision. `None` if the record of changes does not
/// contain all of them.
async fn since(
    transaction: &Transaction<'_>,
    tables: &Tables,
    seen: &Revision,
) -> Result<Option<Vec<(String, Option<Unit>)>>, Problem> {
    let parameters = || [(seen.snapshot.as_str(), Type::TEXT)];
    let mut changed = HashMap::new();
    let deleted = deleted(tables);
    let deleted = transaction.query_typed_raw(&deleted, parameters()).await?;
    let mut deleted = pin!(deleted);
    while let Some(row) = deleted.try_next().await? {
        if row.try_get::<_, Option<&str>>(0)?.is_none() {
            return Ok(None);
        }
        changed.extend([unit(&row)?]);
    }
    let written = written(tables);
    let written = transaction.query_typed_raw(&written, parameters()).await?;
    let mut written = pin!(written);
    while let Some(row) = written.try_next().await? {
        changed.extend([unit(&row)?]);
    }
    Ok(Some(changed.into_iter().collect()))
}

/// The statement for the units of recorded deletions. A row without an `_id` says that there
/// are changes without a record.
fn deleted(tables: &Tables) -> String {
    let range = range("d.written");
    format!(
        "SELECT d._id, u.document FROM \"{}\".deletions d LEFT JOIN {} u ON u._id = d._id \
         WHERE {range} AND (d.floor OR NOT {VISIBLE}(d.written, {SEEN})) ORDER BY d._id NULLS FIRST",
        tables.schema, tables.units
    )
}

/// The statement for the units of rows that were written.
fn written(tables: &Tables) -> String {
    let range = range("written");
    format!(
        "SELECT _id, document FROM {} WHERE {range} AND NOT {VISIBLE}(written, {SEEN})",
        tables.units
    )
}

/// The snapshot that the reader remembers.
const SEEN: &str = "$1::text::pg_snapshot";

const VISIBLE: &str = "pg_catalog.pg_visible_in_snapshot";

/// The condition that an index serves: from the first transaction that was open in the
/// remembered snapshot to the last one of this snapshot. (Numbers from another cluster, in a
/// restored table, can be larger.)
fn range(column: &str) -> String {
    format!(
        "{column} >= pg_catalog.pg_snapshot_xmin({SEEN}) AND \
         {column} < pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())"
    )
}

/// The `_id` of a row, and its unit if it has a document.
fn unit(row: &Row) -> Result<(String, Option<Unit>), Problem> {
    let id: &str = row.try_get(0)?;
    let Some(document) = row.try_get::<_, Option<&str>>(1)? else {
        return Ok((id.to_owned(), None));
    };
    let unit = Unit::from_json(document)?;
    if unit.id() != id {
        let (id, found) = (excerpt(id), excerpt(unit.id()));
        return Err(Problem::OtherId { id, found });
    }
    Ok((id.to_owned(), Some(unit)))
}
