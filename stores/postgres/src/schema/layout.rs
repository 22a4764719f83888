//! What a host asks of a migration: the servers, and the declared sort orders.

use std::fmt;

use livechat_units::columns::{Columns, excerpt};
use livechat_units::{Direction, SortSpec};
use tokio_postgres::config::Config;

use super::shard_server;
use super::tables::Distribution;
use crate::error::Problem;
use crate::options::address;

/// The servers and the sort orders for which
/// [`PostgresStore::migrate`](crate::PostgresStore::migrate) creates tables and indexes.
///
/// The servers of a schema are fixed by its first migration: each later one must have the same
/// kind of layout, and as many shards. Declared sort orders can be added at any time.
///
/// `Debug` shows the hosts and the ports of shards, and nothing else of their configurations.
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

#[derive(Clone)]
enum Servers {
    One,
    Distributed,
    Shards(Vec<Config>),
}

impl Layout {
    /// The most shards. Each list reads from every shard.
    pub const MAX_SHARDS: usize = 64;

    /// The most declared sort orders of a schema. Every write updates an index for each.
    pub const MAX_ORDERS: usize = 16;

    /// One table on the store's own server.
    pub fn one_server() -> Self {
        Self::of(Servers::One)
    }

    /// One table that an extension such as Citus can distribute. It has no triggers that
    /// count units, so each query counts its matches.
    pub fn distributed() -> Self {
        Self::of(Servers::Distributed)
    }

    /// One table on each of these servers, by the hash of `_id`.
    ///
    /// The store's own server reaches them through `postgres_fdw`, with the first host, the
    /// port, the database, the user and the password of each configuration.
    /// [`migrate`](crate::PostgresStore::migrate) itself connects to them too. Their number
    /// and their order are fixed; the address of each may change. `migrate` refuses fewer
    /// than one and more than [`Layout::MAX_SHARDS`].
    ///
    /// Of the rest of a configuration, the `sslmode` is used if it is `require` or `disable`.
    /// `require` encrypts the connections between the servers, and does not check who
    /// answers. `disable` encrypts nothing. With `prefer`, the default, libpq uses TLS if the
    /// shard offers it. The role that migrates can require more of a shard, with
    /// `ALTER SERVER livechat_units_shard_0 OPTIONS (ADD sslmode 'verify-full')`, where
    /// `livechat_units` is the schema. No migration removes a mode or replaces it by a weaker
    /// one; `require` replaces weaker ones.
    pub fn shards(servers: impl IntoIterator<Item = Config>) -> Self {
        Self::of(Servers::Shards(servers.into_iter().collect()))
    }

    fn of(servers: Servers) -> Self {
        let orders = Vec::new();
        Self { servers, orders }
    }

    /// Declares a sort order of several documented fields: an index serves it and its
    /// reverse. Without the index, such a sort reads all matches that tie on its first field.
    /// If the table has units, writers wait while `migrate` creates the index. The index
    /// stays until somebody drops it. A sort order that has an index already, or has a single
    /// field, adds nothing.
    ///
    /// [`migrate`](crate::PostgresStore::migrate) fails with
    /// [`StoreErrorKind::Unsupported`](livechat_units::StoreErrorKind::Unsupported) if a
    /// field is not documented, or if the schema would have more than [`Layout::MAX_ORDERS`]
    /// declared sort orders.
    pub fn with_order(mut self, sort: SortSpec) -> Self {
        self.orders.push(sort);
        self
    }

    pub(crate) fn distribution(&self) -> Distribution {
        match &self.servers {
            Servers::One => Distribution::OneTable,
            Servers::Distributed => Distribution::Distributed,
            Servers::Shards(servers) => Distribution::Shards(servers.len()),
        }
    }

    pub(crate) fn shard_configs(&self) -> &[Config] {
        match &self.servers {
            Servers::One | Servers::Distributed => &[],
            Servers::Shards(servers) => servers,
        }
    }

    /// Checks the number of the shards and their configurations.
    pub(crate) fn check(&self) -> Result<(), Problem> {
        let bound = Self::MAX_SHARDS;
        match self.distribution() {
            Distribution::Shards(found) if found == 0 || found > bound => {
                Err(Problem::ShardCount { bound, found })
            }
            _ => shard_server::check(self.shard_configs()),
        }
    }

    /// The declared sort orders, each in the direction of its index.
    pub(crate) fn orders(&self) -> Result<Vec<Columns>, Problem> {
        let orders = self.orders.iter().map(|sort| {
            indexed(sort).map_err(|path| {
                let order = excerpt(&sort.to_string());
                Problem::UndocumentedOrder { order, path }
            })
        });
        orders.collect()
    }
}

/// The sort order or its reverse, whichever begins ascending: one index serves both. The
/// error is the path without a column, for a message.
fn indexed(sort: &SortSpec) -> Result<Columns, String> {
    let columns_of = |sort: &SortSpec| {
        let columns = Columns::new(sort);
        columns.map_err(|field| excerpt(field.path()))
    };
    let columns = columns_of(sort)?;
    let first = columns.keys().first();
    match first.map_or(columns.id_direction(), |(_, direction)| *direction) {
        Direction::Ascending => Ok(columns),
        Direction::Descending => columns_of(&sort.reversed()),
    }
}

impl fmt::Debug for Servers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One => f.write_str("One"),
            Self::Distributed => f.write_str("Distributed"),
            Self::Shards(servers) => {
                let addresses = servers.iter().map(address);
                f.debug_list().entries(addresses).finish()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_begins_ascending() {
        let indexed = |sort: &str| {
            let columns = indexed(&sort.parse().unwrap()).unwrap();
            (columns.keys().to_vec(), columns.id_direction())
        };
        for (sort, reverse) in [
            ("{}", r#"{"_id":-1}"#),
            (r#"{"name":1}"#, r#"{"name":-1}"#),
            (
                r#"{"name":1,"visibility":-1}"#,
                r#"{"name":-1,"visibility":1}"#,
            ),
            (r#"{"type":-1,"name":1}"#, r#"{"type":1,"name":-1}"#),
        ] {
            assert_eq!(indexed(sort), indexed(reverse), "{sort}");
            let (keys, id) = indexed(sort);
            let first = keys.first().map_or(id, |(_, direction)| *direction);
            assert_eq!(first, Direction::Ascending, "{sort}");
        }
    }

    #[test]
    fn debug_shows_no_part_of_a_password() {
        let layout = Layout::shards([
            "postgresql://app:p@ss@db:7/x".parse().unwrap(),
            "host=other password=ss".parse().unwrap(),
        ]);
        assert_eq!(
            format!("{layout:?}"),
            r#"Layout { servers: ["db:7", "other:5432"], orders: [] }"#
        );
    }
}
