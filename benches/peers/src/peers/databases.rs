//! The stores in databases, and the plain SQL beside them.

mod plain;
mod postgres;
mod postgres_plain;
mod postgres_store;
pub(crate) mod server;
mod sqlite_file;
mod sqlite_plain;
mod sqlite_store;

use self::plain::{AllIndexes, NoIndexes};
use crate::peer::Name;
use crate::results::Measurement;
use crate::run::run;

/// Which of them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Database {
    SqliteStore,
    SqlitePlain,
    SqliteIndexed,
    PostgresStore,
    PostgresPlain,
    PostgresIndexed,
}

impl Database {
    pub(crate) const ALL: [Self; 6] = [
        Self::SqliteStore,
        Self::SqlitePlain,
        Self::SqliteIndexed,
        Self::PostgresStore,
        Self::PostgresPlain,
        Self::PostgresIndexed,
    ];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::SqliteStore => "sqlite-store",
            Self::SqlitePlain => "sqlite-plain",
            Self::SqliteIndexed => "sqlite-indexed",
            Self::PostgresStore => "postgres-store",
            Self::PostgresPlain => "postgres-plain",
            Self::PostgresIndexed => "postgres-indexed",
        }
    }

    pub(crate) fn run(self, size: usize, workloads: &[String]) -> Vec<Measurement> {
        let run = match self {
            Self::SqliteStore => run::<sqlite_store::Store>,
            Self::SqlitePlain => run::<sqlite_plain::Plain<NoIndexes>>,
            Self::SqliteIndexed => run::<sqlite_plain::Plain<AllIndexes>>,
            Self::PostgresStore => run::<postgres_store::Store>,
            Self::PostgresPlain => run::<postgres_plain::Plain<NoIndexes>>,
            Self::PostgresIndexed => run::<postgres_plain::Plain<AllIndexes>>,
        };
        run(size, Name::Database(self), workloads)
    }

    fn needs_server(self) -> bool {
        match self {
            Self::SqliteStore | Self::SqlitePlain | Self::SqliteIndexed => false,
            Self::PostgresStore | Self::PostgresPlain | Self::PostgresIndexed => true,
        }
    }
}
