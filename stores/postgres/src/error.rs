//! Why PostgreSQL could not answer, as the kinds that the core knows.

use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::sync::OnceLock;
use std::time::Duration;

use livechat_units::{QueryPart, StoreError, StoreErrorKind, UnitError, Unsupported};
use thiserror::Error;
use tokio_postgres::error::SqlState;

use crate::limits::{
    MAX_DOCUMENT_BYTES, MAX_ID_BYTES, MAX_ORDERS, MAX_SCHEMA_BYTES, MAX_SHARDS, VERSION,
};
use crate::schema::Place;
use crate::server_error::ServerError;

/// What errors of making and changing tables are about.
pub(crate) const MIGRATE: &str = "migrate";

/// Errors of this crate's own. Excerpts of input are at most 80 characters.
#[derive(Debug, Error)]
pub(crate) enum Problem {
    #[error(
        "the field {field:?} holds U+0000, which PostgreSQL does not store, in the document with the _id {id:?}"
    )]
    Nul { field: String, id: String },
    #[error(
        "expected an _id of at most {MAX_ID_BYTES} bytes, found {found}, in the document with the _id {id:?}"
    )]
    LongId { found: usize, id: String },
    #[error(
        "expected a document of at most {MAX_DOCUMENT_BYTES} bytes, found {found}, with the _id {id:?}"
    )]
    LongDocument { found: usize, id: String },
    #[error(
        "expected at most {bound} matches for a sort by {path:?}, which has no index, found {found}"
    )]
    ManyMatches {
        path: String,
        bound: u64,
        found: u64,
    },
    #[error("no index can serve the order {order}: {path:?} is not one of the documented fields")]
    UndocumentedOrder { order: String, path: String },
    #[error("expected at most {MAX_ORDERS} orders that are kept, found {found}")]
    ManyOrders { found: usize },
    #[error(
        "expected a schema name of 1 to {MAX_SCHEMA_BYTES} bytes of a-z, 0-9 and _, not beginning with a digit or pg_, found {found:?}"
    )]
    SchemaName { found: String },
    #[error("expected 1 to {MAX_SHARDS} servers, found {found}")]
    ShardCount { found: usize },
    #[error(
        "the server {place} of the layout has no {missing}, which the coordinator needs to reach it"
    )]
    ShardAddress { place: usize, missing: &'static str },
    #[error("the schema {schema:?} has no units: call `migrate` first")]
    NotMigrated { schema: String },
    #[error(
        "the schema {schema:?} has version {found}, and this crate knows versions up to {VERSION}"
    )]
    Newer { schema: String, found: i32 },
    #[error(
        "the schema {schema:?} is laid out as {found}, not as {wanted}; units are moved with `replace_all` into another schema"
    )]
    OtherLayout {
        schema: String,
        found: String,
        wanted: String,
    },
    #[error("expected a database with the encoding UTF8, found {found}")]
    Encoding { found: String },
    #[error(
        "expected an lc_ctype of UTF-8, such as C.UTF-8, found {found:?}, with which pg_trgm does not find every name"
    )]
    Ctype { found: String },
    #[error(
        "expected a locale that lower-cases each character alone, found {found}, with which pg_trgm does not find every part of a name; create the database with another locale, such as C.UTF-8"
    )]
    Lower { found: String },
    #[error(
        "the server {server} is a standby, which takes no writes: connect to the primary (`target_session_attrs=read-write` finds it among several hosts)"
    )]
    Standby { server: String },
    #[error(
        "the server {server} is a standby that {missing}: call `migrate` on the primary, and wait until the standby has it"
    )]
    StandbyOutdated { server: String, missing: String },
    #[error(
        "the table of the schema {schema:?} that says where units lie has rows that contradict each other: delete the wrong ones from meta"
    )]
    Contradiction { schema: String },
    #[error("expected a page of {expected} of {total} units, found {found}")]
    Page {
        expected: usize,
        total: u64,
        found: usize,
    },
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
    #[error("the document with the _id {id:?} was listed but could not be read")]
    Vanished { id: String },
    #[error("{0} of the store is not a number that can be")]
    Number(&'static str),
}

