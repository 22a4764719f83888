//! A replica set or a sharded cluster of tests: a scripted server over a [`Model`].

use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use mongodb::Collection;
use mongodb::bson::Document;
use mongodb::options::CollectionOptions;

pub use super::model::{Model, State, unit};
use super::scripted::{Reply, Role, Scripted};

/// A server with one collection, `db.units`, and a change stream of it.
pub struct Cluster {
    server: Scripted,
    model: Arc<Mutex<Model>>,
}

impl Cluster {
    /// A cluster with an empty collection.
    pub fn new(role: Role) -> Self {
        let model = Arc::new(Mutex::new(Model::new(role)));
        let answering = Arc::clone(&model);
        let server = Scripted::new(role, move |command| answer(&answering, command));
        Self { server, model }
    }

    /// What the next command meets. A command waits for the guard.
    pub fn model(&self) -> MutexGuard<'_, Model> {
        self.model.lock().unwrap()
    }

    /// The collection, of a client of its own.
    pub fn collection(&self) -> Collection<Document> {
        self.server.collection(CollectionOptions::default())
    }

    /// The server, which has recorded all commands.
    pub fn server(&self) -> &Scripted {
        &self.server
    }

    /// Inserts or replaces a unit.
    pub fn put(&self, id: &str, n: i64) {
        self.model().put(id, n);
    }

    /// The units after the last write.
    pub fn state(&self) -> State {
        let model = self.model();
        model.state_at(model.last)
    }
}

/// A stream that waits for so short a time is read for its time, and not for its events.
const SHORT: Duration = Duration::from_millis(100);

/// Calls the hook. A `getMore` then waits for an event as long as it asks for.
fn answer(shared: &Mutex<Model>, command: &Document) -> Reply {
    let began = Instant::now();
    let mut model = shared.lock().unwrap();
    model.call_hook(command);
    let wait = command.get_i64("maxTimeMS").unwrap_or_default();
    let wait = Duration::from_millis(wait.unsigned_abs());
    while wait >= SHORT && began.elapsed() < wait && model.is_without_events(command) {
        drop(model);
        thread::sleep(Duration::from_millis(1));
        model = shared.lock().unwrap();
    }
    model.answer(command)
}
