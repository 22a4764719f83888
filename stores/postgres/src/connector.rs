//! Connections to a server, as many as the options allow.

use std::fmt;
use std::sync::Arc;

use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod, Runtime};
use livechat_units::{StoreError, StoreErrorKind};
use tokio_postgres::Socket;
use tokio_postgres::config::Config;
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};

use crate::options::{PostgresOptions, milliseconds};

/// One plan for all texts would be the wrong one for most; no plan here is worth being
/// compiled; and every search by text reads what waits to be put into the index, so that
/// little may wait.
pub(crate) const SESSION: &str =
    "-c plan_cache_mode=force_custom_plan -c jit=off -c gin_pending_list_limit=256kB";

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

    /// A pool of connections to the server of `config` with these limits.
    pub(crate) fn pool(
        &self,
        mut config: Config,
        options: &PostgresOptions,
    ) -> Result<Pool, StoreError> {
        let settings = format!(
            "-c statement_timeout={} {SESSION}",
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
        Pool::builder(self.0(config))
            .max_size(options.pool_size)
            .wait_timeout(Some(options.wait_timeout))
            .create_timeout(Some(options.connect_timeout))
            .recycle_timeout(Some(options.connect_timeout))
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|error| {
                StoreError::new(StoreErrorKind::Failed, "open the store").with_source(error)
            })
    }
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Connector")
    }
}
