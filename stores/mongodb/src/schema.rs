//! The indexes of the collection.
//!
//! There is one index for each [`Field`]: `{FIELD: 1, _id: 1}` with the name
//! `livechat_units_FIELD`, partial on `{"type": "u"}`. It serves both directions of its field.
//! Departments are in no index, so the indexes do not slow down writes of departments.

use bson::{Document, RawDocumentBuf, doc};
use livechat_units::StoreErrorKind;
use livechat_units::columns::Field;
use mongodb::error::{ErrorKind, Result};
use mongodb::options::{Collation, IndexOptions};
use mongodb::{Collection, IndexModel};

use crate::connection::simple_collation;
use crate::error::of_code;

/// Creates the indexes that are missing.
pub(crate) async fn create_indexes(collection: &Collection<RawDocumentBuf>) -> Result<()> {
    let collation = collation(collection).await?;
    let indexes = Field::ALL.map(|field| index(field, collation.clone()));
    collection.create_indexes(indexes).await?;
    Ok(())
}

/// The collation to name in the indexes, if any.
///
/// The commands of a listing use the simple collation, so the indexes need it too. An index
/// inherits the collation of its collection. Therefore the simple collation is named if the
/// collection has another one. Otherwise it is omitted, because servers without collations
/// refuse it.
async fn collation(collection: &Collection<RawDocumentBuf>) -> Result<Option<Collation>> {
    let namespace = collection.namespace();
    let database = collection.client().database(&namespace.db);
    let command = doc! {
        "listCollections": 1, "filter": { "name": namespace.coll }, "cursor": {},
    };
    match database.run_command(command).await {
        Ok(reply) => Ok(has_collation(&reply).then(simple_collation)),
        // A user who may create indexes need not have the right to run this command, and
        // proxies refuse it with codes of their own. Every server with collations accepts an
        // index that names the simple one.
        Err(error) => match &*error.kind {
            ErrorKind::Command(command) if of_code(command.code) == StoreErrorKind::Failed => {
                Ok(Some(simple_collation()))
            }
            _ => Err(error),
        },
    }
}

/// Whether the collection in the reply has a collation other than the simple one. A collection
/// that does not exist yet has none.
fn has_collation(reply: &Document) -> bool {
    let collections = reply.get_document("cursor");
    let collections = collections.and_then(|cursor| cursor.get_array("firstBatch"));
    let mut collections = collections.into_iter().flatten();
    collections.any(|collection| {
        let collection = collection.as_document();
        let options = collection.and_then(|collection| collection.get_document("options").ok());
        let collation = options.and_then(|options| options.get_document("collation").ok());
        collation.is_some_and(|collation| {
            let locale = collation.get_str("locale");
            !locale.is_ok_and(|locale| locale == "simple")
        })
    })
}

fn index(field: Field, collation: Option<Collation>) -> IndexModel {
    let mut keys = Document::new();
    keys.insert(field.path(), 1);
    keys.insert("_id", 1);
    let options = IndexOptions::builder()
        .name(format!("livechat_units_{}", field.path()))
        .partial_filter_expression(doc! { "type": "u" })
        .collation(collation)
        .build();
    IndexModel::builder().keys(keys).options(options).build()
}
