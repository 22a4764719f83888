//! Stores over the scripted server.

use livechat_units_mongodb::{MongoOptions, MongoStore};
pub(crate) use livechat_units_testkit::mongodb::scripted::{
    Reply, Role, Scripted, at_cluster_time, census, documents, seeks_only_in_spec,
};
use mongodb::options::CollectionOptions;

/// The store over the collection of a server.
pub(crate) trait Stores {
    fn options(&self) -> MongoOptions;

    fn store(&self) -> MongoStore {
        self.options().build()
    }
}

impl Stores for Scripted {
    fn options(&self) -> MongoOptions {
        MongoOptions::new(&self.collection(CollectionOptions::default()))
    }
}
