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

// Each module uses only modules of the lines below it.
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
