//! The store and its operations.

#[cfg(test)]
mod own;
#[cfg(test)]
mod plans;

use std::path::Path;

use livechat_units::{StoreError, Unit, UnitPage, UnitQuery, UnitStore};
use rusqlite::Connection;

use crate::error::Fault;
use crate::lister::Lister;
use crate::matches::count;
use crate::options::SqliteOptions;
use crate::pool::{Pool, Snapshot};
use crate::query;
use crate::row::{Keys, MAX_DOCUMENT_BYTES};
use crate::schema::{self, KeptOrder};
use crate::{connect, load};

const OPEN: &str = "open the store";
const UPSERT: &str = "store a unit";
const UPSERT_ALL: &str = "store units";
const REMOVE: &str = "remove a unit";
const REPLACE_ALL: &str = "replace all units";
const GET: &str = "read a unit";
const COUNT: &str = "count the units";
const LIST: &str = "list units";

impl SqliteOptions {
    /// Opens the store in this file, which is made if it does not exist, and brought up
    /// to date, in one transaction, if an older version of this crate made it.
    ///
    /// # Errors
    /// When the file cannot be opened, is no database, or one of another program or of
    /// a newer version of this crate, which is left as it is; and when an order cannot be
    /// [kept](SqliteOptions::with_order). The kinds are those of [`SqliteStore`].
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
/// A host goes by the kind of a [`StoreError`]. Its source says in words what was wrong,
/// and is a `rusqlite::Error` where SQLite itself reported it:
///
/// | kind | when |
/// |---|---|
/// | `InvalidQuery` | two fields of the order hold arrays in a match (SPEC §2, Sort) |
/// | `Unsupported` | a bound of this crate, which the source names |
/// | `Timeout` | no connection or lock in the time that [`SqliteOptions::with_timeout`] allows |
/// | `Unavailable` | the file cannot be opened |
/// | `Corrupt` | the file, or a document in it, is damaged |
/// | `Failed` | anything else: a full disk, a file of another program or of a newer version |
#[derive(Debug)]
pub struct SqliteStore {
    writer: Pool,
    /// `None` where the writer is the only connection there can be.
    readers: Option<Pool>,
    keys: Keys,
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

    pub(crate) fn open_file(path: &Path, options: &SqliteOptions) -> Result<Self, StoreError> {
        let pool = |most, connect: fn(&Path, &SqliteOptions) -> Result<Connection, Fault>| {
            let (path, options) = (path.to_owned(), options.clone());
            Pool::new(most, options.timeout, move || connect(&path, &options))
        };
        let writer = pool(1, connect::writer);
        let readers = pool(options.readers, connect::reader);
        Self::new(writer, Some(readers), options)
    }

    pub(crate) fn open_memory(options: &SqliteOptions) -> Result<Self, StoreError> {
        let cache = options.clone();
        let writer = Pool::new(1, options.timeout, move || connect::in_memory(&cache));
        Self::new(writer, None, options)
    }

    fn new(
        writer: Pool,
        readers: Option<Pool>,
        options: &SqliteOptions,
    ) -> Result<Self, StoreError> {
        let open = || {
            let mut connection = writer.take()?;
            schema::migrate(&mut connection)?;
            let orders = schema::keep_orders(&mut connection, &options.orders)?;
            Ok((Keys::new().map_err(Fault::Sort)?, orders))
        };
        let (keys, orders) = open().map_err(|fault: Fault| fault.during(OPEN))?;
        Ok(Self {
            writer,
            readers,
            keys,
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
        self.write(UPSERT, |connection| {
            load::upsert_all(connection, &self.keys, [unit])
        })
    }

    /// Does what [`upsert`](Self::upsert) does with each of the units, in one
    /// transaction: all of it or, where it fails, nothing.
    pub fn upsert_all<'a>(
        &self,
        units: impl IntoIterator<Item = &'a Unit>,
    ) -> Result<(), StoreError> {
        self.write(UPSERT_ALL, |connection| {
            load::upsert_all(connection, &self.keys, units)
        })
    }

    /// Takes a unit out. Whether it was there.
    pub fn remove(&self, id: &str) -> Result<bool, StoreError> {
        self.write(REMOVE, |connection| load::remove(connection, id))
    }

    /// Replaces all units, in one transaction: listings show the old ones until it is
    /// done, and where it fails, they stay. The units are taken one by one and need not
    /// fit into memory; the indexes are made of all of them at once, which is faster than
    /// as many upserts. Meanwhile other writes wait, so whatever yields the units must not
    /// write to this store.
    ///
    /// Of documents with the same `_id` the last counts, and none if it is not a unit.
    pub fn replace_all(&self, units: impl IntoIterator<Item = Unit>) -> Result<(), StoreError> {
        self.write(REPLACE_ALL, |connection| {
            load::replace_all(connection, &self.keys, units)
        })
    }

    /// The unit with this `_id`.
    pub fn get(&self, id: &str) -> Result<Option<Unit>, StoreError> {
        self.read(GET, |connection| query::get(connection, id))
    }

    /// How many units there are. Cost: one number is read.
    pub fn len(&self) -> Result<u64, StoreError> {
        self.read(COUNT, |connection| Ok(count(connection)?))
    }

    /// Whether there is no unit.
    pub fn is_empty(&self) -> Result<bool, StoreError> {
        Ok(self.len()? == 0)
    }

    fn write<T>(
        &self,
        operation: &'static str,
        write: impl FnOnce(&mut Connection) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        let written = self.writer.take().and_then(|mut loan| write(&mut loan));
        written.map_err(|fault| fault.during(operation))
    }

    /// All that `read` reads is of one state.
    fn read<T>(
        &self,
        operation: &'static str,
        read: impl FnOnce(&Connection) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        let pool = self.readers.as_ref().unwrap_or(&self.writer);
        let read = pool
            .take()
            .and_then(|loan| read(Snapshot::of(&loan)?.connection));
        read.map_err(|fault| fault.during(operation))
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
