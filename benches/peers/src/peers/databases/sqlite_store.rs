//! livechat-units-sqlite with its default durability.

use std::sync::Arc;

use livechat_units::{Pending, Unit};
use livechat_units_sqlite::{SqliteOptions, SqliteStore};

use super::sqlite_file::File;
use crate::peer::Peer;
use crate::peers::library;
use crate::request::Request;

pub(super) struct Store {
    /// Dropped, and so closed, before its file is removed.
    pub(super) store: Arc<SqliteStore>,
    file: File,
}

impl Peer for Store {
    type Query = Pending;
    type Document = Unit;

    fn load(lines: &str) -> Self {
        let file = File::new();
        let options = SqliteOptions::new().with_order(library::declared());
        let store = options.open(file.path()).expect("a file can be made");
        let loaded = store.replace_all(library::units(lines));
        loaded.expect("documents can be stored");
        file.settle();
        let store = Arc::new(store);
        Self { store, file }
    }

    fn query(request: Request) -> Pending {
        library::pending(request)
    }

    fn answer(&self, query: Pending) -> Vec<u8> {
        library::answer(&*self.store, query)
    }

    fn document(line: &str) -> Unit {
        library::unit(line)
    }

    fn upsert(&mut self, document: Unit) {
        let stored = self.store.upsert(&document);
        stored.expect("a document can be stored");
    }

    fn disk_bytes(&self) -> Option<usize> {
        Some(self.file.bytes())
    }
}
