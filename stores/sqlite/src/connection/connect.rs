//! Opening one connection.
//!
//! Paths have to be absolute: SQLite may read a relative one as a URI.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, vtab};

use crate::error::Problem;
use crate::options::{Durability, SqliteOptions};

/// How many prepared statements a connection caches. The crate has fewer different ones.
const STATEMENTS: usize = 256;

/// The size in bytes to which SQLite truncates the write-ahead log after a checkpoint.
const LOG_BYTES: i64 = 64 << 20;

/// Whether opening makes a file if there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Create {
    IfMissing,
    Never,
}

/// Opens a file for writing, and changes nothing in it. [`configure_writer`] completes the
/// connection once the file is known to be a store.
pub(crate) fn open(
    path: &Path,
    create: Create,
    options: &SqliteOptions,
) -> Result<Connection, Problem> {
    let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    if create == Create::IfMissing {
        flags |= OpenFlags::SQLITE_OPEN_CREATE;
    }
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(options.timeout)?;
    Ok(connection)
}

/// Switches the file to a write-ahead log, and sets the pragmas of a connection that writes.
pub(crate) fn configure_writer(
    connection: &Connection,
    options: &SqliteOptions,
) -> Result<(), Problem> {
    use_write_ahead_log(connection, options.timeout)?;
    let synchronous = match options.durability {
        Durability::PowerLoss => "FULL",
        Durability::ProcessCrash => "NORMAL",
    };
    connection.pragma_update(None, "synchronous", synchronous)?;
    connection.pragma_update(None, "journal_size_limit", LOG_BYTES)?;
    Ok(configure(connection, options)?)
}

/// If another process switches the file at the same time, SQLite fails at once in spite of
/// its busy timeout. So this function waits itself.
fn use_write_ahead_log(connection: &Connection, timeout: Duration) -> Result<(), Problem> {
    const PAUSE: Duration = Duration::from_millis(1);
    let start = Instant::now();
    loop {
        let mode: rusqlite::Result<String> =
            connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0));
        match mode {
            Ok(mode) if mode == "wal" => return Ok(()),
            Ok(found) => return Err(Problem::NoWriteAheadLog { found }),
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

/// Opens a connection that only reads.
pub(crate) fn open_reader(path: &Path, options: &SqliteOptions) -> Result<Connection, Problem> {
    // SQLite itself may have to write: the first connection after a crash recovers the log.
    let connection = open(path, Create::Never, options)?;
    configure(&connection, options)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

/// Opens a database in memory.
pub(crate) fn open_in_memory(options: &SqliteOptions) -> Result<Connection, Problem> {
    let connection = Connection::open_in_memory()?;
    configure(&connection, options)?;
    Ok(connection)
}

fn configure(connection: &Connection, options: &SqliteOptions) -> rusqlite::Result<()> {
    // A negative number is in KiB.
    let cache = -i64::from(options.cache_bytes / 1024);
    connection.pragma_update(None, "cache_size", cache)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // Without this, SQLite prepares a statement again for each new value of a LIMIT or a
    // range. That takes longer than some of the statements take to run, and it is of no use:
    // every statement names its index.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    vtab::array::load_module(connection)
}
