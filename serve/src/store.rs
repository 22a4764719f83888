//! The store that is served or checked: in memory, or one of the databases.
//!
//! Each file in this folder has the same methods for another store.

mod memory;
#[cfg(feature = "mongodb")]
mod mongodb;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;
mod threads;

use livechat_units::{StoreError, Unit, UnitPage, UnitQuery};

use self::memory::Memory;
use crate::args::Target;
use crate::feed::Problem;
use crate::load::ReplaceAll;

#[derive(Clone)]
pub(crate) enum Store {
    Memory(Memory),
    #[cfg(feature = "mongodb")]
    MongoDb(mongodb::MongoDb),
    #[cfg(feature = "postgres")]
    Postgres(postgres::Postgres),
    #[cfg(feature = "sqlite")]
    Sqlite(sqlite::Sqlite),
}

macro_rules! each {
    ($this:expr, $store:ident => $call:expr) => {
        match $this {
            Self::Memory($store) => $call,
            #[cfg(feature = "mongodb")]
            Self::MongoDb($store) => $call,
            #[cfg(feature = "postgres")]
            Self::Postgres($store) => $call,
            #[cfg(feature = "sqlite")]
            Self::Sqlite($store) => $call,
        }
    };
}

impl Store {
    /// Opens the store to serve it. Creates the file or the tables if they do not exist.
    pub(crate) async fn open(target: &Target) -> Result<Self, Problem> {
        match target {
            Target::Memory => Ok(Self::Memory(Memory::open().await?)),
            #[cfg(feature = "mongodb")]
            Target::MongoDb(url) => Ok(Self::MongoDb(mongodb::MongoDb::open(url).await?)),
            #[cfg(feature = "postgres")]
            Target::Postgres(url) => Ok(Self::Postgres(postgres::Postgres::open(url).await?)),
            #[cfg(feature = "sqlite")]
            Target::Sqlite(file) => Ok(Self::Sqlite(sqlite::Sqlite::open(file.clone()).await?)),
            #[cfg(not(feature = "mongodb"))]
            Target::MongoDb(_) => built_without("mongodb"),
            #[cfg(not(feature = "postgres"))]
            Target::Postgres(_) => built_without("postgres"),
            #[cfg(not(feature = "sqlite"))]
            Target::Sqlite(_) => built_without("sqlite"),
        }
    }

    /// Opens the store to read it: creates and upgrades nothing.
    pub(crate) async fn open_existing(target: &Target) -> Result<Self, Problem> {
        match target {
            #[cfg(feature = "postgres")]
            Target::Postgres(url) => Ok(Self::Postgres(postgres::Postgres::open_existing(url)?)),
            #[cfg(feature = "sqlite")]
            Target::Sqlite(file) => {
                let sqlite = sqlite::Sqlite::open_existing(file.clone()).await?;
                Ok(Self::Sqlite(sqlite))
            }
            other => Self::open(other).await,
        }
    }

    /// The units and where they are stored, for the second line that the program prints.
    pub(crate) fn described(&self) -> String {
        each!(self, store => store.described())
    }

    pub(crate) async fn list(&self, query: UnitQuery) -> Result<UnitPage, StoreError> {
        each!(self, store => store.list(query).await)
    }

    /// The plan of the store for a query, if the store has plans to show.
    pub(crate) fn explain(&self, query: &UnitQuery) -> Result<String, StoreError> {
        match self {
            Self::Memory(memory) => memory.explain(query),
            #[cfg(any(feature = "mongodb", feature = "postgres", feature = "sqlite"))]
            _ => Ok("this store does not explain its answers".to_owned()),
        }
    }

    /// Adds or replaces these units: in memory and in SQLite together, so that a listing
    /// has all of them or none; in PostgreSQL one after the other.
    pub(crate) async fn upsert_all(&self, units: Vec<Unit>) -> Result<(), StoreError> {
        each!(self, store => store.upsert_all(units).await)
    }

    /// Removes a unit. Returns whether it was there.
    pub(crate) async fn remove(&self, id: String) -> Result<bool, StoreError> {
        each!(self, store => store.remove(id).await)
    }
}

impl ReplaceAll for Store {
    async fn replace_all(&self, text: String) -> Result<(), Problem> {
        each!(self, store => store.replace_all(text).await)
    }
}

#[cfg(not(all(feature = "mongodb", feature = "postgres", feature = "sqlite")))]
fn built_without<T>(feature: &str) -> Result<T, Problem> {
    Err(format!("built without {feature}: add `--features {feature}` to the command").into())
}
