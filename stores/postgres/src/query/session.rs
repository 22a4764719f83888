//! One operation that reads: its statements are prepared, executed and read as units.

use std::collections::HashMap;
use std::error::Error;
use std::sync::{Mutex, PoisonError};

use deadpool_postgres::Transaction;
use livechat_units::columns::excerpt;
use livechat_units::{StoreError, Unit};
use tokio_postgres::types::{FromSql, Type};
use tokio_postgres::{Row, Statement as Prepared};

use super::statement::{Parameter, Statement};
use crate::error::{Problem, of_document, of_driver};
use crate::schema::Tables;

/// The most prepared statements of a connection. Most requests use a few sort orders. A client
/// that asks for all of them must not fill the memory of the server.
const MAX_PREPARED: usize = 256;

/// One operation that reads.
pub(crate) struct Session<'a> {
    pub(crate) transaction: &'a Transaction<'a>,
    pub(crate) tables: &'a Tables,
    /// For errors.
    pub(crate) operation: &'static str,
    /// The executed statements, if they are to be explained.
    executed: Option<Mutex<Vec<Statement>>>,
}

/// A value of type `json` as its text.
struct Json(String);

impl<'a> FromSql<'a> for Json {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(std::str::from_utf8(raw)?.to_owned()))
    }

    fn accepts(kind: &Type) -> bool {
        *kind == Type::JSON
    }
}

impl<'a> Session<'a> {
    pub(crate) fn new(
        transaction: &'a Transaction<'a>,
        tables: &'a Tables,
        operation: &'static str,
    ) -> Self {
        Self {
            transaction,
            tables,
            operation,
            executed: None,
        }
    }

    /// A session that remembers its statements for [`Session::plans`].
    pub(crate) fn recording(
        transaction: &'a Transaction<'a>,
        tables: &'a Tables,
        operation: &'static str,
    ) -> Self {
        Self {
            executed: Some(Mutex::default()),
            ..Self::new(transaction, tables, operation)
        }
    }

    /// The plan of each statement that was executed.
    pub(crate) async fn plans(&self) -> Result<Vec<String>, StoreError> {
        let executed = self.executed.as_ref();
        let executed = executed.map(|executed| {
            executed
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone()
        });
        let mut plans = Vec::new();
        for statement in executed.unwrap_or_default() {
            for row in self.answer(&statement.explained()).await? {
                let Json(plan) = row.try_get(0).map_err(of_driver(self.operation))?;
                plans.push(plan);
            }
        }
        Ok(plans)
    }

    /// The units with the `_id`s in the first column, in this order.
    pub(crate) async fn by_ids(&self, rows: &[Row]) -> Result<Vec<Unit>, StoreError> {
        let ids = rows.iter().map(|row| row.try_get(0));
        let ids: Result<Vec<String>, _> = ids.collect();
        let ids = ids.map_err(of_driver(self.operation))?;
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let units = self.with_ids(ids.clone()).await?;
        let units = units.into_iter().map(|unit| (unit.id().to_owned(), unit));
        let mut units: HashMap<String, Unit> = units.collect();
        let sorted = ids.into_iter().map(|id| {
            let unit = units.remove(&id);
            unit.ok_or_else(|| Problem::Vanished { id: excerpt(&id) }.during(self.operation))
        });
        sorted.collect()
    }

    /// The units with these `_id`s, unsorted.
    pub(crate) async fn with_ids(&self, ids: Vec<String>) -> Result<Vec<Unit>, StoreError> {
        let statement = Statement {
            sql: format!(
                "SELECT _id, document FROM {} WHERE _id = ANY($1::text[])",
                self.tables.units
            ),
            parameters: vec![Parameter::Texts(ids)],
        };
        self.units(&self.answer(&statement).await?)
    }

    /// The units of rows with a column `document`.
    pub(crate) fn units(&self, rows: &[Row]) -> Result<Vec<Unit>, StoreError> {
        let units = rows.iter().map(|row| {
            let document = row.try_get("document").map_err(of_driver(self.operation))?;
            Unit::from_json(document).map_err(of_document(self.operation))
        });
        units.collect()
    }

    /// Prepares a statement and executes it.
    pub(crate) async fn answer(&self, statement: &Statement) -> Result<Vec<Row>, StoreError> {
        let prepared = self.prepare(statement).await?;
        self.execute(&prepared, statement).await
    }

    pub(crate) async fn prepare(&self, statement: &Statement) -> Result<Prepared, StoreError> {
        let cache = &self.transaction.statement_cache;
        if cache.size() >= MAX_PREPARED {
            cache.clear();
        }
        let prepared = self.transaction.prepare_cached(&statement.sql).await;
        prepared.map_err(of_driver(self.operation))
    }

    pub(crate) async fn execute(
        &self,
        prepared: &Prepared,
        statement: &Statement,
    ) -> Result<Vec<Row>, StoreError> {
        if let Some(executed) = &self.executed {
            let mut executed = executed.lock().unwrap_or_else(PoisonError::into_inner);
            executed.push(statement.clone());
        }
        let parameters = statement.parameters();
        let rows = self.transaction.query(prepared, &parameters).await;
        rows.map_err(of_driver(self.operation))
    }
}
