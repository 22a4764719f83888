//! Everything that can go wrong in this store, each with the kind that the host sees.
//!
//! Every function of the crate fails with a [`Problem`]. The store turns it into a
//! [`StoreError`] in one place, [`Problem::during`], which knows the operation and the file.
//! An error of SQLite becomes a [`Problem::Sqlite`] by `?`; `driver` decides its kind.

mod driver;

use std::path::Path;
use std::time::Duration;

use livechat_units::{
    OrderError, QueryPart, SortError, StoreError, StoreErrorKind, UnitError, Unsupported,
};
use rusqlite::ErrorCode;
use thiserror::Error;

const REPAIR: &str = "another program has written to the file; `SqliteStore::rebuild` repairs it";

/// One variant for each thing that can be wrong. Input inside a message is cut to 80
/// characters.
#[derive(Debug, Error)]
pub(crate) enum Problem {
    #[error("expected the path of a file, found an empty one")]
    EmptyPath,
    #[error(
        "expected the path of a file, found \":memory:\": `open_in_memory` opens a store in \
         memory, and \"./:memory:\" is a file of this name"
    )]
    MemoryPath,
    #[error("expected a path that leads to a file: {0}")]
    Unreachable(std::io::Error),
    #[error("expected a file or a directory to make it in, found no such directory")]
    NoDirectory,
    #[error("expected a file, found {found}")]
    NotAFile { found: &'static str },
    #[error(
        "expected an SQLite database, found a file that is not a database: choose another path, \
         or restore a copy"
    )]
    NotADatabase,
    #[error(
        "expected a file with one name, found {links} hard links: SQLite keeps a log for each \
         name; remove the others"
    )]
    HardLinks { links: u64 },
    #[error(
        "expected the file that was opened, found another one: it was replaced; close the old \
         one everywhere, delete its log (-wal and -shm), and open the store again"
    )]
    OtherFile,
    #[error(
        "expected the file that was opened, found none: it was renamed or deleted; put it back, \
         or open the store again"
    )]
    NoFile,
    #[error(
        "expected a file without the log of another one, found that of the file that was replaced: \
         close the old file everywhere, and delete its log (-wal and -shm)"
    )]
    OldLog,
    /// If the store must not make one.
    #[error("expected a file with a store, found none or an empty one")]
    NoStore,
    /// The file is left unchanged.
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
    /// For example a dump that was cut.
    #[error(
        "expected all of a store of {total} units, found {units} rows and {documents} documents: \
         restore it from a whole dump or a copy"
    )]
    PartialCopy {
        total: i64,
        units: i64,
        documents: i64,
    },
    /// For example on a network file system.
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
    #[error("expected only documented fields in a declared order, found \"{path}\"")]
    UndocumentedOrder { path: String },
    #[error("expected at most {bound} declared orders, found more")]
    ManyOrders { bound: usize },
    #[error("expected a document of at most {bound} bytes, found {found}, with the _id \"{id}\"")]
    LongDocument {
        id: String,
        found: usize,
        bound: usize,
    },
    /// Two fields of the sort order hold arrays in one match.
    #[error(transparent)]
    Order(#[from] OrderError),

    #[error("expected the document in slot {slot} as it was written, found another or none")]
    DamagedDocument { slot: i64 },
    #[error("expected a document that can be read, found: {0}")]
    DamagedUnit(#[from] UnitError),
    #[error("expected each _id once, found that of the document in slot {slot} again")]
    RepeatedId { slot: i64 },
    #[error("expected names in block {block}, found other bytes")]
    DamagedNames { block: i64 },
    #[error("expected a sort order in the table `kept_order`, found: {0}")]
    DamagedSort(#[from] SortError),
    #[error("expected only documented fields in the table `kept_order`, found \"{path}\"")]
    DamagedOrder { path: String },
    #[error("expected values as they were written, found: {0}")]
    DamagedValue(rusqlite::Error),
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

    /// An error that SQLite reported.
    #[error("{error}")]
    Sqlite {
        error: rusqlite::Error,
        kind: StoreErrorKind,
    },
    /// An error of the reference, which sorts by fields without a column.
    #[error(transparent)]
    Reference(StoreError),
}

/// A problem with a file, and the path of the file.
#[derive(Debug, Error)]
#[error("{path}: {problem}")]
struct InFile {
    path: String,
    problem: Problem,
}

impl Problem {
    pub(crate) fn kind(&self) -> StoreErrorKind {
        match self {
            Self::NoConnection { .. } => StoreErrorKind::Timeout,
            Self::ManyMatches { .. }
            | Self::UndocumentedOrder { .. }
            | Self::ManyOrders { .. }
            | Self::LongDocument { .. } => StoreErrorKind::Unsupported,
            Self::DamagedDocument { .. }
            | Self::DamagedUnit(_)
            | Self::RepeatedId { .. }
            | Self::DamagedNames { .. }
            | Self::DamagedSort(_)
            | Self::DamagedOrder { .. }
            | Self::DamagedValue(_)
            | Self::PartialCopy { .. }
            | Self::WrongTotal
            | Self::NoTotal => StoreErrorKind::Corrupt,
            Self::EmptyPath
            | Self::MemoryPath
            | Self::Unreachable(_)
            | Self::NoDirectory
            | Self::NotAFile { .. }
            | Self::NotADatabase
            | Self::HardLinks { .. }
            | Self::OtherFile
            | Self::NoFile
            | Self::OldLog
            | Self::NoStore
            | Self::ForeignDatabase { .. }
            | Self::NewerDatabase { .. }
            | Self::NoWriteAheadLog { .. } => StoreErrorKind::Failed,
            Self::Order(_) => StoreErrorKind::InvalidQuery,
            Self::Sqlite { kind, .. } => *kind,
            Self::Reference(error) => error.kind(),
        }
    }

    /// The failure of `operation`. The path of `file` is added where the file is the cause.
    pub(crate) fn during(self, operation: &'static str, file: Option<&Path>) -> StoreError {
        let kind = self.kind();
        let failed = StoreError::new(kind, operation);
        match self {
            Self::Sqlite { error, .. } => failed.with_source(driver::in_file(error, kind, file)),
            // The client sees these words, because it can choose another sort order.
            Self::ManyMatches { .. } => Unsupported::new(QueryPart::Sort, self.to_string()).into(),
            Self::Order(error) => error.into(),
            Self::Reference(error) => error,
            problem => match file.filter(|_| problem.is_of_file()) {
                Some(file) => failed.with_source(InFile {
                    path: driver::quoted(file),
                    problem,
                }),
                None => failed.with_source(problem),
            },
        }
    }

    /// Whether a rebuild may help.
    pub(crate) fn is_wrong_total(&self) -> bool {
        matches!(self, Self::WrongTotal | Self::NoTotal)
    }

    pub(crate) fn is_corrupt(&self) -> bool {
        self.kind() == StoreErrorKind::Corrupt
    }

    /// Whether the process may not write to the file.
    pub(crate) fn is_read_only(&self) -> bool {
        self.is_code(ErrorCode::ReadOnly)
    }

    /// Whether SQLite reported this code.
    pub(crate) fn is_code(&self, code: ErrorCode) -> bool {
        matches!(self, Self::Sqlite { error, .. } if error.sqlite_error_code() == Some(code))
    }

    /// Whether the cause is the file, and not a query or a document.
    fn is_of_file(&self) -> bool {
        !matches!(self, Self::EmptyPath | Self::MemoryPath)
            && matches!(
                self.kind(),
                StoreErrorKind::Failed | StoreErrorKind::Corrupt
            )
    }
}

/// The kind is decided while the connection is still open. If too many files are open,
/// closing the connection would hide that.
impl From<rusqlite::Error> for Problem {
    fn from(error: rusqlite::Error) -> Self {
        match driver::kind(&error) {
            Some(kind) => Self::Sqlite { error, kind },
            None => Self::DamagedValue(error),
        }
    }
}
