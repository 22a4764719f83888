//! What can go wrong, and which kind of [`StoreError`] it is.

use std::time::Duration;

use livechat_units::{OrderError, SortError, StoreError, StoreErrorKind, UnitError};
use rusqlite::ErrorCode;
use thiserror::Error;

/// What this crate refuses, or waits for in vain: the source of a [`StoreError`]. What
/// SQLite itself reports has a `rusqlite::Error` as its source.
///
/// ```
/// use std::error::Error;
/// use livechat_units::{SortSpec, Unit, UnitQuery, UnitStore};
/// use livechat_units_sqlite::{SqliteError, SqliteOptions};
///
/// let store = SqliteOptions::new().with_most_unindexed(1).open_in_memory()?;
/// store.upsert_all(&[Unit::builder("uA").build()?, Unit::builder("uB").build()?])?;
///
/// let by_rank: SortSpec = r#"{"rank":1}"#.parse()?;
/// let error = store.list(&UnitQuery::default().with_sort(by_rank)).unwrap_err();
/// match error.source().and_then(|source| source.downcast_ref()) {
///     Some(SqliteError::TooManyMatches { path, matches, .. }) => {
///         assert_eq!((path.as_str(), *matches), ("rank", 2));
///     }
///     _ => panic!("{error:?}"),
/// }
/// # Ok::<(), Box<dyn Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SqliteError {
    /// The database was made by another program. It is left as it is.
    #[error(
        "expected an empty file or a database of this crate, \
         found one of another program (application_id {application_id})"
    )]
    ForeignDatabase {
        /// What the file says who made it; 0 when it does not say.
        application_id: i32,
    },
    /// The database was written by a newer version of this crate.
    #[error(
        "expected a database of version {known} or older, found version {found}: \
         a newer version of this crate can open it"
    )]
    NewerDatabase {
        /// `PRAGMA user_version` of the file.
        found: i32,
        /// The newest version that this crate knows.
        known: i32,
    },
    /// The file cannot have a write-ahead log, on a network file system, say.
    #[error("expected a file that can have a write-ahead log, found journal mode {found:?}")]
    NoWriteAheadLog {
        /// The journal mode that SQLite stayed in.
        found: String,
    },
    /// All connections were in use for too long.
    #[error("expected a free connection within {waited:?}, of {connections}")]
    NoConnection {
        /// How many connections there may be.
        connections: usize,
        /// The time limit.
        waited: Duration,
    },
    /// An order by this path has to read all matches, and there are too many.
    #[error(
        "expected at most {bound} matches for a sort by \"{path}\", which has no index, \
         found {matches}"
    )]
    TooManyMatches {
        /// The first field of the order that has no index, cut to a bound.
        path: String,
        /// How many units match.
        matches: u64,
        /// [`SqliteOptions::with_most_unindexed`](crate::SqliteOptions::with_most_unindexed).
        bound: u64,
    },
    /// An order that is to be kept names a field that cannot be.
    #[error("expected only documented fields in an order that is kept, found \"{path}\"")]
    UnindexedField {
        /// The field, cut to a bound.
        path: String,
    },
    /// More orders are to be kept than the store allows.
    #[error("expected at most {bound} orders that are kept")]
    TooManyOrders {
        /// [`SqliteOptions::MAX_ORDERS`](crate::SqliteOptions::MAX_ORDERS).
        bound: usize,
    },
    /// A block of the index of names is not what this crate writes.
    #[error("expected names in block {block}, found other bytes")]
    DamagedNames {
        /// Its number.
        block: i64,
    },
    /// A document is not the one that was written.
    #[error("expected the document in slot {slot} as it was written, found another or none")]
    DamagedDocument {
        /// Its row in the file.
        slot: i64,
    },
    /// A document is too long to be stored.
    #[error("expected a document of at most {bound} bytes, found {bytes} under _id \"{id}\"")]
    DocumentTooLong {
        /// Its `_id`, cut to a bound.
        id: String,
        /// How long its JSON is.
        bytes: usize,
        /// [`SqliteStore::MAX_DOCUMENT_BYTES`](crate::SqliteStore::MAX_DOCUMENT_BYTES).
        bound: usize,
    },
}

impl SqliteError {
    fn kind(&self) -> StoreErrorKind {
        match self {
            Self::NoConnection { .. } => StoreErrorKind::Timeout,
            Self::TooManyMatches { .. }
            | Self::UnindexedField { .. }
            | Self::TooManyOrders { .. }
            | Self::DocumentTooLong { .. } => StoreErrorKind::Unsupported,
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
    Refused(SqliteError),
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
            Self::Refused(error) => StoreError::new(error.kind(), operation).with_source(error),
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

impl From<SqliteError> for Fault {
    fn from(error: SqliteError) -> Self {
        Self::Refused(error)
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
