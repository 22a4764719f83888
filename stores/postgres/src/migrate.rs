//! Making and upgrading the tables of one server.

use std::time::Duration;

use deadpool_postgres::Transaction;
use livechat_units::StoreError;
use tokio_postgres::config::Config;

use crate::connector::Server;
use crate::error::MIGRATE;
use crate::options::PostgresOptions;
use crate::order::Order;
use crate::schema::{self, Place};
use crate::standby::Inspect;
use crate::transaction::{self, Access, Work};
use crate::{shards, totals};

pub(crate) struct Migrate<'a> {
    pub(crate) schema: &'a str,
    pub(crate) place: Place,
    pub(crate) orders: &'a [Order],
    pub(crate) servers: &'a [Config],
    pub(crate) connect_timeout: Duration,
    pub(crate) recount: Recount,
}

/// When the kept total is counted anew.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Recount {
    IfWrong,
    Always,
}

impl Migrate<'_> {
    /// Migrates the server, or finds that it is a standby with nothing to do.
    pub(crate) async fn run_on(
        &self,
        server: &Server,
        options: &PostgresOptions,
    ) -> Result<(), StoreError> {
        let inspect = Inspect {
            server: &server.address,
            schema: self.schema,
            place: self.place,
            orders: self.orders,
        };
        let is_standby = transaction::run(server, options, &inspect).await?;
        if is_standby && self.recount == Recount::IfWrong {
            return Ok(());
        }
        transaction::run(server, options, self).await?;
        if self.place != Place::Here || self.recount == Recount::Always {
            return Ok(());
        }
        // Counting takes longest. Only a repair has to keep writers waiting.
        let check = totals::IsKeptRight(self.schema);
        if transaction::run(server, options, &check).await? {
            return Ok(());
        }
        transaction::run(server, options, &totals::Repair(self.schema)).await
    }
}

impl Work for Migrate<'_> {
    const OPERATION: &'static str = MIGRATE;
    const ACCESS: Access = Access::Bulk;
    type Done = ();

    async fn run(&self, transaction: &Transaction<'_>) -> Result<(), StoreError> {
        schema::migrate(transaction, self.schema, self.place, self.orders).await?;
        if self.place == Place::Here && self.recount == Recount::Always {
            totals::repair(transaction, self.schema).await?;
        }
        shards::attach(transaction, self.schema, self.servers, self.connect_timeout).await
    }
}
