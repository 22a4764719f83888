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

// Imports go in one direction: store, then query and write, then schema, then connection and
// row, then options, then error.
mod connection;
mod error;
mod options;
mod query;
mod row;
mod schema;
mod store;
mod write;

pub use tokio_postgres::config::Config;

pub use crate::error::ServerError;
pub use crate::options::PostgresOptions;
pub use crate::schema::{Layout, TotalCheck};
pub use crate::store::PostgresStore;
