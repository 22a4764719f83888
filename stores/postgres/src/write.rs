//! Operations that write: upsert, remove, replace all.
//!
//! Each locks the schema (see `schema::lock`), writes, and takes the lock of an instant (see
//! `schema::instant`) before its commit.

mod replace;
mod single;

use deadpool_postgres::Transaction;

use crate::connection::{Access, Operation};
use crate::error::{Problem, operation};
use crate::row::Row;
use crate::schema::{self, KnownTables, Lock};

pub(crate) use self::replace::rows;

/// Adds a unit, or replaces the one with its `_id`. The output is whether there was one.
pub(crate) struct Upsert<'a> {
    pub(crate) tables: &'a KnownTables,
    pub(crate) row: Row,
}

impl Operation for Upsert<'_> {
    const NAME: &'static str = operation::UPSERT;
    const ACCESS: Access = Access::Write;
    type Output = bool;

    fn is_distributed(&self) -> bool {
        self.tables.is_distributed()
    }

    async fn run(&self, transaction: &Transaction<'_>) -> Result<bool, Problem> {
        let tables = self.tables.get_to_write(transaction, Lock::Shared);
        let tables = tables.await?;
        schema::begin_write(transaction, &tables).await?;
        let existed = single::upsert(transaction, &tables, &self.row).await?;
        schema::end_write(transaction, &tables).await?;
        Ok(existed)
    }
}

/// Removes the unit with an `_id`.
pub(crate) struct Remove<'a> {
    pub(crate) tables: &'a KnownTables,
    pub(crate) id: &'a str,
}

impl Operation for Remove<'_> {
    const NAME: &'static str = operation::REMOVE;
    const ACCESS: Access = Access::Write;
    /// Whether the unit existed.
    type Output = bool;

    fn is_distributed(&self) -> bool {
        self.tables.is_distributed()
    }

    async fn run(&self, transaction: &Transaction<'_>) -> Result<bool, Problem> {
        let tables = self.tables.get_to_write(transaction, Lock::Shared);
        let tables = tables.await?;
        schema::begin_write(transaction, &tables).await?;
        let existed = single::remove(transaction, &tables, self.id).await?;
        schema::end_write(transaction, &tables).await?;
        Ok(existed)
    }
}

/// Replaces all units.
pub(crate) struct ReplaceAll<'a> {
    pub(crate) tables: &'a KnownTables,
    pub(crate) rows: Vec<Row>,
}

impl Operation for ReplaceAll<'_> {
    const NAME: &'static str = operation::REPLACE_ALL;
    const ACCESS: Access = Access::Bulk;
    type Output = ();

    fn is_distributed(&self) -> bool {
        self.tables.is_distributed()
    }

    async fn run(&self, transaction: &Transaction<'_>) -> Result<(), Problem> {
        let tables = self.tables.get_to_write(transaction, Lock::Exclusive);
        let tables = tables.await?;
        schema::begin_write(transaction, &tables).await?;
        replace::replace_all(transaction, &tables, &self.rows).await?;
        schema::end_write(transaction, &tables).await
    }
}
