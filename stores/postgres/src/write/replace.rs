//! Replaces all units.

use std::collections::HashMap;

use deadpool_postgres::Transaction;
use livechat_units::columns::Field;
use livechat_units::{Unit, Written};
use tokio_postgres::types::ToSql;

use super::single::upsert;
use crate::error::Problem;
use crate::row::{Row, column};
use crate::schema::{Distribution, Lock, Tables, lock};

/// The most rows of one `INSERT`, and the most bytes of their documents unless it has one row.
const BATCH_ROWS: usize = 1_000;
const BATCH_BYTES: usize = 4 * 1024 * 1024;

/// The rows of the units among these documents. Of documents with the same `_id` the last one
/// counts.
pub(crate) fn rows(units: impl IntoIterator<Item = Unit>) -> Result<(Vec<Row>, Written), Problem> {
    let mut written = Written::default();
    let mut indexes: HashMap<String, usize> = HashMap::new();
    let mut rows: Vec<Option<Row>> = Vec::new();
    for unit in units {
        written.count(&unit);
        if let Some(index) = indexes.remove(unit.id())
            && let Some(row) = rows.get_mut(index)
        {
            *row = None;
            written.count_replaced(1);
        }
        if unit.is_unit() {
            indexes.insert(unit.id().to_owned(), rows.len());
            rows.push(Some(Row::new(&unit)?));
        }
    }
    Ok((rows.into_iter().flatten().collect(), written))
}

/// Deletes all rows and inserts these.
pub(crate) async fn replace_all(
    transaction: &Transaction<'_>,
    tables: &Tables,
    rows: &[Row],
) -> Result<(), Problem> {
    lock(transaction, &tables.schema, Lock::Exclusive).await?;
    // Not TRUNCATE: a transaction with an older snapshot would see an empty table.
    let sql = format!("DELETE FROM {}", tables.units);
    transaction.execute(&sql, &[]).await?;
    let (regular, irregular): (Vec<&Row>, Vec<&Row>) =
        rows.iter().partition(|row| row.irregular.is_none());
    for row in irregular {
        upsert(transaction, tables, row).await?;
    }
    insert_regular(transaction, tables, &regular).await?;
    // Autovacuum collects no statistics of foreign tables.
    for part in &tables.parts {
        let sql = format!("ANALYZE {}", part.units);
        transaction.batch_execute(&sql).await?;
    }
    Ok(())
}

/// Inserts regular rows in batches.
///
/// The trigram index collects new entries in a list and merges them when the list is full. A
/// long list is several times as fast. The last batch has a short one, so that the index is
/// merged at its end. With shards of Citus, the last batch may have no row for some shard,
/// whose list would stay long; so their lists are short throughout.
async fn insert_regular(
    transaction: &Transaction<'_>,
    tables: &Tables,
    rows: &[&Row],
) -> Result<(), Problem> {
    let has_long_list = tables.distribution != Distribution::Distributed;
    if has_long_list {
        let long = "SET LOCAL gin_pending_list_limit = '256MB'";
        transaction.batch_execute(long).await?;
    }
    let mut rest = rows;
    while !rest.is_empty() {
        let (batch, after) = rest.split_at(batch_length(rest));
        if after.is_empty() && has_long_list {
            let short = "SET LOCAL gin_pending_list_limit = '64kB'";
            transaction.batch_execute(short).await?;
        }
        insert(transaction, tables, batch).await?;
        rest = after;
    }
    Ok(())
}

/// How many of these rows go into the next statement: at least one.
fn batch_length(rows: &[&Row]) -> usize {
    let mut bytes = 0;
    let fits = |row: &&&Row| {
        bytes += row.document.len();
        bytes <= BATCH_BYTES
    };
    let length = rows.iter().take(BATCH_ROWS).take_while(fits).count();
    length.max(1).min(rows.len())
}

/// Inserts regular rows with new `_id`s, in one statement.
async fn insert(
    transaction: &Transaction<'_>,
    tables: &Tables,
    rows: &[&Row],
) -> Result<(), Problem> {
    let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    let folded: Vec<Option<&str>> = rows.iter().map(|row| row.folded.as_deref()).collect();
    let documents: Vec<&str> = rows.iter().map(|row| row.document.as_str()).collect();
    let keys = Field::ALL.map(|field| {
        let keys = rows.iter().map(|row| field.pick(&row.keys).as_slice());
        keys.collect::<Vec<&[u8]>>()
    });
    let mut values: Vec<&(dyn ToSql + Sync)> = vec![&ids, &folded, &documents];
    values.extend(keys.iter().map(|keys| -> &(dyn ToSql + Sync) { keys }));
    let columns = Field::ALL.map(column).join(", ");
    let arrays: Vec<String> = (4..4 + Field::ALL.len())
        .map(|number| format!(", ${number}::bytea[]"))
        .collect();
    let sql = format!(
        "INSERT INTO {} (_id, folded, document, {columns}, regular, parallel) \
         SELECT *, true, 0::smallint FROM unnest($1::text[], $2::text[], $3::text[]{})",
        tables.units,
        arrays.concat()
    );
    let insert = transaction.prepare_cached(&sql).await?;
    transaction.execute(&insert, &values).await?;
    Ok(())
}
