//! Lists the rows of the table `units` in SQLite, with `rusqlite`. A listing is one transaction with
//! two statements: one counts the matches, one reads the page.

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

/// A store over the table `units`, on a borrowed connection of the host.
pub struct Units<'a>(pub &'a Connection);

impl UnitStore for Units<'_> {
    fn list(&self, query: &UnitQuery) -> Result<UnitPage, StoreError> {
        self.try_list(query).map_err(|error| {
            // The endpoint answers with 500. The error of SQLite is its source, for the host's log.
            StoreError::new(StoreErrorKind::Failed, "list units").with_source(error)
        })
    }
}

impl Units<'_> {
    fn try_list(&self, query: &UnitQuery) -> Result<UnitPage, Box<dyn Error + Send + Sync>> {
        // Page and total are read in one transaction, so both are of one state.
        let transaction = self.0.unchecked_transaction()?;
        rusqlite::vtab::array::load_module(&transaction)?;
        let mut condition = String::from("true");
        let mut parameters: Vec<Box<dyn ToSql>> = Vec::new();
        if let Some(text) = query.text() {
            define_has_text(&transaction, text.clone())?;
            condition += " AND has_text(name)";
        }
        if let Scope::Only(ids) = query.scope() {
            let ids: Vec<Value> = ids.iter().cloned().map(Value::from).collect();
            condition += " AND id IN rarray(?)";
            parameters.push(Box::new(Rc::new(ids)));
        }
        let count_sql = format!("SELECT count(*) FROM units WHERE {condition}");
        let total: i64 =
            transaction.query_row(&count_sql, params_from_iter(&parameters), |row| row.get(0))?;
        let total = u64::try_from(total)?;

        let limit = match query.page().limit() {
            Limit::AtMost(count) => i64::try_from(count.get()).unwrap_or(i64::MAX),
            Limit::Unlimited => -1,
        };
        let offset = i64::try_from(query.page().offset()).unwrap_or(i64::MAX);
        let columns = Columns::of_documented(query.sort());
        let mut after = String::from("true");
        if let Some(cursor) = query.cursor() {
            let (sql, values) = after::condition(&columns, cursor);
            after = sql;
            parameters.extend(
                values
                    .into_iter()
                    .map(|value| Box::new(value) as Box<dyn ToSql>),
            );
        }
        let page_sql = format!(
            "SELECT id, name, visibility, monitors, departments, updated_at FROM units \
             WHERE {condition} AND ({after}) ORDER BY {} LIMIT ? OFFSET ?",
            order_by(&columns)
        );
        parameters.extend([limit, offset].map(|value| Box::new(value) as Box<dyn ToSql>));
        let mut statement = transaction.prepare(&page_sql)?;
        let rows = statement.query_map(params_from_iter(&parameters), read_row)?;
        let mut units = Vec::new();
        for row in rows {
            units.push(row?.to_unit()?);
        }
        Ok(UnitPage::new(units, query.page(), total))
    }
}

fn read_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    Ok(Row {
        id: row.get(0)?,
        name: row.get(1)?,
        visibility: row.get(2)?,
        monitors: row.get(3)?,
        departments: row.get(4)?,
        updated_at: row.get(5)?,
    })
}

/// Defines the SQL function `has_text(name)`: whether `name` contains the text of the query by the
/// rule of SPEC §2, which `LIKE` does not implement. Each query with a text defines it anew.
fn define_has_text(transaction: &Transaction<'_>, text: TextFilter) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    transaction.create_scalar_function("has_text", 1, flags, move |context| {
        let name = context.get_raw(0).as_str().unwrap_or_default();
        Ok(text.is_match(name))
    })
}

/// The expression by which a field is sorted. SQLite compares text by bytes and sorts NULL before all
/// values, as MongoDB does. `updated_at` has microseconds; the endpoint shows milliseconds, rounded
/// down.
fn sort_expression(field: Field) -> &'static str {
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
        .map(|(field, direction)| (sort_expression(*field), *direction));
    let keys = keys.chain([("id", columns.id_direction())]);
    let terms = keys.map(|(column, direction)| match direction {
        Direction::Ascending => format!("{column} ASC"),
        Direction::Descending => format!("{column} DESC"),
    });
    terms.collect::<Vec<_>>().join(", ")
}
