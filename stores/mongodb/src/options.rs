//! The options of a store.

use std::fmt;
use std::time::Duration;

use bson::RawDocumentBuf;
use mongodb::Collection;

/// The collection and the limits of a [`MongoStore`](crate::MongoStore).
///
/// ```no_run
/// use std::time::Duration;
/// use livechat_units_mongodb::MongoOptions;
/// use mongodb::{Client, bson::Document};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let client = Client::with_uri_str("mongodb://a,b,c/?replicaSet=rs0").await?;
/// let departments = client.database("rocketchat").collection::<Document>("rocketchat_livechat_department");
/// let store = MongoOptions::new(&departments)
///     .with_timeout(Duration::from_secs(5))
///     .with_max_sorted(10_000)
///     .build();
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[must_use]
pub struct MongoOptions {
    pub(crate) collection: Collection<RawDocumentBuf>,
    pub(crate) timeout: Duration,
    pub(crate) max_sorted: u64,
    /// `None` if the store asks the server.
    pub(crate) consistency: Option<Consistency>,
}

/// Whether page and total of a listing come from one state of the data.
///
/// ```no_run
/// use livechat_units_mongodb::{Consistency, MongoOptions};
/// use mongodb::{Client, bson::Document};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// // The host knows that this server is standalone, so the store need not ask:
/// let client = Client::with_uri_str("mongodb://localhost").await?;
/// let departments = client.database("rocketchat").collection::<Document>("rocketchat_livechat_department");
/// let store = MongoOptions::new(&departments).with_consistency(Consistency::Separate).build();
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Consistency {
    /// Page and total come from one snapshot of data that a majority has acknowledged.
    /// Replica sets and sharded clusters of MongoDB 5.0 and later have snapshots. The
    /// snapshot replaces the read concern of the collection.
    Snapshot,
    /// The commands read one after the other, with the read concern of the collection. A
    /// standalone server can do no more. A write between two commands can be in the page and
    /// not in the total, or in the total and not in the page. The total certainly agrees with
    /// the page only if the page is not full or is unlimited.
    Separate,
}

impl MongoOptions {
    /// Options for `collection`, which Rocket.Chat calls `rocketchat_livechat_department`:
    /// a timeout of 60 seconds, at most 100,000 matches sorted by the core, and the best
    /// consistency of the deployment. No I/O.
    pub fn new<T: Send + Sync>(collection: &Collection<T>) -> Self {
        Self {
            collection: collection.clone_with_type(),
            timeout: Duration::from_secs(60),
            max_sorted: 100_000,
            consistency: None,
        }
    }

    /// The longest time that a whole listing may take. Default: 60 seconds.
    ///
    /// Each command also has the time that is left as its `maxTimeMS`, so that the server
    /// stops its work then.
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The most matches that the store reads and lets the core sort, if MongoDB cannot sort
    /// them (the [crate's documentation](crate) lists the cases). Default: 100,000.
    ///
    /// Each of them is in memory as a [`Unit`](livechat_units::Unit) during the listing. A
    /// listing with more matches fails with
    /// [`StoreErrorKind::Unsupported`](livechat_units::StoreErrorKind::Unsupported). If
    /// MongoDB searches only for the beginning of a long text, every name that contains the
    /// beginning counts.
    pub fn with_max_sorted(mut self, matches: u64) -> Self {
        self.max_sorted = matches;
        self
    }

    /// Reads with this consistency. Default: the store asks the server once what the
    /// deployment supports, and uses snapshots if it can.
    pub fn with_consistency(mut self, consistency: Consistency) -> Self {
        self.consistency = Some(consistency);
        self
    }
}

/// The namespace and the limits. The client is left out, because it holds credentials.
impl fmt::Debug for MongoOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MongoOptions")
            .field("namespace", &self.collection.namespace().to_string())
            .field("timeout", &self.timeout)
            .field("max_sorted", &self.max_sorted)
            .field("consistency", &self.consistency)
            .finish()
    }
}
