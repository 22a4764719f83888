//! A standby lists units. It takes no writes and cannot be migrated.

use deadpool_postgres::Transaction;
use livechat_units::columns::Columns;

use super::tables::Distribution;
use super::{extension, indexes, locale, meta};
use crate::connection::{Access, Operation};
use crate::error::{Problem, operation};

/// Finds out whether the server is a standby. On a standby, checks that its primary has been
/// migrated.
pub(crate) struct CheckStandby<'a> {
    /// The address, for errors.
    pub(crate) server: &'a str,
    pub(crate) schema: &'a str,
    pub(crate) distribution: Distribution,
    pub(crate) orders: &'a [Columns],
}

impl Operation for CheckStandby<'_> {
    const NAME: &'static str = operation::MIGRATE;
    const ACCESS: Access = Access::Read;
    /// Whether it is a standby.
    type Output = bool;

    async fn run(&self, transaction: &Transaction<'_>) -> Result<bool, Problem> {
        let row = transaction
            .query_one("SELECT pg_is_in_recovery()", &[])
            .await?;
        if !row.try_get::<_, bool>(0)? {
            return Ok(false);
        }
        self.check(transaction).await.map(|()| true)
    }
}

impl CheckStandby<'_> {
    async fn check(&self, transaction: &Transaction<'_>) -> Result<(), Problem> {
        let schema = self.schema;
        let Some(found) = meta::find(transaction, schema).await? else {
            return Err(self.outdated(format!("has no schema {schema:?}")));
        };
        meta::check_distribution(schema, found.distribution, self.distribution)?;
        if !found.is_current() {
            let version = found.version;
            return Err(self.outdated(format!("has version {version} of the schema {schema:?}")));
        }
        if matches!(self.distribution, Distribution::Shards(_)) {
            return Ok(());
        }
        locale::check_encoding(transaction).await?;
        if let Some(trigrams) = extension::find(transaction, "pg_trgm").await? {
            locale::check(transaction, &trigrams).await?;
        }
        let missing = indexes::missing(transaction, schema, self.orders).await?;
        match missing.keys().next() {
            Some(name) => Err(self.outdated(format!("has no index {name}"))),
            None => Ok(()),
        }
    }

    fn outdated(&self, missing: String) -> Problem {
        let server = self.server.to_owned();
        Problem::StandbyOutdated { server, missing }
    }
}
