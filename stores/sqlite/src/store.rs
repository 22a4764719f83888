//! The store and its operations.

#[cfg(test)]
mod own;
#[cfg(test)]
mod plans;

use std::path::Path;
use std::sync::Arc;

use livechat_units::{StoreError, Unit, UnitPage, UnitQuery, UnitStore};
use rusqlite::{Connection, Transaction};

use crate::error::{Fault, Problem};
use crate::file::{self, StoreFile};
use crate::lister::Lister;
use crate::matches::count;
use crate::options::SqliteOptions;
use crate::pool::{Loan, Pool, Snapshot};
use crate::query;
use crate::rebuild::{self, Verified};
use crate::row::{Keys, MAX_DOCUMENT_BYTES};
use crate::schema::{self, KeptOrder};
use crate::{connect, load, write};

const OPEN: &str = "open the store";
const UPSERT: &str = "store a unit";
const UPSERT_ALL: &str = "store units";
const REMOVE: &str = "remove a unit";
const REPLACE_ALL: &str = "replace all units";
const REBUILD: &str = "rebuild the indexes";
const GET: &str = "read a unit";
const COUNT: &str = "count the units";
const LIST: &str = "list units";

impl SqliteOptions {
    /// Opens the store in this file, which is made if it does not exist, and brought up
    /// to date, in one transaction, if an older version of this crate made it. A database
    /// that was made from a `.dump` of a store becomes a store, if nothing of it is missing.
    ///
    /// The path is a path, never a URI. It is resolved once: the store has this file open
    /// until it is dropped, also if the process changes its directory or a symbolic link
    /// changes. Only the path `:memory:` is refused; `./:memory:` is a file of that name.
    ///
    /// Cost: the units are counted, some 3 ms for 200,000. A wrong total is repaired, unless
    /// a damaged document or a missing permission prevents it: then listings report it.
    ///
    /// # Errors
    /// When the file cannot be opened, is no database, or one of another program or of
    /// a newer version of this crate, which is left as it is; when it has several names
    /// (hard links); and when an order cannot be [kept](SqliteOptions::with_order). The kinds
    /// are those of [`SqliteStore`]. Each error names the path.
    pub fn open(self, path: impl AsRef<Path>) -> Result<SqliteStore, StoreError> {
        SqliteStore::open_file(path.as_ref(), &self)
    }

    /// Opens a store in memory, which is gone with it. It has one connection, so that
    /// listings and writes wait for each other.
    ///
    /// # Errors
    /// When an order cannot be [kept](SqliteOptions::with_order).
    pub fn open_in_memory(self) -> Result<SqliteStore, StoreError> {
        SqliteStore::open_memory(&self)
    }
}

/// Units in one SQLite file.
///
/// It answers what the reference over a slice answers, from indexes that are current
/// after every write. Of documents that share an `_id` it holds the last; documents
/// that are not units ([`Unit::is_unit`]) it does not hold. Page and total are read in
/// one transaction. The [crate's documentation](crate) tells what each query costs.
///
/// ```
/// use livechat_units::{Unit, UnitQuery, UnitStore};
/// use livechat_units_sqlite::SqliteStore;
///
/// let directory = tempfile::tempdir()?;
/// let file = directory.path().join("units.db");
/// let store = SqliteStore::open(&file)?;
/// store.replace_all([Unit::builder("uA").name("Sales").build()?])?;
/// store.upsert(&Unit::builder("uB").name("Support").build()?)?;
/// drop(store);
///
/// let store = SqliteStore::open(&file)?;
/// assert_eq!(store.list(&UnitQuery::default())?.total(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Sharing
///
/// All methods take `&self`, and the store is `Send` and `Sync`. Listings run beside
/// each other and beside one write; further writes wait. Several processes may have the
/// same file open.
///
/// # Errors
///
/// A host goes by the kind of a [`StoreError`]. Its source says in words what was wrong
/// and in which file, and is a `rusqlite::Error` where SQLite itself reported it. The same
/// call may succeed later after `Timeout` and `Unavailable`, and only then.
///
/// | kind | when |
/// |---|---|
/// | `InvalidQuery` | two fields of the order hold arrays in a match (SPEC §2, Sort) |
/// | `Unsupported` | a bound of this crate, which the source names |
/// | `Timeout` | no connection or lock in the time that [`SqliteOptions::with_timeout`] allows |
/// | `Unavailable` | the file cannot be opened because too many files are open |
/// | `Corrupt` | the file, or a document in it, is damaged |
/// | `Failed` | anything else: no such directory, no permission, a file that is no database, one of another program or of a newer version, one that was replaced while it was open, a full disk |
#[derive(Debug)]
pub struct SqliteStore {
    /// `None` in memory.
    file: Option<StoreFile>,
    writer: Pool,
    /// `None` where the writer is the only connection there can be.
    readers: Option<Pool>,
    keys: Arc<Keys>,
    verified: Arc<Verified>,
    orders: Vec<KeptOrder>,
    max_sorted: u64,
}

