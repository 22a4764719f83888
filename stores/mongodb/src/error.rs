//! The driver's errors as errors of a store.

use std::io;
use std::time::Duration;

use livechat_units::{OrderError, QueryPart, StoreError, StoreErrorKind, Unsupported};
use mongodb::error::{CommandError, Error as DriverError, ErrorKind};
use thiserror::Error;

pub(crate) const LIST: &str = "list units";
pub(crate) const CREATE_INDEXES: &str = "create indexes";

/// Why the core lists in place of the server, which it does up to a bound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// A part of the query, in words that the client may see.
    Query(QueryPart, String),
    /// A document that the server may read in another way than SPEC §1.
    Data(String),
}

impl Reason {
    pub(crate) fn query(part: QueryPart, words: impl Into<String>) -> Self {
        Self::Query(part, words.into())
    }

    /// More matches than the bound.
    pub(crate) fn too_many(&self, bound: u64) -> StoreError {
        let problem = format!("expected at most {bound} matches to put in order, found more");
        match self {
            Self::Query(part, words) => unsupported(*part, format!("{words}: {problem}")),
            Self::Data(words) => corrupt(format!("{words}: {problem}")),
        }
    }

    /// A value under a field of the sort of which the core has no position in the order.
    pub(crate) fn foreign_type(&self, field: &str, id: &str) -> StoreError {
        let found = format!(
            "expected JSON's types under the sort field {}, found another",
            excerpt(field)
        );
        let id = format!("in the document with the _id {}", excerpt(id));
        match self {
            Self::Query(_, words) => {
                let shown = format!("{words}: {found}");
                let refusal = Refusal {
                    text: format!("{shown} {id}"),
                    shown: Unsupported::new(QueryPart::Sort, shown),
                };
                StoreError::new(StoreErrorKind::Unsupported, LIST).with_source(refusal)
            }
            Self::Data(words) => corrupt(format!("{words}: {found} {id}")),
        }
    }
}

/// What a listing cannot serve, with what only the host may know.
#[derive(Debug, Error)]
#[error("{text}")]
struct Refusal {
    text: String,
    #[source]
    shown: Unsupported,
}

/// What a listing cannot serve: which part, and what bound, in words that the client sees.
pub(crate) fn unsupported(part: QueryPart, words: String) -> StoreError {
    Unsupported::new(part, words).into()
}

/// A scope that a listing cannot serve. The client does not see the words.
pub(crate) fn unsupported_scope(words: String) -> StoreError {
    StoreError::new(StoreErrorKind::Unsupported, LIST).with_source(words)
}

fn corrupt(problem: String) -> StoreError {
    StoreError::new(StoreErrorKind::Corrupt, LIST).with_source(problem)
}

/// Input as an error shows it: quoted, and cut to a bound.
pub(crate) fn excerpt(text: &str) -> String {
    const MAX_SCALARS: usize = 80;
    let cut: String = text.chars().take(MAX_SCALARS).collect();
    let more = if cut.len() < text.len() { "…" } else { "" };
    format!("{cut:?}{more}")
}

/// A listing that took longer than it may, for want of an answer from `servers`, if any are
/// known.
pub(crate) fn too_late(timeout: Duration, servers: Option<String>) -> StoreError {
    let from = servers.map_or_else(String::new, |servers| format!(" from {servers}"));
    let problem = format!("no answer{from} within {timeout:?}");
    StoreError::new(StoreErrorKind::Timeout, LIST).with_source(problem)
}

/// A listing that has no time left for its next command.
pub(crate) fn no_time_left(timeout: Duration) -> StoreError {
    let problem = format!("the {timeout:?} that a listing may take have passed");
    StoreError::new(StoreErrorKind::Timeout, LIST).with_source(problem)
}

/// The driver's error, which becomes the source.
pub(crate) fn of_driver(operation: &'static str, error: DriverError) -> StoreError {
    let kind = match &*error.kind {
        ErrorKind::Command(command) if is_parallel_arrays(command) => {
            // The answer shows the source, so it must be the core's.
            return OrderError::ParallelArrays.into();
        }
        ErrorKind::Command(command) => of_code(command.code),
        ErrorKind::Io(error) if error.kind() == io::ErrorKind::TimedOut => StoreErrorKind::Timeout,
        // A server too old or too new for the driver stays so: to try again does not help.
        ErrorKind::ServerSelection { message, .. } if message.contains("wire version") => {
            StoreErrorKind::Failed
        }
        ErrorKind::Io(_)
        | ErrorKind::ConnectionPoolCleared { .. }
        | ErrorKind::DnsResolve { .. }
        | ErrorKind::ServerSelection { .. }
        | ErrorKind::Shutdown => StoreErrorKind::Unavailable,
        ErrorKind::Bson(_) => StoreErrorKind::Corrupt,
        _ => StoreErrorKind::Failed,
    };
    StoreError::new(kind, operation).with_source(error)
}

/// The code of a `$regexMatch` that fails, as MongoDB's does for a text that is not valid
/// UTF-8. The operator `$regex` of a filter matches no such text, and does not fail.
pub(crate) const REGEX_FAILED: i32 = 51156;

/// Whether the server reported this code.
pub(crate) fn has_code(error: &StoreError, code: i32) -> bool {
    let source = std::error::Error::source(error);
    let driver = source.and_then(|source| source.downcast_ref::<DriverError>());
    driver.is_some_and(
        |driver| matches!(&*driver.kind, ErrorKind::Command(command) if command.code == code),
    )
}

/// `BadValue` is the code of many errors, so its text has to tell. The other code is
/// what the generator of keys calls it before the sort words it anew.
fn is_parallel_arrays(command: &CommandError) -> bool {
    const BAD_VALUE: i32 = 2;
    const CANNOT_INDEX_PARALLEL_ARRAYS: i32 = 171;
    command.code == CANNOT_INDEX_PARALLEL_ARRAYS
        || command.code == BAD_VALUE && command.message.contains("parallel arrays")
}

/// The codes of MongoDB's `error_codes.yml` that say "not now".
pub(crate) fn of_code(code: i32) -> StoreErrorKind {
    match code {
        // MaxTimeMSExpired, NetworkTimeout, NetworkInterfaceExceededTimeLimit,
        // ExceededTimeLimit.
        50 | 89 | 202 | 262 => StoreErrorKind::Timeout,
        // HostUnreachable, HostNotFound, ShutdownInProgress, FailedToSatisfyReadPreference,
        // ReadConcernMajorityNotAvailableYet, PrimarySteppedDown, SnapshotTooOld,
        // SnapshotUnavailable, SocketException, NotWritablePrimary,
        // InterruptedAtShutdown, InterruptedDueToReplStateChange, NotPrimaryNoSecondaryOk,
        // NotPrimaryOrSecondary; 10058, which old servers have for the last but one;
        // CursorNotFound, which follows a restart; and TemporarilyUnavailable.
        6 | 7 | 43 | 91 | 133 | 134 | 189 | 239 | 246 | 365 | 9001 | 10058 | 10107 | 11600
        | 11602 | 13435 | 13436 => StoreErrorKind::Unavailable,
        _ => StoreErrorKind::Failed,
    }
}
