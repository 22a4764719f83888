//! What can go wrong, and the kind of [`StoreError`] that each problem is.
//!
//! ```text
//!  Problem  ────────────── during(operation) ──┐
//!                                              ├─► StoreError ── at(error, server) ──►
//!  driver's error ──────── of_driver ──────────┘   (adds the host and the port)
//! ```

mod driver;
pub(crate) mod operation;
mod server_error;

use std::error::Error as StdError;
use std::fmt;
use std::sync::OnceLock;
use std::time::Duration;

use livechat_units::{QueryPart, StoreError, StoreErrorKind, UnitError, Unsupported};
use thiserror::Error;

pub(crate) use self::driver::{driver_error, is_conflict, is_lost, of_commit, of_driver};
pub use self::server_error::ServerError;

/// A problem that this crate finds itself. Parts of the input are
/// [excerpts](livechat_units::columns::excerpt).
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
    #[error("expected a document that can be read as a unit, found: {0}")]
    DamagedDocument(UnitError),
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
}

impl Problem {
    /// The kind of the [`StoreError`] that this problem becomes.
    fn kind(&self) -> StoreErrorKind {
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
            Self::Vanished { .. } | Self::DamagedDocument(_) => StoreErrorKind::Corrupt,
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

    /// The error of an operation that failed because of this problem.
    pub(crate) fn during(self, operation: &'static str) -> StoreError {
        if let Self::ManyMatches { .. } = self {
            // The client sees the reason, because another request can succeed.
            return Unsupported::new(QueryPart::Sort, self.to_string()).into();
        }
        let error = StoreError::new(self.kind(), operation);
        if self.needs_address() {
            error.with_source(Located {
                server: OnceLock::new(),
                problem: self,
            })
        } else {
            error.with_source(self)
        }
    }

    /// Whether the problem lies on a server and its text does not name the server.
    fn needs_address(&self) -> bool {
        matches!(
            self,
            Self::NotMigrated { .. }
                | Self::Newer { .. }
                | Self::OtherLayout { .. }
                | Self::Encoding { .. }
                | Self::Ctype { .. }
                | Self::Lower { .. }
                | Self::NoExtension { .. }
                | Self::Contradiction { .. }
                | Self::ManyOrders { .. }
                | Self::Page { .. }
                | Self::Total { .. }
                | Self::NoTotal
                | Self::Vanished { .. }
                | Self::DamagedDocument(_)
        )
    }
}

/// A problem with the host and the port of the server that has it.
#[derive(Debug)]
struct Located {
    /// Set by [`at`], because only the caller of an operation knows its connection.
    server: OnceLock<String>,
    problem: Problem,
}

impl fmt::Display for Located {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(server) = self.server.get() {
            write!(f, "{server}: ")?;
        }
        self.problem.fmt(f)
    }
}

impl StdError for Located {}

/// Adds the address of the server that the operation was connected to.
pub(crate) fn at(error: StoreError, server: &str) -> StoreError {
    let source = error.source();
    if let Some(reported) = source.and_then(|source| source.downcast_ref::<ServerError>()) {
        reported.locate(server);
    }
    if let Some(located) = source.and_then(|source| source.downcast_ref::<Located>()) {
        located.server.get_or_init(|| server.to_owned());
    }
    error
}

/// The error of a stored document that is not a unit: another program has written it.
pub(crate) fn of_document(operation: &'static str) -> impl Fn(UnitError) -> StoreError {
    move |error| Problem::DamagedDocument(error).during(operation)
}
