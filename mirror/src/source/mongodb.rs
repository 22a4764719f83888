//! A source over a collection in MongoDB.

use std::fmt;
use std::time::Duration;

use livechat_units::StoreError;
use livechat_units_mongodb::{ChangedUnits, Feed, MongoStore};

use super::{Changes, Source};

/// A source for [`MirrorOptions::follow`](crate::MirrorOptions::follow): the units of a collection,
/// such as Rocket.Chat's own.
///
/// It reads the store's [`Feed`], whose documentation says what a state is on a replica set, on a
/// sharded cluster and on a standalone server.
///
/// ```no_run
/// use livechat_units::{UnitQuery, UnitStore};
/// use livechat_units_mirror::{MirrorOptions, MongoSource};
/// use livechat_units_mongodb::MongoStore;
/// use mongodb::{Client, bson::Document};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let client = Client::with_uri_str("mongodb://a,b,c/?replicaSet=rs0").await?;
/// let departments = client.database("rocketchat").collection::<Document>("rocketchat_livechat_department");
/// let source = MongoSource::new(&MongoStore::new(&departments));
/// let (mirror, follow) = MirrorOptions::new().follow(source);
/// tokio::spawn(follow);
/// mirror.ready().await?;
/// println!("{} units", mirror.list(&UnitQuery::default())?.total());
/// # Ok(())
/// # }
/// ```
pub struct MongoSource {
    feed: Feed,
}

impl MongoSource {
    /// A source of the units of `store`. It does no I/O.
    pub fn new(store: &MongoStore) -> Self {
        Self { feed: store.feed() }
    }
}

impl Source for MongoSource {
    async fn changes(&mut self) -> Result<Changes, StoreError> {
        Ok(match self.feed.changes().await? {
            ChangedUnits::All(units) => Changes::All(units),
            ChangedUnits::Some(changes) => Changes::Some(changes),
        })
    }

    async fn wait(&mut self, at_most: Duration) {
        self.feed.wait(at_most).await;
    }
}

impl fmt::Debug for MongoSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MongoSource").finish_non_exhaustive()
    }
}