impl SqliteStore {
    /// The longest document that is stored, as extended JSON: 32 MiB.
    pub const MAX_DOCUMENT_BYTES: usize = MAX_DOCUMENT_BYTES;

    /// Opens the store in this file with the defaults of [`SqliteOptions`].
    ///
    /// # Errors
    /// See [`SqliteOptions::open`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        SqliteOptions::new().open(path)
    }

    fn open_file(path: &Path, options: &SqliteOptions) -> Result<Self, StoreError> {
        // The errors of opening name the path also where there is no file.
        let shown = file::absolute(path).unwrap_or_else(|_| path.to_owned());
        let open = || {
            let keys = Arc::new(Keys::new()?);
            let verified = Arc::new(Verified::nothing());
            let first = |path: &Path| connect::first_writer(path, options, &keys);
            let (file, first) = StoreFile::open(path, first)?;
            let writer = Pool::new(1, options.timeout, {
                let (file, options) = (file.clone(), options.clone());
                let (keys, verified) = (Arc::clone(&keys), Arc::clone(&verified));
                move || {
                    verified.forget();
                    file.connect(|path| connect::writer(path, &options, &keys))
                }
            });
            let readers = Pool::new(options.readers, options.timeout, {
                let (file, options) = (file.clone(), options.clone());
                move || file.connect(|path| connect::reader(path, &options))
            });
            let mut store = Self::new(writer.with(first), keys, verified, options)?;
            (store.file, store.readers) = (Some(file), Some(readers));
            Ok(store)
        };
        open().map_err(|fault: Fault| fault.during(OPEN, Some(&shown)))
    }

    fn open_memory(options: &SqliteOptions) -> Result<Self, StoreError> {
        let open = || {
            let keys = Arc::new(Keys::new()?);
            let cache = options.clone();
            let writer = Pool::new(1, options.timeout, move || connect::in_memory(&cache));
            Self::new(writer, keys, Arc::new(Verified::nothing()), options)
        };
        open().map_err(|fault: Fault| fault.during(OPEN, None))
    }

    /// Without a file and without connections that only read.
    fn new(
        writer: Pool,
        keys: Arc<Keys>,
        verified: Arc<Verified>,
        options: &SqliteOptions,
    ) -> Result<Self, Fault> {
        let mut connection = writer.take()?;
        schema::migrate(&mut connection, &keys)?;
        rebuild::verify(&mut connection, &keys, &verified)?;
        let orders = schema::keep_orders(&mut connection, &options.orders)?;
        drop(connection);
        Ok(Self {
            file: None,
            writer,
            readers: None,
            keys,
            verified,
            orders,
            max_sorted: options.max_sorted,
        })
    }

    /// Adds a unit, or replaces the one with the same `_id`. A document that is not a
    /// unit takes the one with its `_id` out. Once this returns, the write survives what
    /// [`SqliteOptions::with_durability`] says.
    ///
    /// Cost: a search in each index, and one wait for the disk. Many units at once are
    /// cheaper with [`upsert_all`](Self::upsert_all).
    pub fn upsert(&self, unit: &Unit) -> Result<(), StoreError> {
        self.write(UPSERT, |transaction| {
            load::upsert_all(transaction, &self.keys, [unit])
        })
    }

    /// Does what [`upsert`](Self::upsert) does with each of the units, in one
    /// transaction: all of it or, where it fails, nothing.
    pub fn upsert_all<'a>(
        &self,
        units: impl IntoIterator<Item = &'a Unit>,
    ) -> Result<(), StoreError> {
        self.write(UPSERT_ALL, |transaction| {
            load::upsert_all(transaction, &self.keys, units)
        })
    }

    /// Takes a unit out. Whether it was there.
    pub fn remove(&self, id: &str) -> Result<bool, StoreError> {
        self.write(REMOVE, |transaction| write::remove(transaction, id))
    }

    /// Replaces all units, in one transaction: listings show the old ones until it is
    /// done, and where it fails, they stay. The units are taken one by one and need not
    /// fit into memory; the indexes are made of all of them at once, which is faster than
    /// as many upserts. Meanwhile other writes wait, so whatever yields the units must not
    /// write to this store.
    ///
    /// Of documents with the same `_id` the last counts, and none if it is not a unit.
    pub fn replace_all(&self, units: impl IntoIterator<Item = Unit>) -> Result<(), StoreError> {
        self.change(REPLACE_ALL, rebuild::begin_immediate, |transaction| {
            load::replace_all(transaction, &self.keys, units)
        })
    }

    /// Derives everything anew from the documents: the indexes, the names and the total.
    /// This repairs the store after another program has written to the file. Each document
    /// is verified; one that is damaged is an error, and then nothing is changed.
    ///
    /// The store does this by itself when it notices a wrong total: when it is opened,
    /// before the next write, and when a page is not what the total promises. It does not
    /// notice a name or a sort key that another program has changed.
    ///
    /// Cost: that of [`replace_all`](Self::replace_all). Listings are served meanwhile.
    ///
    /// ```
    /// use livechat_units::{Unit, UnitStore, UnitQuery};
    /// use livechat_units_sqlite::SqliteStore;
    ///
    /// let directory = tempfile::tempdir()?;
    /// let file = directory.path().join("units.db");
    /// let store = SqliteStore::open(&file)?;
    /// store.upsert(&Unit::builder("uA").name("Sales").build()?)?;
    ///
    /// rusqlite::Connection::open(&file)?.execute("UPDATE unit SET folded = x'78'", [])?;
    /// let sales = UnitQuery::default().with_text("sales".parse::<livechat_units::TextFilter>()?);
    /// store.rebuild()?;
    /// assert_eq!(store.list(&sales)?.total(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn rebuild(&self) -> Result<(), StoreError> {
        self.change(REBUILD, rebuild::begin_immediate, |transaction| {
            rebuild::derive(transaction, &self.keys)
        })
    }

    /// The unit with this `_id`.
    pub fn get(&self, id: &str) -> Result<Option<Unit>, StoreError> {
        self.read(GET, |connection| query::get(connection, id))
    }

    /// How many units there are. Cost: one number is read.
    pub fn len(&self) -> Result<u64, StoreError> {
        self.read(COUNT, count)
    }

    /// Whether there is no unit.
    pub fn is_empty(&self) -> Result<bool, StoreError> {
        Ok(self.len()? == 0)
    }

    /// One transaction that writes. A total that another program has made wrong is right
    /// before.
    fn write<T>(
        &self,
        operation: &'static str,
        write: impl FnOnce(&Transaction<'_>) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        self.change(
            operation,
            |connection| rebuild::begin(connection, &self.keys, &self.verified),
            write,
        )
    }

    /// One transaction that writes. `begin` begins it.
    fn change<T>(
        &self,
        operation: &'static str,
        begin: impl for<'a> FnOnce(&'a mut Connection) -> Result<Transaction<'a>, Fault>,
        change: impl FnOnce(&Transaction<'_>) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        let check = || self.file.as_ref().map_or(Ok(()), StoreFile::check);
        let run = || {
            let mut writer = self.writer.take()?;
            check()?;
            let before = writer.total_changes();
            let transaction = begin(&mut writer)?;
            let changed = change(&transaction)?;
            // The file may have been renamed meanwhile. A commit would be lost with it.
            check()?;
            rebuild::commit(transaction, before)?;
            self.verified.note_write(&writer);
            Ok(changed)
        };
        run().map_err(|fault| self.failed(operation, fault))
    }

    /// All that `read` reads is of one state. A total that another program has made wrong
    /// is repaired, and read again.
    fn read<T>(
        &self,
        operation: &'static str,
        read: impl Fn(&Connection) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        let pool = self.readers.as_ref().unwrap_or(&self.writer);
        let run = || {
            let loan = pool.take()?;
            let snapshot = Snapshot::of(&loan)?;
            self.verify(&loan)?;
            read(snapshot.connection)
        };
        let mut found = run();
        if matches!(&found, Err(fault) if fault.is_wrong_total()) {
            match self.rebuild() {
                Ok(()) => found = run(),
                // The next call may repair it.
                Err(error) if error.is_transient() => return Err(error),
                // The total is still wrong.
                Err(_) => {}
            }
        }
        found.map_err(|fault| self.failed(operation, fault))
    }

    /// Checks the total if another connection has written since `reader` last did so.
    ///
    /// Three listings do not count the units: one during a write of this store, one during
    /// another listing's check, which both use the connection that writes, and the first
    /// after another store has written. They notice a wrong total only if their page reaches
    /// the last unit; otherwise the next write does.
    fn verify(&self, reader: &Loan<'_>) -> Result<(), Fault> {
        if self.readers.is_none() {
            return Ok(());
        }
        let version = rebuild::version(reader)?;
        if reader.known().get() == version {
            return Ok(());
        }
        let Some(writer) = self.writer.take_idle() else {
            return Ok(());
        };
        if !self
            .verified
            .is_plausible(&writer.unchecked_transaction()?)?
        {
            return Err(Problem::WrongTotal.into());
        }
        reader.known().set(version);
        Ok(())
    }

    fn failed(&self, operation: &'static str, fault: Fault) -> StoreError {
        fault.during(operation, self.file.as_ref().map(StoreFile::path))
    }
}

impl UnitStore for SqliteStore {
    fn list(&self, query: &UnitQuery) -> Result<UnitPage, StoreError> {
        self.read(LIST, |connection| {
            let lister = Lister {
                connection,
                orders: &self.orders,
                max_sorted: self.max_sorted,
            };
            lister.list(query)
        })
    }
}
