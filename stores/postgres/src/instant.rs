//! One instant of several servers.
//!
//! Each shard, or worker of Citus, has its own snapshot, taken by the first statement that
//! reaches it. So that all are of one instant, a reader takes them while it holds a lock of
//! the coordinator, which a writer holds from before the first server commits until after
//! the last has. Readers hold the lock beside each other, for as long as it takes to reach
//! all servers once; a writer waits for those, and they for a writer's commit, but not for
//! its work. A writer that does not take the lock, such as one that uses another coordinator
//! or other statements, is not covered.

use futures_util::future;
use livechat_units::StoreError;
use tokio_postgres::{SimpleColumn, SimpleQueryMessage, Transaction};

use crate::connector;
use crate::error::of_driver;
use crate::schema::{Place, Tables};

/// Begins a transaction that lists units: takes the snapshots of all servers. Whether any
/// unit is irregular, if that was found out on the way.
pub(crate) async fn begin(
    transaction: &Transaction<'_>,
    tables: &Tables,
    operation: &'static str,
) -> Result<Option<bool>, StoreError> {
    let failed = of_driver(operation);
    match tables.place {
        Place::Here => Ok(None),
        Place::Shards(_) => {
            let snapshots = snapshots_of_shards(tables);
            let taken = transaction.batch_execute(&snapshots).await;
            taken.map(|()| None).map_err(failed)
        }
        Place::Distributed => {
            // With more than one connection to a worker, each would have its own snapshot.
            let one = "SET LOCAL citus.max_adaptive_executor_pool_size = 1".to_owned();
            let mut settings = settings_of_workers();
            settings.push(one);
            let set = settings.iter().map(|sql| transaction.batch_execute(sql));
            let snapshots = snapshots_of_workers(tables);
            // All are sent before the first is answered.
            let set = future::try_join_all(set);
            let both = future::join(set, transaction.simple_query(&snapshots)).await;
            both.0.map_err(&failed)?;
            let answers = both.1.map_err(&failed)?;
            let found = answers.iter().any(|answer| match answer {
                SimpleQueryMessage::Row(row) => {
                    let names = row.columns().iter().map(SimpleColumn::name);
                    names.eq([IRREGULAR])
                }
                _ => false,
            });
            Ok(Some(found))
        }
    }
}

/// Begins a transaction that writes: gives the settings of the session to the workers.
pub(crate) async fn begin_write(
    transaction: &Transaction<'_>,
    tables: &Tables,
    operation: &'static str,
) -> Result<(), StoreError> {
    if tables.place != Place::Distributed {
        return Ok(());
    }
    let statements = settings_of_workers();
    let sent = statements.iter().map(|sql| transaction.batch_execute(sql));
    let done = future::try_join_all(sent).await;
    done.map(drop).map_err(of_driver(operation))
}

/// What a transaction that has written ends with, before it is committed.
pub(crate) async fn end(
    transaction: &Transaction<'_>,
    tables: &Tables,
    operation: &'static str,
) -> Result<(), StoreError> {
    if tables.place == Place::Here {
        return Ok(());
    }
    let sql = format!("SELECT pg_advisory_xact_lock({})", key(tables));
    let locked = transaction.batch_execute(&sql).await;
    locked.map_err(of_driver(operation))
}

fn snapshots_of_shards(tables: &Tables) -> String {
    let counts = tables.parts.iter().filter_map(|part| part.counts.as_ref());
    let reach = counts.map(|counts| format!("SELECT sum(n) FROM {counts};"));
    // Knowing little of the shards, the planner would take sorting here for cheaper than
    // sorting there.
    snapshots(tables, &reach.collect::<String>()) + "; SET LOCAL enable_sort = off"
}

/// The name of the column of an irregular unit.
const IRREGULAR: &str = "irregular";

/// The statement that reaches the workers is sent to all shards. The index of irregular
/// units answers it.
fn snapshots_of_workers(tables: &Tables) -> String {
    let units = &tables.units;
    let reach = format!("SELECT true AS {IRREGULAR} FROM {units} WHERE NOT regular LIMIT 1;");
    snapshots(tables, &reach)
}

/// Reaches all servers with the lock held. A lock that was taken since a savepoint is given
/// back with it. The snapshots stay.
fn snapshots(tables: &Tables, reach: &str) -> String {
    format!(
        "SAVEPOINT instant; SELECT pg_advisory_xact_lock_shared({}); {reach} \
         ROLLBACK TO SAVEPOINT instant",
        key(tables)
    )
}

/// The statements that give the settings of the session to the workers of Citus, whose own
/// may be others. Citus passes on the whole text that a client sent at once, so that each
/// statement goes alone. (Without Citus, the first one sets a name without a meaning.)
fn settings_of_workers() -> Vec<String> {
    let pass_on = ("citus.propagate_set_commands", "local");
    let settings = [pass_on].into_iter().chain(connector::settings());
    let set = |(name, value): (&str, &str)| {
        // A list in quotes would be one name.
        let values: Vec<String> = value.split(',').map(|one| format!("'{one}'")).collect();
        format!("SET LOCAL {name} = {}", values.join(", "))
    };
    settings.map(set).collect()
}

/// The lock. Names of schemas need no escape.
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
    fn workers_get_each_setting_of_a_session() {
        let statements = settings_of_workers();
        assert_eq!(
            statements.first().map(String::as_str),
            Some("SET LOCAL citus.propagate_set_commands = 'local'")
        );
        let session = connector::SESSION.matches("-c ").count();
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
