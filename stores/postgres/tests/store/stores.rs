//! Stores to test, one schema each, on servers that the tests share.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use livechat_units::Unit;
use livechat_units_postgres::{Layout, PostgresOptions, PostgresStore};

use crate::block_on;
use crate::citus::{self, Citus};
use crate::server::{self, Server};

/// On which servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum On {
    One,
    /// One table that nothing keeps the number of.
    Distributed,
    /// A coordinator and two shards.
    Three,
    /// A table that Citus has distributed.
    Citus(Citus),
}

impl On {
    /// Whether its servers can be had. Where they cannot, says so.
    pub(crate) fn available(self) -> bool {
        match self {
            Self::One | Self::Distributed | Self::Three => server::available(),
            Self::Citus(citus) => citus.available(),
        }
    }
}

/// A coordinator or a server alone, and shards.
pub(crate) struct Servers {
    pub(crate) first: Server,
    pub(crate) shards: [Server; 2],
}

impl Servers {
    pub(crate) fn start() -> Self {
        let mut started: Vec<_> = (0..3)
            .map(|_| std::thread::spawn(|| Server::start("C.UTF-8")))
            .collect();
        let mut next = || {
            started
                .pop()
                .expect("three")
                .join()
                .expect("a server starts")
        };
        Self {
            first: next(),
            shards: [next(), next()],
        }
    }

    /// Those that are shared, and never stopped.
    pub(crate) fn shared() -> &'static Self {
        static SERVERS: OnceLock<Servers> = OnceLock::new();
        SERVERS.get_or_init(Self::start)
    }

    pub(crate) fn layout(&self, on: On) -> Layout {
        match on {
            On::One => Layout::one_server(),
            On::Distributed | On::Citus(_) => Layout::distributed(),
            On::Three => Layout::shards(self.shards.iter().map(Server::config)),
        }
    }

    /// Options for a schema that nobody else has.
    pub(crate) fn options(&self) -> PostgresOptions {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        PostgresOptions::new(self.first.config())
            .with_schema(format!("units_{number}"))
            .with_pool_size(4)
    }

    /// A store with these options, without units.
    pub(crate) fn store(&self, on: On, options: PostgresOptions) -> PostgresStore {
        let store = options.build().expect("the options are right");
        block_on(store.migrate(&self.layout(on))).expect("the store migrates");
        store
    }
}

/// A store of the shared servers that is given back when it is dropped: making one takes
/// longer than most tests.
pub(crate) struct Lent {
    on: On,
    store: Option<PostgresStore>,
    /// Nobody stops its servers.
    _in_use: Option<citus::InUse>,
}

static GIVEN_BACK: Mutex<Vec<(On, PostgresStore)>> = Mutex::new(Vec::new());

/// A store with these documents.
pub(crate) fn store_of(on: On, documents: &[Unit]) -> Arc<Lent> {
    let in_use = matches!(on, On::Citus(_)).then(citus::in_use);
    let given_back = {
        let mut all = GIVEN_BACK.lock().unwrap();
        let found = all.iter().position(|(its, _)| *its == on);
        found.map(|place| all.swap_remove(place).1)
    };
    let store = given_back.unwrap_or_else(|| {
        if let On::Citus(citus) = on {
            return citus.store(&citus::new_schema());
        }
        let servers = Servers::shared();
        servers.store(on, servers.options())
    });
    let loaded = block_on(store.replace_all(documents.iter().cloned()));
    loaded.expect("the documents can be kept");
    let store = Some(store);
    Arc::new(Lent {
        on,
        store,
        _in_use: in_use,
    })
}

impl std::ops::Deref for Lent {
    type Target = PostgresStore;

    fn deref(&self) -> &PostgresStore {
        self.store.as_ref().expect("until it is dropped")
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let Some(store) = self.store.take() {
            GIVEN_BACK.lock().unwrap().push((self.on, store));
        }
    }
}
