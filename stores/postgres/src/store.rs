//! The store and what can be done with it.

use std::error::Error as _;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use deadpool_postgres::{Object, Pool, Transaction};
use livechat_units::{StoreError, StoreErrorKind, Unit, UnitPage, UnitQuery};
use tokio_postgres::IsolationLevel;
use tokio_postgres::config::Config;

use crate::error::{self, Problem, of_driver, of_pool};
use crate::layout::Layout;
use crate::options::{Connector, Options, milliseconds};
use crate::row::Orders;
use crate::schema::{self, Place, Tables};
use crate::{list, shards, write};

/// Units in PostgreSQL; see the documentation of the crate.
///
/// A clone is another handle of the same store.
#[derive(Clone)]
pub struct PostgresStore {
    inner: Arc<Inner>,
}

struct Inner {
    options: Options,
    connector: Connector,
    pool: Pool,
    orders: Orders,
    /// Known from the first use on; a schema keeps its layout.
    tables: OnceLock<Tables>,
    /// Whether irregular units were there when they were last looked for. Only a guess
    /// for the next query, which finds out itself.
    irregular: AtomicBool,
}

/// What a transaction may do.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Access {
    Read,
    Write,
    /// With [`Options::bulk_timeout`].
    Bulk,
}

/// How far a transaction had come.
enum Failed {
    /// Nothing of it has been applied.
    Before(StoreError),
    /// It may have been applied.
    Committing(StoreError),
}

impl Failed {
    fn error(self) -> StoreError {
        match self {
            Self::Before(error) | Self::Committing(error) => error,
        }
    }
}

/// How often a write that others were in the way of is tried again.
const MOST_CONFLICTS: u32 = 32;

impl PostgresStore {
    /// The store on the server that `config` leads to, without TLS, with the defaults of
    /// [`Options`]. Connects when it is first used.
    ///
    /// # Errors
    /// None that a host can bring about.
    pub fn connect(config: Config) -> Result<Self, StoreError> {
        Options::new(config).build()
    }

