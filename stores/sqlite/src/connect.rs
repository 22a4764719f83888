//! Connections to the database.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, vtab};

use crate::error::{Fault, Problem};
use crate::options::{Durability, SqliteOptions};
use crate::row::Keys;
use crate::schema::{self, Content};

/// More than there are different statements.
const STATEMENTS: usize = 256;

/// What a write-ahead log may occupy between two loads, in bytes.
const LOG_BYTES: i64 = 64 << 20;

/// The first connection, which writes. It makes the file if there is none.
pub(crate) fn first_writer(
    path: &Path,
    options: &SqliteOptions,
    keys: &Keys,
) -> Result<Connection, Fault> {
    open_writer(path, OpenFlags::SQLITE_OPEN_CREATE, options, keys)
}

/// A later connection that writes. It never makes a file: the store has one already.
pub(crate) fn writer(
    path: &Path,
    options: &SqliteOptions,
    keys: &Keys,
) -> Result<Connection, Fault> {
    open_writer(path, OpenFlags::empty(), options, keys)
}

/// Refuses a file that is not ours before it changes anything in it.
///
/// The path has to be absolute: another one may be a URI to SQLite.
fn open_writer(
    path: &Path,
    create: OpenFlags,
    options: &SqliteOptions,
    keys: &Keys,
) -> Result<Connection, Fault> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | create;
    let mut connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(options.timeout)?;
    let content = schema::check_newest(&mut connection).map_err(|fault| match fault {
        Fault::Sqlite(error, _) if error.sqlite_error_code() == Some(ErrorCode::NotADatabase) => {
            Problem::NotADatabase.into()
        }
        fault => fault,
    })?;
    if let Content::Restored(_) = content {
        // Before the file keeps a log: if this is refused, the file has not changed.
        schema::migrate(&mut connection, keys)?;
    }
    write_ahead(&connection, options.timeout)?;
    let synchronous = match options.durability {
        Durability::PowerLoss => "FULL",
        Durability::ProcessCrash => "NORMAL",
    };
    connection.pragma_update(None, "synchronous", synchronous)?;
    connection.pragma_update(None, "journal_size_limit", LOG_BYTES)?;
    set_up(&connection, options)?;
    Ok(connection)
}

/// Has the file keep a write-ahead log. Where another process does this at the same time,
/// SQLite does not wait as it does elsewhere.
fn write_ahead(connection: &Connection, timeout: Duration) -> Result<(), Fault> {
    const PAUSE: Duration = Duration::from_millis(1);
    let start = Instant::now();
    loop {
        let mode: rusqlite::Result<String> =
            connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0));
        match mode {
            Ok(mode) if mode == "wal" => return Ok(()),
            Ok(found) => return Err(Problem::NoWriteAheadLog { found }.into()),
            Err(error)
                if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
                    && start.elapsed() < timeout =>
            {
                thread::sleep(PAUSE);
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// A connection that reads. Its path is absolute too.
pub(crate) fn reader(path: &Path, options: &SqliteOptions) -> Result<Connection, Fault> {
    // Not read-only: the first one after a crash brings the log into order.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(options.timeout)?;
    set_up(&connection, options)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

pub(crate) fn in_memory(options: &SqliteOptions) -> Result<Connection, Fault> {
    let connection = Connection::open_in_memory()?;
    set_up(&connection, options)?;
    Ok(connection)
}

fn set_up(connection: &Connection, options: &SqliteOptions) -> rusqlite::Result<()> {
    // Negative: in KiB.
    let cache = -i64::from(options.cache_bytes / 1024);
    connection.pragma_update(None, "cache_size", cache)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // Statements say which index they use. Without this SQLite prepares them anew for each
    // value of a LIMIT or a range, which takes longer than to run some of them.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    vtab::array::load_module(connection)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_first_connection_makes_a_file() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("units.db");
        let (options, keys) = (SqliteOptions::new(), Keys::new().unwrap());
        assert!(writer(&path, &options, &keys).is_err());
        assert!(!path.exists());
        first_writer(&path, &options, &keys).unwrap();
        assert!(path.exists());
        writer(&path, &options, &keys).unwrap();
    }
}
