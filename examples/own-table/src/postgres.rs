//! A table in PostgreSQL, with `tokio-postgres` and the host's own pool of `deadpool`.
//!
//! The table has one more column, for texts. The host writes it with the name:
//! `TextFilter::fold(name)`. No expression of PostgreSQL folds as MongoDB does.
//!
//! ```sql
//! ALTER TABLE units ADD folded TEXT NOT NULL;
//! ```

use std::error::Error;

use deadpool_postgres::Pool;
use deadpool_postgres::tokio_postgres::{self, IsolationLevel};
use livechat_units::columns::{Columns, Field};
use livechat_units::{Direction, Limit, Scope, StoreError, StoreErrorKind, UnitPage, UnitQuery};

use crate::Row;

/// The condition of a listing, for a text and for ids. Each is NULL if the query has none.
const MATCHES: &str =
    "($1::text IS NULL OR strpos(folded, $1) > 0) AND ($2::text[] IS NULL OR id = ANY($2))";

/// The units of the table, over the pool of the host.
#[derive(Clone)]
pub struct Units(pub Pool);

impl Units {
    /// Lists units. An async host calls it between `Endpoint::begin` and `Pending::finish`.
    ///
    /// # Errors
    /// `Failed`, with the error of the pool or the server as its source.
    pub async fn list(&self, query: &UnitQuery) -> Result<UnitPage, StoreError> {
        self.try_list(query).await.map_err(|error| {
            StoreError::new(StoreErrorKind::Failed, "list units").with_source(error)
        })
    }

    async fn try_list(&self, query: &UnitQuery) -> Result<UnitPage, Box<dyn Error + Send + Sync>> {
        if query.cursor().is_some() {
            return Err("this host serves the endpoint, which sends no cursors".into());
        }
        let text = query.text().map(livechat_units::TextFilter::folded);
        let ids: Option<Vec<&str>> = match query.scope() {
            Scope::All => None,
            Scope::Only(ids) => Some(ids.iter().map(String::as_str).collect()),
        };
        let limit = match query.page().limit() {
            Limit::AtMost(count) => Some(i64::try_from(count.get()).unwrap_or(i64::MAX)),
            Limit::Unlimited => None,
        };
        let offset = i64::try_from(query.page().offset()).unwrap_or(i64::MAX);

        let mut client = self.0.get().await?;
        // Page and total are of one snapshot.
        let transaction = client.build_transaction();
        let transaction = transaction.isolation_level(IsolationLevel::RepeatableRead);
        let transaction = transaction.read_only(true).start().await?;
        let count = format!("SELECT count(*) FROM units WHERE {MATCHES}");
        let total: i64 = transaction
            .query_one(&count, &[&text, &ids])
            .await?
            .try_get(0)?;
        let page = format!(
            "SELECT id, name, visibility, monitors, departments, updated_at FROM units \
             WHERE {MATCHES} ORDER BY {} LIMIT $3 OFFSET $4",
            order_by(&Columns::of_documented(query.sort()))
        );
        let rows = transaction
            .query(&page, &[&text, &ids, &limit, &offset])
            .await?;
        transaction.commit().await?;
        let mut units = Vec::with_capacity(rows.len());
        for row in &rows {
            units.push(read(row)?.to_unit()?);
        }
        Ok(UnitPage::new(units, query.page(), u64::try_from(total)?))
    }
}

fn read(row: &tokio_postgres::Row) -> Result<Row, tokio_postgres::Error> {
    Ok(Row {
        id: row.try_get(0)?,
        name: row.try_get(1)?,
        visibility: row.try_get(2)?,
        monitors: row.try_get(3)?,
        departments: row.try_get(4)?,
        updated_at: row.try_get(5)?,
    })
}

/// PostgreSQL compares text by the collation, and puts NULL last ascending: MongoDB compares by
/// bytes, and puts null first. The endpoint has milliseconds, rounded down.
fn order_by(columns: &Columns) -> String {
    let keys = columns.keys().iter().map(|(field, direction)| {
        let column = match field {
            Field::Name => r#"name COLLATE "C""#,
            Field::Visibility => r#"visibility COLLATE "C""#,
            Field::NumMonitors => "monitors",
            Field::NumDepartments => "departments",
            Field::UpdatedAt => "(updated_at - (updated_at % 1000 + 1000) % 1000)",
        };
        (column, *direction)
    });
    let keys = keys.chain([(r#"id COLLATE "C""#, columns.id_direction())]);
    let terms = keys.map(|(column, direction)| match direction {
        Direction::Ascending => format!("{column} ASC NULLS FIRST"),
        Direction::Descending => format!("{column} DESC NULLS LAST"),
    });
    terms.collect::<Vec<_>>().join(", ")
}