    pub(crate) fn new(options: Options, connector: Connector) -> Result<Self, StoreError> {
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
    /// [`StoreErrorKind::Unsupported`] when the schema has another layout or was made by
    /// a newer version, when an order of the layout is not of documented fields, or when
    /// the database cannot hold units: its encoding has to be UTF8, and its `lc_ctype`
    /// one of UTF-8. Others as [`list`](Self::list).
    pub async fn migrate(&self, layout: &Layout) -> Result<(), StoreError> {
        const OPERATION: &str = "migrate";
        let inner = &*self.inner;
        let schema = inner.options.schema.as_str();
        let orders = layout.orders()?;
        layout.check()?;
        for shard in layout.servers() {
            let pool = inner.connector.pool(shard.clone(), &inner.options)?;
            inner
                .run(&pool, OPERATION, Access::Bulk, async |transaction| {
                    schema::migrate(transaction, schema, Place::Here, &orders).await
                })
                .await?;
        }
        inner
            .run(&inner.pool, OPERATION, Access::Bulk, async |transaction| {
                schema::migrate(transaction, schema, layout.place(), &orders).await?;
                let timeout = inner.options.connect_timeout;
                shards::attach(transaction, schema, layout.servers(), timeout).await
            })
            .await
    }

    /// The page of matches that `query` asks for, and how many matches there are: what
    /// the slice of all units would answer. Page and total are of one snapshot, or of one
    /// for each shard.
    ///
    /// # Errors
    /// * [`StoreErrorKind::InvalidQuery`]: the sort meets parallel arrays in a match.
    /// * [`StoreErrorKind::Unsupported`]: the sort has a path that is not a documented
    ///   field, and there are more matches than [`Options::max_completed`].
    /// * [`StoreErrorKind::Timeout`]: a limit of [`Options`] has passed.
    /// * [`StoreErrorKind::Unavailable`]: a server cannot be reached, or has gone away
    ///   twice in a row.
    /// * [`StoreErrorKind::Corrupt`]: somebody else has written a document that is none.
    pub async fn list(&self, query: &UnitQuery) -> Result<UnitPage, StoreError> {
        let inner = &*self.inner;
        let guess = inner.irregular.load(Ordering::Relaxed);
        let bound = inner.options.max_completed;
        let (page, irregular) = inner
            .reading(list::OPERATION, async |transaction, tables| {
                list::list(transaction, tables, query, guess, bound).await
            })
            .await?;
        inner.irregular.store(irregular, Ordering::Relaxed);
        Ok(page)
    }

    /// The unit with this `_id`.
    ///
    /// # Errors
    /// As [`list`](Self::list).
    pub async fn get(&self, id: &str) -> Result<Option<Unit>, StoreError> {
        if id.contains('\0') {
            return Ok(None);
        }
        self.inner
            .reading(list::GET, async |transaction, tables| {
                list::get(transaction, tables, id).await
            })
            .await
    }

    /// Adds a unit, or replaces the one with the same `_id`. A document that is not a
    /// unit ([`Unit::is_unit`]) takes the one with its `_id` out. Of writes to the same
    /// unit the last counts.
    ///
    /// # Errors
    /// [`StoreErrorKind::Unsupported`] for a document that PostgreSQL cannot keep: one
    /// that holds U+0000, is longer than [`PostgresStore::MAX_DOCUMENT_BYTES`], or has an
    /// `_id` longer than [`PostgresStore::MAX_ID_BYTES`]. Others as [`list`](Self::list).
    /// After one of kind [`StoreErrorKind::Unavailable`] or [`StoreErrorKind::Timeout`]
    /// the write may have been applied.
    pub async fn upsert(&self, unit: &Unit) -> Result<(), StoreError> {
        if !unit.is_unit() {
            self.remove(unit.id()).await?;
            return Ok(());
        }
        let inner = &*self.inner;
        let row = inner.orders.row(unit, write::UPSERT)?;
        let schema = inner.options.schema.as_str();
        inner
            .writing(write::UPSERT, Access::Write, async |transaction, tables| {
                write::upsert(transaction, tables, schema, &row).await
            })
            .await
    }

    /// Takes a unit out. Whether it was there.
    ///
    /// # Errors
    /// As [`list`](Self::list). After one of kind [`StoreErrorKind::Unavailable`] or
    /// [`StoreErrorKind::Timeout`] the unit may be gone.
    pub async fn remove(&self, id: &str) -> Result<bool, StoreError> {
        if id.contains('\0') {
            return Ok(false);
        }
        let inner = &*self.inner;
        let schema = inner.options.schema.as_str();
        inner
            .writing(write::REMOVE, Access::Write, async |transaction, tables| {
                write::remove(transaction, tables, schema, id).await
            })
            .await
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
        let inner = &*self.inner;
        let rows = write::rows(&inner.orders, units)?;
        let schema = inner.options.schema.as_str();
        inner
            .writing(write::REPLACE, Access::Bulk, async |transaction, tables| {
                write::replace_all(transaction, tables, schema, &rows).await
            })
            .await
    }

    /// The longest `_id`, in bytes.
    pub const MAX_ID_BYTES: usize = crate::row::MAX_ID_BYTES;

    /// The longest document, in bytes of [`Unit::to_extended_json`].
    pub const MAX_DOCUMENT_BYTES: usize = crate::row::MAX_DOCUMENT_BYTES;
}

impl Inner {
    async fn reading<T>(
        &self,
        operation: &'static str,
        work: impl AsyncFn(&Transaction<'_>, &Tables) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.writing(operation, Access::Read, work).await
    }

    async fn writing<T>(
        &self,
        operation: &'static str,
        access: Access,
        work: impl AsyncFn(&Transaction<'_>, &Tables) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.run(&self.pool, operation, access, async |transaction| {
            if let Some(tables) = self.tables.get() {
                return work(transaction, tables).await;
            }
            let schema = self.options.schema.as_str();
            let Some(place) = schema::place(transaction, schema, operation).await? else {
                let schema = schema.to_owned();
                return Err(Problem::NotMigrated { schema }.during(operation));
            };
            let tables = self.tables.get_or_init(|| Tables::new(schema, place));
            work(transaction, tables).await
        })
        .await
    }

