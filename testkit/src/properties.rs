//! The properties that fuzzing tries to refute. Each takes any bytes and panics if the
//! library breaks its contract.
//!
//! The fuzz targets and `tests/fuzz_seeds.rs` call them. A property judges the library
//! with means of its own: a JSON reader, a percent decoder, exact decimals, a plain model
//! of the sort order. Only [`store_vs_reference`] trusts a part of the library, the store
//! over a slice.

mod choices;
mod dates;
mod decimal;
mod documents_read;
mod endpoint_documents;
mod endpoint_request;
mod json;
mod json_agreement;
mod order_cursor;
mod order_input;
mod order_model;
mod order_paths;
mod order_total;
mod params_parse;
mod percent;
mod sort_parse;
mod store_documents;
mod store_large;
mod store_queries;
mod store_vs_reference;
mod text_match;
mod unit_decode;
mod unit_relation;

pub use documents_read::documents_read;
pub use endpoint_request::endpoint_request;
pub use order_total::order_total;
pub use params_parse::params_parse;
pub use sort_parse::sort_parse;
pub use store_vs_reference::store_vs_reference;
pub use text_match::text_match;
pub use unit_decode::unit_decode;

/// A message is not empty, and no input makes it long: it shows at most two excerpts of
/// 80 scalars, each of which takes up to ten bytes when it is escaped.
fn assert_bounded(message: &str) {
    assert!(!message.is_empty());
    assert!(message.len() < 2000, "{} bytes", message.len());
}
