//! What state of the data a listing describes, and what a deployment is able to.

use bson::{RawDocumentBuf, doc};
use livechat_units::StoreError;
use mongodb::Collection;
use mongodb::error::ErrorKind;

use crate::error::{LIST, of_driver};

/// What state of the data a listing describes.
///
/// ```no_run
/// use livechat_units_mongodb::{Consistency, MongoStore};
/// use mongodb::{Client, bson::Document};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// // A server known to stand alone need not be asked what it is able to:
/// let client = Client::with_uri_str("mongodb://localhost").await?;
/// let departments = client.database("rocketchat").collection::<Document>("rocketchat_livechat_department");
/// let store = MongoStore::new(&departments).with_consistency(Consistency::Separate);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Consistency {
    /// One snapshot, of data that a majority has acknowledged: replica sets and sharded
    /// clusters of MongoDB 5.0 and later. The read concern of the collection gives way
    /// to it.
    Snapshot,
    /// Reads one after the other, with the read concern of the collection: what a
    /// server that stands alone can do. A write between them can be in the page and
    /// not in the total, or the other way round. Only a page that is not full, or has no
    /// bound, has the total that fits it.
    Separate,
}

impl Consistency {
    /// The best that the deployment is able to.
    pub(crate) async fn of(collection: &Collection<RawDocumentBuf>) -> Result<Self, StoreError> {
        /// MongoDB 5.0.
        const SNAPSHOTS_SINCE: i32 = 13;
        const COMMAND_NOT_FOUND: i32 = 59;
        let admin = collection.client().database("admin");
        let hello = admin.run_command(doc! { "hello": 1 });
        let hello = match collection.selection_criteria() {
            Some(criteria) => hello.selection_criteria(criteria.clone()),
            None => hello,
        };
        let hello = match hello.await {
            Ok(hello) => hello,
            Err(error) => match &*error.kind {
                ErrorKind::Command(command) if command.code == COMMAND_NOT_FOUND => {
                    return Ok(Self::Separate);
                }
                _ => return Err(of_driver(LIST, error)),
            },
        };
        let version = hello.get_i32("maxWireVersion").unwrap_or_default();
        let is_member = hello.contains_key("setName");
        let is_router = hello.get_str("msg").is_ok_and(|msg| msg == "isdbgrid");
        if version >= SNAPSHOTS_SINCE && (is_member || is_router) {
            Ok(Self::Snapshot)
        } else {
            Ok(Self::Separate)
        }
    }
}
