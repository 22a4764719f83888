//! The units in memory or in a database. The other files of this folder have the same methods, each
//! for one of them.

use livechat_units::{StoreError, Unit, UnitPage, UnitQuery, Written};
use livechat_units_mirror::Mirror;

use super::memory::Memory;
#[cfg(feature = "mongodb")]
use super::mongodb;
#[cfg(feature = "postgres")]
use super::postgres;
#[cfg(feature = "sqlite")]
use super::sqlite;
use crate::args::Target;
use crate::feed::Problem;

#[derive(Clone)]
pub(super) enum Database {
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

impl Database {
    /// Opens the store to serve it. Creates the file or the tables if they do not exist.
    pub(super) async fn open(target: &Target) -> Result<Self, Problem> {
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
    pub(super) async fn open_existing(target: &Target) -> Result<Self, Problem> {
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
    pub(super) fn described(&self) -> String {
        each!(self, store => store.described())
    }

    pub(super) async fn list(&self, query: UnitQuery) -> Result<UnitPage, StoreError> {
        each!(self, store => store.list(query).await)
    }

    /// The plan of the store for a query, if the store has plans to show.
    pub(super) fn explain(&self, query: &UnitQuery) -> Result<String, StoreError> {
        match self {
            Self::Memory(memory) => memory.explain(query),
            #[cfg(any(feature = "mongodb", feature = "postgres", feature = "sqlite"))]
            _ => Ok("this store does not explain its answers".to_owned()),
        }
    }

    /// Adds or replaces these units: in memory and in SQLite together, so that a listing
    /// has all of them or none; in PostgreSQL one after the other.
    pub(super) async fn upsert_all(&self, units: Vec<Unit>) -> Result<(), StoreError> {
        each!(self, store => store.upsert_all(units).await)
    }

    /// Removes a unit. Returns whether it was there.
    pub(super) async fn remove(&self, id: String) -> Result<bool, StoreError> {
        each!(self, store => store.remove(id).await)
    }

    pub(super) async fn replace_all(&self, text: String) -> Result<Written, Problem> {
        each!(self, store => store.replace_all(text).await)
    }

    /// A mirror of the database, which a thread of its own or a task follows.
    pub(super) fn mirror(&self) -> Result<Mirror, Problem> {
        match self {
            Self::Memory(_) => {
                Err("the units are in memory already: `--mirror` needs `--store`".into())
            }
            #[cfg(feature = "mongodb")]
            Self::MongoDb(store) => store.mirror(),
            #[cfg(feature = "postgres")]
            Self::Postgres(store) => store.mirror(),
            #[cfg(feature = "sqlite")]
            Self::Sqlite(store) => store.mirror(),
        }
    }
}

#[cfg(not(all(feature = "mongodb", feature = "postgres", feature = "sqlite")))]
fn built_without<T>(feature: &str) -> Result<T, Problem> {
    Err(format!("built without {feature}: add `--features {feature}` to the command").into())
}