    /// Does the work in one transaction. What surely has not been applied is tried again:
    /// once after a lost connection, more often after a conflict with another writer.
    async fn run<T>(
        &self,
        pool: &Pool,
        operation: &'static str,
        access: Access,
        work: impl AsyncFn(&Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut conflicts_left = MOST_CONFLICTS;
        let mut losses_left = 1;
        loop {
            let failed = match self.attempt(pool, operation, access, &work).await {
                Ok(done) => return Ok(done),
                Err(Failed::Before(error)) => error,
                Err(failed) => return Err(failed.error()),
            };
            let left = if is_conflict(&failed) {
                &mut conflicts_left
            } else if failed.kind() == StoreErrorKind::Unavailable {
                &mut losses_left
            } else {
                return Err(failed);
            };
            if *left == 0 {
                return Err(failed);
            }
            *left -= 1;
        }
    }

    async fn attempt<T>(
        &self,
        pool: &Pool,
        operation: &'static str,
        access: Access,
        work: &impl AsyncFn(&Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, Failed> {
        let client = pool.get().await.map_err(of_pool(operation));
        let mut client = client.map_err(Failed::Before)?;
        let limit = match access {
            Access::Bulk => self.options.bulk_timeout,
            Access::Read | Access::Write => self.options.statement_timeout,
        };
        // The server keeps the limits. This one is for when it does not answer at all.
        let patience = limit
            .saturating_mul(2)
            .saturating_add(Duration::from_secs(5));
        let work = transact(&mut client, operation, access, limit, work);
        let Ok(done) = tokio::time::timeout(patience, work).await else {
            drop(Object::take(client));
            let error = Problem::NoAnswer(patience).during(operation);
            return Err(Failed::Committing(error));
        };
        if done.is_err() && client.is_closed() {
            // The others have hardly fared better; the next try opens a new one.
            pool.retain(|_, _| false);
        }
        done
    }
}

async fn transact<T>(
    client: &mut Object,
    operation: &'static str,
    access: Access,
    limit: Duration,
    work: &impl AsyncFn(&Transaction<'_>) -> Result<T, StoreError>,
) -> Result<T, Failed> {
    let failed = of_driver(operation);
    let before = |error| Failed::Before(of_driver(operation)(error));
    let level = match access {
        Access::Read => IsolationLevel::RepeatableRead,
        Access::Write | Access::Bulk => IsolationLevel::ReadCommitted,
    };
    let transaction = client
        .build_transaction()
        .isolation_level(level)
        .read_only(access == Access::Read)
        .start()
        .await
        .map_err(before)?;
    if access == Access::Bulk {
        let limit = milliseconds(limit).to_string();
        let sql = "SELECT set_config('statement_timeout', $1, true)";
        transaction.execute(sql, &[&limit]).await.map_err(before)?;
    }
    let done = work(&transaction).await.map_err(Failed::Before)?;
    if access != Access::Read {
        // (After reading, the end is sent, and nobody waits for it.)
        let committed = transaction.commit().await;
        committed.map_err(|error| Failed::Committing(failed(error)))?;
    }
    Ok(done)
}

fn is_conflict(error: &StoreError) -> bool {
    let source = error.source();
    let driver = source.and_then(|source| source.downcast_ref::<tokio_postgres::Error>());
    driver.is_some_and(error::is_conflict)
}

/// Where the store is, not what it holds.
impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStore")
            .field("options", &self.inner.options)
            .finish_non_exhaustive()
    }
}
