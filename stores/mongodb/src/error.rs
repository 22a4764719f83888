//! Everything that can go wrong in this store, each with the kind that the host sees.
//!
//! Every function below the store fails with a [`Problem`]. An error of the driver becomes
//! [`Problem::Driver`] by `?`, and [`driver_kind`] decides its kind. [`Problem::during`] is the
//! one place that makes a problem a [`StoreError`].

mod reason;

use std::io;
use std::time::Duration;

use livechat_units::columns::excerpt;
use livechat_units::{
    OrderError, QueryPart, StoreError, StoreErrorKind, Unit, UnitError, Unsupported,
};
use mongodb::error::{CommandError, Error as DriverError, ErrorKind};
use thiserror::Error;

pub(crate) use self::reason::Reason;

pub(crate) const LIST: &str = "list units";
pub(crate) const CREATE_INDEXES: &str = "create indexes";
pub(crate) const READ_CHANGES: &str = "read changes";

/// One variant for each thing that can be wrong. Excerpts of input have at most 80 characters;
/// an `id` is quoted already.
#[derive(Debug, Error)]
pub(crate) enum Problem {
    #[error("no answer{} within {timeout:?}", from(.servers.as_deref()))]
    NoAnswer {
        servers: Option<String>,
        timeout: Duration,
    },
    #[error("no time left for the next command: the time limit is {timeout:?}")]
    NoTimeLeft { timeout: Duration },
    #[error("expected a whole number as the count {key:?}, found another value or none")]
    WrongCount { key: &'static str },
    #[error("expected valid BSON in the document with the _id {id}")]
    Bson {
        id: String,
        source: bson::error::Error,
    },
    #[error(
        "expected a nesting of at most {} levels in the document with the _id {id}",
        Unit::MAX_DEPTH
    )]
    TooDeep { id: String },
    #[error("expected a unit in the document with the _id {id}")]
    NotAUnit { id: String, source: UnitError },
    #[error(
        "expected a match, found the document with the _id {id}, which is a match only on the \
         server"
    )]
    NotAMatch { id: String },
    #[error(
        "expected a document that sorts after the cursor, found the document with the _id {id}, \
         which sorts there only on the server"
    )]
    NotAfterCursor { id: String },
    #[error(
        "expected a scope and a sort that take at most {bound} bytes of a command, found {ids} \
         for its ids and {paths} for its paths"
    )]
    LongCommand {
        ids: usize,
        paths: usize,
        bound: usize,
    },
    #[error("{reason}: expected at most {bound} matches to put in order, found more")]
    ManyMatches { reason: Reason, bound: u64 },
    #[error("{found} in the document with the _id {id}")]
    NonJsonType {
        found: String,
        id: String,
        /// The text for the client, without the `_id`. `None` if a document is the reason.
        #[source]
        shown: Option<Unsupported>,
    },
    #[error("expected the core to finish the listing, found that its task ended early")]
    Interrupted(#[source] tokio::task::JoinError),
    #[error("expected {field} in the reply of the server, found another value or none")]
    WrongReply { field: &'static str },
    #[error("expected the change stream to continue, found that the server has ended it")]
    StreamEnded,
    #[error(
        "expected a change stream that continues, found {streams} that ended during one call: the \
         collection is dropped or renamed again and again, or the oplog is too short"
    )]
    StreamLost { streams: usize },
    #[error(
        "expected the change stream to reach the time of the primary within {timeout:?}: a \
         majority of the members may be unreachable"
    )]
    NotReached { timeout: Duration },
    #[error(
        "expected one unit with the _id {id}, found two: one whose _id is a string, and one whose \
         _id is an ObjectId"
    )]
    TwoUnits { id: String },
    #[error(transparent)]
    Driver(#[from] DriverError),
    #[error(transparent)]
    Order(#[from] OrderError),
    /// An error of the core, which sorts some pages.
    #[error(transparent)]
    Core(#[from] StoreError),
}

impl Problem {
    /// The core sorts the matches for `reason`, and one of them has a value in the sort field
    /// `field` that only MongoDB can sort.
    pub(crate) fn non_json_type(reason: &Reason, field: &str, id: &str) -> Self {
        let found = format!(
            "{reason}: expected JSON's types under the sort field {}, found another",
            quoted(field)
        );
        let shown = reason.part();
        let shown = shown.map(|_| Unsupported::new(QueryPart::Sort, found.as_str()));
        let id = quoted(id);
        Self::NonJsonType { found, id, shown }
    }

    pub(crate) fn kind(&self) -> StoreErrorKind {
        match self {
            Self::NoAnswer { .. } | Self::NoTimeLeft { .. } | Self::NotReached { .. } => {
                StoreErrorKind::Timeout
            }
            Self::StreamEnded | Self::StreamLost { .. } => StoreErrorKind::Unavailable,
            Self::WrongCount { .. } | Self::WrongReply { .. } | Self::Interrupted(_) => {
                StoreErrorKind::Failed
            }
            Self::LongCommand { .. } | Self::NonJsonType { shown: Some(_), .. } => {
                StoreErrorKind::Unsupported
            }
            Self::ManyMatches { reason, .. } if reason.part().is_some() => {
                StoreErrorKind::Unsupported
            }
            Self::ManyMatches { .. }
            | Self::NonJsonType { shown: None, .. }
            | Self::Bson { .. }
            | Self::TooDeep { .. }
            | Self::NotAUnit { .. }
            | Self::NotAMatch { .. }
            | Self::NotAfterCursor { .. }
            | Self::TwoUnits { .. } => StoreErrorKind::Corrupt,
            Self::Driver(error) => driver_kind(error),
            Self::Order(_) => StoreErrorKind::InvalidQuery,
            Self::Core(error) => error.kind(),
        }
    }

    /// The part of the query that the answer to the client names. The client then sees the text
    /// of the problem.
    fn refused_part(&self) -> Option<QueryPart> {
        match self {
            Self::ManyMatches { reason, .. } => reason.part(),
            // The host chooses the scope, the client the sort.
            Self::LongCommand { ids, paths, .. } => (ids <= paths).then_some(QueryPart::Sort),
            _ => None,
        }
    }

    /// The failure of `operation`.
    pub(crate) fn during(self, operation: &'static str) -> StoreError {
        let kind = self.kind();
        if let Some(part) = self.refused_part() {
            return Unsupported::new(part, self.to_string()).into();
        }
        match self {
            // The answer shows the source to the client, so the source is the core's error.
            Self::Driver(_) if kind == StoreErrorKind::InvalidQuery => {
                OrderError::ParallelArrays.into()
            }
            Self::Driver(error) => StoreError::new(kind, operation).with_source(error),
            Self::Order(error) => error.into(),
            Self::Core(error) => error,
            problem => StoreError::new(kind, operation).with_source(problem),
        }
    }

    /// Whether the server reported this code.
    pub(crate) fn has_code(&self, code: i32) -> bool {
        let Self::Driver(error) = self else {
            return false;
        };
        matches!(&*error.kind, ErrorKind::Command(command) if command.code == code)
    }
}

/// Input as an error shows it: in quotes, and cut to 80 characters.
pub(crate) fn quoted(text: &str) -> String {
    format!("\"{}\"", excerpt(text))
}

fn from(servers: Option<&str>) -> String {
    servers.map_or_else(String::new, |servers| format!(" from {servers}"))
}

/// The kind of an error of the driver. `InvalidQuery` means parallel arrays.
fn driver_kind(error: &DriverError) -> StoreErrorKind {
    match &*error.kind {
        ErrorKind::Command(command) if is_parallel_arrays(command) => StoreErrorKind::InvalidQuery,
        ErrorKind::Command(command) => of_code(command.code),
        ErrorKind::Io(error) if error.kind() == io::ErrorKind::TimedOut => StoreErrorKind::Timeout,
        // The driver does not support the version of this server. A retry does not help.
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
    }
}

/// The code of MongoDB's `$regexMatch` for a text that is not valid UTF-8. The operator
/// `$regex` of a filter does not fail for such a text, and does not match it.
pub(crate) const REGEX_FAILED: i32 = 51156;

/// The code of a server that does not know a command.
pub(crate) const COMMAND_NOT_FOUND: i32 = 59;

/// Whether two fields of the sort hold arrays in one document.
///
/// MongoDB reports this with `CannotIndexParallelArrays`, or as a `BadValue` with a message
/// of its own. `BadValue` is the code of many errors, so the message decides.
fn is_parallel_arrays(command: &CommandError) -> bool {
    const BAD_VALUE: i32 = 2;
    const CANNOT_INDEX_PARALLEL_ARRAYS: i32 = 171;
    command.code == CANNOT_INDEX_PARALLEL_ARRAYS
        || command.code == BAD_VALUE && command.message.contains("parallel arrays")
}

/// The kind of an error code of MongoDB's `error_codes.yml`.
pub(crate) fn of_code(code: i32) -> StoreErrorKind {
    match code {
        // MaxTimeMSExpired, NetworkTimeout, NetworkInterfaceExceededTimeLimit,
        // ExceededTimeLimit.
        50 | 89 | 202 | 262 => StoreErrorKind::Timeout,
        // HostUnreachable, HostNotFound, CursorNotFound (after a restart), ShutdownInProgress,
        // FailedToSatisfyReadPreference, ReadConcernMajorityNotAvailableYet,
        // PrimarySteppedDown, SnapshotTooOld, SnapshotUnavailable, TemporarilyUnavailable,
        // SocketException, NotPrimaryNoSecondaryOk of old servers (10058), NotWritablePrimary,
        // InterruptedAtShutdown, InterruptedDueToReplStateChange, NotPrimaryNoSecondaryOk,
        // NotPrimaryOrSecondary.
        6 | 7 | 43 | 91 | 133 | 134 | 189 | 239 | 246 | 365 | 9001 | 10058 | 10107 | 11600
        | 11602 | 13435 | 13436 => StoreErrorKind::Unavailable,
        _ => StoreErrorKind::Failed,
    }
}
