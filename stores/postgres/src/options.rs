//! The settings of a store: the server, the schema, the limits of time and of memory.

mod address;

use std::fmt;
use std::time::Duration;

use livechat_units::columns::excerpt;
use tokio_postgres::config::Config;

use crate::error::Problem;

pub(crate) use self::address::address;

/// The settings of a [`PostgresStore`](crate::PostgresStore).
///
/// `Debug` shows these options. Of the `Config` it shows only the hosts and ports, so no password.
///
/// ```
/// use std::time::Duration;
/// use livechat_units_postgres::PostgresOptions;
///
/// let store = PostgresOptions::new("host=localhost user=chat dbname=chat".parse()?)
///     .with_schema("units_of_berlin")
///     .with_pool_size(8)
///     .with_statement_timeout(Duration::from_secs(2))
///     .build()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
#[must_use = "options do nothing until `build`"]
pub struct PostgresOptions {
    pub(crate) config: Config,
    pub(crate) schema: String,
    pub(crate) pool_size: usize,
    pub(crate) wait_timeout: Duration,
    pub(crate) connect_timeout: Duration,
    pub(crate) statement_timeout: Duration,
    pub(crate) bulk_timeout: Duration,
    pub(crate) max_sorted: u64,
}

impl PostgresOptions {
    /// The longest name of a schema, in bytes: PostgreSQL's bound on a name, 63, less the
    /// 15 bytes that are reserved for the suffix of a shard.
    pub const MAX_SCHEMA_BYTES: usize = 48;

    /// The largest pool of a store. The pool allocates space for all connections. Outside of it, a
    /// store has one connection to listen for changes, and `migrate` one to each server with shards.
    pub const MAX_POOL_SIZE: usize = 1_024;

    /// Options with the default values, for the server that `config` names.
    pub fn new(config: Config) -> Self {
        Self {
            config,
            schema: "livechat_units".to_owned(),
            pool_size: 16,
            wait_timeout: Duration::from_secs(5),
            connect_timeout: Duration::from_secs(5),
            statement_timeout: Duration::from_secs(10),
            bulk_timeout: Duration::from_secs(600),
            max_sorted: 100_000,
        }
    }

    /// The schema that contains all tables of the store; `livechat_units` by default. The name begins
    /// with `a-z` or `_`, not with `pg_`, continues with `a-z`, `0-9` or `_`, and has at most
    /// [`PostgresOptions::MAX_SCHEMA_BYTES`] bytes.
    pub fn with_schema(mut self, schema: impl Into<String>) -> Self {
        self.schema = schema.into();
        self
    }

    /// The most connections of the pool; 16 by default. A number outside of 1 to
    /// [`PostgresOptions::MAX_POOL_SIZE`] is set to the nearer bound.
    pub fn with_pool_size(mut self, connections: usize) -> Self {
        self.pool_size = connections.clamp(1, Self::MAX_POOL_SIZE);
        self
    }

    /// How long to wait for a connection of the pool while all are in use; 5 seconds by
    /// default.
    pub fn with_wait_timeout(mut self, timeout: Duration) -> Self {
        self.wait_timeout = timeout;
        self
    }

    /// How long opening a connection may take; 5 seconds by default.
    pub fn with_connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// How long the server may work on one statement, rounded up to milliseconds; 10 seconds by
    /// default. If a whole operation has not ended after twice this time and 5 seconds more, it fails
    /// with [`StoreErrorKind::Timeout`](livechat_units::StoreErrorKind::Timeout), and its connection
    /// is closed.
    pub fn with_statement_timeout(mut self, timeout: Duration) -> Self {
        self.statement_timeout = timeout;
        self
    }

    /// The timeout, in place of [`with_statement_timeout`](Self::with_statement_timeout), of operations
    /// that read or write all units: [`migrate`](crate::PostgresStore::migrate),
    /// [`replace_all`](crate::PostgresStore::replace_all), and reading changes; 10 minutes by default.
    pub fn with_bulk_timeout(mut self, timeout: Duration) -> Self {
        self.bulk_timeout = timeout;
        self
    }

