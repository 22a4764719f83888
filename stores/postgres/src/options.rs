//! How to reach the server, and how long to wait for what.

use std::time::Duration;

use livechat_units::StoreError;
use tokio_postgres::config::Config;

use crate::error::{Problem, excerpt};
use crate::limits;

/// The settings of a [`PostgresStore`](crate::PostgresStore).
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
#[derive(Clone, Debug)]
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
    /// The longest name of a schema, in bytes: PostgreSQL's bound on a name, less what
    /// the names of the shards add.
    pub const MAX_SCHEMA_BYTES: usize = limits::MAX_SCHEMA_BYTES;

    /// The most connections that a store may have.
    pub const MAX_POOL_SIZE: usize = 1_024;

    /// The defaults, for the server that `config` leads to.
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

    /// The schema that everything lies in; `livechat_units` unless it is set. A name of
    /// `a-z`, `0-9` and `_`, of at most [`PostgresOptions::MAX_SCHEMA_BYTES`].
    pub fn with_schema(mut self, schema: impl Into<String>) -> Self {
        self.schema = schema.into();
        self
    }

    /// The most connections at a time; 16 unless it is set, at least 1 and at most
    /// [`PostgresOptions::MAX_POOL_SIZE`].
    pub fn with_pool_size(mut self, connections: usize) -> Self {
        self.pool_size = connections.clamp(1, Self::MAX_POOL_SIZE);
        self
    }

    /// How long to wait for a connection of the pool while all are in use; 5 seconds
    /// unless it is set.
    pub fn with_wait_timeout(mut self, limit: Duration) -> Self {
        self.wait_timeout = limit;
        self
    }

    /// How long opening a connection may take; 5 seconds unless it is set.
    pub fn with_connect_timeout(mut self, limit: Duration) -> Self {
        self.connect_timeout = limit;
        self
    }

    /// How long the server may work on one statement, rounded up to milliseconds; 10
    /// seconds unless it is set. A connection on which an operation takes twice as long
    /// and 5 seconds more without an answer is given up.
    pub fn with_statement_timeout(mut self, limit: Duration) -> Self {
        self.statement_timeout = limit;
        self
    }

    /// The same for the statements of [`migrate`](crate::PostgresStore::migrate) and
    /// [`replace_all`](crate::PostgresStore::replace_all); 10 minutes unless it is set.
    pub fn with_bulk_timeout(mut self, limit: Duration) -> Self {
        self.bulk_timeout = limit;
        self
    }

    /// The most matches that are read and put in order by the store itself, for a sort by
    /// a field or path that is not a documented one, as no index gives the order; 100,000
    /// unless it is set. Each is in memory as a [`Unit`](livechat_units::Unit) meanwhile.
    /// A listing with more fails with
    /// [`StoreErrorKind::Unsupported`](livechat_units::StoreErrorKind::Unsupported).
    pub fn with_max_sorted(mut self, matches: u64) -> Self {
        self.max_sorted = matches;
        self
    }

    /// Such names need no escape within quotes, so that no schema can change a statement.
    pub(crate) fn check_schema(&self) -> Result<(), StoreError> {
        let name = self.schema.as_str();
        let allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_');
        let begins = name
            .bytes()
            .next()
            .is_some_and(|byte| !byte.is_ascii_digit());
        let fits = name.len() <= Self::MAX_SCHEMA_BYTES && !name.starts_with("pg_");
        if begins && fits && name.bytes().all(allowed) {
            return Ok(());
        }
        let found = excerpt(name);
        Err(Problem::SchemaName { found }.during("open the store"))
    }
}

/// For a setting: at least 1, as 0 would be no limit, and at most what PostgreSQL takes.
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

    /// The pool makes room for all that there may be.
    #[test]
    fn a_pool_has_a_bound() {
        let connections = |asked| {
            PostgresOptions::new(Config::new())
                .with_pool_size(asked)
                .pool_size
        };
        let most = PostgresOptions::MAX_POOL_SIZE;
        for (asked, there) in [(0, 1), (1, 1), (most, most), (usize::MAX, most)] {
            assert_eq!(connections(asked), there);
        }
    }

    #[test]
    fn no_limit_is_no_limit_by_accident() {
        assert_eq!(milliseconds(Duration::ZERO), 1);
        assert_eq!(milliseconds(Duration::from_micros(1_001)), 2);
        assert_eq!(milliseconds(Duration::MAX), i32::MAX);
    }
}
