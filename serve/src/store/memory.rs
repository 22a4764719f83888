//! The store in memory.

use std::sync::{Arc, RwLock, RwLockReadGuard, RwLockWriteGuard};

use livechat_units::{
    Limit, MemoryStore, StoreError, StoreErrorKind, Unit, UnitPage, UnitQuery, UnitStore, Written,
};
use livechat_units_axum::{blocking, explain, inline};
use livechat_units_cli::DOCUMENTED;

use super::threads::Writer;
use crate::feed::{Problem, feed};

/// Units behind a lock, which readers share. One thread makes all writes.
#[derive(Clone)]
pub(crate) struct Memory {
    units: Arc<RwLock<MemoryStore>>,
    writer: Writer,
}

impl Memory {
    /// A store with the units of Rocket.Chat's documentation.
    pub(super) async fn open() -> Result<Self, Problem> {
        let memory = Self {
            units: Arc::default(),
            writer: Writer::start()?,
        };
        memory.replace_all(DOCUMENTED.to_owned()).await?;
        Ok(memory)
    }

    pub(super) fn described(&self) -> String {
        match self.read() {
            Ok(units) => format!("{} units in memory", units.len()),
            Err(error) => error.to_string(),
        }
    }

    pub(super) async fn list(&self, query: UnitQuery) -> Result<UnitPage, StoreError> {
        let memory = self.clone();
        let list = move |query: &UnitQuery| {
            let units = memory.read()?;
            explain(|| units.explain(query));
            units.list(query)
        };
        // A page with a limit takes microseconds. The time of an unlimited page grows with the
        // number of units.
        match query.page().limit() {
            Limit::AtMost(_) => inline(list)(query).await,
            Limit::Unlimited => blocking(list)(query).await,
        }
    }

    pub(super) fn explain(&self, query: &UnitQuery) -> Result<String, StoreError> {
        Ok(self.read()?.explain(query)?.to_string())
    }

    pub(super) async fn upsert_all(&self, changed: Vec<Unit>) -> Result<(), StoreError> {
        let memory = self.clone();
        let upsert = move || {
            let _ = memory.write()?.upsert_all(changed);
            Ok(())
        };
        self.writer.make(upsert).await
    }

    pub(super) async fn remove(&self, id: String) -> Result<bool, StoreError> {
        let memory = self.clone();
        let remove = move || Ok(memory.write()?.remove(&id));
        self.writer.make(remove).await
    }

    pub(super) async fn replace_all(&self, text: String) -> Result<Written, Problem> {
        let memory = self.clone();
        let replace = move || {
            let mut next = MemoryStore::new();
            let written = feed(&text, |units| next.replace_all(units))?;
            // The old units are dropped after the lock is released.
            let old = std::mem::replace(&mut *memory.write()?, next);
            drop(old);
            Ok(written)
        };
        self.writer.make(replace).await
    }

    fn read(&self) -> Result<RwLockReadGuard<'_, MemoryStore>, StoreError> {
        self.units.read().map_err(|_| poisoned())
    }

    fn write(&self) -> Result<RwLockWriteGuard<'_, MemoryStore>, StoreError> {
        self.units.write().map_err(|_| poisoned())
    }
}

/// A write panicked, so the indexes may be inconsistent.
fn poisoned() -> StoreError {
    StoreError::new(StoreErrorKind::Corrupt, "read the units")
}
