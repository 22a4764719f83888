//! The bounds, which errors name and several others keep.

/// The longest `_id`, in bytes. With the keys of five fields it fits into one entry of an
/// index, which PostgreSQL bounds by a third of a page.
pub(crate) const MAX_ID_BYTES: usize = 1_024;

/// The longest document, in bytes of its JSON.
pub(crate) const MAX_DOCUMENT_BYTES: usize = 16 * 1024 * 1024;

/// The longest name of a schema, in bytes.
pub(crate) const MAX_SCHEMA_BYTES: usize = 48;

/// The most servers that a layout spreads units over.
pub(crate) const MAX_SHARDS: usize = 64;

/// The most orders that a schema keeps beside those of single fields.
pub(crate) const MAX_ORDERS: usize = 16;

/// The version of the tables that this crate makes and knows.
pub(crate) const VERSION: i32 = 2;
