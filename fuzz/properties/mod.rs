//! What fuzzing looks for a counterexample of. Each property takes any bytes and
//! panics when the library breaks its contract.
//!
//! The fuzz targets and `tests/fuzz_seeds.rs` share these files, so they know the
//! library by its public API only, and judge it by means of their own: a JSON
//! reader, a percent decoder, exact decimals, a plain model of the order. An indexed
//! store is judged by the reference.

#![allow(
    dead_code,
    unused_imports,
    reason = "each fuzz target is a crate that uses one property"
)]

mod choices;
mod dates;
mod decimal;
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
mod store_mirror;
mod store_queries;
mod store_vocabulary;
mod store_vs_reference;
mod text_match;
mod unit_decode;
mod unit_relation;

pub(crate) use endpoint_request::endpoint_request;
pub(crate) use order_total::order_total;
pub(crate) use params_parse::params_parse;
pub(crate) use sort_parse::sort_parse;
pub(crate) use store_vs_reference::store_vs_reference;
pub(crate) use text_match::text_match;
pub(crate) use unit_decode::unit_decode;

/// A message says something, and no input makes it long: it shows at most two
/// excerpts of 80 scalars, each of which takes up to ten bytes when it is escaped.
fn assert_bounded(message: &str) {
    assert!(!message.is_empty());
    assert!(message.len() < 2000, "{} bytes", message.len());
}
