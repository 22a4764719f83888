#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::as_conversions
    )
)]

// In groups: a module uses only modules of the groups below its own, and its own children.
mod store;

mod query;
mod write;

mod schema;

mod connection;
mod row;

mod error;
mod options;

pub use crate::options::{Durability, SqliteOptions};
pub use crate::store::SqliteStore;
