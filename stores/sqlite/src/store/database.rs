//! The open database of a store: its connections, and the transactions on them.
//!
//! ```text
//!  read    borrow a reading connection ─ begin a snapshot ─ check the total ─ read
//!            └─ if the total is wrong: rebuild the indexes, then read again
//!  write   borrow the writing connection ─ check the file ─ begin ─ repair a wrong total
//!            └─ change ─ check the file ─ commit
//! ```
//!
//! The total is the number of units that the file stores ([`crate::schema::total`]).

use std::path::Path;
use std::sync::Arc;

use livechat_units::StoreError;
use rusqlite::{Connection, Transaction};

use crate::connection::{self, Create, Identity, Loan, Pool, Snapshot, StoreFile};
use crate::error::Problem;
use crate::options::SqliteOptions;
use crate::schema::changes::RecordingCheck;
use crate::schema::declared::{self, DeclaredOrder};
use crate::schema::rebuild;
use crate::schema::total::{TotalCheck, data_version};
use crate::schema::versions;
use crate::write;

const OPEN: &str = "open the store";
const REBUILD: &str = "rebuild the indexes";

#[derive(Debug)]
pub(super) struct Database {
    /// `None` for a store in memory.
    file: Option<StoreFile>,
    /// The log of the file. `None` in memory.
    log: Option<Identity>,
    pub(super) writer: Pool,
    /// `None` in memory, where `writer` is also used to read.
    pub(super) readers: Option<Pool>,
    /// One connection for [`Database::follow`]. `None` in memory, as for `readers`.
    follower: Option<Pool>,
    check: Arc<TotalCheck>,
    recording: RecordingCheck,
    orders: Vec<DeclaredOrder>,
}

impl Database {
    pub(super) fn open_file(
        path: &Path,
        create: Create,
        options: &SqliteOptions,
    ) -> Result<Self, StoreError> {
        // Errors name this path. It is known even if there is no file.
        let shown_path = connection::absolute(path).unwrap_or_else(|_| path.to_owned());
        let open = || {
            let connect_first = |path: &Path| open_writer(path, create, options);
            let (file, first) = StoreFile::open(path, create, connect_first)?;
            let check = Arc::new(TotalCheck::new());
            let writer = Pool::new(1, options.timeout, {
                let (file, options, check) = (file.clone(), options.clone(), Arc::clone(&check));
                move || {
                    check.forget_versions();
                    file.connect(|path| open_writer(path, Create::Never, &options))
                }
            });
            let reading = |connections| {
                let (file, options) = (file.clone(), options.clone());
                Pool::new(connections, options.timeout, move || {
                    file.connect(|path| connection::open_reader(path, &options))
                })
            };
            let (readers, follower) = (reading(options.readers), reading(1));
            let mut database = Self::new(writer.with(first), check, options)?;
            (database.readers, database.follower) = (Some(readers), Some(follower));
            // A log that was missing has been made meanwhile.
            database.log = file.log();
            database.file = Some(file);
            Ok(database)
        };
        open().map_err(|problem: Problem| problem.during(OPEN, Some(&shown_path)))
    }

    pub(super) fn open_in_memory(options: &SqliteOptions) -> Result<Self, StoreError> {
        let open = || {
            let first = connection::open_in_memory(options)?;
            let pool_options = options.clone();
            let connect = move || connection::open_in_memory(&pool_options);
            let writer = Pool::new(1, options.timeout, connect).with(first);
            Self::new(writer, Arc::new(TotalCheck::new()), options)
        };
        open().map_err(|problem: Problem| problem.during(OPEN, None))
    }

    /// The database in the file that has taken the place of this one.
    pub(super) fn replacement(&self, options: &SqliteOptions) -> Result<Option<Self>, StoreError> {
        let Some(file) = &self.file else {
            return Ok(None);
        };
        let is_replaced = || {
            let is_replaced = file.is_replaced()?;
            // The old log is still open here, so that no other file has its inode.
            if is_replaced && self.log.is_some() && file.log() == self.log {
                return Err(Problem::OldLog);
            }
            Ok(is_replaced)
        };
        match is_replaced() {
            Ok(true) => Self::open_file(file.path(), Create::Never, options).map(Some),
            Ok(false) => Ok(None),
            Err(problem) => Err(problem.during(OPEN, Some(file.path()))),
        }
    }

    /// Upgrades and repairs the file, and makes the declared indexes of the options.
    fn new(writer: Pool, check: Arc<TotalCheck>, options: &SqliteOptions) -> Result<Self, Problem> {
        let mut connection = writer.take()?;
        versions::migrate(&mut connection)?;
        write::repair_total(&mut connection, &check)?;
        let orders = declared::declare(&mut connection, &options.orders)?;
        drop(connection);
        Ok(Self {
            file: None,
            log: None,
            writer,
            readers: None,
            follower: None,
            check,
            recording: RecordingCheck::default(),
            orders,
        })
    }

    /// The sort orders with a declared index.
    pub(super) fn orders(&self) -> &[DeclaredOrder] {
        &self.orders
    }

