//! The store and what can be done with it.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use deadpool_postgres::Transaction;
use livechat_units::{StoreError, StoreErrorKind, Unit, UnitPage, UnitQuery};
use tokio_postgres::config::Config;
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};
use tokio_postgres::{NoTls, Socket};

use crate::connector::{Connector, Server};
use crate::error::Problem;
use crate::layout::Layout;
use crate::limits;
use crate::list::Hints;
use crate::migrate::{Migrate, Recount};
use crate::operations::{CheckTotal, Explain, Get, List, Remove, ReplaceAll, Upsert};
use crate::options::PostgresOptions;
use crate::row::Orders;
use crate::schema::{self, Lock, Place, Tables};
use crate::totals::TotalCheck;
use crate::transaction::{self, Work};
use crate::{meta, shards, write};

impl PostgresOptions {
    /// The store, without TLS. Connects when it is first used, and fails then if the
    /// configuration has `sslmode=require`.
    ///
    /// # Errors
    /// When the schema has a name that is not allowed.
    pub fn build(self) -> Result<PostgresStore, StoreError> {
        self.build_with_tls(NoTls)
    }

    /// The store, with the host's TLS. Connects when it is first used.
    ///
    /// A configuration without `sslmode=require` gets a connection that is not encrypted
    /// from a server that offers no TLS, or from whoever answers in its place.
    ///
    /// # Errors
    /// When the schema has a name that is not allowed.
    pub fn build_with_tls<T>(self, tls: T) -> Result<PostgresStore, StoreError>
    where
        T: MakeTlsConnect<Socket> + Clone + Send + Sync + 'static,
        T::Stream: Send + Sync,
        T::TlsConnect: Send + Sync,
        <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
    {
        self.check_schema()?;
        PostgresStore::with_connector(self, Connector::new(tls))
    }
}

/// Units in PostgreSQL; see the documentation of the crate.
///
/// A clone is another handle of the same store. What is async runs on tokio.
///
/// ```no_run
/// use livechat_units::{Unit, UnitQuery};
/// use livechat_units_postgres::{Layout, PostgresStore};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let store = PostgresStore::new("host=localhost user=chat dbname=chat".parse()?)?;
/// store.migrate(&Layout::one_server()).await?; // at every start
/// store.replace_all([Unit::builder("uA").name("Sales").build()?]).await?;
/// store.upsert(&Unit::builder("uB").name("Support").build()?).await?;
///
/// let query = UnitQuery::default();
/// assert_eq!(store.list(&query).await?.total(), 2);
/// for plan in store.explain(&query).await? {
///     println!("{plan}");
/// }
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// A host goes by the kind of a [`StoreError`]. Its source says in words what was wrong, with
/// the host and the port of the server; it is a [`ServerError`](crate::ServerError) where the
/// driver or a server reported it:
///
/// | kind | when |
/// |---|---|
/// | `InvalidQuery` | two fields of the order hold arrays in a match (SPEC §2, Sort) |
/// | `Unsupported` | a bound of this crate, or what PostgreSQL cannot keep, which the source names |
/// | `Timeout` | a limit of [`PostgresOptions`] has passed |
/// | `Unavailable` | a server cannot be reached, or has gone away twice in a row |
/// | `Corrupt` | somebody else has written a document that is none, or under another `_id` |
/// | `Failed` | anything else: a privilege that is missing, a write to a standby, a database or a schema that is not as it has to be |
#[derive(Clone)]
pub struct PostgresStore {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) options: PostgresOptions,
    connector: Connector,
    server: Server,
    orders: Orders,
    /// Known from the first use on, once their version is the newest; a schema keeps its
    /// layout.
    tables: OnceLock<Arc<Tables>>,
    place: OnceLock<Place>,
    /// Whether the kept total was wrong when it was last compared. Until it is right again,
    /// every list counts.
    pub(crate) doubted: AtomicBool,
    /// Whether irregular units were there when they were last looked for. Only a guess
    /// for the next query, which finds out itself.
    pub(crate) irregular: AtomicBool,
}

impl PostgresStore {
    /// The store on the server that `config` leads to, without TLS, with the defaults of
    /// [`PostgresOptions`]. Connects when it is first used.
    ///
    /// # Errors
    /// None that a host can bring about.
    pub fn new(config: Config) -> Result<Self, StoreError> {
        PostgresOptions::new(config).build()
    }

