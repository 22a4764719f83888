//! What can go wrong, and which kind of [`StoreError`] it is.

use std::path::Path;
use std::time::Duration;

use livechat_units::{
    OrderError, QueryPart, SortError, StoreError, StoreErrorKind, UnitError, Unsupported,
};
use rusqlite::{ErrorCode, ffi};
use thiserror::Error;

use crate::file::has_too_many_open_files;

const REPAIR: &str = "another program has written to the file; `SqliteStore::rebuild` repairs it";

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
        "expected an SQLite database, found a file that is not a database: choose another path, \
         or restore a copy"
    )]
    NotADatabase,
    #[error("expected the path of a file, found an empty one")]
    EmptyPath,
    #[error(
        "expected the path of a file, found \":memory:\": `open_in_memory` opens a store in \
         memory, and \"./:memory:\" is a file of this name"
    )]
    MemoryPath,
    #[error("expected a file, found {found}")]
    NotAFile { found: &'static str },
    #[error("expected a file or a directory to make it in, found no such directory")]
    NoDirectory,
    #[error("expected a path that leads to a file: {0}")]
    Unreachable(std::io::Error),
    #[error(
        "expected a file with one name, found {links} hard links: SQLite keeps a log for each \
         name; remove the others"
    )]
    HardLinks { links: u64 },
    #[error(
        "expected the file that was opened, found another one: it was replaced; open the store \
         again"
    )]
    OtherFile,
    #[error(
        "expected the file that was opened, found none: it was renamed or deleted; put it back, \
         or open the store again"
    )]
    NoFile,
    /// A dump was cut, say.
    #[error(
        "expected all of a store of {total} units, found {units} rows and {documents} documents: \
         restore it from a whole dump or a copy"
    )]
    PartialCopy {
        total: i64,
        units: i64,
        documents: i64,
    },
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
    #[error("expected a document that can be read, found: {0}")]
    DamagedUnit(UnitError),
    #[error("expected an order that can be read in `kept_order`, found: {0}")]
    DamagedSort(SortError),
    #[error("expected only documented fields in an order in `kept_order`, found \"{path}\"")]
    DamagedOrder { path: String },
    #[error(
        "expected as many units as the total says, found more or fewer: {}",
        REPAIR
    )]
    WrongTotal,
    #[error(
        "expected one total, found none, several or an impossible one: {}",
        REPAIR
    )]
    NoTotal,
    #[error("expected values as they were written, found: {0}")]
    DamagedValue(rusqlite::Error),
    #[error("expected each _id once, found that of the document in slot {slot} again")]
    RepeatedId { slot: i64 },
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
            Self::DamagedNames { .. }
            | Self::DamagedDocument { .. }
            | Self::DamagedUnit(_)
            | Self::DamagedSort(_)
            | Self::DamagedOrder { .. }
            | Self::DamagedValue(_)
            | Self::RepeatedId { .. }
            | Self::PartialCopy { .. }
            | Self::NoTotal
            | Self::WrongTotal => StoreErrorKind::Corrupt,
            Self::ForeignDatabase { .. }
            | Self::NotADatabase
            | Self::EmptyPath
            | Self::MemoryPath
            | Self::NotAFile { .. }
            | Self::NoDirectory
            | Self::Unreachable(_)
            | Self::HardLinks { .. }
            | Self::OtherFile
            | Self::NoFile
            | Self::NewerDatabase { .. }
            | Self::NoWriteAheadLog { .. } => StoreErrorKind::Failed,
        }
    }

    /// Whether it is about the file, and not about a query or a document that is written.
    fn is_of_file(&self) -> bool {
        !matches!(self, Self::EmptyPath | Self::MemoryPath)
            && !matches!(
                self.kind(),
                StoreErrorKind::Timeout | StoreErrorKind::Unsupported
            )
    }
}

/// A failure before anybody has said what was being done.
#[derive(Debug)]
pub(crate) enum Fault {
    /// With its kind for a host.
    Sqlite(rusqlite::Error, StoreErrorKind),
    Problem(Problem),
    Order(OrderError),
    /// Of the reference.
    Store(StoreError),
}

/// What is wrong with a file, and which one it is.
#[derive(Debug, Error)]
#[error("{path}: {problem}")]
struct InFile {
    problem: Problem,
    path: String,
}

impl Fault {
    /// Whether deriving everything anew may help.
    pub(crate) fn is_wrong_total(&self) -> bool {
        matches!(self, Self::Problem(Problem::WrongTotal | Problem::NoTotal))
    }

    pub(crate) fn is_corrupt(&self) -> bool {
        let kind = match self {
            Self::Sqlite(_, kind) => *kind,
            Self::Problem(problem) => problem.kind(),
            Self::Store(error) => error.kind(),
            Self::Order(_) => return false,
        };
        kind == StoreErrorKind::Corrupt
    }

