//! The indexes of a table of units: those that all have, and those that a host declares.

use std::collections::{BTreeMap, BTreeSet};

use livechat_units::StoreError;
use tokio_postgres::Transaction;

use crate::error::{MIGRATE, Problem, of_driver};
use crate::limits::MAX_ORDERS;
use crate::order::Order;
use crate::row::FIELDS;

/// What the names of indexes that give an order begin with.
const BY: &str = "units_by";

/// The statements for those that all have.
pub(crate) fn always(schema: &str, trigrams: &str) -> String {
    let mut sql = format!(
        "CREATE INDEX units_irregular ON \"{schema}\".units (_id) WHERE NOT regular;\
         CREATE INDEX units_text ON \"{schema}\".units USING gin (folded {trigrams}.gin_trgm_ops);"
    );
    for order in single_fields() {
        sql += &create(schema, &name(&order), &order);
    }
    sql
}

/// Makes those of these orders that are missing. The schema is locked, so that nobody else
/// does so meanwhile.
pub(crate) async fn keep(
    transaction: &Transaction<'_>,
    schema: &str,
    orders: &[Order],
) -> Result<(), StoreError> {
    let missing = missing(transaction, schema, orders).await?;
    let sql = missing
        .iter()
        .map(|(name, order)| create(schema, name, order));
    let sql: String = sql.collect();
    if sql.is_empty() {
        return Ok(());
    }
    let made = transaction.batch_execute(&sql).await;
    made.map_err(of_driver(MIGRATE))
}

/// Those of these orders that have no index yet, by the names of their indexes.
pub(crate) async fn missing<'a>(
    transaction: &Transaction<'_>,
    schema: &str,
    orders: &'a [Order],
) -> Result<BTreeMap<String, &'a Order>, StoreError> {
    let failed = of_driver(MIGRATE);
    let free: BTreeSet<String> = single_fields()
        .chain([Order::of_ids()])
        .map(|order| name(&order))
        .collect();
    let wanted = orders.iter().map(|order| (name(order), order));
    let mut missing: BTreeMap<String, &'a Order> =
        wanted.filter(|(name, _)| !free.contains(name)).collect();
    if missing.is_empty() {
        return Ok(missing);
    }
    let sql = "SELECT c.relname::text FROM pg_catalog.pg_class c \
               JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
               WHERE n.nspname = $1 AND c.relkind = 'i' AND starts_with(c.relname::text, $2)";
    let rows = transaction
        .query(sql, &[&schema, &BY])
        .await
        .map_err(&failed)?;
    let mut kept = 0;
    for row in rows {
        let name: &str = row.try_get(0).map_err(&failed)?;
        if !free.contains(name) {
            kept += 1;
            missing.remove(name);
        }
    }
    let found = kept + missing.len();
    if !missing.is_empty() && found > MAX_ORDERS {
        return Err(Problem::ManyOrders { found }.during(MIGRATE));
    }
    Ok(missing)
}

fn single_fields() -> impl Iterator<Item = Order> {
    (0..FIELDS.len()).map(Order::ascending)
}

fn name(order: &Order) -> String {
    format!("{BY}{}", order.letters())
}

/// The statement for the index that serves an order and its reverse.
fn create(schema: &str, name: &str, order: &Order) -> String {
    let keys = order.by(|place, _| {
        FIELDS
            .get(place)
            .map_or_else(String::new, |field| field.column.to_owned())
    });
    format!("CREATE INDEX {name} ON \"{schema}\".units ({keys}) WHERE regular;")
}
