//! Writing.

use std::collections::HashMap;

use deadpool_postgres::Transaction;
use futures_util::future;
use livechat_units::{StoreError, Unit};
use tokio_postgres::types::ToSql;

use crate::error::of_driver;
use crate::instant;
use crate::row::{FIELDS, Orders, Row};
use crate::schema::{self, LOCK_SHARED, Place, Tables};

pub(crate) const UPSERT: &str = "upsert a unit";
pub(crate) const REMOVE: &str = "remove a unit";
pub(crate) const REPLACE: &str = "replace all units";

/// How many rows go in one statement, and how many bytes of documents at most, so long as
/// there is more than one.
const BATCH_ROWS: usize = 1_000;
const BATCH_BYTES: usize = 4 * 1024 * 1024;

pub(crate) async fn upsert(
    transaction: &Transaction<'_>,
    tables: &Tables,
    row: &Row,
) -> Result<(), StoreError> {
    instant::begin_write(transaction, tables, UPSERT).await?;
    put(transaction, tables, row).await
}

/// Inserts the row, or updates the one with its id.
async fn put(transaction: &Transaction<'_>, tables: &Tables, row: &Row) -> Result<(), StoreError> {
    let failed = of_driver(UPSERT);
    let names: Vec<&str> = schema::columns().map(|(name, _)| name).collect();
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
    if !matches!(tables.place, Place::Shards(_)) {
        let sql = format!("{insert} ON CONFLICT (_id) DO UPDATE SET {changes}");
        return locked(transaction, tables, UPSERT, &sql, &values)
            .await
            .map(drop);
    }
    // `postgres_fdw` knows no ON CONFLICT. Where another writer inserts the same id in
    // between, the whole is done again.
    let sql = format!("UPDATE {units} SET {changes} WHERE _id = $1");
    if locked(transaction, tables, UPSERT, &sql, &values).await? == 0 {
        let insert = transaction.prepare_cached(&insert).await.map_err(&failed)?;
        transaction
            .execute(&insert, &values)
            .await
            .map_err(&failed)?;
    }
    Ok(())
}

/// Whether the unit was there.
pub(crate) async fn remove(
    transaction: &Transaction<'_>,
    tables: &Tables,
    id: &str,
) -> Result<bool, StoreError> {
    instant::begin_write(transaction, tables, REMOVE).await?;
    let sql = format!("DELETE FROM {} WHERE _id = $1", tables.units);
    Ok(locked(transaction, tables, REMOVE, &sql, &[&id]).await? > 0)
}

/// The rows of the units among the documents, the last of each id.
pub(crate) fn rows(
    orders: &Orders,
    units: impl IntoIterator<Item = Unit>,
) -> Result<Vec<Row>, StoreError> {
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut rows: Vec<Option<Row>> = Vec::new();
    for unit in units {
        if let Some(place) = places.remove(unit.id())
            && let Some(row) = rows.get_mut(place)
        {
            *row = None;
        }
        if unit.is_unit() {
            places.insert(unit.id().to_owned(), rows.len());
            rows.push(Some(orders.row(&unit, REPLACE)?));
        }
    }
    Ok(rows.into_iter().flatten().collect())
}

pub(crate) async fn replace_all(
    transaction: &Transaction<'_>,
    tables: &Tables,
    rows: &[Row],
) -> Result<(), StoreError> {
    let failed = of_driver(REPLACE);
    instant::begin_write(transaction, tables, REPLACE).await?;
    schema::lock(transaction, &tables.schema, REPLACE).await?;
    // Not TRUNCATE: snapshots that are older would be empty.
    let sql = format!("DELETE FROM {}", tables.units);
    transaction.execute(&sql, &[]).await.map_err(&failed)?;
    let (regular, irregular): (Vec<&Row>, Vec<&Row>) =
        rows.iter().partition(|row| row.irregular.is_none());
    for row in irregular {
        put(transaction, tables, row).await?;
    }
    // What is to be put into the index of texts is collected, which is several times as
    // fast, until the last batch finds that it is too much. Not where the last batch may
    // leave out a shard, which would go on collecting.
    let collects = tables.place != Place::Distributed;
    if collects {
        let collect = "SET LOCAL gin_pending_list_limit = '256MB'";
        transaction.batch_execute(collect).await.map_err(&failed)?;
    }
    let mut rest = regular.as_slice();
    while !rest.is_empty() {
        let (batch, after) = rest.split_at(batch_length(rest));
        if after.is_empty() && collects {
            let settle = "SET LOCAL gin_pending_list_limit = '64kB'";
            transaction.batch_execute(settle).await.map_err(&failed)?;
        }
        insert(transaction, tables, batch).await?;
        rest = after;
    }
    // Of foreign tables nobody else takes statistics.
    for part in &tables.parts {
        let sql = format!("ANALYZE {}", part.units);
        transaction.batch_execute(&sql).await.map_err(&failed)?;
    }
    Ok(())
}

