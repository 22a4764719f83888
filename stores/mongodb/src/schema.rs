//! The indexes that the queries want.

use bson::{Document, RawDocumentBuf, doc};
use livechat_units::{StoreError, StoreErrorKind};
use mongodb::error::ErrorKind;
use mongodb::options::{Collation, IndexOptions};
use mongodb::{Collection, IndexModel};

use crate::error::{CREATE_INDEXES, of_code, of_driver};

/// The fields that units are documented to have and clients sort by.
const FIELDS: [&str; 5] = [
    "name",
    "visibility",
    "numMonitors",
    "numDepartments",
    "_updatedAt",
];

/// Creates the indexes that are missing.
pub(crate) async fn create_indexes(
    collection: &Collection<RawDocumentBuf>,
) -> Result<(), StoreError> {
    let created = match collation(collection).await {
        Ok(collation) => collection
            .create_indexes(indexes(collation.as_ref()))
            .await
            .map(drop),
        Err(error) => Err(error),
    };
    created.map_err(|error| of_driver(CREATE_INDEXES, error))
}

/// The collation to ask for. An index takes the one of its collection, which the queries do
/// not have. So the simple one is named where the collection has another. Elsewhere it is not:
/// servers that have no collations refuse the word, and to others both mean the same index.
async fn collation(
    collection: &Collection<RawDocumentBuf>,
) -> mongodb::error::Result<Option<Collation>> {
    let namespace = collection.namespace();
    let database = collection.client().database(&namespace.db);
    let command = doc! {
        "listCollections": 1, "filter": { "name": namespace.coll }, "cursor": {},
    };
    match database.run_command(command).await {
        Ok(reply) => Ok(has_collation(&reply).then(simple)),
        // The right to create indexes does not include this command, and proxies refuse it with
        // codes of their own. To name the collation is right on every server that has collations.
        Err(error) => match &*error.kind {
            ErrorKind::Command(command) if of_code(command.code) == StoreErrorKind::Failed => {
                Ok(Some(simple()))
            }
            _ => Err(error),
        },
    }
}

/// Whether the one collection that is listed has a collation of its own. A collection that
/// does not exist yet has none.
fn has_collation(reply: &Document) -> bool {
    let collections = reply.get_document("cursor");
    let collections = collections.and_then(|cursor| cursor.get_array("firstBatch"));
    let mut collections = collections.into_iter().flatten();
    collections.any(|collection| {
        let options = collection
            .as_document()
            .and_then(|c| c.get_document("options").ok());
        let collation = options.and_then(|options| options.get_document("collation").ok());
        collation.is_some_and(|collation| !collation.get_str("locale").is_ok_and(|l| l == "simple"))
    })
}

/// One index for each field, ending in `_id`, over units alone: the departments in the
/// collection are neither in it nor slowed down by it. Each serves both directions.
fn indexes(collation: Option<&Collation>) -> Vec<IndexModel> {
    let model = |field: &str| {
        let mut keys = Document::new();
        keys.insert(field, 1);
        keys.insert("_id", 1);
        let options = IndexOptions::builder()
            .name(format!("livechat_units_{field}"))
            .partial_filter_expression(doc! { "type": "u" })
            .collation(collation.cloned())
            .build();
        IndexModel::builder().keys(keys).options(options).build()
    };
    FIELDS.into_iter().map(model).collect()
}

/// Byte order, whatever the collection's default.
pub(crate) fn simple() -> Collation {
    Collation::builder().locale("simple").build()
}
