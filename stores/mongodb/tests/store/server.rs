//! Collections of the server that the tests use.

use livechat_units::Unit;
use livechat_units_mongodb::{MongoOptions, MongoStore};
pub(crate) use livechat_units_testkit::mongodb::RUNTIME;
use livechat_units_testkit::mongodb::documents::to_bson;
use livechat_units_testkit::mongodb::server;
pub(crate) use livechat_units_testkit::mongodb::server::{Server, options, server};
use mongodb::Collection;
use mongodb::bson::Document;
use mongodb::options::ClientOptions;

/// A collection that is dropped at the end of the test.
pub(crate) struct Scratch {
    pub(crate) collection: Collection<Document>,
}

impl Scratch {
    /// A new collection, of a client with these options.
    pub(crate) fn with_options(options: ClientOptions) -> Self {
        Self {
            collection: server::collection(options),
        }
    }

    pub(crate) async fn new(server: &Server) -> Self {
        Self::with_options(options(server).await)
    }

    pub(crate) async fn insert(&self, documents: &[Document]) {
        if !documents.is_empty() {
            self.collection.insert_many(documents).await.unwrap();
        }
    }

    pub(crate) async fn insert_units(&self, units: &[Unit]) {
        self.insert(&units.iter().map(to_bson).collect::<Vec<_>>())
            .await;
    }

    pub(crate) fn store(&self) -> MongoStore {
        self.options().build()
    }

    pub(crate) fn options(&self) -> MongoOptions {
        MongoOptions::new(&self.collection)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let collection = self.collection.clone();
        // On another thread, because the test may be on the runtime, where nothing may block.
        let dropped =
            std::thread::spawn(move || RUNTIME.block_on(async { collection.drop().await }));
        let _ = dropped.join();
    }
}
