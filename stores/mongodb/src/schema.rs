//! The indexes that the queries want.

use bson::{Document, doc};
use mongodb::IndexModel;
use mongodb::options::{Collation, IndexOptions};

/// The fields that units are documented to have and clients sort by.
const FIELDS: [&str; 5] = [
    "name",
    "visibility",
    "numMonitors",
    "numDepartments",
    "_updatedAt",
];

/// One index for each field, ending in `_id`, over units alone: the departments in the
/// collection are neither in it nor slowed down by it. Each serves both directions.
pub(crate) fn indexes() -> Vec<IndexModel> {
    let model = |field: &str| {
        let mut keys = Document::new();
        keys.insert(field, 1);
        keys.insert("_id", 1);
        // The collection may have a collation of its own, and the queries have not.
        let options = IndexOptions::builder()
            .name(format!("livechat_units_{field}"))
            .partial_filter_expression(doc! { "type": "u" })
            .collation(simple())
            .build();
        IndexModel::builder().keys(keys).options(options).build()
    };
    FIELDS.into_iter().map(model).collect()
}

/// Byte order, whatever the collection's default.
pub(crate) fn simple() -> Collation {
    Collation::builder().locale("simple").build()
}
