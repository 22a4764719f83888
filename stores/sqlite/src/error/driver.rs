//! Errors of SQLite: their kinds, and messages with the path and with advice.

use std::path::Path;

use livechat_units::StoreErrorKind;
use livechat_units::columns::excerpt;
use rusqlite::{Error, ErrorCode, ffi};

/// The longest path that SQLite opens on Unix, in bytes: its `MAX_PATHNAME` of 512, less 8
/// for the name of a journal.
const MAX_PATH_BYTES: usize = 504;

/// The kind of an error of SQLite. `None` if SQLite returned a value that this crate does
/// not write.
pub(super) fn kind(error: &Error) -> Option<StoreErrorKind> {
    let code = match error {
        Error::SqliteFailure(code, _) => code,
        Error::QueryReturnedNoRows
        | Error::FromSqlConversionFailure(..)
        | Error::IntegralValueOutOfRange(..)
        | Error::InvalidColumnType(..)
        | Error::Utf8Error(..) => return None,
        _ => return Some(StoreErrorKind::Failed),
    };
    Some(match (code.code, code.extended_code) {
        (
            ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked
            | ErrorCode::FileLockingProtocolFailed,
            _,
        ) => StoreErrorKind::Timeout,
        // SQLite has one code for all reasons. The store has examined the path before, so
        // the other reason is a missing permission.
        (ErrorCode::CannotOpen, _) if too_many_open_files() => StoreErrorKind::Unavailable,
        (ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase, _)
        | (_, ffi::SQLITE_IOERR_DATA | ffi::SQLITE_IOERR_CORRUPTFS) => StoreErrorKind::Corrupt,
        _ => StoreErrorKind::Failed,
    })
}

/// The same error with the path in its message, and with advice where there is any.
pub(super) fn in_file(error: Error, kind: StoreErrorKind, file: Option<&Path>) -> Error {
    let Some(file) = file else {
        return error;
    };
    let (code, words) = match &error {
        Error::SqliteFailure(code, Some(words)) => (code, words.clone()),
        Error::SqliteFailure(code, None) => (code, code.to_string()),
        // Another program has changed the tables, and a statement does not fit them.
        Error::SqlInputError { error, msg, .. } => (error, msg.clone()),
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
    let words = format!("{}: {words}{advice}", quoted(file));
    Error::SqliteFailure(*code, Some(words))
}

/// A path in a message: quoted, and whole if SQLite can open it.
pub(super) fn quoted(path: &Path) -> String {
    let path = path.to_string_lossy();
    if path.len() <= MAX_PATH_BYTES {
        format!("{path:?}")
    } else {
        format!("\"{}\"", excerpt(&path))
    }
}

/// Whether files cannot be opened because too many are open. The file of the store must
/// not be opened to find out: closing it would release the locks that this process has on
/// it.
#[cfg(unix)]
fn too_many_open_files() -> bool {
    /// `ENFILE` and `EMFILE`. They are the same on Linux, macOS and the BSDs.
    const TOO_MANY: [i32; 2] = [23, 24];
    match std::fs::File::open("/dev/null") {
        Ok(_) => false,
        Err(error) => error
            .raw_os_error()
            .is_some_and(|code| TOO_MANY.contains(&code)),
    }
}

#[cfg(not(unix))]
fn too_many_open_files() -> bool {
    false
}