impl Problem {
    pub(crate) fn during(self, operation: &'static str) -> StoreError {
        if let Self::ManyMatches { .. } = self {
            // The client sees why, as the request can be another one.
            return Unsupported::new(QueryPart::Sort, self.to_string()).into();
        }
        let kind = match self {
            Self::Nul { .. }
            | Self::LongId { .. }
            | Self::LongDocument { .. }
            | Self::ManyMatches { .. }
            | Self::UndocumentedOrder { .. }
            | Self::ManyOrders { .. } => StoreErrorKind::Unsupported,
            Self::NoConnection { .. } | Self::NotOpened { .. } | Self::NoAnswer { .. } => {
                StoreErrorKind::Timeout
            }
            Self::Vanished { .. } => StoreErrorKind::Corrupt,
            Self::SchemaName { .. }
            | Self::ShardCount { .. }
            | Self::ShardAddress { .. }
            | Self::NotMigrated { .. }
            | Self::Newer { .. }
            | Self::OtherLayout { .. }
            | Self::Encoding { .. }
            | Self::Ctype { .. }
            | Self::Lower { .. }
            | Self::Standby { .. }
            | Self::StandbyOutdated { .. }
            | Self::Contradiction { .. }
            | Self::Page { .. }
            | Self::Number(_) => StoreErrorKind::Failed,
        };
        let error = StoreError::new(kind, operation);
        if self.is_of_server() {
            error.with_source(Located {
                server: OnceLock::new(),
                problem: self,
            })
        } else {
            error.with_source(self)
        }
    }

    /// Whether it is the server, or what a server has, that is not as it has to be. Those
    /// problems that name a server themselves are not among these.
    fn is_of_server(&self) -> bool {
        matches!(
            self,
            Self::NotMigrated { .. }
                | Self::Newer { .. }
                | Self::OtherLayout { .. }
                | Self::Encoding { .. }
                | Self::Ctype { .. }
                | Self::Lower { .. }
                | Self::Contradiction { .. }
                | Self::ManyOrders { .. }
                | Self::Page { .. }
                | Self::Vanished { .. }
                | Self::Number(_)
        )
    }
}

/// A problem with the host and the port of the server that has it.
#[derive(Debug)]
struct Located {
    /// Set by the operation, which knows its connections.
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

/// What an error shows of its input.
pub(crate) fn excerpt(text: &str) -> String {
    cut(text, 80)
}

/// The first `most` characters of a text, with an ellipsis if it has more.
pub(crate) fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => text.get(..end).unwrap_or_default().to_owned() + "…",
        None => text.to_owned(),
    }
}

pub(crate) fn of_driver(operation: &'static str) -> impl Fn(tokio_postgres::Error) -> StoreError {
    move |error| {
        let kind = kind_of_driver(&error);
        StoreError::new(kind, operation).with_source(ServerError::new(error))
    }
}

/// The driver's error, if it is the cause.
pub(crate) fn driver_error(error: &StoreError) -> Option<&tokio_postgres::Error> {
    reported(error).map(ServerError::driver)
}

/// Adds the address of the server that the operation was connected to.
pub(crate) fn at(error: StoreError, server: &str) -> StoreError {
    if let Some(reported) = reported(&error) {
        reported.locate(server);
    }
    let located = error.source().and_then(|source| source.downcast_ref());
    if let Some(Located { server: place, .. }) = located {
        place.get_or_init(|| server.to_owned());
    }
    error
}

fn reported(error: &StoreError) -> Option<&ServerError> {
    error.source()?.downcast_ref()
}

/// A failure to commit. Citus reports a worker that is lost while it commits as an internal
/// error; the transaction may have been applied.
pub(crate) fn of_commit(
    operation: &'static str,
    place: Option<Place>,
) -> impl Fn(tokio_postgres::Error) -> StoreError {
    move |error| {
        let is_internal = error.code() == Some(&SqlState::INTERNAL_ERROR);
        if is_internal && place == Some(Place::Distributed) {
            let reported = ServerError::new(error);
            StoreError::new(StoreErrorKind::Unavailable, operation).with_source(reported)
        } else {
            of_driver(operation)(error)
        }
    }
}

/// A kept document that is no unit any more: somebody else wrote it.
pub(crate) fn of_document(operation: &'static str) -> impl Fn(UnitError) -> StoreError {
    move |error| StoreError::new(StoreErrorKind::Corrupt, operation).with_source(error)
}

