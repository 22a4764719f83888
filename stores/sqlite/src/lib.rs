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

// The modules are in groups, separated by empty lines. A module uses only its own children and
// the modules of lower groups.
mod store;

mod changes;
mod query;
mod write;

mod schema;

mod connection;
mod row;

mod error;
mod options;

pub use crate::changes::{ChangedUnits, Changes, Revision};
pub use crate::options::{Durability, SqliteOptions};
pub use crate::store::SqliteStore;
