//! A pool of connections for each server, and the settings of their sessions.

use std::sync::Arc;

use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod, Runtime};
use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream};
use tokio_postgres::config::Config;
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};
use tokio_postgres::{AsyncMessage, Client, Error, Socket};

use crate::error::Problem;
use crate::options::{PostgresOptions, address, milliseconds};

/// The settings of every session, on the store's own connections and on the coordinator's
/// connections to shards. They take precedence over the settings of a database or a role, so
/// no such setting changes an answer.
///
/// * Cost: each execution gets its own plan, and plans are not compiled. The list of texts
///   that wait to be put into the trigram index is short, because every search reads it.
/// * Answers: `gin_fuzzy_search_limit` would drop matches, and row security would drop rows
///   without an error. Two settings decide how constants in a statement are read.
///   `search_path` decides which functions are called: only PostgreSQL's own, because a
///   function in `public` could fit the arguments better.
/// * Errors: transactions can write, and tables can be updated. There are no limits of time
///   except those of [`PostgresOptions`].
pub(crate) const SESSION: &str = "-c plan_cache_mode=force_custom_plan -c jit=off \
     -c gin_pending_list_limit=256kB -c gin_fuzzy_search_limit=0 -c row_security=off \
     -c search_path=pg_catalog -c standard_conforming_strings=on -c array_nulls=on \
     -c default_transaction_read_only=off -c default_transaction_deferrable=off \
     -c default_table_access_method=heap -c lock_timeout=0 \
     -c idle_in_transaction_session_timeout=0";

/// For a coordinator of Citus that has shards itself. It would read those in its own session,
/// whose snapshot is older than those of the workers, and could not run `ANALYZE` after that.
/// A server without Citus accepts the setting and ignores it.
const CITUS: &str = "-c citus.enable_local_execution=off";

/// The settings of [`SESSION`], each with its value.
pub(crate) fn settings() -> impl Iterator<Item = (&'static str, &'static str)> {
    let settings = SESSION.split("-c ");
    settings.filter_map(|setting| setting.trim().split_once('='))
}

/// Connections to one server, or to the first of several hosts that answers.
pub(crate) struct Server {
    pub(crate) pool: Pool,
    /// The hosts and the ports, for errors.
    pub(crate) address: String,
}

/// Connects to any server, with the TLS that the host has chosen.
#[derive(Clone)]
pub(crate) struct Connector {
    /// The connections of a pool.
    manager: Arc<dyn Fn(Config) -> Manager + Send + Sync>,
    /// A connection of its own, for notifications.
    open: Arc<dyn Fn(Config) -> BoxFuture<'static, Result<Listening, Error>> + Send + Sync>,
}

/// A connection for notifications: whoever polls the stream drives it.
pub(crate) type Listening = (Client, BoxStream<'static, Result<AsyncMessage, Error>>);

impl Connector {
    pub(crate) fn new<T>(tls: T) -> Self
    where
        T: MakeTlsConnect<Socket> + Clone + Send + Sync + 'static,
        T::Stream: Send + Sync,
        T::TlsConnect: Send + Sync,
        <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
    {
        let tls_of_pool = tls.clone();
        let manager = move |config| {
            // This checks without a round trip whether the connection is closed. What it
            // misses is covered by a second attempt.
            let recycling = ManagerConfig {
                recycling_method: RecyclingMethod::Fast,
            };
            Manager::from_config(config, tls_of_pool.clone(), recycling)
        };
        let open = move |config: Config| -> BoxFuture<'static, Result<Listening, Error>> {
            let tls = tls.clone();
            Box::pin(async move {
                let (client, mut connection) = config.connect(tls).await?;
                let messages = stream::poll_fn(move |context| connection.poll_message(context));
                let messages: BoxStream<'static, _> = Box::pin(messages);
                Ok((client, messages))
            })
        };
        Self {
            manager: Arc::new(manager),
            open: Arc::new(open),
        }
    }

    /// Opens a connection that is not one of the pool.
    pub(crate) fn open(
        &self,
        options: &PostgresOptions,
    ) -> impl Future<Output = Result<Listening, Error>> + Send + use<> {
        (self.open)(configured(options.config.clone(), options))
    }

    /// The server of `config`. Nothing is connected yet.
    pub(crate) fn server(
        &self,
        config: Config,
        options: &PostgresOptions,
    ) -> Result<Server, Problem> {
        let address = address(&config);
        let config = configured(config, options);
        let pool = Pool::builder((self.manager)(config))
            .max_size(options.pool_size)
            .wait_timeout(Some(options.wait_timeout))
            .create_timeout(Some(options.connect_timeout))
            .recycle_timeout(Some(options.connect_timeout))
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|error| {
                let (server, reason) = (address.clone(), error.to_string());
                Problem::Pool { server, reason }
            })?;
        Ok(Server { pool, address })
    }
}

/// The configuration with the settings of a session.
fn configured(mut config: Config, options: &PostgresOptions) -> Config {
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
    config
}
