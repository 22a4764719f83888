//! A mirror of livechat-units-sqlite.

use std::sync::Arc;
use std::thread;

use livechat_units::{Pending, Unit};
use livechat_units_mirror::{Mirror, MirrorOptions, SqliteSource};

use super::mirrored::{PATIENCE, ready};
use super::sqlite_store::Store;
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
        let source = SqliteSource::new(Arc::clone(&store.store));
        let options = MirrorOptions::new().with_order(library::declared());
        let (mirror, follow) = options.follow_blocking(source);
        thread::spawn(follow);
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
        shown.expect("the file can be read");
    }

    fn disk_bytes(&self) -> Option<usize> {
        self.store.disk_bytes()
    }

    fn parts(&self) -> Vec<(&'static str, f64)> {
        vec![("snapshot, s", self.snapshot)]
    }
}
