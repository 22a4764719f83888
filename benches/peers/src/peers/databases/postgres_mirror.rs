//! A mirror of livechat-units-postgres.

use std::thread;

use livechat_units::{Pending, Unit};
use livechat_units_mirror::{Mirror, MirrorOptions, PostgresSource};
use tokio::runtime::Builder;

use super::mirrored::{PATIENCE, ready};
use super::postgres_store::Store;
use crate::peer::Peer;
use crate::peers::library;
use crate::request::Request;

pub(super) struct Mirrored {
    mirror: Mirror,
    snapshot: f64,
    store: Store,
}

impl Peer for Mirrored {
    type Query = Pending;
    type Document = Unit;

    fn load(lines: &str) -> Self {
        let store = Store::load(lines);
        // A pool of its own: the connections of a pool belong to the runtime that has opened them.
        let source = PostgresSource::new(Store::connect());
        let options = MirrorOptions::new().with_order(library::declared());
        let (mirror, follow) = options.follow(source);
        thread::spawn(|| {
            let runtime = Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(follow);
        });
        let snapshot = ready(&mirror);
        Self {
            mirror,
            snapshot,
            store,
        }
    }

    fn query(request: Request) -> Pending {
        library::pending(request)
    }

    fn answer(&self, query: Pending) -> Vec<u8> {
        library::answer(&self.mirror, query)
    }

    fn document(line: &str) -> Unit {
        library::unit(line)
    }

    /// Until the mirror lists it.
    fn upsert(&mut self, document: Unit) {
        self.store.upsert(document);
        let shown = self.mirror.caught_up_within(PATIENCE);
        shown.expect("the server answers");
    }

    fn disk_bytes(&self) -> Option<usize> {
        self.store.disk_bytes()
    }

    fn parts(&self) -> Vec<(&'static str, f64)> {
        vec![("snapshot, s", self.snapshot)]
    }
}
