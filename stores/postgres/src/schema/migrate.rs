//! Creates and upgrades the tables of one server.

use std::time::Duration;

use deadpool_postgres::Transaction;
use livechat_units::StoreError;
use livechat_units::columns::Columns;
use tokio_postgres::config::Config;

use super::lock::{Lock, lock};
use super::meta::{self, Found};
use super::recording::{self, IsRecorded, RepairRecording};
use super::standby::CheckStandby;
use super::tables::{Distribution, VERSION_OF_VIEW};
use super::totals::{self, IsRight, RepairIfWrong};
use super::{counting, extension, indexes, locale, shards};
use crate::connection::{self, Access, Operation, Server};
use crate::error::{Problem, operation};
use crate::options::PostgresOptions;
use crate::row;

/// A migration of one server.
pub(crate) struct Migrate<'a> {
    pub(crate) schema: &'a str,
    pub(crate) distribution: Distribution,
    /// The declared sort orders.
    pub(crate) orders: &'a [Columns],
    /// The shards of a coordinator.
    pub(crate) shards: &'a [Config],
    pub(crate) connect_timeout: Duration,
    pub(crate) recount: Recount,
}

/// When a migration counts the units and stores their number.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Recount {
    IfWrong,
    Always,
}

impl Migrate<'_> {
    /// Migrates the server, or finds that it is a standby of a migrated one.
    pub(crate) async fn run_on(
        &self,
        server: &Server,
        options: &PostgresOptions,
    ) -> Result<(), StoreError> {
        let check = CheckStandby {
            server: &server.address,
            schema: self.schema,
            distribution: self.distribution,
            orders: self.orders,
        };
        let is_standby = connection::run(server, options, &check).await?;
        if is_standby && self.recount == Recount::IfWrong {
            return Ok(());
        }
        connection::run(server, options, self).await?;
        if self.distribution != Distribution::OneTable {
            return Ok(());
        }
        if !connection::run(server, options, &IsRecorded(self.schema)).await? {
            connection::run(server, options, &RepairRecording(self.schema)).await?;
        }
        if self.recount == Recount::Always {
            return Ok(());
        }
        // Counting takes longest, so it does not block writers. Only a repair does.
        if connection::run(server, options, &IsRight(self.schema)).await? {
            return Ok(());
        }
        connection::run(server, options, &RepairIfWrong(self.schema)).await
    }

    /// Creates the schema or upgrades it, and creates the missing indexes.
    async fn migrate(&self, transaction: &Transaction<'_>) -> Result<(), Problem> {
        let schema = self.schema;
        // Extensions belong to the database: the empty name stands for the lock of all schemas.
        lock(transaction, "", Lock::Exclusive).await?;
        lock(transaction, schema, Lock::Exclusive).await?;
        locale::check_encoding(transaction).await?;
        let found = meta::find(transaction, schema).await?;
        match found {
            Some(found) => {
                meta::check_distribution(schema, found.distribution, self.distribution)?;
            }
            None => self.create_tables(transaction).await?,
        }
        if let Distribution::Shards(_) = self.distribution {
            return self.upgrade(transaction, found).await;
        }
        let trigrams = extension::install(transaction, "pg_trgm", schema).await?;
        locale::check(transaction, &trigrams).await?;
        if found.is_none() {
            let sql = indexes::of_every_schema(schema, &trigrams);
            transaction.batch_execute(&sql).await?;
        }
        // This can take long. It comes before the upgrade, which blocks lists.
        indexes::create_missing(transaction, schema, self.orders).await?;
        self.upgrade(transaction, found).await
    }

    async fn create_tables(&self, transaction: &Transaction<'_>) -> Result<(), Problem> {
        let schema = self.schema;
        let exists = transaction
            .query_opt(
                "SELECT FROM pg_catalog.pg_namespace WHERE nspname = $1",
                &[&schema],
            )
            .await?;
        let mut sql = String::new();
        if exists.is_none() {
            sql = format!("CREATE SCHEMA \"{schema}\";");
        }
        sql += &tables(schema, self.distribution);
        transaction.batch_execute(&sql).await?;
        meta::insert(transaction, schema, self.distribution).await
    }

    /// Upgrades a schema that an older version has created.
    async fn upgrade(
        &self,
        transaction: &Transaction<'_>,
        found: Option<Found>,
    ) -> Result<(), Problem> {
        let Some(found) = found.filter(|found| !found.is_current()) else {
            return Ok(());
        };
        if self.distribution == Distribution::OneTable {
            if found.version < VERSION_OF_VIEW {
                totals::upgrade(transaction, self.schema).await?;
            }
            recording::upgrade(transaction, self.schema).await?;
        }
        meta::upgrade(transaction, self.schema, found).await
    }
}

impl Operation for Migrate<'_> {
    const NAME: &'static str = operation::MIGRATE;
    const ACCESS: Access = Access::Bulk;
    type Output = ();

    async fn run(&self, transaction: &Transaction<'_>) -> Result<(), Problem> {
        self.migrate(transaction).await?;
        if self.distribution == Distribution::OneTable && self.recount == Recount::Always {
            totals::repair(transaction, self.schema).await?;
        }
        shards::attach(transaction, self.schema, self.shards, self.connect_timeout).await
    }
}

/// The statements that create the tables of a new schema.
fn tables(schema: &str, distribution: Distribution) -> String {
    let columns: Vec<String> = row::definitions()
        .map(|(name, kind)| format!("{name} {kind}"))
        .collect();
    let columns = columns.join(", ");
    let mut sql = meta::table(schema, distribution);
    let units = match distribution {
        Distribution::OneTable | Distribution::Distributed => {
            format!("CREATE TABLE \"{schema}\".units ({columns}, PRIMARY KEY (_id));")
        }
        // A partitioned table of foreign tables has no primary key. Each shard has one, and
        // the hash of an `_id` always leads to the same shard.
        Distribution::Shards(_) => {
            format!("CREATE TABLE \"{schema}\".units ({columns}) PARTITION BY HASH (_id);")
        }
    };
    sql += &units;
    if distribution == Distribution::OneTable {
        sql += &counting::install(schema);
        sql += &recording::install(schema);
    }
    sql
}
