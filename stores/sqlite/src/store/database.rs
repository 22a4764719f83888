//! The open database of a store: its connections, and the transactions on them.
//!
//! ```text
//!  read    ── a reading connection ── snapshot ── check of the total ── read
//!              └─ wrong total: rebuild, and read again
//!  write   ── the writing connection ── check of the file ── begin, repaired ── change
//!              └─ check of the file ── commit
//! ```

use std::path::Path;
use std::sync::Arc;

use livechat_units::StoreError;
use rusqlite::{Connection, Transaction};

use crate::connection::{self, Create, Loan, Pool, Snapshot, StoreFile};
use crate::error::Problem;
use crate::options::SqliteOptions;
use crate::schema::declared::{self, DeclaredOrder};
use crate::schema::rebuild;
use crate::schema::total::{TotalCheck, data_version};
use crate::schema::versions;
use crate::write;

const OPEN: &str = "open the store";
const REBUILD: &str = "rebuild the indexes";

#[derive(Debug)]
pub(super) struct Database {
    /// `None` in memory.
    file: Option<StoreFile>,
    pub(super) writer: Pool,
    /// `None` in memory, where the connection that writes is the only one.
    pub(super) readers: Option<Pool>,
    check: Arc<TotalCheck>,
    orders: Vec<DeclaredOrder>,
}

impl Database {
    pub(super) fn open_file(path: &Path, options: &SqliteOptions) -> Result<Self, StoreError> {
        // The errors of opening name the path even if there is no file.
        let shown = connection::absolute(path).unwrap_or_else(|_| path.to_owned());
        let open = || {
            let first = |path: &Path| open_writer(path, Create::IfMissing, options);
            let (file, first) = StoreFile::open(path, first)?;
            let check = Arc::new(TotalCheck::new());
            let writer = Pool::new(1, options.timeout, {
                let (file, options, check) = (file.clone(), options.clone(), Arc::clone(&check));
                move || {
                    check.forget_versions();
                    file.connect(|path| open_writer(path, Create::Never, &options))
                }
            });
            let readers = Pool::new(options.readers, options.timeout, {
                let (file, options) = (file.clone(), options.clone());
                move || file.connect(|path| connection::open_reader(path, &options))
            });
            let mut database = Self::new(writer.with(first), check, options)?;
            (database.file, database.readers) = (Some(file), Some(readers));
            Ok(database)
        };
        open().map_err(|problem: Problem| problem.during(OPEN, Some(&shown)))
    }

    pub(super) fn open_in_memory(options: &SqliteOptions) -> Result<Self, StoreError> {
        let open = || {
            let first = connection::open_in_memory(options)?;
            let options_of_pool = options.clone();
            let connect = move || connection::open_in_memory(&options_of_pool);
            let writer = Pool::new(1, options.timeout, connect).with(first);
            Self::new(writer, Arc::new(TotalCheck::new()), options)
        };
        open().map_err(|problem: Problem| problem.during(OPEN, None))
    }

    /// Upgrades and repairs the file, and declares the orders of the options.
    fn new(writer: Pool, check: Arc<TotalCheck>, options: &SqliteOptions) -> Result<Self, Problem> {
        let mut connection = writer.take()?;
        versions::migrate(&mut connection)?;
        write::repair_total(&mut connection, &check)?;
        let orders = declared::declare(&mut connection, &options.orders)?;
        drop(connection);
        Ok(Self {
            file: None,
            writer,
            readers: None,
            check,
            orders,
        })
    }

    /// The declared orders of the file.
    pub(super) fn orders(&self) -> &[DeclaredOrder] {
        &self.orders
    }

    /// One transaction that writes. A wrong total is repaired before.
    pub(super) fn write<T>(
        &self,
        operation: &'static str,
        change: impl FnOnce(&Transaction<'_>) -> Result<T, Problem>,
    ) -> Result<T, StoreError> {
        self.change(
            operation,
            |connection| write::begin_repaired(connection, &self.check),
            change,
        )
    }

    /// One transaction that derives everything again, so that the total need not be right
    /// before.
    pub(super) fn replace(
        &self,
        operation: &'static str,
        change: impl FnOnce(&Transaction<'_>) -> Result<(), Problem>,
    ) -> Result<(), StoreError> {
        self.change(operation, write::begin, change)
    }

    pub(super) fn rebuild(&self) -> Result<(), StoreError> {
        self.replace(REBUILD, |transaction| rebuild::rebuild(transaction))
    }

    fn change<T>(
        &self,
        operation: &'static str,
        begin: impl for<'a> FnOnce(&'a mut Connection) -> Result<Transaction<'a>, Problem>,
        change: impl FnOnce(&Transaction<'_>) -> Result<T, Problem>,
    ) -> Result<T, StoreError> {
        let check_file = || self.file.as_ref().map_or(Ok(()), StoreFile::check);
        let run = || {
            let mut writer = self.writer.take()?;
            check_file()?;
            let changes_before = writer.total_changes();
            let transaction = begin(&mut writer)?;
            let changed = change(&transaction)?;
            // If the file was renamed meanwhile, a commit would be lost with it.
            check_file()?;
            write::commit(transaction, changes_before)?;
            self.check.note_write(&writer);
            Ok(changed)
        };
        run().map_err(|problem| self.failed(operation, problem))
    }

    /// One transaction that reads. A wrong total is repaired, and then `read` runs again.
    pub(super) fn read<T>(
        &self,
        operation: &'static str,
        read: impl Fn(&Connection) -> Result<T, Problem>,
    ) -> Result<T, StoreError> {
        let pool = self.readers.as_ref().unwrap_or(&self.writer);
        let run = || {
            let loan = pool.take()?;
            let snapshot = Snapshot::begin(&loan)?;
            self.check_total(&loan)?;
            read(&snapshot)
        };
        let mut found = run();
        if matches!(&found, Err(problem) if problem.is_wrong_total()) {
            match self.rebuild() {
                Ok(()) => found = run(),
                // A later call may repair it.
                Err(error) if error.is_transient() => return Err(error),
                // The error of the wrong total remains.
                Err(_) => {}
            }
        }
        found.map_err(|problem| self.failed(operation, problem))
    }

    /// Checks the total if another connection has written since the last check on `reader`.
    ///
    /// The check needs the connection that writes, and does not wait for it. So three
    /// listings do not count the units: one during a write of this store, one during the
    /// check of another listing, and the first after another store has written. They find a
    /// wrong total only if their page contains the last unit; otherwise the next write finds
    /// it.
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

    fn failed(&self, operation: &'static str, problem: Problem) -> StoreError {
        problem.during(operation, self.file.as_ref().map(StoreFile::path))
    }
}

/// A connection that writes. A file that is not a store is refused before anything in it is
/// changed.
fn open_writer(
    path: &Path,
    create: Create,
    options: &SqliteOptions,
) -> Result<Connection, Problem> {
    let mut connection = connection::open(path, create, options)?;
    versions::check(&mut connection)?;
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
        open_writer(&path, Create::IfMissing, &options).unwrap();
        assert!(path.exists());
        open_writer(&path, Create::Never, &options).unwrap();
    }
}