    /// Writes in one transaction. A wrong total is repaired before `change` runs.
    pub(super) fn write<T>(
        &self,
        operation: &'static str,
        change: impl FnOnce(&Transaction<'_>) -> Result<T, Problem>,
    ) -> Result<T, StoreError> {
        self.transact(
            operation,
            |connection| write::begin_repaired(connection, &self.check, &self.recording),
            change,
        )
    }

    /// Writes in one transaction, without a check of the total. `change` must compute the total
    /// and all indexes from the documents.
    pub(super) fn write_unchecked<T>(
        &self,
        operation: &'static str,
        change: impl FnOnce(&Transaction<'_>) -> Result<T, Problem>,
    ) -> Result<T, StoreError> {
        self.transact(operation, write::begin, change)
    }

    pub(super) fn rebuild(&self) -> Result<(), StoreError> {
        self.write_unchecked(REBUILD, |transaction| rebuild::rebuild(transaction))
    }

    /// Runs `begin`, `change` and the commit on the writing connection.
    fn transact<T>(
        &self,
        operation: &'static str,
        begin: impl for<'a> FnOnce(&'a mut Connection) -> Result<Transaction<'a>, Problem>,
        change: impl FnOnce(&Transaction<'_>) -> Result<T, Problem>,
    ) -> Result<T, StoreError> {
        let run = || {
            let mut writer = self.writer.take()?;
            self.check_file()?;
            let changes_before = writer.total_changes();
            let transaction = begin(&mut writer)?;
            let changed = change(&transaction)?;
            // If the file was renamed or deleted meanwhile, the store would lose this change.
            self.check_file()?;
            write::commit(transaction, changes_before)?;
            self.check.note_write(&writer);
            Ok(changed)
        };
        run().map_err(|problem| self.failed(operation, problem))
    }

    /// Reads in one transaction.
    pub(super) fn read<T>(
        &self,
        operation: &'static str,
        read: impl Fn(&Connection) -> Result<T, Problem>,
    ) -> Result<T, StoreError> {
        let pool = self.readers.as_ref().unwrap_or(&self.writer);
        self.read_on(pool, operation, |connection, _| read(connection))
    }

    /// Reads in one transaction, each time on the same connection. `read` gets its number. If
    /// that connection has to be opened again, the number is another one.
    ///
    /// Fails if the file was replaced. A listing would still show the units of the old file.
    pub(super) fn follow<T>(
        &self,
        operation: &'static str,
        read: impl Fn(&Connection, u64) -> Result<T, Problem>,
    ) -> Result<T, StoreError> {
        let pool = self.follower.as_ref().unwrap_or(&self.writer);
        self.read_on(pool, operation, |connection, number| {
            self.check_file()?;
            read(connection, number)
        })
    }

    /// Reads in one transaction. If the total is wrong, the indexes are rebuilt and `read` runs
    /// again.
    fn read_on<T>(
        &self,
        pool: &Pool,
        operation: &'static str,
        read: impl Fn(&Connection, u64) -> Result<T, Problem>,
    ) -> Result<T, StoreError> {
        let run = || {
            let loan = pool.take()?;
            let snapshot = Snapshot::begin(&loan)?;
            self.check_total(&loan)?;
            read(&snapshot, loan.number())
        };
        let mut found = run();
        if matches!(&found, Err(problem) if problem.is_wrong_total()) {
            match self.rebuild() {
                Ok(()) => found = run(),
                // A later call may succeed.
                Err(error) if error.is_transient() => return Err(error),
                // The caller gets the error of the wrong total, not the error of the rebuild.
                Err(_) => {}
            }
        }
        found.map_err(|problem| self.failed(operation, problem))
    }

    /// Checks the total if another connection has written since the last check on `reader`.
    ///
    /// The check runs on the writing connection, and is skipped while that connection is in use.
    /// So some listings do not detect a write of another program by counting the units:
    ///
    /// * a listing during a write of this store, or during the check of another listing;
    /// * the first listing after a write of another store.
    ///
    /// They detect a wrong total only if their page contains the last unit. Otherwise the next
    /// write detects it.
    fn check_total(&self, reader: &Loan<'_>) -> Result<(), Problem> {
        if self.readers.is_none() {
            return Ok(());
        }
        let version = Some(data_version(reader)?);
        if reader.checked_version().get() == version {
            return Ok(());
        }
        let Some(writer) = self.writer.take_idle() else {
            return Ok(());
        };
        if !self.check.trusts(&writer.unchecked_transaction()?)? {
            return Err(Problem::WrongTotal);
        }
        reader.checked_version().set(version);
        Ok(())
    }

    /// Fails if the path of the file leads to another file, or to none.
    fn check_file(&self) -> Result<(), Problem> {
        self.file.as_ref().map_or(Ok(()), StoreFile::check)
    }

    fn failed(&self, operation: &'static str, problem: Problem) -> StoreError {
        problem.during(operation, self.file.as_ref().map(StoreFile::path))
    }
}

/// Opens a connection that writes. A file that is not a store is refused before it is changed.
fn open_writer(
    path: &Path,
    create: Create,
    options: &SqliteOptions,
) -> Result<Connection, Problem> {
    let mut connection = connection::open(path, create, options)?;
    versions::refuse_or_restore(&mut connection, create)?;
    connection::configure_writer(&connection, options)?;
    Ok(connection)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_first_connection_makes_a_file() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("units.db");
        let options = SqliteOptions::new();
        assert!(open_writer(&path, Create::Never, &options).is_err());
        assert!(!path.exists());
        let mut first = open_writer(&path, Create::IfMissing, &options).unwrap();
        assert!(path.exists());
        // A further connection does not make the tables.
        assert!(open_writer(&path, Create::Never, &options).is_err());
        versions::migrate(&mut first).unwrap();
        open_writer(&path, Create::Never, &options).unwrap();
    }
}
