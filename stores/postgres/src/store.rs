//! The public face: what a host can do with a store.

use std::fmt;
use std::sync::Arc;

use livechat_units::{StoreError, Unit, UnitPage, UnitQuery, Written};
use tokio_postgres::config::Config;
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};
use tokio_postgres::{NoTls, Socket};

use crate::changes::{Changes, FindTables, Hints, Poll, Polled, Revision};
use crate::connection::{self, Connector, Operation, Server};
use crate::error::{Problem, operation};
use crate::options::PostgresOptions;
use crate::query::{CheckTotal, Explain, Get, List, Observed};
use crate::row::{self, Row};
use crate::schema::{Distribution, KnownTables, Layout, Migrate, Recount, TotalCheck};
use crate::write::{self, Remove, ReplaceAll, Upsert};

impl PostgresOptions {
    /// The store, without TLS. It connects when it is first used, and then fails if the
    /// configuration has `sslmode=require`.
    ///
    /// # Errors
    /// If the name of the schema is not allowed.
    pub fn build(self) -> Result<PostgresStore, StoreError> {
        self.build_with_tls(NoTls)
    }

    /// The store, with the TLS that the host has chosen. It connects when it is first used.
    ///
    /// Without `sslmode=require` in the configuration, the connection is not encrypted if the
    /// server, or an attacker that answers in its place, offers no TLS.
    ///
    /// # Errors
    /// If the name of the schema is not allowed.
    pub fn build_with_tls<T>(self, tls: T) -> Result<PostgresStore, StoreError>
    where
        T: MakeTlsConnect<Socket> + Clone + Send + Sync + 'static,
        T::Stream: Send + Sync,
        T::TlsConnect: Send + Sync,
        <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
    {
        let checked = self.check_schema();
        checked.map_err(|problem| problem.during(operation::OPEN))?;
        PostgresStore::with_connector(self, Connector::new(tls))
    }
}

/// Units in PostgreSQL; see the documentation of the crate.
///
/// A clone is another handle of the same store. The async methods need a runtime of tokio.
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
/// A host decides by the kind of a [`StoreError`]. The source describes the problem, with the
/// host and the port of the server. If the driver or a server reported it, the source is a
/// [`ServerError`](crate::ServerError).
///
/// | kind | when |
/// |---|---|
/// | `InvalidQuery` | two fields of the sort order hold arrays in a match (SPEC §2, Sort) |
/// | `Unsupported` | a bound of this crate, or a document that PostgreSQL cannot store; the source names it |
/// | `Timeout` | a limit of [`PostgresOptions`] has passed |
/// | `Unavailable` | a server cannot be reached, or the connection was lost twice in a row |
/// | `Corrupt` | another program has written a document that is not a unit, or a unit under a wrong `_id` |
/// | `Failed` | anything else: a missing privilege, a write to a standby, an unsuitable database or schema |
#[derive(Clone)]
pub struct PostgresStore {
    inner: Arc<Inner>,
}

struct Inner {
    options: PostgresOptions,
    connector: Connector,
    server: Server,
    tables: KnownTables,
    observed: Observed,
}

impl PostgresStore {
    /// The longest `_id`, in bytes.
    pub const MAX_ID_BYTES: usize = row::MAX_ID_BYTES;

    /// The longest document, in bytes of [`Unit::to_extended_json`].
    pub const MAX_DOCUMENT_BYTES: usize = row::MAX_DOCUMENT_BYTES;

    /// The store on the server of `config`, without TLS, with the defaults of
    /// [`PostgresOptions`]. It connects when it is first used.
    ///
    /// # Errors
    /// None, with any configuration.
    pub fn new(config: Config) -> Result<Self, StoreError> {
        PostgresOptions::new(config).build()
    }

