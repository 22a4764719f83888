//! The indexes of a table of units: those of every schema, and those of declared sort orders.

use std::collections::{BTreeMap, BTreeSet};

use livechat_units::columns::{Columns, Field};
use livechat_units::{Direction, SortSpec};
use tokio_postgres::Transaction;

use super::layout::Layout;
use crate::error::Problem;
use crate::row::{column, order_by};

/// The beginning of the names of all indexes that have a sort order.
const PREFIX: &str = "units_by";

/// The statements for the indexes of every schema. `trigrams` is the schema of `pg_trgm`.
pub(crate) fn of_every_schema(schema: &str, trigrams: &str) -> String {
    let mut sql = format!(
        "CREATE INDEX units_irregular ON \"{schema}\".units (_id) WHERE NOT regular;\
         CREATE INDEX units_text ON \"{schema}\".units USING gin (folded {trigrams}.gin_trgm_ops);"
    );
    for order in single_fields() {
        sql += &create(schema, &name(&order), &order);
    }
    sql
}

/// Creates the missing indexes of these sort orders. The caller has locked the schema, so
/// nobody else creates one meanwhile.
pub(crate) async fn create_missing(
    transaction: &Transaction<'_>,
    schema: &str,
    orders: &[Columns],
) -> Result<(), Problem> {
    let missing = missing(transaction, schema, orders).await?;
    let sql = missing
        .iter()
        .map(|(name, order)| create(schema, name, order));
    let sql: String = sql.collect();
    if sql.is_empty() {
        return Ok(());
    }
    Ok(transaction.batch_execute(&sql).await?)
}

/// The sort orders among these that have no index yet, by the names of their indexes.
pub(crate) async fn missing<'a>(
    transaction: &Transaction<'_>,
    schema: &str,
    orders: &'a [Columns],
) -> Result<BTreeMap<String, &'a Columns>, Problem> {
    let undeclared: BTreeSet<String> = undeclared().map(|order| name(&order)).collect();
    let wanted = orders.iter().map(|order| (name(order), order));
    let mut missing: BTreeMap<String, &'a Columns> = wanted
        .filter(|(name, _)| !undeclared.contains(name))
        .collect();
    if missing.is_empty() {
        return Ok(missing);
    }
    let sql = "SELECT c.relname::text FROM pg_catalog.pg_class c \
               JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
               WHERE n.nspname = $1 AND c.relkind = 'i' AND starts_with(c.relname::text, $2)";
    let rows = transaction.query(sql, &[&schema, &PREFIX]).await;
    let mut declared = 0;
    for row in rows? {
        let name: &str = row.try_get(0)?;
        if !undeclared.contains(name) {
            declared += 1;
            missing.remove(name);
        }
    }
    let (bound, found) = (Layout::MAX_ORDERS, declared + missing.len());
    if !missing.is_empty() && found > bound {
        return Err(Problem::ManyOrders { bound, found });
    }
    Ok(missing)
}

/// The sort orders that every schema has: that of `_id`, by the primary key, and the others.
fn undeclared() -> impl Iterator<Item = Columns> {
    ascending("_id").into_iter().chain(single_fields())
}

/// The ascending sort order of each documented field.
fn single_fields() -> impl Iterator<Item = Columns> {
    Field::ALL
        .into_iter()
        .filter_map(|field| ascending(field.path()))
}

fn ascending(path: &str) -> Option<Columns> {
    let sort = SortSpec::builder().ascending(path).build().ok()?;
    Columns::new(&sort).ok()
}

/// The name of the index of a sort order: two letters for each column, which no other sort
/// order has.
fn name(order: &Columns) -> String {
    let mut name = PREFIX.to_owned();
    let mut add = |letter: char, direction| {
        let direction = match direction {
            Direction::Ascending => 'a',
            Direction::Descending => 'd',
        };
        name.extend(['_', letter, direction]);
    };
    for (field, direction) in order.keys() {
        add(letter(*field), *direction);
    }
    // Usually the `_id` has the direction of the last column.
    let last = order.keys().last().map(|(_, direction)| *direction);
    if last != Some(order.id_direction()) {
        add('i', order.id_direction());
    }
    name
}

fn letter(field: Field) -> char {
    match field {
        Field::Name => 'n',
        Field::Visibility => 'v',
        Field::NumMonitors => 'm',
        Field::NumDepartments => 'd',
        Field::UpdatedAt => 'u',
    }
}

/// The statement for the index of a sort order, which serves its reverse too.
fn create(schema: &str, name: &str, order: &Columns) -> String {
    let keys = order_by(order, |field, _| column(field).to_owned());
    format!("CREATE INDEX {name} ON \"{schema}\".units ({keys}) WHERE regular;")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The indexes of existing schemas have these names.
    #[test]
    fn names_of_indexes_are_those_of_earlier_versions() {
        let undeclared: Vec<String> = undeclared().map(|order| name(&order)).collect();
        assert_eq!(
            undeclared,
            [
                "units_by_ia",
                "units_by_na",
                "units_by_va",
                "units_by_ma",
                "units_by_da",
                "units_by_ua"
            ]
        );
        for (sort, expected) in [
            ("{}", "units_by_ia"),
            (r#"{"visibility":1,"numMonitors":-1}"#, "units_by_va_md"),
            (r#"{"name":1,"_id":-1}"#, "units_by_na_id"),
            (r#"{"type":1,"name":1}"#, "units_by_na"),
        ] {
            let order = Columns::new(&sort.parse().unwrap()).unwrap();
            assert_eq!(name(&order), expected);
        }
    }
}
