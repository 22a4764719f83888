//! Makes an answer describe one instant of several servers.
//!
//! Each shard, or worker of Citus, has its own snapshot, which its first statement takes.
//! Readers take these snapshots while they hold an advisory lock of the coordinator. Writers
//! hold the same lock from before the first server commits until the last has committed:
//!
//! ```text
//!  reader   lock (shared) ─ snapshot of every server ─ unlock ─ list ─────────────►
//!  writer   write ──────────────────────────────────── lock (alone) ─ commit on every server
//! ```
//!
//! So no snapshot lies between two commits of one write. Readers share the lock, and hold it
//! for one round trip to each server. A writer waits for those round trips, and readers wait
//! for its commit, but not for its work. A writer that does not take the lock, such as one
//! that uses another coordinator or other statements, is not covered.

use futures_util::future;
use tokio_postgres::{SimpleColumn, SimpleQueryMessage, Transaction};

use super::tables::{Distribution, Tables};
use crate::connection::settings;
use crate::error::Problem;

/// Begins a transaction that lists units: takes the snapshots of all servers. Returns whether
/// any unit is irregular, if the statements show it.
pub(crate) async fn begin_read(
    transaction: &Transaction<'_>,
    tables: &Tables,
) -> Result<Option<bool>, Problem> {
    match tables.distribution {
        Distribution::OneTable => Ok(None),
        Distribution::Shards(_) => {
            let snapshots = snapshots_of_shards(tables);
            transaction.batch_execute(&snapshots).await?;
            Ok(None)
        }
        Distribution::Distributed => {
            // Each connection to a worker would have its own snapshot.
            let one = "SET LOCAL citus.max_adaptive_executor_pool_size = 1".to_owned();
            let mut settings = settings_of_workers();
            settings.push(one);
            let set = settings.iter().map(|sql| transaction.batch_execute(sql));
            let snapshots = snapshots_of_workers(tables);
            // All statements are sent before the first is answered.
            let set = future::try_join_all(set);
            let (set, taken) = future::join(set, transaction.simple_query(&snapshots)).await;
            set?;
            let is_irregular = taken?.iter().any(has_irregular);
            Ok(Some(is_irregular))
        }
    }
}

/// Begins a transaction that writes: passes the settings of the session to the workers.
pub(crate) async fn begin_write(
    transaction: &Transaction<'_>,
    tables: &Tables,
) -> Result<(), Problem> {
    if tables.distribution != Distribution::Distributed {
        return Ok(());
    }
    let statements = settings_of_workers();
    let sent = statements.iter().map(|sql| transaction.batch_execute(sql));
    future::try_join_all(sent).await?;
    Ok(())
}

/// Ends a transaction that has written: takes the lock, which the commit releases.
pub(crate) async fn end_write(
    transaction: &Transaction<'_>,
    tables: &Tables,
) -> Result<(), Problem> {
    if tables.distribution == Distribution::OneTable {
        return Ok(());
    }
    let sql = format!("SELECT pg_advisory_xact_lock({})", key(tables));
    Ok(transaction.batch_execute(&sql).await?)
}

fn snapshots_of_shards(tables: &Tables) -> String {
    let counts = tables.parts.iter().filter_map(|part| part.counts.as_ref());
    let reach = counts.map(|counts| format!("SELECT sum(n) FROM {counts};"));
    // The planner knows little of the shards. It would sort on the coordinator, although the
    // indexes of the shards have the order.
    snapshots(tables, &reach.collect::<String>()) + "; SET LOCAL enable_sort = off"
}

/// The column that the statement to the workers selects for an irregular unit.
const IRREGULAR: &str = "irregular";

fn has_irregular(answer: &SimpleQueryMessage) -> bool {
    match answer {
        SimpleQueryMessage::Row(row) => {
            let names = row.columns().iter().map(SimpleColumn::name);
            names.eq([IRREGULAR])
        }
        _ => false,
    }
}

/// Citus sends this statement to all shards. The index of irregular units answers it.
fn snapshots_of_workers(tables: &Tables) -> String {
    let units = &tables.units;
    let reach = format!("SELECT true AS {IRREGULAR} FROM {units} WHERE NOT regular LIMIT 1;");
    snapshots(tables, &reach)
}

/// Runs the statements of `reach` while it holds the lock. The rollback to the savepoint
/// releases the lock and leaves the snapshots.
fn snapshots(tables: &Tables, reach: &str) -> String {
    format!(
        "SAVEPOINT instant; SELECT pg_advisory_xact_lock_shared({}); {reach} \
         ROLLBACK TO SAVEPOINT instant",
        key(tables)
    )
}

/// The statements that give the settings of the session to the workers of Citus. Citus passes
/// the whole text that a client has sent, so each statement is sent alone. (Without Citus, the
/// first one sets a name that nothing reads.)
fn settings_of_workers() -> Vec<String> {
    let pass_on = ("citus.propagate_set_commands", "local");
    let settings = [pass_on].into_iter().chain(settings());
    let set = |(name, value): (&str, &str)| {
        // A list within one pair of quotes would be a single name.
        let values: Vec<String> = value.split(',').map(|one| format!("'{one}'")).collect();
        format!("SET LOCAL {name} = {}", values.join(", "))
    };
    settings.map(set).collect()
}

/// The key of the lock. The name of a schema needs no escape.
fn key(tables: &Tables) -> String {
    format!(
        "hashtextextended('livechat-units instant {}', 0::bigint)",
        tables.schema
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workers_get_every_setting_of_a_session() {
        let statements = settings_of_workers();
        assert_eq!(
            statements.first().map(String::as_str),
            Some("SET LOCAL citus.propagate_set_commands = 'local'")
        );
        let session = crate::connection::SESSION.matches("-c ").count();
        assert_eq!(statements.len(), 1 + session);
        for setting in [
            "SET LOCAL jit = 'off'",
            "SET LOCAL gin_fuzzy_search_limit = '0'",
            "SET LOCAL search_path = 'pg_catalog'",
        ] {
            assert!(statements.iter().any(|sql| sql == setting), "{setting}");
        }
    }
}
