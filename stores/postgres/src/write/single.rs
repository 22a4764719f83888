//! Writes one unit.

use deadpool_postgres::Transaction;
use futures_util::future;
use tokio_postgres::Statement;
use tokio_postgres::types::ToSql;

use crate::error::Problem;
use crate::row::{Row, definitions};
use crate::schema::{Distribution, LOCK_SHARED, Tables};

/// Inserts the row, or updates the one with its `_id`. Returns whether there was one.
pub(crate) async fn upsert(
    transaction: &Transaction<'_>,
    tables: &Tables,
    row: &Row,
) -> Result<bool, Problem> {
    let names: Vec<&str> = definitions().map(|(name, _)| name).collect();
    let numbers: Vec<String> = (1..=names.len())
        .map(|number| format!("${number}"))
        .collect();
    let (list, values) = (names.join(", "), numbers.join(", "));
    let rest = names.iter().zip(&numbers).skip(1);
    let changes: Vec<String> = rest
        .map(|(name, number)| format!("{name} = {number}"))
        .collect();
    let changes = changes.join(", ");
    let units = &tables.units;
    let insert = format!("INSERT INTO {units} ({list}) VALUES ({values})");
    let values = values_of(row);
    let upsert = format!("{insert} ON CONFLICT (_id) DO UPDATE SET {changes}");
    let update = format!("UPDATE {units} SET {changes} WHERE _id = $1");
    match tables.distribution {
        Distribution::OneTable => {
            // A new row has no transaction that has locked it. An updated one has.
            let sql = format!("{upsert} RETURNING xmax::text <> '0'");
            let query = async |upsert: &_| transaction.query_one(upsert, &values).await;
            let row = with_lock(transaction, tables, &sql, query).await?;
            Ok(row.try_get(0)?)
        }
        // Whether the system column can be returned from shards is not documented.
        Distribution::Distributed => {
            let sql = format!("SELECT FROM {units} WHERE _id = $1");
            let exists = transaction.prepare_cached(&sql).await?;
            let had_one = transaction.query_opt(&exists, &[&row.id]).await?.is_some();
            let execute = async |upsert: &_| transaction.execute(upsert, &values).await;
            with_lock(transaction, tables, &upsert, execute).await?;
            Ok(had_one)
        }
        // `postgres_fdw` has no ON CONFLICT. If another writer inserts the same `_id` after the
        // UPDATE, the INSERT fails and the operation is retried.
        Distribution::Shards(_) => {
            let execute = async |update: &_| transaction.execute(update, &values).await;
            let had_one = with_lock(transaction, tables, &update, execute).await? > 0;
            if !had_one {
                let insert = transaction.prepare_cached(&insert).await?;
                transaction.execute(&insert, &values).await?;
            }
            Ok(had_one)
        }
    }
}

/// Deletes the row with this `_id`. Returns whether it existed.
pub(crate) async fn remove(
    transaction: &Transaction<'_>,
    tables: &Tables,
    id: &str,
) -> Result<bool, Problem> {
    let sql = format!("DELETE FROM {} WHERE _id = $1", tables.units);
    let execute = async |delete: &_| transaction.execute(delete, &[&id]).await;
    Ok(with_lock(transaction, tables, &sql, execute).await? > 0)
}

/// One value for each of [`definitions`].
fn values_of(row: &Row) -> Vec<&(dyn ToSql + Sync)> {
    const NULL: &Option<Vec<Vec<u8>>> = &None;
    const NO_FIELDS: &i16 = &0;
    let mut values: Vec<&(dyn ToSql + Sync)> = vec![&row.id, &row.folded, &row.document];
    values.extend(row.keys.iter().map(|key| -> &(dyn ToSql + Sync) { key }));
    let last: [&(dyn ToSql + Sync); 4] = match &row.irregular {
        Some(whole) => [&false, &whole.ascending, &whole.descending, &whole.parallel],
        None => [&true, NULL, NULL, NO_FIELDS],
    };
    values.extend(last);
    values
}

/// Takes the shared lock of the schema and runs the statement.
async fn with_lock<T>(
    transaction: &Transaction<'_>,
    tables: &Tables,
    sql: &str,
    run: impl AsyncFnOnce(&Statement) -> Result<T, tokio_postgres::Error>,
) -> Result<T, Problem> {
    let lock = transaction.prepare_cached(LOCK_SHARED).await?;
    let change = async {
        // Preparing the statement locks the table too, so it comes after the lock.
        let statement = transaction.prepare_cached(sql).await?;
        run(&statement).await
    };
    let schema: [&(dyn ToSql + Sync); 1] = [&tables.schema];
    // Both are sent before the first is answered. The server executes them in this order.
    let (locked, changed) = future::join(transaction.execute(&lock, &schema), change).await;
    locked?;
    Ok(changed?)
}
