//! Declared orders: sort orders of several fields that have an index.
//!
//! The table `kept_order` has the sort spec of each as text, and its number. The index
//! `order_N` belongs to number N.

use livechat_units::SortSpec;
use livechat_units::columns::{Columns, excerpt};
use rusqlite::{Connection, TransactionBehavior};

use super::order::{OrderTerms, SingleColumn, descending_fields};
use crate::error::Problem;
use crate::options::SqliteOptions;
use crate::row::stem;

/// A sort order that has an index.
#[derive(Clone, Debug)]
pub(crate) struct DeclaredOrder {
    number: i64,
    columns: Columns,
}

impl DeclaredOrder {
    /// The name of its index.
    pub(crate) fn index(&self) -> String {
        format!("order_{}", self.number)
    }

    pub(crate) fn columns(&self) -> &Columns {
        &self.columns
    }

    /// Makes the index.
    fn create_index(&self, connection: &Connection) -> rusqlite::Result<()> {
        let descending = descending_fields(&self.columns);
        let mut indexed = vec![OrderTerms::new(&self.columns, descending).to_string()];
        // The index also has the columns that its expressions read. Without them SQLite would
        // read each row from the table, also for the entries that an offset skips.
        for field in descending.iter() {
            let stem = stem(field);
            indexed.extend([format!("d_{stem}"), format!("k_{stem}")]);
        }
        let (name, indexed) = (self.index(), indexed.join(", "));
        connection.execute_batch(&format!("CREATE INDEX {name} ON unit ({indexed})"))
    }
}

/// Declares `sorts`: makes an index for each that has none. Returns all declared orders of
/// the file. If nothing is missing, it waits for no lock.
pub(crate) fn declare(
    connection: &mut Connection,
    sorts: &[SortSpec],
) -> Result<Vec<DeclaredOrder>, Problem> {
    let columns = sorts.iter().map(|sort| {
        Columns::new(sort).map_err(|field| Problem::UndocumentedOrder {
            path: excerpt(field.path()),
        })
    });
    let columns: Vec<Columns> = columns.collect::<Result<_, _>>()?;
    let is_missing = |declared: &[DeclaredOrder], columns: &Columns| {
        SingleColumn::of(columns).is_none()
            && declared.iter().all(|order| order.columns != *columns)
    };
    let declared = read(connection)?;
    if !columns.iter().any(|columns| is_missing(&declared, columns)) {
        return Ok(declared);
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut declared = read(&transaction)?;
    for (sort, columns) in sorts.iter().zip(columns) {
        if !is_missing(&declared, &columns) {
            continue;
        }
        if declared.len() >= SqliteOptions::MAX_ORDERS {
            let bound = SqliteOptions::MAX_ORDERS;
            return Err(Problem::ManyOrders { bound });
        }
        let number = transaction
            .prepare("INSERT INTO kept_order (sort) VALUES (?1)")?
            .insert([sort.to_string()])?;
        let order = DeclaredOrder { number, columns };
        order.create_index(&transaction)?;
        declared.push(order);
    }
    transaction.commit()?;
    Ok(declared)
}

/// Makes the indexes of all declared orders of the file, on a table that has none of them.
pub(super) fn create_indexes(connection: &Connection) -> Result<(), Problem> {
    for order in read(connection)? {
        order.create_index(connection)?;
    }
    Ok(())
}

fn read(connection: &Connection) -> Result<Vec<DeclaredOrder>, Problem> {
    let mut statement = connection.prepare("SELECT number, sort FROM kept_order ORDER BY 1")?;
    let mut rows = statement.query([])?;
    let mut orders = Vec::new();
    while let Some(row) = rows.next()? {
        let sort: String = row.get(1)?;
        let sort: SortSpec = sort.parse()?;
        let number = row.get(0)?;
        let columns = Columns::new(&sort).map_err(|field| Problem::DamagedOrder {
            path: excerpt(field.path()),
        })?;
        orders.push(DeclaredOrder { number, columns });
    }
    Ok(orders)
}
