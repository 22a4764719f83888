//! Everything that can go wrong, each with the kind that the host sees.
//!
//! Every function below the store fails with a [`Problem`]. An error of the driver becomes
//! [`Problem::Driver`] by `?`, and the module `driver` decides its kind. A problem becomes a
//! [`StoreError`] in one place for each case: [`Problem::at`] for an operation on a server,
//! which knows the host and the port, and [`Problem::during`] for everything else.

mod driver;
pub(crate) mod operation;
mod server_error;

use std::fmt;
use std::time::Duration;

use livechat_units::{OrderError, QueryPart, StoreError, StoreErrorKind, UnitError, Unsupported};
use thiserror::Error;
use tokio_postgres::error::SqlState;

pub use self::server_error::ServerError;

/// A position in the log of PostgreSQL, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position(pub(crate) i64);

/// As PostgreSQL shows it.
impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(bytes) = self;
        write!(f, "{:X}/{:X}", bytes >> 32, bytes & 0xFFFF_FFFF)
    }
}

/// One variant for each thing that can be wrong. Input inside a message is an
/// [excerpt](livechat_units::columns::excerpt).
#[derive(Debug, Error)]
pub(crate) enum Problem {
    #[error(
        "the field \"{field}\" holds U+0000, which PostgreSQL does not store, in the document \
         with the _id \"{id}\""
    )]
    Nul { field: String, id: String },
    #[error(
        "expected an _id of at most {bound} bytes, found {found}, in the document with the _id \
         \"{id}\""
    )]
    LongId {
        bound: usize,
        found: usize,
        id: String,
    },
    #[error("expected a document of at most {bound} bytes, found {found}, with the _id \"{id}\"")]
    LongDocument {
        bound: usize,
        found: usize,
        id: String,
    },
    #[error(
        "expected at most {bound} matches for a sort by \"{path}\", which has no index, found \
         {found}"
    )]
    ManyMatches {
        path: String,
        bound: u64,
        found: u64,
    },
    #[error("no index can serve the sort order {order}: \"{path}\" is not a documented field")]
    UndocumentedOrder { order: String, path: String },
    #[error("expected at most {bound} declared sort orders, found {found}")]
    ManyOrders { bound: usize, found: usize },
    #[error(
        "expected a schema name of 1 to {bound} bytes of a-z, 0-9 and _, not beginning with a \
         digit or pg_, found \"{found}\""
    )]
    SchemaName { bound: usize, found: String },
    #[error("expected 1 to {bound} servers, found {found}")]
    ShardCount { bound: usize, found: usize },
    #[error(
        "the server {number} of the layout has no {missing}, which the coordinator needs to \
         reach it"
    )]
    ShardAddress {
        /// From 0, in the order of the layout.
        number: usize,
        missing: &'static str,
    },
    #[error("the schema {schema:?} has no units: call `migrate` first")]
    NotMigrated { schema: String },
    #[error(
        "the schema {schema:?} has version {found}, and this crate knows versions up to {known}"
    )]
    Newer {
        schema: String,
        found: i32,
        known: i32,
    },
    #[error(
        "the schema {schema:?} is laid out as {found}, not as {wanted}; units are moved with \
         `replace_all` into another schema"
    )]
    OtherLayout {
        schema: String,
        found: String,
        wanted: String,
    },
    #[error("expected a database with the encoding UTF8, found {found}")]
    Encoding { found: String },
    #[error(
        "expected an lc_ctype of UTF-8, such as C.UTF-8, found \"{found}\", with which pg_trgm \
         does not find every name"
    )]
    Ctype { found: String },
    #[error(
        "expected a locale that lower-cases each character alone, found the locale \"{locale}\" \
         of the provider {provider}, with which pg_trgm does not find every part of a name; \
         create the database with another locale, such as C.UTF-8"
    )]
    Lower { locale: String, provider: String },
    #[error("expected the extension {name} in pg_extension after its creation, found none")]
    NoExtension { name: &'static str },
    #[error(
        "the server {server} is a standby, which takes no writes: connect to the primary \
         (`target_session_attrs=read-write` finds it among several hosts)"
    )]
    Standby { server: String },
    #[error(
        "the server {server} is a standby that {missing}: call `migrate` on the primary, and \
         wait until the standby has it"
    )]
    StandbyOutdated { server: String, missing: String },
    #[error(
        "the table meta of the schema {schema:?} has rows that contradict each other: delete \
         the wrong ones"
    )]
    Contradiction { schema: String },
    #[error("expected a page of {expected} of {total} units, found {found}")]
    Page {
        expected: usize,
        total: u64,
        found: usize,
    },
    #[error("expected a number of units, found {found}")]
    Total { found: i64 },
    #[error("expected a row with the number of matches, found none")]
    NoTotal,
    #[error("the document with the _id \"{id}\" was listed but could not be read")]
    Vanished { id: String },
    /// Another program has written it.
    #[error("expected a document that can be read as a unit, found: {0}")]
    DamagedDocument(#[from] UnitError),
    #[error("expected a document with the _id \"{id}\", found one with \"{found}\"")]
    OtherId { id: String, found: String },
    #[error(
        "the standby is behind a state that this reader has seen: expected that it has replayed \
         the log up to {expected}, found {found}"
    )]
    Behind { expected: Position, found: Position },
    #[error(
        "another server has answered each transaction: read changes from one server, or from \
         one that is the primary"
    )]
    ManyServers,
    #[error("the connection to {server} for notifications was closed")]
    Closed { server: String },
    #[error("expected a free connection to {server} within {waited:?}, of {connections}")]
    NoConnection {
        server: String,
        connections: usize,
        waited: Duration,
    },
    #[error("expected a connection to {server} to be opened within {waited:?}")]
    NotOpened { server: String, waited: Duration },
    #[error("no answer from {server} within {waited:?}, and the connection was given up")]
    NoAnswer { server: String, waited: Duration },
    #[error("the pool of connections to {server} failed: {reason}")]
    Pool { server: String, reason: String },
    #[error(transparent)]
    Driver(#[from] tokio_postgres::Error),
    /// The error of a commit after which a worker of Citus may be lost.
    #[error(transparent)]
    LostCommit(tokio_postgres::Error),
    #[error(transparent)]
    Order(#[from] OrderError),
    /// An error of the core, which sorts some pages.
    #[error(transparent)]
    Core(#[from] StoreError),
}

impl Problem {
    /// The kind of the [`StoreError`] that this problem becomes.
    pub(crate) fn kind(&self) -> StoreErrorKind {
        match self {
            Self::Nul { .. }
            | Self::LongId { .. }
            | Self::LongDocument { .. }
            | Self::ManyMatches { .. }
            | Self::UndocumentedOrder { .. }
            | Self::ManyOrders { .. } => StoreErrorKind::Unsupported,
            Self::NoConnection { .. } | Self::NotOpened { .. } | Self::NoAnswer { .. } => {
                StoreErrorKind::Timeout
            }
            Self::Vanished { .. } | Self::DamagedDocument(_) | Self::OtherId { .. } => {
                StoreErrorKind::Corrupt
            }
            Self::LostCommit(_) | Self::Behind { .. } | Self::ManyServers | Self::Closed { .. } => {
                StoreErrorKind::Unavailable
            }
            Self::Driver(error) => driver::kind(error),
            Self::Order(_) => StoreErrorKind::InvalidQuery,
            Self::Core(error) => error.kind(),
            Self::SchemaName { .. }
            | Self::ShardCount { .. }
            | Self::ShardAddress { .. }
            | Self::NotMigrated { .. }
            | Self::Newer { .. }
            | Self::OtherLayout { .. }
            | Self::Encoding { .. }
            | Self::Ctype { .. }
            | Self::Lower { .. }
            | Self::NoExtension { .. }
            | Self::Standby { .. }
            | Self::StandbyOutdated { .. }
            | Self::Contradiction { .. }
            | Self::Page { .. }
            | Self::Total { .. }
            | Self::NoTotal
            | Self::Pool { .. } => StoreErrorKind::Failed,
        }
    }

    /// The error of an operation that failed before it reached a server.
    pub(crate) fn during(self, operation: &'static str) -> StoreError {
        StoreError::new(self.kind(), operation).with_source(self)
    }

    /// The error of an operation on the server with this address.
    pub(crate) fn at(self, server: &str, operation: &'static str) -> StoreError {
        let kind = self.kind();
        let error = StoreError::new(kind, operation);
        match self {
            Self::Order(error) => error.into(),
            Self::Core(error) => error,
            Self::Driver(driver) | Self::LostCommit(driver) => {
                error.with_source(ServerError::new(server, driver))
            }
            // The client sees the reason, because another request can succeed.
            Self::ManyMatches { .. } => Unsupported::new(QueryPart::Sort, self.to_string()).into(),
            Self::Standby { .. }
            | Self::StandbyOutdated { .. }
            | Self::Closed { .. }
            | Self::NoConnection { .. }
            | Self::NotOpened { .. }
            | Self::NoAnswer { .. }
            | Self::Pool { .. } => error.with_source(self),
            _ => error.with_source(Located {
                server: server.to_owned(),
                problem: self,
            }),
        }
    }

    /// Whether another write was in the way. The write was not applied and can be repeated.
    pub(crate) fn is_conflict(&self) -> bool {
        matches!(self, Self::Driver(error) if driver::is_conflict(error))
    }

    /// Whether the connection cannot be used again.
    pub(crate) fn is_lost_connection(&self) -> bool {
        match self {
            Self::Driver(error) | Self::LostCommit(error) => driver::is_lost(error),
            _ => false,
        }
    }

    /// The error of a commit. Citus reports a worker that is lost during a commit as an
    /// internal error; the transaction may have been applied.
    pub(crate) fn of_commit(error: tokio_postgres::Error, is_distributed: bool) -> Self {
        if is_distributed && error.code() == Some(&SqlState::INTERNAL_ERROR) {
            return Self::LostCommit(error);
        }
        Self::Driver(error)
    }
}

/// A problem whose text does not name the server.
#[derive(Debug, Error)]
#[error("{server}: {problem}")]
struct Located {
    server: String,
    problem: Problem,
}
