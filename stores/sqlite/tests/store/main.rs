//! The store through its public API, and its file through SQLite.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod concurrent;
mod conformance;
mod crash;
mod documents;
mod faults;
mod file;
mod model;
mod random;
mod texts;

#[path = "../../../../fuzz/properties/store_vocabulary.rs"]
mod vocabulary;
