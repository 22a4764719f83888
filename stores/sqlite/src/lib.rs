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

mod blocks;
mod connect;
mod document;
mod error;
mod field;
mod file;
mod lister;
mod load;
mod matches;
mod options;
mod order;
mod page;
mod pool;
mod query;
mod rebuild;
mod restored;
mod row;
mod schema;
mod sort;
mod store;
mod walk;
mod write;

pub use crate::options::{Durability, SqliteOptions};
pub use crate::store::SqliteStore;
