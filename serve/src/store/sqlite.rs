//! Units in an SQLite file.

use std::sync::Arc;

use livechat_units::{StoreError, Unit, UnitPage, UnitQuery, UnitStore, Written};
use livechat_units_axum::blocking;
use livechat_units_mirror::{Mirror, MirrorOptions, SqliteSource};
use livechat_units_sqlite::SqliteStore;

use super::threads::{self, run_blocking};
use crate::feed::{Problem, feed, with_causes};

#[derive(Clone)]
pub(crate) struct Sqlite {
    file: String,
    store: Arc<SqliteStore>,
}

impl Sqlite {
    /// Creates the file if it does not exist.
    pub(super) async fn open(file: String) -> Result<Self, Problem> {
        let path = file.clone();
        let store = run_blocking(move || SqliteStore::open(path)).await?;
        Ok(Self {
            file,
            store: Arc::new(store),
        })
    }

    /// Opens a file that exists.
    pub(super) async fn open_existing(file: String) -> Result<Self, Problem> {
        let metadata = std::fs::metadata(&file);
        metadata.map_err(|error| format!("{file}: {error}"))?;
        Self::open(file).await
    }

    pub(super) fn described(&self) -> String {
        match self.store.len() {
            Ok(units) => format!("{units} units in {}", self.file),
            Err(error) => with_causes(&error),
        }
    }

    pub(super) async fn list(&self, query: UnitQuery) -> Result<UnitPage, StoreError> {
        let store = Arc::clone(&self.store);
        blocking(move |query| store.list(query))(query).await
    }

    pub(super) async fn upsert_all(&self, units: Vec<Unit>) -> Result<(), StoreError> {
        let store = Arc::clone(&self.store);
        run_blocking(move || store.upsert_all(&units))
            .await
            .map(drop)
    }

    pub(super) async fn remove(&self, id: String) -> Result<bool, StoreError> {
        let store = Arc::clone(&self.store);
        run_blocking(move || store.remove(&id)).await
    }

    pub(super) async fn replace_all(&self, text: String) -> Result<Written, Problem> {
        let store = Arc::clone(&self.store);
        let replace = move || {
            // All units are read first: the store would keep those before a wrong document.
            let units: Vec<Unit> = feed(&text, |units| units.collect())?;
            Ok(store.replace_all(units)?)
        };
        run_blocking(replace).await
    }

    /// A mirror of the units.
    pub(super) fn mirror(&self) -> Result<Mirror, Problem> {
        let source = SqliteSource::new(Arc::clone(&self.store));
        let (mirror, follow) = MirrorOptions::new().follow_blocking(source);
        threads::follow_blocking(follow)?;
        Ok(mirror)
    }
}
