//! Writes one unit.

use deadpool_postgres::Transaction;
use futures_util::future;
use tokio_postgres::types::ToSql;

use crate::error::Problem;
use crate::row::{Row, definitions};
use crate::schema::{Distribution, LOCK_SHARED, Tables};

/// Inserts the row, or updates the one with its `_id`.
pub(crate) async fn upsert(
    transaction: &Transaction<'_>,
    tables: &Tables,
    row: &Row,
) -> Result<(), Problem> {
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
    if !matches!(tables.distribution, Distribution::Shards(_)) {
        let sql = format!("{insert} ON CONFLICT (_id) DO UPDATE SET {changes}");
        return with_lock(transaction, tables, &sql, &values)
            .await
            .map(drop);
    }
    // `postgres_fdw` has no ON CONFLICT. If another writer inserts the same `_id` after the
    // UPDATE, the INSERT fails and the operation is retried.
    let sql = format!("UPDATE {units} SET {changes} WHERE _id = $1");
    if with_lock(transaction, tables, &sql, &values).await? == 0 {
        let insert = transaction.prepare_cached(&insert).await?;
        transaction.execute(&insert, &values).await?;
    }
    Ok(())
}

/// Deletes the row with this `_id`. Returns whether it existed.
pub(crate) async fn remove(
    transaction: &Transaction<'_>,
    tables: &Tables,
    id: &str,
) -> Result<bool, Problem> {
    let sql = format!("DELETE FROM {} WHERE _id = $1", tables.units);
    Ok(with_lock(transaction, tables, &sql, &[&id]).await? > 0)
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

/// Takes the shared lock of the schema and executes the statement. Returns how many rows it
/// has changed.
async fn with_lock(
    transaction: &Transaction<'_>,
    tables: &Tables,
    sql: &str,
    values: &[&(dyn ToSql + Sync)],
) -> Result<u64, Problem> {
    let lock = transaction.prepare_cached(LOCK_SHARED).await?;
    let change = async {
        // Preparing the statement locks the table too, so it comes after the lock.
        let statement = transaction.prepare_cached(sql).await?;
        transaction.execute(&statement, values).await
    };
    let schema: [&(dyn ToSql + Sync); 1] = [&tables.schema];
    // Both are sent before the first is answered. The server executes them in this order.
    let (locked, changed) = future::join(transaction.execute(&lock, &schema), change).await;
    locked?;
    Ok(changed?)
}
