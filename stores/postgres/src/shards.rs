//! The tables of other servers, as `postgres_fdw` shows them.

use std::time::Duration;

use livechat_units::StoreError;
use tokio_postgres::Transaction;
use tokio_postgres::config::{Config, Host, SslMode};
use tokio_postgres::types::ToSql;

use crate::connector::SESSION;
use crate::error::{MIGRATE, Problem, of_driver};
use crate::schema::extension;

/// What libpq can count: 68 years.
const MOST_SECONDS: u64 = 0x7FFF_FFFF;

/// How to reach a shard from the coordinator.
struct Address<'a> {
    host: String,
    port: String,
    database: &'a str,
    user: &'a str,
    password: Option<String>,
    connect_timeout: String,
    ssl_mode: SslMode,
}

/// Whether each of the servers says where it is.
pub(crate) fn check(servers: &[Config]) -> Result<(), StoreError> {
    let mut servers = servers.iter().enumerate();
    servers.try_for_each(|(place, config)| Address::of(config, place, Duration::ZERO).map(drop))
}

/// Makes the foreign tables that are not there yet, and says anew where the servers are.
pub(crate) async fn attach(
    transaction: &Transaction<'_>,
    schema: &str,
    servers: &[Config],
    connect_timeout: Duration,
) -> Result<(), StoreError> {
    let failed = of_driver(MIGRATE);
    if servers.is_empty() {
        return Ok(());
    }
    extension(transaction, "postgres_fdw", schema).await?;
    for (place, config) in servers.iter().enumerate() {
        let address = Address::of(config, place, connect_timeout)?;
        let server = format!("{schema}_shard_{place}");
        let known = transaction
            .query_opt(KNOWN, &[&server])
            .await
            .map_err(&failed)?;
        let (ssl_mode, has_options) = match &known {
            Some(known) => (
                known.try_get(0).map_err(&failed)?,
                known.try_get(1).map_err(&failed)?,
            ),
            None => (None, true),
        };
        let statements = if known.is_some() { MOVED } else { NEW };
        let statements = statements.iter().copied();
        let settings = match (&known, has_options) {
            (None, _) => None,
            (Some(_), true) => Some("ALTER SERVER %1$I OPTIONS (SET options %8$L)"),
            (Some(_), false) => Some("ALTER SERVER %1$I OPTIONS (ADD options %8$L)"),
        };
        let statements = statements.chain(settings);
        let demand = demand(address.ssl_mode, ssl_mode);
        let statements = statements.chain(address.password.as_ref().map(|_| PASSWORD));
        address
            .run(transaction, &server, statements.chain(demand))
            .await?;
        if known.is_none() {
            let sql = foreign_tables(schema, &server, place, servers.len());
            transaction.batch_execute(&sql).await.map_err(&failed)?;
        } else {
            upgrade(transaction, schema, place).await?;
        }
    }
    Ok(())
}

/// Makes the foreign table for the total, if an older version made it, this version's.
async fn upgrade(
    transaction: &Transaction<'_>,
    schema: &str,
    place: usize,
) -> Result<(), StoreError> {
    let failed = of_driver(MIGRATE);
    let found = transaction
        .query_one(
            "SELECT count(*) FROM pg_catalog.pg_attribute a \
             JOIN pg_catalog.pg_class c ON c.oid = a.attrelid \
             JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
             WHERE n.nspname = $1 AND c.relname = $2 AND a.attname = 'kept'",
            &[&schema, &format!("counts_{place}")],
        )
        .await
        .map_err(&failed)?;
    if found.try_get::<_, i64>(0).map_err(&failed)? > 0 {
        return Ok(());
    }
    let sql = format!(
        "ALTER FOREIGN TABLE \"{schema}\".counts_{place} DROP COLUMN slot, \
         ADD COLUMN kept boolean, OPTIONS (SET table_name 'total')"
    );
    let upgraded = transaction.batch_execute(&sql).await;
    upgraded.map_err(failed)
}

/// Whether there is a server of this name, the `sslmode` that is set for it, and whether
/// settings of its sessions are.
const KNOWN: &str = "SELECT (SELECT option_value FROM pg_options_to_table(srvoptions) \
                     WHERE option_name = 'sslmode'), \
                     EXISTS (SELECT FROM pg_options_to_table(srvoptions) \
                     WHERE option_name = 'options') \
                     FROM pg_catalog.pg_foreign_server WHERE srvname = $1";

/// Formats of PostgreSQL's own `format`, which quotes what stands for `%I` and `%L`: the
/// server; its host, port and database; the user and the password there; how long to
/// wait for a connection, and the settings of a session.
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

/// What makes a server follow a configuration, whose demands it may exceed: what is set
/// there already may be an administrator's.
fn demand(wanted: SslMode, set: Option<&str>) -> Option<&'static str> {
    match (wanted, set) {
        (SslMode::Require, None) => Some("ALTER SERVER %1$I OPTIONS (ADD sslmode 'require')"),
        (SslMode::Require, Some("disable" | "allow" | "prefer")) => {
            Some("ALTER SERVER %1$I OPTIONS (SET sslmode 'require')")
        }
        (SslMode::Disable, None) => Some("ALTER SERVER %1$I OPTIONS (ADD sslmode 'disable')"),
        // `Prefer` is libpq's default.
        _ => None,
    }
}

impl<'a> Address<'a> {
    fn of(config: &'a Config, place: usize, connect: Duration) -> Result<Self, StoreError> {
        let missing = |missing| Problem::ShardAddress { place, missing }.during(MIGRATE);
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
            // libpq counts whole seconds, and takes less than two for two.
            connect_timeout: connect.as_secs().clamp(2, MOST_SECONDS).to_string(),
            ssl_mode: config.get_ssl_mode(),
        })
    }

    /// Has the server write the statements, and runs them.
    async fn run(
        &self,
        transaction: &Transaction<'_>,
        server: &str,
        statements: impl Iterator<Item = &'static str>,
    ) -> Result<(), StoreError> {
        let failed = of_driver(MIGRATE);
        // The coordinator keeps the limit, and cancels what a shard still does.
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
            let row = transaction
                .query_one(format, &values)
                .await
                .map_err(&failed)?;
            let sql: &str = row.try_get(0).map_err(&failed)?;
            transaction.batch_execute(sql).await.map_err(&failed)?;
        }
        Ok(())
    }
}

fn foreign_tables(schema: &str, server: &str, place: usize, servers: usize) -> String {
    format!(
        "CREATE FOREIGN TABLE \"{schema}\".units_{place} PARTITION OF \"{schema}\".units \
         FOR VALUES WITH (MODULUS {servers}, REMAINDER {place}) \
         SERVER \"{server}\" OPTIONS (schema_name '{schema}', table_name 'units');\
         CREATE FOREIGN TABLE \"{schema}\".counts_{place} (n bigint, kept boolean) \
         SERVER \"{server}\" OPTIONS (schema_name '{schema}', table_name 'total');"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_mode_of_tls_is_lowered() {
        let set = |wanted, set| {
            let statement = demand(wanted, set)?;
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
