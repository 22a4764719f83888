//! The foreign servers of a coordinator: how `postgres_fdw` reaches the shards.

use std::time::Duration;

use tokio_postgres::Transaction;
use tokio_postgres::config::{Config, Host, SslMode};
use tokio_postgres::types::ToSql;

use crate::connection::SESSION;
use crate::error::Problem;

/// The longest time that libpq can count, in seconds: 68 years.
const MAX_SECONDS: u64 = 0x7FFF_FFFF;

/// How to reach a shard from the coordinator.
pub(crate) struct ShardServer<'a> {
    host: String,
    port: String,
    database: &'a str,
    user: &'a str,
    password: Option<String>,
    connect_timeout: String,
    ssl_mode: SslMode,
}

/// Checks that each configuration has what the coordinator needs.
pub(crate) fn check(shards: &[Config]) -> Result<(), Problem> {
    let mut shards = shards.iter().enumerate();
    shards
        .try_for_each(|(number, config)| ShardServer::new(config, number, Duration::ZERO).map(drop))
}

impl<'a> ShardServer<'a> {
    pub(crate) fn new(
        config: &'a Config,
        number: usize,
        connect_timeout: Duration,
    ) -> Result<Self, Problem> {
        let missing = |missing| Problem::ShardAddress { number, missing };
        let host = match config.get_hosts().first() {
            Some(Host::Tcp(host)) => host.clone(),
            #[cfg(unix)]
            Some(Host::Unix(path)) => path.to_string_lossy().into_owned(),
            None => return Err(missing("host")),
        };
        let port = config.get_ports().first().copied().unwrap_or(5432);
        let password = config.get_password().map(|password| {
            let password = String::from_utf8(password.to_vec());
            password.map_err(|_| missing("password of UTF-8"))
        });
        Ok(Self {
            host,
            port: port.to_string(),
            database: config.get_dbname().ok_or_else(|| missing("dbname"))?,
            user: config.get_user().ok_or_else(|| missing("user"))?,
            password: password.transpose()?,
            // libpq counts whole seconds, and raises 1 to 2.
            connect_timeout: connect_timeout.as_secs().clamp(2, MAX_SECONDS).to_string(),
            ssl_mode: config.get_ssl_mode(),
        })
    }

    /// Creates the foreign server of this name, or changes its address. Returns whether it
    /// existed.
    pub(crate) async fn set(
        &self,
        transaction: &Transaction<'_>,
        server: &str,
    ) -> Result<bool, Problem> {
        let known = transaction.query_opt(KNOWN, &[&server]).await?;
        let mut ssl_mode = None;
        let mut statements = Vec::new();
        match &known {
            None => statements.extend(NEW),
            Some(known) => {
                ssl_mode = known.try_get(0)?;
                let has_options = known.try_get(1)?;
                statements.extend(MOVED);
                statements.push(if has_options {
                    SET_OPTIONS
                } else {
                    ADD_OPTIONS
                });
            }
        }
        statements.extend(self.password.as_ref().map(|_| PASSWORD));
        statements.extend(set_ssl_mode(self.ssl_mode, ssl_mode));
        self.run(transaction, server, &statements).await?;
        Ok(known.is_some())
    }

    /// Lets the server insert the values into the formats, and runs the resulting statements.
    async fn run(
        &self,
        transaction: &Transaction<'_>,
        server: &str,
        statements: &[&str],
    ) -> Result<(), Problem> {
        // The coordinator has the limit of time, and cancels the statement on the shard.
        let settings = format!("{SESSION} -c statement_timeout=0");
        for statement in statements {
            let values: [&(dyn ToSql + Sync); 9] = [
                &statement,
                &server,
                &self.host,
                &self.port,
                &self.database,
                &self.user,
                &self.password,
                &self.connect_timeout,
                &settings,
            ];
            let format = "SELECT format($1::text, $2::text, $3::text, $4::text, $5::text, \
                          $6::text, $7::text, $8::text, $9::text)";
            let row = transaction.query_one(format, &values).await?;
            let sql: &str = row.try_get(0)?;
            transaction.batch_execute(sql).await?;
        }
        Ok(())
    }
}