    /// The most matches that the store reads and sorts in its own memory; 100,000 by default. It
    /// sorts if the sort has a path that is not a documented field, because no index has that order.
    /// Meanwhile each match is in memory as a [`Unit`](livechat_units::Unit). A listing with
    /// more matches fails with
    /// [`StoreErrorKind::Unsupported`](livechat_units::StoreErrorKind::Unsupported).
    pub fn with_max_sorted(mut self, matches: u64) -> Self {
        self.max_sorted = matches;
        self
    }

    /// Checks the name of the schema. An allowed name needs no escape within quotes, so no
    /// name can change a statement.
    pub(crate) fn check_schema(&self) -> Result<(), Problem> {
        let name = self.schema.as_str();
        let allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_');
        let first = name.bytes().next();
        let begins = first.is_some_and(|byte| !byte.is_ascii_digit()) && !name.starts_with("pg_");
        let fits = name.len() <= Self::MAX_SCHEMA_BYTES;
        if begins && fits && name.bytes().all(allowed) {
            return Ok(());
        }
        Err(Problem::SchemaName {
            bound: Self::MAX_SCHEMA_BYTES,
            found: excerpt(name),
        })
    }
}

/// Not the configuration: with a password that has an unescaped `@`, the driver takes a part
/// of the password for a host, and would show it.
impl fmt::Debug for PostgresOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresOptions")
            .field("server", &address(&self.config))
            .field("schema", &self.schema)
            .field("pool_size", &self.pool_size)
            .field("wait_timeout", &self.wait_timeout)
            .field("connect_timeout", &self.connect_timeout)
            .field("statement_timeout", &self.statement_timeout)
            .field("bulk_timeout", &self.bulk_timeout)
            .field("max_sorted", &self.max_sorted)
            .finish_non_exhaustive()
    }
}

/// The limit in milliseconds, for a setting of PostgreSQL: at least 1, because 0 means no
/// limit, and at most the largest value of a setting.
pub(crate) fn milliseconds(limit: Duration) -> i32 {
    let rounded = limit.as_nanos().div_ceil(1_000_000);
    i32::try_from(rounded).unwrap_or(i32::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use livechat_units::StoreErrorKind;

    use super::*;

    #[test]
    fn schemas_have_plain_names() {
        let check = |name: &str| {
            PostgresOptions::new(Config::new())
                .with_schema(name)
                .check_schema()
        };
        for name in ["a", "_1", "livechat_units", &"s".repeat(48)] {
            assert!(check(name).is_ok(), "{name}");
        }
        for name in [
            "",
            "1a",
            "A",
            "é",
            "a b",
            "a\"",
            "a;b",
            "pg_x",
            &"s".repeat(49),
        ] {
            let error = check(name).unwrap_err();
            assert_eq!(error.kind(), StoreErrorKind::Failed, "{name}");
        }
    }

    /// The pool allocates space for all of its connections at once.
    #[test]
    fn a_pool_has_a_bound() {
        let connections = |asked| {
            PostgresOptions::new(Config::new())
                .with_pool_size(asked)
                .pool_size
        };
        let most = PostgresOptions::MAX_POOL_SIZE;
        for (asked, expected) in [(0, 1), (1, 1), (most, most), (usize::MAX, most)] {
            assert_eq!(connections(asked), expected);
        }
    }

    #[test]
    fn no_limit_becomes_zero_which_means_unlimited() {
        assert_eq!(milliseconds(Duration::ZERO), 1);
        assert_eq!(milliseconds(Duration::from_micros(1_001)), 2);
        assert_eq!(milliseconds(Duration::MAX), i32::MAX);
    }

    #[test]
    fn debug_shows_no_part_of_a_password() {
        for config in [
            "postgresql://app:secret@db:7/x",
            "postgresql://app:se@cret@db:7/x",
            "postgresql://app:@secret@db:7/x",
            "postgresql://app:a@secret,secret@db:7/x",
            "host=db port=7 user=app password=secret",
        ] {
            let options = PostgresOptions::new(config.parse().unwrap());
            let shown = format!("{options:?}");
            assert!(shown.contains("\"db:7\""), "{shown}");
            assert!(!shown.contains("cret"), "{shown}");
        }
        let config = "postgresql://app:a@secret/secret@db/x".parse().unwrap();
        let shown = format!("{:?}", PostgresOptions::new(config));
        assert!(!shown.contains("secret"), "{shown}");
    }
}