/// How many of the rows fit into one statement, at least one.
fn batch_length(rows: &[&Row]) -> usize {
    let mut bytes = 0;
    let fits = |row: &&&Row| {
        bytes += row.document.len();
        bytes <= BATCH_BYTES
    };
    let length = rows.iter().take(BATCH_ROWS).take_while(fits).count();
    length.max(1).min(rows.len())
}

/// Inserts regular rows, none of which is there.
async fn insert(
    transaction: &Transaction<'_>,
    tables: &Tables,
    rows: &[&Row],
) -> Result<(), StoreError> {
    let failed = of_driver(REPLACE);
    let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    let folded: Vec<Option<&str>> = rows.iter().map(|row| row.folded.as_deref()).collect();
    let documents: Vec<&str> = rows.iter().map(|row| row.document.as_str()).collect();
    let keys = (0..FIELDS.len()).map(|place| {
        let keys = rows.iter().map(|row| row.keys.get(place));
        keys.map(|key| key.map(Vec::as_slice)).collect()
    });
    let keys: Vec<Vec<Option<&[u8]>>> = keys.collect();
    let mut values: Vec<&(dyn ToSql + Sync)> = vec![&ids, &folded, &documents];
    values.extend(keys.iter().map(|keys| -> &(dyn ToSql + Sync) { keys }));
    let columns = FIELDS.map(|field| field.column).join(", ");
    let arrays: Vec<String> = (4..4 + FIELDS.len())
        .map(|number| format!(", ${number}::bytea[]"))
        .collect();
    let sql = format!(
        "INSERT INTO {} (_id, folded, document, {columns}, regular, parallel) \
         SELECT *, true, 0::smallint FROM unnest($1::text[], $2::text[], $3::text[]{})",
        tables.units,
        arrays.concat()
    );
    let insert = transaction.prepare_cached(&sql).await.map_err(&failed)?;
    let inserted = transaction.execute(&insert, &values).await;
    inserted.map(drop).map_err(&failed)
}

/// One value for each of [`schema::columns`].
fn values_of(row: &Row) -> Vec<&(dyn ToSql + Sync)> {
    const NONE: &Option<Vec<Vec<u8>>> = &None;
    const ZERO: &i16 = &0;
    let mut values: Vec<&(dyn ToSql + Sync)> = vec![&row.id, &row.folded, &row.document];
    values.extend(row.keys.iter().map(|key| -> &(dyn ToSql + Sync) { key }));
    match &row.irregular {
        Some(whole) => values.extend(all([&false, &whole.up, &whole.down, &whole.parallel])),
        None => values.extend(all([&true, NONE, NONE, ZERO])),
    }
    values
}

/// Tells the compiler what they have in common.
fn all<const N: usize>(values: [&(dyn ToSql + Sync); N]) -> [&(dyn ToSql + Sync); N] {
    values
}

/// Runs the statement while nobody replaces all units. How many rows it has changed.
async fn locked(
    transaction: &Transaction<'_>,
    tables: &Tables,
    operation: &'static str,
    sql: &str,
    values: &[&(dyn ToSql + Sync)],
) -> Result<u64, StoreError> {
    let failed = of_driver(operation);
    let lock = transaction
        .prepare_cached(LOCK_SHARED)
        .await
        .map_err(&failed)?;
    let change = async {
        // Preparing it locks the units too.
        let statement = transaction.prepare_cached(sql).await?;
        transaction.execute(&statement, values).await
    };
    let schema: [&(dyn ToSql + Sync); 1] = [&tables.schema];
    // Both are on their way before the first is answered; the server takes them in turn.
    let (locked, changed) = future::join(transaction.execute(&lock, &schema), change).await;
    locked.map_err(&failed)?;
    changed.map_err(&failed)
}
