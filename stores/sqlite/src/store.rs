//! The store: its public face. `database` runs the transactions.

mod database;
#[cfg(test)]
mod tests;

use std::path::Path;

use livechat_units::{StoreError, Unit, UnitPage, UnitQuery, UnitStore, Written};

use crate::changes::{self, Changes, Revision};
use crate::connection::Create;
use crate::options::SqliteOptions;
use crate::query::{self, Lister};
use crate::row::MAX_DOCUMENT_BYTES;
use crate::schema::total;
use crate::write;
use database::Database;

const UPSERT: &str = "store a unit";
const UPSERT_ALL: &str = "store units";
const REMOVE: &str = "remove a unit";
const REPLACE_ALL: &str = "replace all units";
const GET: &str = "read a unit";
const COUNT: &str = "count the units";
const LIST: &str = "list units";
const FOLLOW: &str = "read the changes";

impl SqliteOptions {
    /// Opens the store in this file. A missing file is made. If an older version of
    /// this crate made the file, it is upgraded in one transaction. A database that was made
    /// from a `.dump` of a store becomes a store, if it is whole.
    ///
    /// The path is never read as a URI. It is resolved once: the store has this file open
    /// until it is dropped, even if the process changes its directory or a symbolic link
    /// changes. The path `:memory:` is refused; `./:memory:` is a file of that name.
    ///
    /// Cost: the units are counted, about 3 ms for 200,000. A wrong total is repaired. If a
    /// damaged document or a missing permission prevents the repair, the store opens, and its
    /// listings fail with `Corrupt`.
    ///
    /// # Errors
    /// The file cannot be opened; it is not a database, or one of another program or of a
    /// newer version of this crate; it has several names (hard links); or an order cannot be
    /// [declared](SqliteOptions::with_order). The file is not changed. [`SqliteStore`] lists the
    /// kinds. Each error names the path.
    pub fn open(self, path: impl AsRef<Path>) -> Result<SqliteStore, StoreError> {
        let database = Database::open_file(path.as_ref(), Create::IfMissing, &self)?;
        Ok(SqliteStore::new(database, self))
    }

    /// Opens an empty store in memory. Its units are lost when it is dropped. It has one
    /// connection, so listings and writes wait for each other.
    ///
    /// # Errors
    /// An order cannot be [declared](SqliteOptions::with_order).
    pub fn open_in_memory(self) -> Result<SqliteStore, StoreError> {
        let database = Database::open_in_memory(&self)?;
        Ok(SqliteStore::new(database, self))
    }
}

/// Units in one SQLite file.
///
/// Its answers are equal to the answers of the reference over a slice. They come from indexes
/// that every write updates. Of several documents with one `_id` the store has the last; it does not
/// have documents that are not units ([`Unit::is_unit`]). Page and total are read in one
/// transaction. The [crate's documentation](crate) says what each query costs.
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
/// All methods take `&self`, and the store is `Send` and `Sync`. Several listings and one
/// write run at the same time; further writes wait. Several processes may have the same file
/// open.
///
/// # Errors
///
/// A host decides by the kind of a [`StoreError`]. The source of the error says what was
/// wrong and in which file. It is a `rusqlite::Error` if SQLite itself reported it. After
/// `Timeout` and `Unavailable`, and only then, the same call may succeed later.
///
/// | kind | when |
/// |---|---|
/// | `InvalidQuery` | two fields of the sort order hold arrays in a match (SPEC §2, Sort) |
/// | `Unsupported` | a bound of this crate, which the source names |
/// | `Timeout` | no connection or lock within the time of [`SqliteOptions::with_timeout`] |
/// | `Unavailable` | the file cannot be opened because too many files are open |
/// | `Corrupt` | the file, or a document in it, is damaged |
/// | `Failed` | anything else: no such directory, no permission, a file that is not a database, that is of another program or of a newer version, or that was replaced while it was open, a full disk |
#[derive(Debug)]
#[doc(alias("database", "connection"))]
pub struct SqliteStore {
    database: Database,
    options: SqliteOptions,
}

impl SqliteStore {
    /// The longest document, in bytes of its extended JSON: 32 MiB.
    pub const MAX_DOCUMENT_BYTES: usize = MAX_DOCUMENT_BYTES;

