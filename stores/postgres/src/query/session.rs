//! One operation that reads: its statements are prepared, executed and read as units.

use std::collections::HashMap;
use std::error::Error;
use std::sync::{Mutex, MutexGuard, PoisonError};

use deadpool_postgres::Transaction;
use livechat_units::Unit;
use livechat_units::columns::excerpt;
use tokio_postgres::types::{FromSql, Type};
use tokio_postgres::{Row, Statement as Prepared};

use super::statement::{Parameter, Statement};
use crate::error::Problem;
use crate::schema::Tables;

/// The most prepared statements of a connection. Most requests use a few sort orders. A client
/// that asks for all of them must not fill the memory of the server.
const MAX_PREPARED: usize = 256;

/// One operation that reads.
pub(crate) struct Session<'a> {
    pub(crate) transaction: &'a Transaction<'a>,
    pub(crate) tables: &'a Tables,
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
    pub(crate) fn new(transaction: &'a Transaction<'a>, tables: &'a Tables) -> Self {
        Self {
            transaction,
            tables,
            executed: None,
        }
    }

    /// A session that remembers its statements for [`Session::plans`].
    pub(crate) fn recording(transaction: &'a Transaction<'a>, tables: &'a Tables) -> Self {
        Self {
            executed: Some(Mutex::default()),
            ..Self::new(transaction, tables)
        }
    }

    /// The plan of each statement that was executed.
    pub(crate) async fn plans(&self) -> Result<Vec<String>, Problem> {
        let executed = match &self.executed {
            Some(executed) => locked(executed).clone(),
            None => Vec::new(),
        };
        let mut plans = Vec::new();
        for statement in executed {
            for row in self.answer(&statement.explained()).await? {
                let Json(plan) = row.try_get(0)?;
                plans.push(plan);
            }
        }
        Ok(plans)
    }

    /// The units with the `_id`s in the first column, in this order.
    pub(crate) async fn by_ids(&self, rows: &[Row]) -> Result<Vec<Unit>, Problem> {
        let ids = rows.iter().map(|row| row.try_get(0));
        let ids: Result<Vec<String>, _> = ids.collect();
        let ids = ids?;
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let units = self.with_ids(ids.clone()).await?;
        let units = units.into_iter().map(|unit| (unit.id().to_owned(), unit));
        let mut units: HashMap<String, Unit> = units.collect();
        let sorted = ids.into_iter().map(|id| {
            let unit = units.remove(&id);
            unit.ok_or_else(|| Problem::Vanished { id: excerpt(&id) })
        });
        sorted.collect()
    }

    /// The units with these `_id`s, unsorted.
    pub(crate) async fn with_ids(&self, ids: Vec<String>) -> Result<Vec<Unit>, Problem> {
        let statement = Statement {
            sql: format!(
                "SELECT _id, document FROM {} WHERE _id = ANY($1::text[])",
                self.tables.units
            ),
            parameters: vec![Parameter::Texts(ids)],
        };
        units(&self.answer(&statement).await?)
    }

    /// Prepares a statement and executes it.
    pub(crate) async fn answer(&self, statement: &Statement) -> Result<Vec<Row>, Problem> {
        let prepared = self.prepare(statement).await?;
        self.execute(&prepared, statement).await
    }

    pub(crate) async fn prepare(&self, statement: &Statement) -> Result<Prepared, Problem> {
        let cache = &self.transaction.statement_cache;
        if cache.size() >= MAX_PREPARED {
            cache.clear();
        }
        Ok(self.transaction.prepare_cached(&statement.sql).await?)
    }

    pub(crate) async fn execute(
        &self,
        prepared: &Prepared,
        statement: &Statement,
    ) -> Result<Vec<Row>, Problem> {
        if let Some(executed) = &self.executed {
            locked(executed).push(statement.clone());
        }
        let parameters = statement.parameters();
        Ok(self.transaction.query(prepared, &parameters).await?)
    }
}

/// The units of rows with a column `document`.
pub(crate) fn units(rows: &[Row]) -> Result<Vec<Unit>, Problem> {
    let units = rows.iter().map(|row| {
        let document = row.try_get("document")?;
        Ok(Unit::from_json(document)?)
    });
    units.collect()
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