    fn with_connector(options: PostgresOptions, connector: Connector) -> Result<Self, StoreError> {
        let server = connector.server(options.config.clone(), &options);
        let inner = Inner {
            server: server.map_err(|problem| problem.during(operation::OPEN))?,
            tables: KnownTables::new(options.schema.clone()),
            observed: Observed::default(),
            options,
            connector,
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// Creates the missing tables and indexes, on every server of the layout, and upgrades
    /// those of an older version of this crate. Several hosts may call it at once, and again
    /// at every start.
    ///
    /// It counts all units, and repairs the stored total if it differs or is not used, as
    /// after a restore. Writers wait only during the repair. Lists and writes also work before
    /// an upgrade, on the tables as they are.
    ///
    /// A standby cannot be changed. There `migrate` succeeds if nothing is missing, and does
    /// not check the total.
    ///
    /// # Errors
    /// * [`StoreErrorKind::Unsupported`]: a sort order cannot be
    ///   [declared](Layout::with_order).
    /// * [`StoreErrorKind::Failed`]: the schema has another layout, or a newer version of this
    ///   crate has created it; the database does not have the encoding UTF8 or an `lc_ctype`
    ///   of UTF-8; the server is a standby whose primary must be migrated; or the layout has
    ///   too few or too many shards, or one without a host, a database or a user. Nothing is
    ///   changed then.
    ///
    /// Others as of [`PostgresStore`].
    ///
    /// [`StoreErrorKind::Unsupported`]: livechat_units::StoreErrorKind::Unsupported
    /// [`StoreErrorKind::Failed`]: livechat_units::StoreErrorKind::Failed
    pub async fn migrate(&self, layout: &Layout) -> Result<(), StoreError> {
        self.migrate_with(layout, Recount::IfWrong).await
    }

    /// Does the same as [`migrate`](Self::migrate), and counts the units again on every server
    /// of the layout, also if the stored total is right. Writers wait meanwhile.
    ///
    /// # Errors
    /// As [`migrate`](Self::migrate).
    pub async fn repair_total(&self, layout: &Layout) -> Result<(), StoreError> {
        self.migrate_with(layout, Recount::Always).await
    }

    /// Returns the stored total, and the number of units in the same snapshot. It reads one
    /// index entry for every unit. If the stored total is wrong, the lists of this store count
    /// until it is right again: [`migrate`](Self::migrate) repairs it.
    ///
    /// # Errors
    /// See [`PostgresStore`].
    pub async fn check_total(&self) -> Result<TotalCheck, StoreError> {
        let Inner {
            tables, observed, ..
        } = &*self.inner;
        self.run(CheckTotal { tables, observed }).await
    }

    async fn migrate_with(&self, layout: &Layout, recount: Recount) -> Result<(), StoreError> {
        let inner = &*self.inner;
        let options = &inner.options;
        let failed = |problem: Problem| problem.during(operation::MIGRATE);
        let orders = layout.orders().map_err(failed)?;
        layout.check().map_err(failed)?;
        let mut migrate = Migrate {
            schema: &options.schema,
            distribution: Distribution::OneTable,
            orders: &orders,
            shards: &[],
            connect_timeout: options.connect_timeout,
            recount,
        };
        for shard in layout.shard_configs() {
            let server = inner.connector.server(shard.clone(), options);
            let server = server.map_err(failed)?;
            migrate.run_on(&server, options).await?;
        }
        migrate.distribution = layout.distribution();
        migrate.shards = layout.shard_configs();
        migrate.run_on(&inner.server, options).await?;
        inner.observed.total_is_repaired();
        Ok(())
    }

    /// Lists the page of matches that `query` asks for, with the total: the answer that the
    /// slice of all units would give. Page and total are of one snapshot.
    ///
    /// Without a text and a scope the total is the stored number. If the page shows that it is
    /// wrong, the units are counted in the same snapshot, and in every such list of this store
    /// until the stored number is right again. An unlimited page and the last page show it; a
    /// page past the end shows a number that is too large.
    ///
    /// # Errors
    /// See [`PostgresStore`].
    pub async fn list(&self, query: &UnitQuery) -> Result<UnitPage, StoreError> {
        self.run(self.to_list(query)).await
    }

    /// Explains how the server answers `query`: the plan of each statement, as JSON, from
    /// PostgreSQL's `EXPLAIN (ANALYZE, VERBOSE)`. It executes the query.
    ///
    /// # Errors
    /// See [`PostgresStore`].
    pub async fn explain(&self, query: &UnitQuery) -> Result<Vec<String>, StoreError> {
        self.run(Explain(self.to_list(query))).await
    }

    /// Gets the unit with this `_id`.
    ///
    /// # Errors
    /// See [`PostgresStore`].
    pub async fn get(&self, id: &str) -> Result<Option<Unit>, StoreError> {
        if id.contains('\0') {
            return Ok(None);
        }
        let tables = &self.inner.tables;
        self.run(Get { tables, id }).await
    }

    /// Adds a unit, or replaces the one with the same `_id`. A document that is not a unit
    /// ([`Unit::is_unit`]) removes the unit with its `_id`. Of several writes to the same unit
    /// the last one counts.
    ///
    /// # Errors
    /// `Unsupported` for a document that PostgreSQL cannot store: one that contains U+0000,
    /// is longer than [`PostgresStore::MAX_DOCUMENT_BYTES`], or has an `_id` longer than
    /// [`PostgresStore::MAX_ID_BYTES`]. Others as of [`PostgresStore`]. After an error of kind
    /// `Unavailable` or `Timeout` the write may have been applied.
    pub async fn upsert(&self, unit: &Unit) -> Result<Written, StoreError> {
        let existed = if unit.is_unit() {
            let row = Row::new(unit).map_err(|problem| problem.during(operation::UPSERT))?;
            let tables = &self.inner.tables;
            self.run(Upsert { tables, row }).await?
        } else {
            self.remove(unit.id()).await?
        };
        let mut written = Written::default();
        written.count(unit);
        written.count_replaced(usize::from(existed));
        Ok(written)
    }

    /// Removes a unit. Returns whether it existed.
    ///
    /// # Errors
    /// As of [`PostgresStore`]. After an error of kind `Unavailable` or `Timeout` the unit may
    /// have been removed.
    pub async fn remove(&self, id: &str) -> Result<bool, StoreError> {
        if id.contains('\0') {
            return Ok(false);
        }
        let tables = &self.inner.tables;
        self.run(Remove { tables, id }).await
    }

    /// Replaces all units in one step: every list has all old units or all new ones. Of
    /// documents with the same `_id` the last one counts, and none if it is not a unit. The
    /// units are in memory until they are written. Other writers wait. The units that were in the
    /// store before are not counted as replaced.
    ///
    /// # Errors
    /// As [`upsert`](Self::upsert). Then nothing is replaced, unless the error is of kind
    /// `Unavailable` or `Timeout`.
    pub async fn replace_all(
        &self,
        units: impl IntoIterator<Item = Unit>,
    ) -> Result<Written, StoreError> {
        let rows = write::rows(units);
        let (rows, written) = rows.map_err(|problem| problem.during(operation::REPLACE_ALL))?;
        let tables = &self.inner.tables;
        self.run(ReplaceAll { tables, rows }).await?;
        Ok(written)
    }

    /// Reads what has changed since `seen`, a revision that an earlier call has returned. The
    /// new state is one that the store really had, and has everything that was committed before
    /// this call. Without `seen` it returns all units.
    ///
    /// It costs what has changed, and a few statements. It reads all units, each time, if the
    /// layout is not [`Layout::one_server`], or if the schema has a version before 3. There,
    /// as with [`list`](Self::list), the state is of one instant as far as this crate writes.
    /// It also reads all units
    ///
    /// * after a `TRUNCATE`, and after a statement that has deleted more than 10,000 units, such
    ///   as one of [`replace_all`](Self::replace_all);
    /// * if the record of deletions does not reach back to `seen`: it contains those of the last
    ///   250,000 transactions of the server;
    /// * after the server was restarted, or if another one answers;
    /// * after a restore, a migration that repairs triggers, and until then if an owner has
    ///   disabled them;
    ///
    /// Only the rights of a mirror are needed, which the documentation of the crate lists. It
    /// works through a proxy that shares connections between transactions.
    ///
    /// # Errors
    /// `Unavailable` also if a standby answers that does not yet have the state of `seen`.
    /// Others as of [`PostgresStore`].
    pub async fn changes_since(&self, seen: Option<&Revision>) -> Result<Changes, StoreError> {
        /// For a proxy that sends each transaction to another standby.
        const MAX_SERVERS: usize = 4;
        let inner = &*self.inner;
        let tables = match inner.tables.remembered() {
            Some(tables) => tables,
            None => self.run(FindTables(&inner.tables)).await?,
        };
        let mut reached = None;
        for _ in 0..MAX_SERVERS {
            let tables = &tables;
            let poll = Poll {
                tables,
                seen,
                reached,
            };
            match self.run(poll).await? {
                Polled::Changes(changes) => return Ok(changes),
                Polled::Other(standby) => reached = Some(standby),
            }
        }
        Err(Problem::ManyServers.at(&inner.server.address, operation::CHANGES))
    }

    /// Listens for notifications of changes, on a connection of its own, which is not one of
    /// the pool. No right is needed.
    ///
    /// They reduce the delay of [`changes_since`](Self::changes_since), and replace no call of
    /// it. A change comes without one if another transaction with a notification is open, if
    /// `max_prepared_transactions` is not 0, if it was replicated, or if the layout is not
    /// [`Layout::one_server`].
    ///
    /// # Errors
    /// If the connection cannot be opened; on a standby, `Failed`.
    pub async fn listen(&self) -> Result<Hints, StoreError> {
        let inner = &*self.inner;
        Hints::listen(&inner.connector, &inner.options).await
    }

    fn to_list<'a>(&'a self, query: &'a UnitQuery) -> List<'a> {
        List {
            tables: &self.inner.tables,
            observed: &self.inner.observed,
            query,
            max_sorted: self.inner.options.max_sorted,
        }
    }

    async fn run<O: Operation>(&self, operation: O) -> Result<O::Output, StoreError> {
        connection::run(&self.inner.server, &self.inner.options, &operation).await
    }
}

/// Shows the server and the options, and no unit.
impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStore")
            .field("options", &self.inner.options)
            .finish_non_exhaustive()
    }
}