fn kind_of_driver(error: &tokio_postgres::Error) -> StoreErrorKind {
    if let Some(report) = error.as_db_error() {
        let is_internal = *report.code() == SqlState::INTERNAL_ERROR;
        if is_internal && is_lost_worker(report.message(), report.where_().unwrap_or_default()) {
            return StoreErrorKind::Unavailable;
        }
        return kind_of_state(report.code().code());
    }
    let mut source = error.source();
    while let Some(cause) = source {
        if let Some(io) = cause.downcast_ref::<io::Error>() {
            return match io.kind() {
                io::ErrorKind::TimedOut => StoreErrorKind::Timeout,
                _ => StoreErrorKind::Unavailable,
            };
        }
        source = cause.source();
    }
    if error.is_closed() {
        StoreErrorKind::Unavailable
    } else {
        StoreErrorKind::Failed
    }
}

/// Whether Citus has lost a worker, which it reports as an internal error with the words of
/// `libpq`, in the context of what it executed there. (A worker's own internal errors have
/// the same context.)
fn is_lost_worker(message: &str, context: &str) -> bool {
    let of_libpq = [
        "server closed the connection",
        "no connection to the server",
        "could not receive data from server",
        "could not send data to server",
        "SSL SYSCALL error",
        "SSL connection has been closed",
    ];
    context.contains("while executing command on ")
        && of_libpq.iter().any(|words| message.contains(words))
}

/// The connection is in a transaction that has failed. Where a shard is lost while a
/// transaction ends, the next one on this connection learns of it so.
const ABORTED: &str = "25P02";

/// The kind of what PostgreSQL reports by a SQLSTATE (its manual, appendix A).
fn kind_of_state(code: &str) -> StoreErrorKind {
    match code {
        // A statement or a lock that took too long.
        "57014" | "55P03" | "25P03" | "25P04" => StoreErrorKind::Timeout,
        // Another transaction was in the way; a shard could not be reached.
        "40001" | "40P01" | "HV00N" | ABORTED => StoreErrorKind::Unavailable,
        _ => match code.get(..2) {
            // Connections, resources, a server that stops or starts, disks.
            Some("08" | "53" | "57" | "58") => StoreErrorKind::Unavailable,
            // A limit of PostgreSQL's own.
            Some("54") => StoreErrorKind::Unsupported,
            _ => StoreErrorKind::Failed,
        },
    }
}

/// Whether the same write is to be done again because another one was in its way. It has
/// not been applied.
pub(crate) fn is_conflict(error: &tokio_postgres::Error) -> bool {
    [
        SqlState::T_R_SERIALIZATION_FAILURE,
        SqlState::T_R_DEADLOCK_DETECTED,
        SqlState::UNIQUE_VIOLATION,
    ]
    .iter()
    .any(|state| error.code() == Some(state))
}

/// Whether the connection is of no more use.
pub(crate) fn is_lost(error: &tokio_postgres::Error) -> bool {
    match error.code() {
        Some(state) => state.code().starts_with("57P") || state.code() == ABORTED,
        None => kind_of_driver(error) == StoreErrorKind::Unavailable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_have_kinds() {
        for (kind, codes) in [
            (
                StoreErrorKind::Unavailable,
                &[
                    "08000", "08001", "08003", "08006", "53100", "53200", "53300", "57P01",
                    "25P02", "57P02", "57P03", "57P05", "58030", "HV00N", "40001", "40P01",
                ][..],
            ),
            (StoreErrorKind::Timeout, &["57014", "55P03", "25P03"]),
            (StoreErrorKind::Unsupported, &["54000", "54001"]),
            (
                StoreErrorKind::Failed,
                &["42P01", "42501", "28P01", "23505", "XX000", "HV000", ""],
            ),
        ] {
            for code in codes {
                assert_eq!(kind_of_state(code), kind, "{code}");
            }
        }
    }

    #[test]
    fn a_worker_of_citus_that_is_lost_is_unavailable() {
        let lost = "server closed the connection unexpectedly\n\tThis probably means …";
        let context = "COPY units, line 1\nwhile executing command on 10.0.0.2:5432";
        assert!(is_lost_worker(lost, context));
        assert!(!is_lost_worker(
            lost,
            "PL/pgSQL function fail() line 1 at RAISE"
        ));
        assert!(!is_lost_worker("could not read block 7", context));
        assert!(!is_lost_worker(lost, ""));
    }

    #[test]
    fn excerpts_are_cut() {
        assert_eq!(excerpt("é"), "é");
        assert_eq!(excerpt(&"é".repeat(81)), "é".repeat(80) + "…");
    }
}
