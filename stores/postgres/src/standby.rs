//! A standby: it answers, takes no writes, and cannot be migrated.

use deadpool_postgres::Transaction;
use livechat_units::StoreError;

use crate::error::{MIGRATE, Problem, of_driver};
use crate::order::Order;
use crate::schema::{self, Place};
use crate::transaction::{Access, Work};
use crate::{indexes, locale, meta};

/// Finds out whether the server is a standby. On one, everything that `migrate` makes has to
/// be there.
pub(crate) struct Inspect<'a> {
    /// For errors.
    pub(crate) server: &'a str,
    pub(crate) schema: &'a str,
    pub(crate) place: Place,
    pub(crate) orders: &'a [Order],
}

impl Work for Inspect<'_> {
    const OPERATION: &'static str = MIGRATE;
    const ACCESS: Access = Access::Read;
    type Done = bool;

    async fn run(&self, transaction: &Transaction<'_>) -> Result<bool, StoreError> {
        let failed = of_driver(MIGRATE);
        let row = transaction
            .query_one("SELECT pg_is_in_recovery()", &[])
            .await
            .map_err(&failed)?;
        if !row.try_get::<_, bool>(0).map_err(&failed)? {
            return Ok(false);
        }
        let outdated = |missing: String| {
            let server = self.server.to_owned();
            Problem::StandbyOutdated { server, missing }.during(MIGRATE)
        };
        let found = meta::find(transaction, self.schema, MIGRATE).await?;
        let Some(found) = found else {
            return Err(outdated(format!("has no schema {:?}", self.schema)));
        };
        schema::check_place(self.schema, found.place, self.place)?;
        if !found.is_current() {
            let version = found.version;
            return Err(outdated(format!(
                "has version {version} of the schema {:?}",
                self.schema
            )));
        }
        if matches!(self.place, Place::Shards(_)) {
            return Ok(true);
        }
        locale::check_encoding(transaction).await?;
        if let Some(trigrams) = schema::find_extension(transaction, "pg_trgm").await? {
            locale::check(transaction, &trigrams).await?;
        }
        let missing = indexes::missing(transaction, self.schema, self.orders).await?;
        if let Some(name) = missing.keys().next() {
            return Err(outdated(format!("has no index {name}")));
        }
        Ok(true)
    }
}