    fn with_connector(options: PostgresOptions, connector: Connector) -> Result<Self, StoreError> {
        let failed =
            |error| StoreError::new(StoreErrorKind::Failed, "open the store").with_source(error);
        let inner = Inner {
            server: connector.server(options.config.clone(), &options)?,
            orders: Orders::new().map_err(failed)?,
            tables: OnceLock::new(),
            place: OnceLock::new(),
            doubted: AtomicBool::new(false),
            irregular: AtomicBool::new(false),
            options,
            connector,
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// Makes the tables that are not there yet, on every server of the layout, and upgrades
    /// those of an older version of this crate. Several hosts may do so at once, and again at
    /// every start.
    ///
    /// Counts all units, and repairs the kept total where it is another number or may no
    /// longer be current, as after a restore. Writers wait only while it is repaired. Lists and
    /// writes work before an upgrade too, on the tables as they are.
    ///
    /// A standby cannot be changed: there it succeeds if there is nothing to make or to
    /// upgrade, and checks no total.
    ///
    /// # Errors
    /// * [`StoreErrorKind::Unsupported`]: an order cannot be [kept](Layout::with_order).
    /// * [`StoreErrorKind::Failed`]: the schema has another layout, or a newer version of this
    ///   crate made it, and it is left as it is; the database cannot hold units, as its
    ///   encoding has to be UTF8 and its `lc_ctype` one of UTF-8; the server is a standby of
    ///   one that has to be migrated; or the layout has too few servers or too many, or one
    ///   without a host, a database or a user.
    ///
    /// Others as of [`PostgresStore`].
    pub async fn migrate(&self, layout: &Layout) -> Result<(), StoreError> {
        self.make(layout, Recount::IfWrong).await
    }

    /// What [`migrate`](Self::migrate) does, and counts the units of every server of the
    /// layout anew, also where the kept total is right. Writers wait meanwhile.
    ///
    /// # Errors
    /// As [`migrate`](Self::migrate).
    pub async fn repair_total(&self, layout: &Layout) -> Result<(), StoreError> {
        self.make(layout, Recount::Always).await
    }

    /// The kept total beside the number of units, counted in the same snapshot: reads every
    /// unit's entry in an index. After a wrong one, the lists of this store count, until the
    /// kept total is right again: [`migrate`](Self::migrate) repairs it.
    ///
    /// # Errors
    /// See [`PostgresStore`].
    pub async fn check_total(&self) -> Result<TotalCheck, StoreError> {
        self.inner.run(CheckTotal(&self.inner)).await
    }

    async fn make(&self, layout: &Layout, recount: Recount) -> Result<(), StoreError> {
        let inner = &*self.inner;
        let orders = layout.orders()?;
        layout.check()?;
        shards::check(layout.servers())?;
        let mut migrate = Migrate {
            schema: &inner.options.schema,
            place: Place::Here,
            orders: &orders,
            servers: &[],
            connect_timeout: inner.options.connect_timeout,
            recount,
        };
        for shard in layout.servers() {
            let server = inner.connector.server(shard.clone(), &inner.options)?;
            migrate.run_on(&server, &inner.options).await?;
        }
        migrate.place = layout.place();
        migrate.servers = layout.servers();
        migrate.run_on(&inner.server, &inner.options).await?;
        inner.doubted.store(false, Ordering::Relaxed);
        Ok(())
    }

    /// The page of matches that `query` asks for, and how many matches there are: what
    /// the slice of all units would answer. Page and total are of one snapshot.
    ///
    /// Without a text and a scope the total is a kept number. Where the page shows that it is
    /// wrong (an unlimited page, the last one, one behind the end of a total that is too
    /// large), the units are counted in the same snapshot, and in every such list of this store
    /// from then on, until the kept number is right again.
    ///
    /// # Errors
    /// See [`PostgresStore`].
    pub async fn list(&self, query: &UnitQuery) -> Result<UnitPage, StoreError> {
        self.inner.run(List(&self.inner, query)).await
    }

    /// How the server answers `query`: the plan of each statement, as JSON, from
    /// PostgreSQL's `EXPLAIN (ANALYZE, VERBOSE)`. Answers the query to find out.
    ///
    /// # Errors
    /// See [`PostgresStore`].
    pub async fn explain(&self, query: &UnitQuery) -> Result<Vec<String>, StoreError> {
        self.inner.run(Explain(&self.inner, query)).await
    }

    /// The unit with this `_id`.
    ///
    /// # Errors
    /// See [`PostgresStore`].
    pub async fn get(&self, id: &str) -> Result<Option<Unit>, StoreError> {
        if id.contains('\0') {
            return Ok(None);
        }
        self.inner.run(Get(&self.inner, id)).await
    }

    /// Adds a unit, or replaces the one with the same `_id`. A document that is not a
    /// unit ([`Unit::is_unit`]) takes the one with its `_id` out. Of writes to the same
    /// unit the last counts.
    ///
    /// # Errors
    /// [`StoreErrorKind::Unsupported`] for a document that PostgreSQL cannot keep: one
    /// that holds U+0000, is longer than [`PostgresStore::MAX_DOCUMENT_BYTES`], or has an
    /// `_id` longer than [`PostgresStore::MAX_ID_BYTES`]. Others as of [`PostgresStore`].
    /// After one of kind [`StoreErrorKind::Unavailable`] or [`StoreErrorKind::Timeout`]
    /// the write may have been applied.
    pub async fn upsert(&self, unit: &Unit) -> Result<(), StoreError> {
        if !unit.is_unit() {
            self.remove(unit.id()).await?;
            return Ok(());
        }
        let row = self.inner.orders.row(unit, write::UPSERT)?;
        self.inner.run(Upsert(&self.inner, row)).await
    }

    /// Takes a unit out. Whether it was there.
    ///
    /// # Errors
    /// As of [`PostgresStore`]. After one of kind [`StoreErrorKind::Unavailable`] or
    /// [`StoreErrorKind::Timeout`] the unit may be gone.
    pub async fn remove(&self, id: &str) -> Result<bool, StoreError> {
        if id.contains('\0') {
            return Ok(false);
        }
        self.inner.run(Remove(&self.inner, id)).await
    }

    /// Replaces all units at once: whoever lists sees all the old ones or all the new
    /// ones. Of documents with the same `_id` the last counts, and none if it is not a
    /// unit. The units are in memory until they are written. Other writers wait.
    ///
    /// # Errors
    /// As [`upsert`](Self::upsert). Nothing is replaced then, unless the error is of kind
    /// [`StoreErrorKind::Unavailable`] or [`StoreErrorKind::Timeout`].
    pub async fn replace_all(
        &self,
        units: impl IntoIterator<Item = Unit>,
    ) -> Result<(), StoreError> {
        let rows = write::rows(&self.inner.orders, units)?;
        self.inner.run(ReplaceAll(&self.inner, rows)).await
    }

    /// The longest `_id`, in bytes.
    pub const MAX_ID_BYTES: usize = limits::MAX_ID_BYTES;

    /// The longest document, in bytes of [`Unit::to_extended_json`].
    pub const MAX_DOCUMENT_BYTES: usize = limits::MAX_DOCUMENT_BYTES;
}

impl Inner {
    /// Where units lie.
    pub(crate) async fn tables(
        &self,
        transaction: &Transaction<'_>,
        operation: &'static str,
    ) -> Result<Arc<Tables>, StoreError> {
        if let Some(tables) = self.tables.get() {
            return Ok(Arc::clone(tables));
        }
        let schema = self.options.schema.as_str();
        let Some(found) = meta::find(transaction, schema, operation).await? else {
            let schema = schema.to_owned();
            return Err(Problem::NotMigrated { schema }.during(operation));
        };
        self.place.get_or_init(|| found.place);
        let tables = Arc::new(Tables::new(schema, found.place, found.version));
        if tables.has_view() {
            self.tables.get_or_init(|| Arc::clone(&tables));
        }
        Ok(tables)
    }

    /// Where units lie, for a transaction that writes. Until that is known for ever, the
    /// schema is locked before `meta` is read. An upgrade holds the lock of the schema, and
    /// then waits for who has read `meta`.
    pub(crate) async fn tables_to_write(
        &self,
        transaction: &Transaction<'_>,
        how: Lock,
        operation: &'static str,
    ) -> Result<Arc<Tables>, StoreError> {
        if self.tables.get().is_none() {
            let schema = self.options.schema.as_str();
            schema::lock_first(transaction, schema, how, operation).await?;
        }
        self.tables(transaction, operation).await
    }

    /// Where units lie, once that is known.
    pub(crate) fn place(&self) -> Option<Place> {
        self.place.get().copied()
    }

    pub(crate) fn hints(&self) -> Hints {
        Hints {
            irregular: self.irregular.load(Ordering::Relaxed),
            max_sorted: self.options.max_sorted,
        }
    }

    async fn run<W: Work>(&self, work: W) -> Result<W::Done, StoreError> {
        transaction::run(&self.server, &self.options, &work).await
    }
}

/// Where the store is, not what it holds.
impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStore")
            .field("options", &self.inner.options)
            .finish_non_exhaustive()
    }
}
