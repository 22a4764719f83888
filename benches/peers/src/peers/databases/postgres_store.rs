//! livechat-units-postgres.

use livechat_units::{Pending, Unit};
use livechat_units_postgres::{Layout, PostgresOptions, PostgresStore};

use super::postgres::{SCHEMA, Session, config};
use crate::peer::Peer;
use crate::peers::library;
use crate::request::Request;

pub(super) struct Store {
    store: PostgresStore,
    session: Session,
}

impl Store {
    /// The store, with a pool of its own.
    pub(super) fn connect() -> PostgresStore {
        let options = PostgresOptions::new(config()).with_schema(SCHEMA);
        options.build().expect("a name of a schema")
    }
}

impl Peer for Store {
    type Query = Pending;
    type Document = Unit;

    fn load(lines: &str) -> Self {
        let session = Session::new();
        let layout = Layout::one_server().with_order(library::declared());
        let store = Self::connect();
        let loaded = session.block_on(async {
            store.migrate(&layout).await?;
            store.replace_all(library::units(lines)).await
        });
        loaded.expect("documents can be stored");
        session.settle();
        Self { store, session }
    }

    fn query(request: Request) -> Pending {
        library::pending(request)
    }

    fn answer(&self, query: Pending) -> Vec<u8> {
        let page = self.session.block_on(self.store.list(query.query()));
        query.finish(page).into_body().into_bytes()
    }

    fn document(line: &str) -> Unit {
        library::unit(line)
    }

    fn upsert(&mut self, document: Unit) {
        let stored = self.session.block_on(self.store.upsert(&document));
        stored.expect("a document can be stored");
    }

    fn disk_bytes(&self) -> Option<usize> {
        Some(self.session.disk_bytes())
    }
}
