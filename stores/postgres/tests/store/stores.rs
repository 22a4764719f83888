//! Stores under test, each in a schema of its own, on servers that the tests share.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use livechat_units::Unit;
use livechat_units_postgres::{Layout, PostgresOptions, PostgresStore};

use crate::block_on;
use crate::citus::{self, Citus};
use crate::server::{self, Server};

/// The servers of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum On {
    One,
    /// One table without a stored total.
    Distributed,
    /// A coordinator and two shards.
    Three,
    /// A table that Citus has distributed.
    Citus(Citus),
}

impl On {
    /// Whether these servers are available. If not, prints a notice.
    pub(crate) fn available(self) -> bool {
        match self {
            Self::One | Self::Distributed | Self::Three => server::available(),
            Self::Citus(citus) => citus.available(),
        }
    }
}

/// A server, which can be a coordinator, and shards.
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
                .expect("three servers are started")
                .join()
                .expect("a server starts")
        };
        Self {
            first: next(),
            shards: [next(), next()],
        }
    }

    /// The shared servers, which no test stops.
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

    /// Options with a new schema.
    pub(crate) fn options(&self) -> PostgresOptions {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        PostgresOptions::new(self.first.config())
            .with_schema(format!("units_{number}"))
            .with_pool_size(4)
    }

    /// An empty store with these options.
    pub(crate) fn store(&self, on: On, options: PostgresOptions) -> PostgresStore {
        let store = options.build().expect("the options are valid");
        block_on(store.migrate(&self.layout(on))).expect("the store migrates");
        store
    }
}

/// A store on the shared servers. Another test can use it after it is dropped, because its
/// migration takes longer than most tests.
pub(crate) struct Lent {
    on: On,
    store: Option<PostgresStore>,
    /// While it exists, no test stops the servers.
    _in_use: Option<citus::InUse>,
}

static UNUSED: Mutex<Vec<(On, PostgresStore)>> = Mutex::new(Vec::new());

/// A store with these documents.
pub(crate) fn store_of(on: On, documents: &[Unit]) -> Arc<Lent> {
    let in_use = matches!(on, On::Citus(_)).then(citus::in_use);
    let unused = {
        let mut all = UNUSED.lock().unwrap();
        let found = all.iter().position(|(of, _)| *of == on);
        found.map(|index| all.swap_remove(index).1)
    };
    let store = unused.unwrap_or_else(|| {
        if let On::Citus(citus) = on {
            return citus.store(&citus::new_schema());
        }
        let servers = Servers::shared();
        servers.store(on, servers.options())
    });
    let loaded = block_on(store.replace_all(documents.iter().cloned()));
    loaded.expect("the documents can be stored");
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
        self.store.as_ref().expect("only the drop takes the store")
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let Some(store) = self.store.take() {
            UNUSED.lock().unwrap().push((self.on, store));
        }
    }
}