    /// Whether the file can only be read.
    pub(crate) fn is_read_only(&self) -> bool {
        let Self::Sqlite(error, _) = self else {
            return false;
        };
        error.sqlite_error_code() == Some(ErrorCode::ReadOnly)
    }

    /// The failure of `operation`, on this file if the store has one.
    pub(crate) fn during(self, operation: &'static str, file: Option<&Path>) -> StoreError {
        match self {
            Self::Sqlite(error, kind) => {
                StoreError::new(kind, operation).with_source(in_file(error, kind, file))
            }
            // The client sees this one: its sort is the cause.
            Self::Problem(problem @ Problem::ManyMatches { .. }) => {
                Unsupported::new(QueryPart::Sort, problem.to_string()).into()
            }
            Self::Problem(problem) => {
                let failed = StoreError::new(problem.kind(), operation);
                match file.filter(|_| problem.is_of_file()) {
                    Some(file) => failed.with_source(InFile {
                        problem,
                        path: shown(file),
                    }),
                    None => failed.with_source(problem),
                }
            }
            Self::Order(error) => error.into(),
            Self::Store(error) => error,
        }
    }
}

/// The kind is decided here, while the connection is open: closing it would make room for
/// another open file, and hide that there was none.
impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        match kind(&error) {
            Some(kind) => Self::Sqlite(error, kind),
            None => Self::Problem(Problem::DamagedValue(error)),
        }
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

impl From<SortError> for Fault {
    fn from(error: SortError) -> Self {
        Self::Problem(Problem::DamagedSort(error))
    }
}

impl From<UnitError> for Fault {
    fn from(error: UnitError) -> Self {
        Self::Problem(Problem::DamagedUnit(error))
    }
}

/// The kind of an error of SQLite. `None` if SQLite returned a value that this crate does
/// not write.
fn kind(error: &rusqlite::Error) -> Option<StoreErrorKind> {
    let code = match error {
        rusqlite::Error::SqliteFailure(code, _) => code,
        rusqlite::Error::NulError(_) | rusqlite::Error::InvalidPath(_) => {
            return Some(StoreErrorKind::Failed);
        }
        rusqlite::Error::QueryReturnedNoRows
        | rusqlite::Error::FromSqlConversionFailure(..)
        | rusqlite::Error::IntegralValueOutOfRange(..)
        | rusqlite::Error::InvalidColumnType(..)
        | rusqlite::Error::Utf8Error(..) => return None,
        _ => return Some(StoreErrorKind::Failed),
    };
    Some(match (code.code, code.extended_code) {
        (
            ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked
            | ErrorCode::FileLockingProtocolFailed,
            _,
        ) => StoreErrorKind::Timeout,
        // SQLite has one code for all reasons. That the path leads to a file was examined
        // before, so what is left is a missing permission.
        (ErrorCode::CannotOpen, _) if has_too_many_open_files() => StoreErrorKind::Unavailable,
        (ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase, _)
        | (_, ffi::SQLITE_IOERR_DATA | ffi::SQLITE_IOERR_CORRUPTFS) => StoreErrorKind::Corrupt,
        _ => StoreErrorKind::Failed,
    })
}

/// The same error, whose words also say which file it is about, and what may help.
fn in_file(error: rusqlite::Error, kind: StoreErrorKind, file: Option<&Path>) -> rusqlite::Error {
    let Some(file) = file else {
        return error;
    };
    let (code, words) = match &error {
        rusqlite::Error::SqliteFailure(code, Some(words)) => (code, words.clone()),
        rusqlite::Error::SqliteFailure(code, None) => (code, code.to_string()),
        // Of a statement that does not suit the tables, which another program has changed.
        rusqlite::Error::SqlInputError { error, msg, .. } => (error, msg.clone()),
        _ => return error,
    };
    // rusqlite adds the path to some errors.
    let path = format!(": {}", file.to_string_lossy());
    let words = words.strip_suffix(&path).unwrap_or(&words);
    let advice = match code.code {
        ErrorCode::CannotOpen if kind == StoreErrorKind::Unavailable => ": too many files are open",
        ErrorCode::CannotOpen if cfg!(unix) && file.as_os_str().len() > MAX_PATH_BYTES => {
            ": the path is too long for SQLite"
        }
        ErrorCode::CannotOpen | ErrorCode::ReadOnly => {
            ": the file and its directory must be readable and writable"
        }
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => ": restore a copy",
        _ => "",
    };
    let words = format!("{}: {words}{advice}", shown(file));
    rusqlite::Error::SqliteFailure(*code, Some(words))
}

/// The longest path that SQLite opens on Unix: its `MAX_PATHNAME` of 512, of which 8 are for
/// the name of a journal.
const MAX_PATH_BYTES: usize = 504;

/// A path as an error shows it: quoted, and whole if SQLite can open it.
fn shown(path: &Path) -> String {
    let path = path.to_string_lossy();
    if path.len() <= MAX_PATH_BYTES {
        format!("{path:?}")
    } else {
        format!("\"{}\"", excerpt(&path))
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