    /// Opens the store in this file with the defaults of [`SqliteOptions`].
    ///
    /// # Errors
    /// See [`SqliteOptions::open`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        SqliteOptions::new().open(path)
    }

    fn new(database: Database, options: SqliteOptions) -> Self {
        Self { database, options }
    }

    /// If another file has taken the place of the file of this store: the store in that file,
    /// with the same options. `None` if the path leads to the same file, or to none. This store
    /// still has the old file open, and can only list it.
    ///
    /// ```
    /// use livechat_units_sqlite::SqliteStore;
    ///
    /// let directory = tempfile::tempdir()?;
    /// let store = SqliteStore::open(directory.path().join("units.db"))?;
    /// assert!(store.reopen_if_replaced()?.is_none());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As of [`SqliteOptions::open`]. An empty file is refused, because it may still be copied.
    /// The new file is also refused if the log of the old one is beside it, because SQLite would
    /// read it into the new file. Close the old file everywhere else, and delete the log.
    pub fn reopen_if_replaced(&self) -> Result<Option<Self>, StoreError> {
        let database = self.database.replacement(&self.options)?;
        Ok(database.map(|database| Self::new(database, self.options.clone())))
    }

    /// Adds a unit, or replaces the one with the same `_id`. A document that is not a unit
    /// removes the unit with its `_id`. A write that has returned survives what
    /// [`SqliteOptions::with_durability`] promises.
    ///
    /// Cost: a search in each index, and one wait for the disk. For many units
    /// [`upsert_all`](Self::upsert_all) is cheaper.
    #[doc(alias("insert", "put", "save"))]
    pub fn upsert(&self, unit: &Unit) -> Result<Written, StoreError> {
        self.database
            .write(UPSERT, |transaction| write::upsert_all(transaction, [unit]))
    }

    /// Calls [`upsert`](Self::upsert) for each of the units, in one transaction. If it fails,
    /// nothing is changed.
    pub fn upsert_all<'a>(
        &self,
        units: impl IntoIterator<Item = &'a Unit>,
    ) -> Result<Written, StoreError> {
        self.database.write(UPSERT_ALL, |transaction| {
            write::upsert_all(transaction, units)
        })
    }

    /// Removes the unit with this `_id`. Returns whether there was one.
    #[doc(alias = "delete")]
    pub fn remove(&self, id: &str) -> Result<bool, StoreError> {
        self.database
            .write(REMOVE, |transaction| write::remove(transaction, id))
    }

    /// Replaces all units, in one transaction. Until it returns, listings show the old units;
    /// if it fails, the old units remain.
    ///
    /// The units are written one by one as the iterator yields them, and need not fit into
    /// memory. The indexes are made at the end, which is faster than as many upserts. Other
    /// writes wait meanwhile, so the iterator must not write to this store.
    ///
    /// Of several documents with one `_id` the last one counts. If it is not a unit, the
    /// store has none with this `_id`. The units that were in the store before are not counted as
    /// replaced.
    #[doc(alias("load", "import"))]
    pub fn replace_all(
        &self,
        units: impl IntoIterator<Item = Unit>,
    ) -> Result<Written, StoreError> {
        self.database.write_unchecked(REPLACE_ALL, |transaction| {
            write::replace_all(transaction, units)
        })
    }

    /// Rebuilds everything from the documents: the indexes, the names and the total. This
    /// repairs the store after another program has written to the file. Each document is
    /// verified. A damaged one is an error, and then nothing is changed.
    ///
    /// The store rebuilds itself when it finds a wrong total: when it is opened, before a
    /// write, and in a listing. It does not notice that another program has changed a name or
    /// a sort key.
    ///
    /// Cost: that of [`replace_all`](Self::replace_all). Listings are answered meanwhile.
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
    #[doc(alias("reindex", "repair"))]
    pub fn rebuild(&self) -> Result<(), StoreError> {
        self.database.rebuild()
    }

    /// The unit with this `_id`.
    #[doc(alias = "find")]
    pub fn get(&self, id: &str) -> Result<Option<Unit>, StoreError> {
        self.database
            .read(GET, |connection| query::get(connection, id))
    }

    /// What has changed since `seen`: the state of the store when an earlier call has returned
    /// this revision. Without a revision, all units.
    ///
    /// Whoever applies the changes to the units of the earlier state has exactly the units of
    /// the new one. Both are states that the file really had, and the new one contains every
    /// write that was committed before the call, by any process.
    ///
    /// If the store cannot say what has changed, it returns all units: after
    /// [`replace_all`](Self::replace_all), after the indexes were rebuilt, after a change of the
    /// schema (also by `VACUUM`), after more than some 30,000 changes, and if `seen` is of
    /// another store.
    ///
    /// Cost: if nothing was written since then, a few numbers are read, in some microseconds.
    /// Otherwise a search for each changed unit. The store has one connection for these calls,
    /// so they wait for each other.
    ///
    /// ```
    /// use livechat_units::Unit;
    /// use livechat_units_sqlite::{ChangedUnits, SqliteStore};
    ///
    /// let directory = tempfile::tempdir()?;
    /// let store = SqliteStore::open(directory.path().join("units.db"))?;
    /// let first = store.changes_since(None)?;
    /// assert!(matches!(first.units, ChangedUnits::All(units) if units.is_empty()));
    ///
    /// store.upsert(&Unit::builder("uA").name("Sales").build()?)?;
    /// let ChangedUnits::Some(units) = store.changes_since(Some(&first.revision))?.units else {
    ///     return Err("all units were read".into());
    /// };
    /// let [(id, Some(unit))] = &units[..] else {
    ///     return Err("another unit has changed".into());
    /// };
    /// assert_eq!((id.as_str(), unit.name()), ("uA", Some("Sales")));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As for a listing. If the file was renamed, deleted or replaced, this fails too: the store
    /// must be opened again.
    #[doc(alias("follow", "replicate", "watch"))]
    pub fn changes_since(&self, seen: Option<&Revision>) -> Result<Changes, StoreError> {
        self.database.follow(FOLLOW, |connection, number| {
            changes::since(connection, number, seen)
        })
    }

    /// The number of units. Cost: one number is read.
    #[doc(alias("count", "total"))]
    pub fn len(&self) -> Result<u64, StoreError> {
        self.database.read(COUNT, total::read)
    }

    /// Whether there are no units.
    pub fn is_empty(&self) -> Result<bool, StoreError> {
        Ok(self.len()? == 0)
    }
}

impl UnitStore for SqliteStore {
    fn list(&self, query: &UnitQuery) -> Result<UnitPage, StoreError> {
        self.database.read(LIST, |connection| {
            let lister = Lister {
                connection,
                orders: self.database.orders(),
                max_sorted: self.options.max_sorted,
            };
            lister.list(query)
        })
    }
}
