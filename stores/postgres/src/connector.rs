//! Connections to a server, as many as the options allow.

use std::fmt;
use std::sync::Arc;

use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod, Runtime};
use livechat_units::{StoreError, StoreErrorKind};
use tokio_postgres::Socket;
use tokio_postgres::config::Config;
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};

use crate::address;
use crate::options::{PostgresOptions, milliseconds};

/// The settings of every session, on the store's own connections and on the coordinator's
/// connections to shards. They take precedence over those of a database or a role, so that
/// no such setting changes an answer.
///
/// * Cost: a plan for each text instead of one for all, no compiled plans, and little that
///   waits to be put into the index of texts, as every search reads what waits.
/// * Answers: `gin_fuzzy_search_limit` drops matches, row security drops rows without an
///   error, and the two settings for constants decide what a statement says. `search_path`
///   decides which functions are called: PostgreSQL's own only, as others may create some in
///   `public` that fit the arguments better.
/// * Errors: transactions that can write, tables that can be updated, and no limits on time
///   beside those of [`PostgresOptions`].
pub(crate) const SESSION: &str = "-c plan_cache_mode=force_custom_plan -c jit=off \
     -c gin_pending_list_limit=256kB -c gin_fuzzy_search_limit=0 -c row_security=off \
     -c search_path=pg_catalog -c standard_conforming_strings=on -c array_nulls=on \
     -c default_transaction_read_only=off -c default_transaction_deferrable=off \
     -c default_table_access_method=heap -c lock_timeout=0 \
     -c idle_in_transaction_session_timeout=0";

/// For a coordinator of Citus that holds shards itself. It would read those within its own
/// session, whose snapshot is older than those of the workers, and could not run `ANALYZE`
/// after that. A server without Citus takes the setting, which has no meaning there.
const CITUS: &str = "-c citus.enable_local_execution=off";

/// The settings of [`SESSION`], each with its value.
pub(crate) fn settings() -> impl Iterator<Item = (&'static str, &'static str)> {
    let settings = SESSION.split("-c ");
    settings.filter_map(|setting| setting.trim().split_once('='))
}

/// Connections to one server, or to the first of several that answers.
pub(crate) struct Server {
    pub(crate) pool: Pool,
    /// For errors.
    pub(crate) address: String,
}

/// Makes connections to any server, with the host's TLS.
#[derive(Clone)]
pub(crate) struct Connector(Arc<dyn Fn(Config) -> Manager + Send + Sync>);

impl Connector {
    pub(crate) fn new<T>(tls: T) -> Self
    where
        T: MakeTlsConnect<Socket> + Clone + Send + Sync + 'static,
        T::Stream: Send + Sync,
        T::TlsConnect: Send + Sync,
        <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
    {
        Self(Arc::new(move |config| {
            // Whether the connection is closed is known without asking the server; what
            // that misses is met by one more try.
            let recycling = ManagerConfig {
                recycling_method: RecyclingMethod::Fast,
            };
            Manager::from_config(config, tls.clone(), recycling)
        }))
    }

    /// The server of `config`, with these limits.
    pub(crate) fn server(
        &self,
        mut config: Config,
        options: &PostgresOptions,
    ) -> Result<Server, StoreError> {
        let address = address::of(&config);
        let settings = format!(
            "-c statement_timeout={} {CITUS} {SESSION}",
            milliseconds(options.statement_timeout)
        );
        let settings = match config.get_options() {
            Some(own) => format!("{own} {settings}"),
            None => settings,
        };
        config.options(settings);
        config.connect_timeout(options.connect_timeout);
        if config.get_application_name().is_none() {
            config.application_name("livechat-units");
        }
        let pool = Pool::builder(self.0(config))
            .max_size(options.pool_size)
            .wait_timeout(Some(options.wait_timeout))
            .create_timeout(Some(options.connect_timeout))
            .recycle_timeout(Some(options.connect_timeout))
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|error| {
                StoreError::new(StoreErrorKind::Failed, "open the store").with_source(error)
            })?;
        Ok(Server { pool, address })
    }
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Connector")
    }
}
