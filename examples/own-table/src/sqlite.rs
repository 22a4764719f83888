//! A table in SQLite, with `rusqlite`.

mod after;

use std::error::Error;
use std::rc::Rc;

use livechat_units::columns::{Columns, Field};
use livechat_units::{
    Direction, Limit, Scope, StoreError, StoreErrorKind, TextFilter, UnitPage, UnitQuery, UnitStore,
};
use rusqlite::functions::FunctionFlags;
use rusqlite::types::Value;
use rusqlite::{Connection, ToSql, Transaction, params_from_iter};

use crate::Row;

/// The units of the table. It borrows the connection of the host.
pub struct Units<'a>(pub &'a Connection);

impl UnitStore for Units<'_> {
    fn list(&self, query: &UnitQuery) -> Result<UnitPage, StoreError> {
        self.try_list(query).map_err(|error| {
            // The host logs the source. The endpoint answers with 500.
            StoreError::new(StoreErrorKind::Failed, "list units").with_source(error)
        })
    }
}

impl Units<'_> {
    fn try_list(&self, query: &UnitQuery) -> Result<UnitPage, Box<dyn Error + Send + Sync>> {
        // Page and total are read in one transaction: they are of one state.
        let transaction = self.0.unchecked_transaction()?;
        rusqlite::vtab::array::load_module(&transaction)?;
        let mut condition = String::from("true");
        let mut values: Vec<Box<dyn ToSql>> = Vec::new();
        if let Some(text) = query.text() {
            add_function(&transaction, text.clone())?;
            condition += " AND has_text(name)";
        }
        if let Scope::Only(ids) = query.scope() {
            let ids: Vec<Value> = ids.iter().cloned().map(Value::from).collect();
            condition += " AND id IN rarray(?)";
            values.push(Box::new(Rc::new(ids)));
        }
        let count = format!("SELECT count(*) FROM units WHERE {condition}");
        let total: i64 =
            transaction.query_row(&count, params_from_iter(&values), |row| row.get(0))?;
        let total = u64::try_from(total)?;

        let limit = match query.page().limit() {
            Limit::AtMost(count) => i64::try_from(count.get()).unwrap_or(i64::MAX),
            Limit::Unlimited => -1,
        };
        let offset = i64::try_from(query.page().offset()).unwrap_or(i64::MAX);
        let columns = Columns::of_documented(query.sort());
        let mut after = String::from("true");
        if let Some(cursor) = query.cursor() {
            let (condition, position) = after::after(&columns, cursor);
            after = condition;
            values.extend(
                position
                    .into_iter()
                    .map(|value| Box::new(value) as Box<dyn ToSql>),
            );
        }
        let page = format!(
            "SELECT id, name, visibility, monitors, departments, updated_at FROM units \
             WHERE {condition} AND ({after}) ORDER BY {} LIMIT ? OFFSET ?",
            order_by(&columns)
        );
        values.extend([limit, offset].map(|value| Box::new(value) as Box<dyn ToSql>));
        let mut statement = transaction.prepare(&page)?;
        let rows = statement.query_map(params_from_iter(&values), read)?;
        let mut units = Vec::new();
        for row in rows {
            units.push(row?.to_unit()?);
        }
        Ok(UnitPage::new(units, query.page(), total))
    }
}

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    Ok(Row {
        id: row.get(0)?,
        name: row.get(1)?,
        visibility: row.get(2)?,
        monitors: row.get(3)?,
        departments: row.get(4)?,
        updated_at: row.get(5)?,
    })
}

/// `has_text(name)` in SQL, for the text of one query: the exact rule, which no LIKE has.
fn add_function(transaction: &Transaction<'_>, text: TextFilter) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    transaction.create_scalar_function("has_text", 1, flags, move |context| {
        let name = context.get_raw(0).as_str().unwrap_or_default();
        Ok(text.is_match(name))
    })
}

/// The column of a field, as SQLite compares it. It compares text by bytes and puts NULL first, as
/// MongoDB does. The endpoint has milliseconds, rounded down.
fn column(field: Field) -> &'static str {
    match field {
        Field::Name => "name",
        Field::Visibility => "visibility",
        Field::NumMonitors => "monitors",
        Field::NumDepartments => "departments",
        Field::UpdatedAt => "(updated_at - (updated_at % 1000 + 1000) % 1000) / 1000",
    }
}

fn order_by(columns: &Columns) -> String {
    let keys = columns
        .keys()
        .iter()
        .map(|(field, direction)| (column(*field), *direction));
    let keys = keys.chain([("id", columns.id_direction())]);
    let terms = keys.map(|(column, direction)| match direction {
        Direction::Ascending => format!("{column} ASC"),
        Direction::Descending => format!("{column} DESC"),
    });
    terms.collect::<Vec<_>>().join(", ")
}
