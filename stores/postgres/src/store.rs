//! The store and what can be done with it.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use deadpool_postgres::{Pool, Transaction};
use livechat_units::{StoreError, StoreErrorKind, Unit, UnitPage, UnitQuery};
use tokio_postgres::config::Config;
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};
use tokio_postgres::{NoTls, Socket};

use crate::connector::Connector;
use crate::error::{MIGRATE, Problem};
use crate::layout::Layout;
use crate::limits;
use crate::list::Hints;
use crate::options::PostgresOptions;
use crate::order::Order;
use crate::row::{Orders, Row};
use crate::schema::{self, Place, Tables};
use crate::transaction::{self, Access, Work};
use crate::{instant, list, shards, write};

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
/// A host goes by the kind of a [`StoreError`]. Its source says in words what was wrong, and
/// is a `tokio_postgres::Error` where the driver or a server reported it:
///
/// | kind | when |
/// |---|---|
/// | `InvalidQuery` | two fields of the order hold arrays in a match (SPEC §2, Sort) |
/// | `Unsupported` | a bound of this crate, or what PostgreSQL cannot keep, which the source names |
/// | `Timeout` | a limit of [`PostgresOptions`] has passed |
/// | `Unavailable` | a server cannot be reached, or has gone away twice in a row |
/// | `Corrupt` | somebody else has written a document that is none, or under another `_id` |
/// | `Failed` | anything else: a privilege that is missing, a database or a schema that is not as it has to be |
#[derive(Clone)]
pub struct PostgresStore {
    inner: Arc<Inner>,
}

struct Inner {
    options: PostgresOptions,
    connector: Connector,
    pool: Pool,
    orders: Orders,
    /// Known from the first use on; a schema keeps its layout.
    tables: OnceLock<Tables>,
    /// Whether irregular units were there when they were last looked for. Only a guess
    /// for the next query, which finds out itself.
    irregular: AtomicBool,
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
            pool: connector.pool(options.config.clone(), &options)?,
            orders: Orders::new().map_err(failed)?,
            tables: OnceLock::new(),
            irregular: AtomicBool::new(false),
            options,
            connector,
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// Makes the tables that are not there yet, on every server of the layout. Several
    /// hosts may do so at once, and again at every start.
    ///
    /// # Errors
    /// * [`StoreErrorKind::Unsupported`]: an order cannot be [kept](Layout::with_order).
    /// * [`StoreErrorKind::Failed`]: the schema has another layout, or a newer version of this
    ///   crate made it, and it is left as it is; the database cannot hold units, as its
    ///   encoding has to be UTF8 and its `lc_ctype` one of UTF-8; or the layout has too few
    ///   servers or too many, or one without a host, a database or a user.
    ///
    /// Others as of [`PostgresStore`].
    pub async fn migrate(&self, layout: &Layout) -> Result<(), StoreError> {
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
        };
        for shard in layout.servers() {
            let pool = inner.connector.pool(shard.clone(), &inner.options)?;
            transaction::run(&pool, &inner.options, &migrate).await?;
        }
        migrate.place = layout.place();
        migrate.servers = layout.servers();
        inner.run(migrate).await
    }

    /// The page of matches that `query` asks for, and how many matches there are: what
    /// the slice of all units would answer. Page and total are of one snapshot.
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
    async fn tables(
        &self,
        transaction: &Transaction<'_>,
        operation: &'static str,
    ) -> Result<&Tables, StoreError> {
        if let Some(tables) = self.tables.get() {
            return Ok(tables);
        }
        let schema = self.options.schema.as_str();
        let Some(place) = schema::place(transaction, schema, operation).await? else {
            let schema = schema.to_owned();
            return Err(Problem::NotMigrated { schema }.during(operation));
        };
        Ok(self.tables.get_or_init(|| Tables::new(schema, place)))
    }

    fn hints(&self) -> Hints {
        Hints {
            irregular: self.irregular.load(Ordering::Relaxed),
            max_sorted: self.options.max_sorted,
        }
    }

    async fn run<W: Work>(&self, work: W) -> Result<W::Done, StoreError> {
        transaction::run(&self.pool, &self.options, &work).await
    }
}

