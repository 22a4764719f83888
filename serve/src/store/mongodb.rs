//! The units in the database of a Rocket.Chat server, read-only.

#![allow(clippy::unused_async, reason = "every store has the same methods")]

use std::time::Duration;

use livechat_units::{StoreError, StoreErrorKind, Unit, UnitPage, UnitQuery, Written};
use livechat_units_mirror::{Mirror, MirrorOptions, MongoSource};
use livechat_units_mongodb::MongoStore;
use mongodb::Client;
use mongodb::bson::{Document, doc};
use mongodb::options::ClientOptions;

use super::threads;
use crate::feed::Problem;

/// How long a server may take to answer when the program starts.
const PATIENCE: Duration = Duration::from_secs(10);

const COLLECTION: &str = "rocketchat_livechat_department";

#[derive(Clone)]
pub(crate) struct MongoDb {
    database: String,
    store: MongoStore,
}

impl MongoDb {
    /// The database is that of the URL, or `rocketchat`. Waits for an answer of the server, so
    /// that a wrong URL is an error here and not at the first listing.
    pub(super) async fn open(url: &str) -> Result<Self, Problem> {
        let options = ClientOptions::parse(url).await?;
        let hosts: Vec<String> = options.hosts.iter().map(ToString::to_string).collect();
        let hosts = hosts.join(", ");
        let client = Client::with_options(options)?;
        let database = client.default_database();
        let database = database.unwrap_or_else(|| client.database("rocketchat"));
        let ping = database.run_command(doc! { "ping": 1 });
        match tokio::time::timeout(PATIENCE, ping).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => return Err(format!("MongoDB at {hosts}: {error}").into()),
            Err(_) => {
                return Err(format!("MongoDB at {hosts}: no answer within {PATIENCE:?}").into());
            }
        }
        let collection = database.collection::<Document>(COLLECTION);
        Ok(Self {
            database: database.name().to_owned(),
            store: MongoStore::new(&collection),
        })
    }

    pub(super) fn described(&self) -> String {
        format!(
            "the units in {}.{COLLECTION}, to be read only",
            self.database
        )
    }

    pub(super) async fn list(&self, query: UnitQuery) -> Result<UnitPage, StoreError> {
        self.store.list(&query).await
    }

    pub(super) async fn upsert_all(&self, _units: Vec<Unit>) -> Result<(), StoreError> {
        Err(read_only())
    }

    pub(super) async fn remove(&self, _id: String) -> Result<bool, StoreError> {
        Err(read_only())
    }

    pub(super) async fn replace_all(&self, _text: String) -> Result<Written, Problem> {
        Err(read_only().into())
    }

    /// A mirror of the units.
    pub(super) fn mirror(&self) -> Result<Mirror, Problem> {
        let source = MongoSource::new(&self.store);
        let (mirror, follow) = MirrorOptions::new().follow(source);
        threads::follow(follow)?;
        Ok(mirror)
    }
}

fn read_only() -> StoreError {
    StoreError::new(StoreErrorKind::Unsupported, "change the units")
        .with_source("Rocket.Chat owns them: the store only reads")
}
