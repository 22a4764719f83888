//! What the tests, the fuzz targets and the benchmarks of `livechat-units` share.
//!
//! | module | contents | used by |
//! |---|---|---|
//! | [`random`] | a generator with the same numbers on every run | tests, benchmarks |
//! | [`data`] | invented units of a known shape | benchmarks, load |
//! | [`naive`] | a listing without the library, and its sort orders | benchmarks |
//! | [`vocabulary`] | words, values, paths and sorts for random units and queries | tests, fuzzing |
//! | [`pair`] | a `MemoryStore` beside a plain list of units | tests, fuzzing |
//! | `mongodb` (a feature) | servers of MongoDB, units as BSON | tests |
//! | `postgres` (a feature) | private servers of PostgreSQL | tests |
//! | [`properties`] | one property for each fuzz target | tests, fuzzing |
//! | [`allocations`] | an allocator that counts | tests |
//! | [`client`] | an HTTP client that sends any bytes | tests of the servers |
//! | [`effort`] | how much work a test does | tests |
//!
//! The package is not published. It sees the public API of `livechat-units` and nothing
//! else. Unit tests inside the library cannot use the types of this crate together with
//! their own: Cargo compiles the library twice for them, once with and once without its
//! unit tests.

#![allow(
    clippy::missing_panics_doc,
    reason = "a function of this crate panics to fail the test that called it"
)]

pub mod allocations;
pub mod client;
pub mod data;
pub mod effort;
#[cfg(feature = "mongodb")]
pub mod mongodb;
pub mod naive;
pub mod pair;
#[cfg(feature = "postgres")]
pub mod postgres;
pub mod properties;
pub mod random;
pub mod vocabulary;
