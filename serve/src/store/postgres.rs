//! Units in PostgreSQL.

use livechat_units::{StoreError, Unit, UnitPage, UnitQuery, Written};
use livechat_units_mirror::{Mirror, MirrorOptions, PostgresSource};
use livechat_units_postgres::{Config, Layout, PostgresStore};

use super::threads::{self, run_blocking};
use crate::feed::{Problem, feed};

#[derive(Clone)]
pub(crate) struct Postgres {
    database: String,
    store: PostgresStore,
}

impl Postgres {
    /// Creates the tables, or upgrades older ones. A standby is served as it is, if its
    /// primary has been migrated; then only writes fail.
    pub(super) async fn open(url: &str) -> Result<Self, Problem> {
        let postgres = Self::open_existing(url)?;
        postgres.store.migrate(&Layout::one_server()).await?;
        Ok(postgres)
    }

    /// Leaves the tables as they are. The first listing connects.
    pub(super) fn open_existing(url: &str) -> Result<Self, Problem> {
        let config: Config = url.parse()?;
        let database = config.get_dbname().unwrap_or("the user's database");
        Ok(Self {
            database: database.to_owned(),
            store: PostgresStore::new(config)?,
        })
    }

    pub(super) fn described(&self) -> String {
        format!("the units in {}, in PostgreSQL", self.database)
    }

    pub(super) async fn list(&self, query: UnitQuery) -> Result<UnitPage, StoreError> {
        self.store.list(&query).await
    }

    /// Writes one unit after the other. If one fails, those before it stay.
    pub(super) async fn upsert_all(&self, units: Vec<Unit>) -> Result<(), StoreError> {
        for unit in &units {
            self.store.upsert(unit).await?;
        }
        Ok(())
    }

    pub(super) async fn remove(&self, id: String) -> Result<bool, StoreError> {
        self.store.remove(&id).await
    }

    pub(super) async fn replace_all(&self, text: String) -> Result<Written, Problem> {
        let read = move || feed(&text, |units| units.collect());
        let units: Vec<Unit> = run_blocking(read).await?;
        Ok(self.store.replace_all(units).await?)
    }

    /// A mirror of the units.
    pub(super) fn mirror(&self) -> Result<Mirror, Problem> {
        let source = PostgresSource::new(self.store.clone());
        let (mirror, follow) = MirrorOptions::new().follow(source);
        threads::follow(follow)?;
        Ok(mirror)
    }
}
