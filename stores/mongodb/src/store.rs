//! The store: its operations, and the time limit of a listing.

use std::fmt;
use std::sync::Arc;

use livechat_units::{StoreError, UnitPage, UnitQuery};
use mongodb::Collection;
use tokio::time::{Instant, timeout_at};

use crate::connection::Connection;
use crate::error::{CREATE_INDEXES, LIST, Problem};
use crate::options::MongoOptions;
use crate::{query, schema};

/// A store over Rocket.Chat's own collection of units and departments.
///
/// The host configures the client behind the collection: servers, credentials, TLS, read
/// preference, timeouts of connections. A clone shares the collection and the options. Calls
/// may run at the same time. They need the tokio runtime on which the client was made.
///
/// ```no_run
/// use std::time::Duration;
/// use livechat_units::{SortSpec, UnitQuery};
/// use livechat_units_mongodb::MongoOptions;
/// use mongodb::{Client, bson::Document};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let client = Client::with_uri_str("mongodb://a,b,c/?replicaSet=rs0").await?;
/// let departments = client.database("rocketchat").collection::<Document>("rocketchat_livechat_department");
/// let store = MongoOptions::new(&departments).with_timeout(Duration::from_secs(5)).build();
///
/// let largest_first: SortSpec = r#"{"numMonitors":-1}"#.parse()?;
/// let page = store.list(&UnitQuery::default().with_sort(largest_first)).await?;
/// assert!(page.len() <= 50);
/// # Ok(())
/// # }
/// ```
///
/// # Consistency
///
/// Page and total come from one snapshot if the deployment has snapshots: see
/// [`Consistency`](crate::Consistency).
///
/// # Errors
///
/// | kind | when |
/// |---|---|
/// | `Unavailable` | no server is found, the connection is lost, the primary has stepped down, the snapshot is gone |
/// | `Timeout` | the time limit of the listing, of the driver or of the server has passed |
/// | `InvalidQuery` | MongoDB reports "parallel arrays" |
/// | `Unsupported` | the core has to sort more matches than [`with_max_sorted`](MongoOptions::with_max_sorted) allows, or matches with values of types that only MongoDB can sort; a scope or sort is too long for a command. Except for a scope, an [`Unsupported`](livechat_units::Unsupported), whose text the client sees, is among the sources |
/// | `Corrupt` | a document is not valid BSON, nests too deep, or is not what the server took it for; a document holds a field twice, and there are more matches than `with_max_sorted` allows |
/// | `Failed` | anything else: no permission, a command that the server does not know |
///
/// The kind tells a host what to do. The source says what was wrong. It is a
/// `mongodb::error::Error` if the driver or the server reported the error. If no server was
/// found, or no answer came in time, the source names host and port of the servers. If a
/// connection was lost, it names the servers that the client still knows.
#[derive(Clone)]
#[must_use]
pub struct MongoStore {
    connection: Arc<Connection>,
}

impl MongoOptions {
    /// The store. No I/O.
    pub fn build(self) -> MongoStore {
        MongoStore {
            connection: Arc::new(Connection::new(self)),
        }
    }
}

impl MongoStore {
    /// A store over `collection` with the default [`MongoOptions`]. No I/O.
    pub fn new<T: Send + Sync>(collection: &Collection<T>) -> Self {
        MongoOptions::new(collection).build()
    }

    /// The page of matches that `query` asks for, and the number of all matches: the async form
    /// of [`UnitStore::list`](livechat_units::UnitStore::list).
    ///
    /// It only reads. Cost: three commands, an `aggregate` and two `find`, on a connection of
    /// the client's pool, and a fourth if a sort field contains objects or arrays. The commands
    /// of a text are sent a second time if a name in the collection is not valid UTF-8. If the
    /// future is dropped, the connection is closed.
    ///
    /// # Errors
    /// See [`MongoStore`].
    pub async fn list(&self, query: &UnitQuery) -> Result<UnitPage, StoreError> {
        let listed = match Instant::now().checked_add(self.connection.options().timeout) {
            // The limit is beyond the end of time, so there is none.
            None => query::list(&self.connection, query, None).await,
            Some(deadline) => {
                let listing = query::list(&self.connection, query, Some(deadline));
                match timeout_at(deadline, listing).await {
                    Ok(listed) => listed,
                    Err(_) => Err(self.connection.no_answer().await),
                }
            }
        };
        match listed {
            Ok(page) => Ok(page),
            Err(problem) => Err(self.error(LIST, problem).await),
        }
    }

    /// Creates the indexes that listings can use, if they are missing: one for each documented
    /// field, over units only. The index of a field has the name `livechat_units_` and the
    /// field.
    ///
    /// This is the only operation that writes, and the user needs the right to create indexes.
    /// With the right to list collections, it also works on servers without collations. Without
    /// the indexes the answers are the same, and slower. Only the driver's time limits apply.
    /// Indexes that an earlier version created are not changed.
    ///
    /// # Errors
    /// See [`MongoStore`]. `Failed` also if an index of such a name has other keys or another
    /// collation.
    pub async fn create_indexes(&self) -> Result<(), StoreError> {
        match schema::create_indexes(self.connection.collection()).await {
            Ok(()) => Ok(()),
            Err(error) => Err(self.error(CREATE_INDEXES, error.into()).await),
        }
    }

    pub(crate) fn connection(&self) -> &Arc<Connection> {
        &self.connection
    }

    async fn error(&self, operation: &'static str, problem: Problem) -> StoreError {
        self.connection
            .with_servers(problem)
            .await
            .during(operation)
    }
}

/// The namespace and the options. The client is left out, because it holds credentials.
impl fmt::Debug for MongoStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let options = self.connection.options();
        f.debug_struct("MongoStore")
            .field("namespace", &options.collection.namespace().to_string())
            .field("timeout", &options.timeout)
            .field("max_sorted", &options.max_sorted)
            .field("consistency", &self.connection.consistency())
            .finish()
    }
}
