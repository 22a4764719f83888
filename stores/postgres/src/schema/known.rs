//! The tables of a store, read from `meta` once and then remembered.

use std::sync::{Arc, OnceLock};

use tokio_postgres::Transaction;

use super::lock::{Lock, lock};
use super::meta;
use super::tables::{Distribution, Tables};
use crate::error::Problem;

/// What a store knows of its schema.
pub(crate) struct KnownTables {
    schema: String,
    /// Set once the schema has the newest version: then nothing changes any more.
    tables: OnceLock<Arc<Tables>>,
    distribution: OnceLock<Distribution>,
}

impl KnownTables {
    pub(crate) fn new(schema: String) -> Self {
        Self {
            schema,
            tables: OnceLock::new(),
            distribution: OnceLock::new(),
        }
    }

    /// The tables, for a transaction that reads.
    pub(crate) async fn get(&self, transaction: &Transaction<'_>) -> Result<Arc<Tables>, Problem> {
        if let Some(tables) = self.tables.get() {
            return Ok(Arc::clone(tables));
        }
        let schema = self.schema.as_str();
        let Some(found) = meta::find(transaction, schema).await? else {
            let schema = schema.to_owned();
            return Err(Problem::NotMigrated { schema });
        };
        self.distribution.get_or_init(|| found.distribution);
        let tables = Arc::new(Tables::new(schema, found.distribution, found.version));
        if tables.is_current() {
            self.tables.get_or_init(|| Arc::clone(&tables));
        }
        Ok(tables)
    }

    /// The tables, for a transaction that writes.
    ///
    /// Locks the schema before it reads `meta`, unless the tables are remembered. An upgrade
    /// holds this lock and then waits for every transaction that has read `meta`, so the
    /// other order would be a deadlock.
    pub(crate) async fn get_to_write(
        &self,
        transaction: &Transaction<'_>,
        how: Lock,
    ) -> Result<Arc<Tables>, Problem> {
        if self.tables.get().is_none() {
            lock(transaction, &self.schema, how).await?;
        }
        self.get(transaction).await
    }

    /// The tables, if they are remembered.
    pub(crate) fn remembered(&self) -> Option<Arc<Tables>> {
        self.tables.get().cloned()
    }

    /// Whether the units are known to be in a distributed table.
    pub(crate) fn is_distributed(&self) -> bool {
        self.distribution.get() == Some(&Distribution::Distributed)
    }
}