struct Migrate<'a> {
    schema: &'a str,
    place: Place,
    orders: &'a [Order],
    servers: &'a [Config],
    connect_timeout: Duration,
}

impl Work for Migrate<'_> {
    const OPERATION: &'static str = MIGRATE;
    const ACCESS: Access = Access::Bulk;
    type Done = ();

    async fn run(&self, transaction: &Transaction<'_>) -> Result<(), StoreError> {
        schema::migrate(transaction, self.schema, self.place, self.orders).await?;
        shards::attach(transaction, self.schema, self.servers, self.connect_timeout).await
    }
}

struct List<'a>(&'a Inner, &'a UnitQuery);

impl Work for List<'_> {
    const OPERATION: &'static str = list::OPERATION;
    const ACCESS: Access = Access::Read;
    type Done = UnitPage;

    async fn run(&self, transaction: &Transaction<'_>) -> Result<UnitPage, StoreError> {
        let Self(inner, query) = *self;
        let tables = inner.tables(transaction, Self::OPERATION).await?;
        let hints = inner.hints();
        let (page, irregular) = list::list(transaction, tables, query, hints).await?;
        inner.irregular.store(irregular, Ordering::Relaxed);
        Ok(page)
    }
}

struct Explain<'a>(&'a Inner, &'a UnitQuery);

impl Work for Explain<'_> {
    const OPERATION: &'static str = list::OPERATION;
    const ACCESS: Access = Access::Read;
    type Done = Vec<String>;

    async fn run(&self, transaction: &Transaction<'_>) -> Result<Vec<String>, StoreError> {
        let tables = self.0.tables(transaction, Self::OPERATION).await?;
        list::explain(transaction, tables, self.1, self.0.hints()).await
    }
}

struct Get<'a>(&'a Inner, &'a str);

impl Work for Get<'_> {
    const OPERATION: &'static str = list::GET;
    const ACCESS: Access = Access::Read;
    type Done = Option<Unit>;

    async fn run(&self, transaction: &Transaction<'_>) -> Result<Option<Unit>, StoreError> {
        let tables = self.0.tables(transaction, Self::OPERATION).await?;
        list::get(transaction, tables, self.1).await
    }
}

struct Upsert<'a>(&'a Inner, Row);

impl Work for Upsert<'_> {
    const OPERATION: &'static str = write::UPSERT;
    const ACCESS: Access = Access::Write;
    type Done = ();

    async fn run(&self, transaction: &Transaction<'_>) -> Result<(), StoreError> {
        let tables = self.0.tables(transaction, Self::OPERATION).await?;
        write::upsert(transaction, tables, &self.1).await?;
        instant::end(transaction, tables, Self::OPERATION).await
    }
}

struct Remove<'a>(&'a Inner, &'a str);

impl Work for Remove<'_> {
    const OPERATION: &'static str = write::REMOVE;
    const ACCESS: Access = Access::Write;
    type Done = bool;

    async fn run(&self, transaction: &Transaction<'_>) -> Result<bool, StoreError> {
        let tables = self.0.tables(transaction, Self::OPERATION).await?;
        let was_there = write::remove(transaction, tables, self.1).await?;
        instant::end(transaction, tables, Self::OPERATION).await?;
        Ok(was_there)
    }
}

struct ReplaceAll<'a>(&'a Inner, Vec<Row>);

impl Work for ReplaceAll<'_> {
    const OPERATION: &'static str = write::REPLACE;
    const ACCESS: Access = Access::Bulk;
    type Done = ();

    async fn run(&self, transaction: &Transaction<'_>) -> Result<(), StoreError> {
        let tables = self.0.tables(transaction, Self::OPERATION).await?;
        write::replace_all(transaction, tables, &self.1).await?;
        instant::end(transaction, tables, Self::OPERATION).await
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
