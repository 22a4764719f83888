//! What can go wrong, and which kind of [`StoreError`] it is.

use std::time::Duration;

use livechat_units::{OrderError, SortError, StoreError, StoreErrorKind, UnitError};
use rusqlite::ErrorCode;
use thiserror::Error;

/// What this crate itself refuses, waits for in vain or finds damaged. What of the input
/// it shows is cut to a bound.
#[derive(Debug, Error)]
pub(crate) enum Problem {
    /// It is left as it is.
    #[error(
        "expected an empty file or a database of this crate, \
         found one of another program (application_id {application_id})"
    )]
    ForeignDatabase { application_id: i32 },
    #[error(
        "expected a database of version {known} or older, found version {found}: \
         a newer version of this crate can open it"
    )]
    NewerDatabase { found: i32, known: i32 },
    /// On a network file system, say.
    #[error("expected a file that can have a write-ahead log, found journal mode {found:?}")]
    NoWriteAheadLog { found: String },
    #[error("expected a free connection within {waited:?}, of {connections}")]
    NoConnection {
        connections: usize,
        waited: Duration,
    },
    #[error(
        "expected at most {bound} matches for a sort by \"{path}\", which has no index, \
         found {found}"
    )]
    ManyMatches {
        path: String,
        bound: u64,
        found: u64,
    },
    #[error("expected only documented fields in an order that is kept, found \"{path}\"")]
    UndocumentedOrder { path: String },
    #[error("expected at most {bound} orders that are kept, found more")]
    ManyOrders { bound: usize },
    #[error("expected names in block {block}, found other bytes")]
    DamagedNames { block: i64 },
    #[error("expected the document in slot {slot} as it was written, found another or none")]
    DamagedDocument { slot: i64 },
    #[error("expected a document of at most {bound} bytes, found {found}, with the _id \"{id}\"")]
    LongDocument {
        id: String,
        found: usize,
        bound: usize,
    },
}

impl Problem {
    fn kind(&self) -> StoreErrorKind {
        match self {
            Self::NoConnection { .. } => StoreErrorKind::Timeout,
            Self::ManyMatches { .. }
            | Self::UndocumentedOrder { .. }
            | Self::ManyOrders { .. }
            | Self::LongDocument { .. } => StoreErrorKind::Unsupported,
            Self::DamagedNames { .. } | Self::DamagedDocument { .. } => StoreErrorKind::Corrupt,
            Self::ForeignDatabase { .. }
            | Self::NewerDatabase { .. }
            | Self::NoWriteAheadLog { .. } => StoreErrorKind::Failed,
        }
    }
}

/// A failure before anybody has said what was being done.
#[derive(Debug)]
pub(crate) enum Fault {
    Sqlite(rusqlite::Error),
    Problem(Problem),
    Order(OrderError),
    Unit(UnitError),
    /// An order that the file keeps cannot be read.
    Sort(SortError),
    /// Of the reference.
    Store(StoreError),
}

impl Fault {
    /// The failure of `operation`.
    pub(crate) fn during(self, operation: &'static str) -> StoreError {
        match self {
            Self::Sqlite(error) => StoreError::new(kind(&error), operation).with_source(error),
            Self::Problem(problem) => {
                StoreError::new(problem.kind(), operation).with_source(problem)
            }
            Self::Order(error) => error.into(),
            Self::Unit(error) => {
                StoreError::new(StoreErrorKind::Corrupt, operation).with_source(error)
            }
            Self::Sort(error) => {
                StoreError::new(StoreErrorKind::Corrupt, operation).with_source(error)
            }
            Self::Store(error) => error,
        }
    }
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<Problem> for Fault {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<OrderError> for Fault {
    fn from(error: OrderError) -> Self {
        Self::Order(error)
    }
}

impl From<UnitError> for Fault {
    fn from(error: UnitError) -> Self {
        Self::Unit(error)
    }
}

/// A lock that is not given in time, a file that cannot be reached and one that is
/// damaged are told apart; a full disk and the like are plain failures.
fn kind(error: &rusqlite::Error) -> StoreErrorKind {
    match error.sqlite_error_code() {
        Some(
            ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked
            | ErrorCode::FileLockingProtocolFailed,
        ) => StoreErrorKind::Timeout,
        Some(ErrorCode::CannotOpen) => StoreErrorKind::Unavailable,
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StoreErrorKind::Corrupt,
        _ => StoreErrorKind::Failed,
    }
}

/// Input as an error shows it: its first 80 scalars, control characters escaped.
pub(crate) fn excerpt(input: &str) -> String {
    const MAX_SCALARS: usize = 80;
    let mut scalars = input.chars();
    let first = scalars.by_ref().take(MAX_SCALARS);
    let mut shown: String = first.flat_map(char::escape_debug).collect();
    if scalars.next().is_some() {
        shown.push('…');
    }
    shown
}
