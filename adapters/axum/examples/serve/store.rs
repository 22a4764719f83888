//! The store that is served, whichever it is.

use std::sync::{Arc, RwLock, RwLockReadGuard, RwLockWriteGuard};

use livechat_units::{
    Limit, MemoryStore, StoreError, StoreErrorKind, Unit, UnitPage, UnitQuery, UnitStore,
};
use livechat_units_axum::{blocking, explain, inline};
use tokio::task::spawn_blocking;

use crate::args::Target;
use crate::load::{self, Problem};

const DOCUMENTED: &str = include_str!("documented.jsonl");

#[derive(Clone)]
pub(crate) enum Store {
    Memory(Shared),
}

type Shared = Arc<RwLock<MemoryStore>>;

impl Store {
    pub(crate) async fn open(target: &Target) -> Result<Self, Problem> {
        let feature = match target {
            Target::Memory => {
                let store = Self::Memory(Shared::default());
                store.replace_all(DOCUMENTED.to_owned()).await?;
                return Ok(store);
            }
            Target::Sqlite(_) => "sqlite",
            Target::Postgres(_) => "postgres",
            Target::MongoDb(_) => "mongodb",
        };
        Err(format!("built without {feature}: add `--features {feature}` to the command").into())
    }

    pub(crate) fn described(&self) -> String {
        match self {
            Self::Memory(units) => match read(units) {
                Ok(units) => format!("{} units in memory", units.len()),
                Err(error) => error.to_string(),
            },
        }
    }

    pub(crate) async fn list(&self, query: UnitQuery) -> Result<UnitPage, StoreError> {
        match self {
            Self::Memory(units) => {
                let units = Arc::clone(units);
                let list = move |query: &UnitQuery| {
                    let units = read(&units)?;
                    explain(|| units.explain(query));
                    units.list(query)
                };
                // A page takes microseconds; everything, as long as there are units.
                match query.page().limit() {
                    Limit::AtMost(_) => inline(list)(query).await,
                    Limit::Unlimited => blocking(list)(query).await,
                }
            }
        }
    }

    pub(crate) fn explain(&self, query: &UnitQuery) -> Result<String, StoreError> {
        match self {
            Self::Memory(units) => Ok(read(units)?.explain(query)?.to_string()),
        }
    }

    /// Adds or replaces these units, together.
    pub(crate) async fn upsert_all(&self, changed: Vec<Unit>) -> Result<(), StoreError> {
        match self {
            Self::Memory(units) => {
                let units = Arc::clone(units);
                on_a_thread(move || {
                    let mut units = write(&units)?;
                    for unit in changed {
                        units.upsert(unit);
                    }
                    Ok(())
                })
                .await
            }
        }
    }

    /// Takes a unit out. Whether it was there.
    pub(crate) async fn remove(&self, id: String) -> Result<bool, StoreError> {
        match self {
            Self::Memory(units) => {
                let units = Arc::clone(units);
                on_a_thread(move || Ok(write(&units)?.remove(&id))).await
            }
        }
    }

    /// Replaces all units by those of this text; where one is wrong, they stay.
    pub(crate) async fn replace_all(&self, text: String) -> Result<(), Problem> {
        match self {
            Self::Memory(units) => {
                let units = Arc::clone(units);
                spawn_blocking(move || {
                    let next: MemoryStore = load::feed(&text, |units| units.collect())?;
                    // What there was is taken apart when nobody waits for the lock.
                    let old = std::mem::replace(&mut *write(&units)?, next);
                    drop(old);
                    Ok(())
                })
                .await?
            }
        }
    }
}

/// Waits for what may take long, and for the lock, where no other request waits with it.
async fn on_a_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    spawn_blocking(work).await.unwrap_or_else(|error| {
        Err(StoreError::new(StoreErrorKind::Failed, "change the units").with_source(error))
    })
}

fn read(units: &RwLock<MemoryStore>) -> Result<RwLockReadGuard<'_, MemoryStore>, StoreError> {
    units.read().map_err(|_| poisoned())
}

fn write(units: &RwLock<MemoryStore>) -> Result<RwLockWriteGuard<'_, MemoryStore>, StoreError> {
    units.write().map_err(|_| poisoned())
}

/// A panic in the middle of a write: nobody knows what the indexes say.
fn poisoned() -> StoreError {
    StoreError::new(StoreErrorKind::Corrupt, "read the units")
}
