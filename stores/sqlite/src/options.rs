//! How a store is opened.

use std::time::Duration;

use livechat_units::SortSpec;

/// How a [`SqliteStore`](crate::SqliteStore) is opened.
///
/// ```
/// use std::time::Duration;
/// use livechat_units::SortSpec;
/// use livechat_units_sqlite::SqliteOptions;
///
/// let directory = tempfile::tempdir()?;
/// let store = SqliteOptions::new()
///     .with_order(r#"{"visibility":1,"numMonitors":-1,"name":1}"#.parse::<SortSpec>()?)
///     .with_timeout(Duration::from_secs(1))
///     .open(directory.path().join("units.db"))?;
/// assert!(store.is_empty()?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[doc(alias("config", "settings"))]
#[must_use]
pub struct SqliteOptions {
    pub(crate) readers: usize,
    pub(crate) timeout: Duration,
    pub(crate) durability: Durability,
    pub(crate) cache_bytes: u32,
    pub(crate) max_sorted: u64,
    pub(crate) orders: Vec<SortSpec>,
}

/// What an acknowledged write survives.
///
/// ```
/// use livechat_units::Unit;
/// use livechat_units_sqlite::{Durability, SqliteOptions};
///
/// # let directory = tempfile::tempdir()?;
/// # let file = directory.path().join("units.db");
/// // A copy of data that another system has, and sends again after a loss of power:
/// let store = SqliteOptions::new().with_durability(Durability::ProcessCrash).open(&file)?;
/// store.upsert(&Unit::builder("uA").name("Sales").build()?)?;
/// assert_eq!(store.len()?, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[doc(alias("synchronous", "fsync"))]
#[non_exhaustive]
pub enum Durability {
    /// The end of the process and a loss of power. Every write waits for the disk
    /// (`PRAGMA synchronous = FULL`).
    PowerLoss,
    /// The end of the process. A loss of power may lose the last writes, but does not damage
    /// the database (`PRAGMA synchronous = NORMAL`).
    ProcessCrash,
}

impl SqliteOptions {
    /// The largest number of declared orders in a file.
    pub const MAX_ORDERS: usize = 16;
    /// The longest time to wait for a lock or a connection: a day.
    pub const MAX_TIMEOUT: Duration = Duration::from_secs(24 * 60 * 60);
    /// The largest number of connections that read.
    pub const MAX_READERS: usize = 1_024;

    /// The default options. The documentation of each method contains its default.
    pub fn new() -> Self {
        Self {
            readers: 4,
            timeout: Duration::from_secs(5),
            durability: Durability::PowerLoss,
            cache_bytes: 64 << 20,
            max_sorted: 100_000,
            orders: Vec::new(),
        }
    }

    /// The number of listings that run at the same time, each on its own connection. Further
    /// listings wait. Default: 4. Smallest value: 1. Largest value:
    /// [`SqliteOptions::MAX_READERS`].
    #[doc(alias("pool", "max_connections"))]
    pub fn with_readers(mut self, readers: usize) -> Self {
        self.readers = readers.clamp(1, Self::MAX_READERS);
        self
    }

    /// The time that a call waits for a connection, and then for a lock of another process.
    /// After that time the call fails with
    /// [`StoreErrorKind::Timeout`](livechat_units::StoreErrorKind::Timeout). Default: 5
    /// seconds. Largest value: [`SqliteOptions::MAX_TIMEOUT`].
    #[doc(alias = "busy_timeout")]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout.min(Self::MAX_TIMEOUT);
        self
    }

    /// What an acknowledged write survives. Default: [`Durability::PowerLoss`].
    pub fn with_durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// The largest part of the file that each connection holds in memory, in bytes.
    /// Default: 64 MiB. The five connections of the default (four that read and one that
    /// writes) hold at most 320 MiB. [`changes_since`](crate::SqliteStore::changes_since) uses
    /// one more.
    #[doc(alias = "cache_size")]
    pub fn with_cache_bytes(mut self, bytes: u32) -> Self {
        self.cache_bytes = bytes;
        self
    }

    /// The largest number of matches that the store sorts in memory. It does that if the sort
    /// has a field or path that is not documented, because there is no index for it. Each
    /// match is then in memory as a [`Unit`](livechat_units::Unit). A listing with more
    /// matches fails with
    /// [`StoreErrorKind::Unsupported`](livechat_units::StoreErrorKind::Unsupported).
    /// Default: 100,000.
    ///
    /// ```
    /// use std::error::Error;
    /// use livechat_units::{SortSpec, StoreErrorKind, Unit, UnitQuery, UnitStore};
    /// use livechat_units_sqlite::SqliteOptions;
    ///
    /// let store = SqliteOptions::new().with_max_sorted(1).open_in_memory()?;
    /// store.upsert_all(&[Unit::builder("uA").build()?, Unit::builder("uB").build()?])?;
    ///
    /// let by_rank: SortSpec = r#"{"rank":1}"#.parse()?;
    /// let error = store.list(&UnitQuery::default().with_sort(by_rank)).unwrap_err();
    /// assert_eq!(error.kind(), StoreErrorKind::Unsupported);
    /// assert_eq!(
    ///     error.source().map(ToString::to_string).as_deref(),
    ///     Some("expected at most 1 matches for a sort by \"rank\", which has no index, found 2")
    /// );
    /// # Ok::<(), Box<dyn Error>>(())
    /// ```
    pub fn with_max_sorted(mut self, matches: u64) -> Self {
        self.max_sorted = matches;
        self
    }

    /// Declares this sort order of several documented fields: the file has an index for it.
    /// The index is made when the store is opened, and it remains in the file when the file
    /// is opened without this option. It does not serve the reversed order.
    ///
    /// [`open`](Self::open) fails with
    /// [`StoreErrorKind::Unsupported`](livechat_units::StoreErrorKind::Unsupported) if a
    /// field is not a documented one, or if the file would have more than
    /// [`SqliteOptions::MAX_ORDERS`] declared orders.
    #[doc(alias = "index")]
    pub fn with_order(mut self, order: SortSpec) -> Self {
        self.orders.push(order);
        self
    }
}

/// See [`SqliteOptions::new`].
impl Default for SqliteOptions {
    fn default() -> Self {
        Self::new()
    }
}