/// A row if there is a server of this name: the `sslmode` that is set for it, and whether it
/// has settings of its sessions.
const KNOWN: &str = "SELECT (SELECT option_value FROM pg_options_to_table(srvoptions) \
                     WHERE option_name = 'sslmode'), \
                     EXISTS (SELECT FROM pg_options_to_table(srvoptions) \
                     WHERE option_name = 'options') \
                     FROM pg_catalog.pg_foreign_server WHERE srvname = $1";

/// Formats for PostgreSQL's function `format`, which quotes the values for `%I` and `%L`: 1 the
/// name of the server; 2 its host, 3 port and 4 database; 5 the user and 6 the password there;
/// 7 the limit of time for a connection; 8 the settings of a session.
const NEW: &[&str] = &[
    "CREATE SERVER %1$I FOREIGN DATA WRAPPER postgres_fdw OPTIONS \
     (host %2$L, port %3$L, dbname %4$L, fetch_size '1000', batch_size '1000', \
     async_capable 'true', connect_timeout %7$L, options %8$L)",
    "CREATE USER MAPPING FOR CURRENT_USER SERVER %1$I OPTIONS (user %5$L)",
];
const MOVED: &[&str] = &[
    "ALTER SERVER %1$I OPTIONS (SET host %2$L, SET port %3$L, SET dbname %4$L)",
    "DROP USER MAPPING IF EXISTS FOR CURRENT_USER SERVER %1$I",
    "CREATE USER MAPPING FOR CURRENT_USER SERVER %1$I OPTIONS (user %5$L)",
];
const PASSWORD: &str =
    "ALTER USER MAPPING FOR CURRENT_USER SERVER %1$I OPTIONS (ADD password %6$L)";
const ADD_OPTIONS: &str = "ALTER SERVER %1$I OPTIONS (ADD options %8$L)";
const SET_OPTIONS: &str = "ALTER SERVER %1$I OPTIONS (SET options %8$L)";

/// The statement that gives a server the `sslmode` of its configuration. A stronger mode stays
/// as it is, because an administrator may have set it.
fn set_ssl_mode(wanted: SslMode, set: Option<&str>) -> Option<&'static str> {
    match (wanted, set) {
        (SslMode::Require, None) => Some("ALTER SERVER %1$I OPTIONS (ADD sslmode 'require')"),
        (SslMode::Require, Some("disable" | "allow" | "prefer")) => {
            Some("ALTER SERVER %1$I OPTIONS (SET sslmode 'require')")
        }
        (SslMode::Disable, None) => Some("ALTER SERVER %1$I OPTIONS (ADD sslmode 'disable')"),
        // `Prefer` is libpq's default, and requires nothing.
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_mode_of_tls_is_weakened() {
        let set = |wanted, set| {
            let statement = set_ssl_mode(wanted, set)?;
            let (_, mode) = statement.split_once("sslmode ")?;
            Some(mode.trim_matches(['\'', ')']))
        };
        let strong = ["require", "verify-ca", "verify-full", "another"];
        for weak in ["disable", "allow", "prefer"]
            .map(Some)
            .into_iter()
            .chain([None])
        {
            assert_eq!(set(SslMode::Require, weak), Some("require"), "{weak:?}");
        }
        assert_eq!(set(SslMode::Disable, None), Some("disable"));
        for mode in strong {
            assert_eq!(set(SslMode::Require, Some(mode)), None, "{mode}");
        }
        for mode in strong.into_iter().chain(["disable", "allow", "prefer"]) {
            assert_eq!(set(SslMode::Disable, Some(mode)), None, "{mode}");
            assert_eq!(set(SslMode::Prefer, Some(mode)), None, "{mode}");
        }
        assert_eq!(set(SslMode::Prefer, None), None);
    }
}
