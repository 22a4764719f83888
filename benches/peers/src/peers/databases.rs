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
use crate::name::{Database, Name};
use crate::results::Measurement;
use crate::run;

/// Measures one peer.
pub(crate) fn run(peer: Database, size: usize, workloads: &[String]) -> Vec<Measurement> {
    let run = match peer {
        Database::SqliteStore => run::run::<sqlite_store::Store>,
        Database::SqlitePlain => run::run::<sqlite_plain::Plain<NoIndexes>>,
        Database::SqliteIndexed => run::run::<sqlite_plain::Plain<AllIndexes>>,
        Database::PostgresStore => run::run::<postgres_store::Store>,
        Database::PostgresPlain => run::run::<postgres_plain::Plain<NoIndexes>>,
        Database::PostgresIndexed => run::run::<postgres_plain::Plain<AllIndexes>>,
    };
    run(size, Name::Database(peer), workloads)
}
