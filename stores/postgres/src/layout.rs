//! On which servers units lie, and which orders have indexes.

use std::borrow::Cow;

use livechat_units::{Direction, SortField, SortSpec, StoreError};
use tokio_postgres::config::Config;

use crate::error::{MIGRATE, Problem, excerpt};
use crate::limits;
use crate::order::Order;
use crate::schema::Place;

/// Where [`PostgresStore::migrate`](crate::PostgresStore::migrate) puts units, and what it
/// indexes beside the documented fields. A schema keeps where its units lie.
///
/// ```
/// use livechat_units_postgres::Layout;
///
/// let one = Layout::one_server().with_order(r#"{"visibility":1,"numMonitors":-1}"#.parse()?);
/// let two = Layout::shards([
///     "host=10.0.0.1 user=chat password=a dbname=chat".parse()?,
///     "host=10.0.0.2 user=chat password=b dbname=chat".parse()?,
/// ]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Layout {
    servers: Servers,
    orders: Vec<SortSpec>,
}

#[derive(Clone, Debug)]
enum Servers {
    One,
    Distributed,
    Shards(Vec<Config>),
}

impl Layout {
    /// The most shards.
    pub const MAX_SHARDS: usize = limits::MAX_SHARDS;

    /// The most orders that a schema keeps beside those of single fields.
    pub const MAX_ORDERS: usize = limits::MAX_ORDERS;

    /// One table on the store's own server.
    pub fn one_server() -> Self {
        Self::of(Servers::One)
    }

    /// One table that an extension such as Citus is to distribute: without the triggers
    /// that keep the number of units, which is then counted for each query.
    pub fn distributed() -> Self {
        Self::of(Servers::Distributed)
    }

    /// One table on each of these servers, by the hash of `_id`. The store's own server
    /// reaches them through `postgres_fdw`, with the first host, the port, the database,
    /// the user and the password of each; [`migrate`](crate::PostgresStore::migrate)
    /// itself connects to them too. Their number and order are for ever; where one is
    /// reached may change. Fewer than one and more than [`Layout::MAX_SHARDS`] are
    /// refused there.
    ///
    /// Of the rest of a configuration, `sslmode` is passed on where it demands something.
    /// `require` encrypts what goes between the servers, and does not say who answers;
    /// `disable` encrypts nothing. `prefer`, the default, leaves it to libpq, which uses
    /// TLS where the shard offers it. The role that migrates can demand more of a shard,
    /// with `ALTER SERVER livechat_units_shard_0 OPTIONS (ADD sslmode 'verify-full')`, where
    /// `livechat_units` is the schema. No migration lowers a mode that is set or takes it
    /// away; `require` raises a weaker one.
    pub fn shards(servers: impl IntoIterator<Item = Config>) -> Self {
        Self::of(Servers::Shards(servers.into_iter().collect()))
    }

    fn of(servers: Servers) -> Self {
        let orders = Vec::new();
        Self { servers, orders }
    }

    /// Keeps this order of several documented fields in an index, which serves its reverse
    /// too. Without one, such a sort reads all matches that tie on its first field. On a
    /// table with units, writers wait until it is made. It stays until somebody drops the
    /// index. An order that is there already, or of a single field, adds nothing.
    ///
    /// [`migrate`](crate::PostgresStore::migrate) fails with
    /// [`StoreErrorKind::Unsupported`](livechat_units::StoreErrorKind::Unsupported) where a
    /// field is not a documented one, or the schema would keep more orders than
    /// [`Layout::MAX_ORDERS`].
    pub fn with_order(mut self, sort: SortSpec) -> Self {
        self.orders.push(sort);
        self
    }

    pub(crate) fn place(&self) -> Place {
        match &self.servers {
            Servers::One => Place::Here,
            Servers::Distributed => Place::Distributed,
            Servers::Shards(servers) => Place::Shards(servers.len()),
        }
    }

    pub(crate) fn servers(&self) -> &[Config] {
        match &self.servers {
            Servers::One | Servers::Distributed => &[],
            Servers::Shards(servers) => servers,
        }
    }

    /// Whether there are as many servers as there may be.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        match self.place() {
            Place::Shards(found) if found == 0 || found > Self::MAX_SHARDS => {
                Err(Problem::ShardCount { found }.during(MIGRATE))
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn orders(&self) -> Result<Vec<Order>, StoreError> {
        let orders = self.orders.iter().map(|sort| {
            Order::of(&one_way(sort)).map_err(|path| {
                let order = excerpt(&sort.to_string());
                let path = excerpt(path);
                Problem::UndocumentedOrder { order, path }.during(MIGRATE)
            })
        });
        orders.collect()
    }
}

/// Of an order and its reverse the one that begins ascending: an index serves both.
fn one_way(sort: &SortSpec) -> Cow<'_, SortSpec> {
    let first = sort.fields().first();
    match first.map_or(sort.tie_break(), SortField::direction) {
        Direction::Ascending => Cow::Borrowed(sort),
        Direction::Descending => Cow::Owned(sort.reversed()),
    }
}
