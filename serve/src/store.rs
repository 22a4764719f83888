//! The store that is served or checked: in memory, or in one of the databases, which a mirror may
//! follow.

mod database;
mod memory;
#[cfg(feature = "mongodb")]
mod mongodb;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;
mod threads;

use std::time::Duration;

use livechat_units::{Limit, StoreError, Unit, UnitPage, UnitQuery, UnitStore, Written};
use livechat_units_axum::{blocking, explain, inline};
use livechat_units_mirror::{Mirror, Phase, Status};

use self::database::Database;
use crate::args::Target;
use crate::feed::{Problem, with_causes};
use crate::load::ReplaceAll;

/// How long a write waits until the mirror shows it, and the start for the first state.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Clone)]
pub(crate) struct Store {
    database: Database,
    /// Lists in place of the database.
    mirror: Option<Mirror>,
}

impl Store {
    /// Opens the store to serve it. Creates the file or the tables if they do not exist.
    pub(crate) async fn open(target: &Target) -> Result<Self, Problem> {
        let database = Database::open(target).await?;
        let mirror = None;
        Ok(Self { database, mirror })
    }

    /// Opens the store to read it: creates and upgrades nothing.
    pub(crate) async fn open_existing(target: &Target) -> Result<Self, Problem> {
        let database = Database::open_existing(target).await?;
        let mirror = None;
        Ok(Self { database, mirror })
    }

    /// Lists from a mirror of the store from now on. Waits for its first state for some seconds.
    pub(crate) async fn mirrored(self) -> Result<Self, Problem> {
        let mirror = self.database.mirror()?;
        if tokio::time::timeout(PATIENCE, mirror.ready())
            .await
            .is_err()
        {
            let error = mirror.status().error;
            let reason =
                error.map_or_else(String::new, |error| format!(": {}", with_causes(&*error)));
            eprintln!("the mirror has no state after {PATIENCE:?}{reason}");
        }
        let mirror = Some(mirror);
        Ok(Self { mirror, ..self })
    }

    /// The units and where they are stored, for the second line that the program prints.
    pub(crate) fn described(&self) -> String {
        let stored = self.database.described();
        match &self.mirror {
            Some(_) => format!("{stored}, listed from a mirror in memory"),
            None => stored,
        }
    }

    pub(crate) async fn list(&self, query: UnitQuery) -> Result<UnitPage, StoreError> {
        let Some(mirror) = self.mirror.clone() else {
            return self.database.list(query).await;
        };
        let limit = query.page().limit();
        let list = move |query: &UnitQuery| {
            explain(|| mirror.explain(query));
            mirror.list(query)
        };
        match limit {
            Limit::AtMost(_) => inline(list)(query).await,
            Limit::Unlimited => blocking(list)(query).await,
        }
    }

    /// The plan of the store for a query, if the store has plans to show.
    pub(crate) fn explain(&self, query: &UnitQuery) -> Result<String, StoreError> {
        match &self.mirror {
            Some(mirror) => Ok(mirror.explain(query)?.to_string()),
            None => self.database.explain(query),
        }
    }

    /// The condition of the mirror, if there is one.
    pub(crate) fn status(&self) -> Option<Status> {
        self.mirror.as_ref().map(Mirror::status)
    }

    /// Whether listings are answered: whether the mirror, if there is one, is current.
    pub(crate) fn is_ready(&self) -> bool {
        self.status()
            .is_none_or(|status| status.phase == Phase::Current)
    }

    /// Adds or replaces these units: in memory and in SQLite together, so that a listing
    /// has all of them or none; in PostgreSQL one after the other.
    pub(crate) async fn upsert_all(&self, units: Vec<Unit>) -> Result<(), StoreError> {
        self.database.upsert_all(units).await?;
        self.show_writes().await;
        Ok(())
    }

    /// Removes a unit. Returns whether it was there.
    pub(crate) async fn remove(&self, id: String) -> Result<bool, StoreError> {
        let removed = self.database.remove(id).await?;
        self.show_writes().await;
        Ok(removed)
    }

    /// Waits until the mirror shows the writes so far. They are stored, so a delay is no error.
    async fn show_writes(&self) {
        if let Some(mirror) = &self.mirror {
            let _ = tokio::time::timeout(PATIENCE, mirror.caught_up()).await;
        }
    }
}

impl ReplaceAll for Store {
    async fn replace_all(&self, text: String) -> Result<Written, Problem> {
        let written = self.database.replace_all(text).await?;
        self.show_writes().await;
        Ok(written)
    }
}
