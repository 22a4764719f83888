//! An `_id` as MongoDB may have it: a string, or an `ObjectId` that reads as one.

use bson::Bson;
use bson::oid::ObjectId;

/// The ids that read as this one.
pub(crate) fn spellings(id: &str) -> impl Iterator<Item = Bson> {
    [Some(id.into()), object_id(id).map(Bson::ObjectId)]
        .into_iter()
        .flatten()
}

/// The `ObjectId` that reads as this text, as extended JSON writes it.
pub(crate) fn object_id(text: &str) -> Option<ObjectId> {
    let is_lower = !text.bytes().any(|byte| byte.is_ascii_uppercase());
    ObjectId::parse_str(text).ok().filter(|_| is_lower)
}
