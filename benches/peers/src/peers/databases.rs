//! The stores in databases, and the plain SQL beside them.

mod mirrored;
mod plain;
mod postgres;
mod postgres_mirror;
mod postgres_plain;
mod postgres_store;
pub(crate) mod server;
mod sqlite_file;
mod sqlite_mirror;
mod sqlite_plain;
mod sqlite_store;

use self::plain::{AllIndexes, NoIndexes};
use crate::name::{DatabasePeer, PeerName};
use crate::results::Measurement;
use crate::run;

/// Measures one peer.
pub(crate) fn run(peer: DatabasePeer, size: usize, workloads: &[String]) -> Vec<Measurement> {
    let run = match peer {
        DatabasePeer::SqliteStore => run::run::<sqlite_store::Store>,
        DatabasePeer::SqliteMirror => run::run::<sqlite_mirror::Mirrored>,
        DatabasePeer::SqlitePlain => run::run::<sqlite_plain::Plain<NoIndexes>>,
        DatabasePeer::SqliteIndexed => run::run::<sqlite_plain::Plain<AllIndexes>>,
        DatabasePeer::PostgresStore => run::run::<postgres_store::Store>,
        DatabasePeer::PostgresMirror => run::run::<postgres_mirror::Mirrored>,
        DatabasePeer::PostgresPlain => run::run::<postgres_plain::Plain<NoIndexes>>,
        DatabasePeer::PostgresIndexed => run::run::<postgres_plain::Plain<AllIndexes>>,
    };
    run(size, PeerName::Database(peer), workloads)
}
