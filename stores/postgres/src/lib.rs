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

// Modules import only from the lines below their own:
//
//   store                 PostgresStore: the operations
//   query changes write   what they read, what they follow, what they write
//   schema                tables, indexes, triggers, and the migration that creates them
//   row        connection a unit as a row; pools, sessions, transactions and retries
//   options               PostgresOptions
//   error                 what can be wrong

mod changes;
mod connection;
mod error;
mod options;
mod query;
mod row;
mod schema;
mod store;
mod write;

pub use tokio_postgres::config::Config;

pub use crate::changes::{ChangedUnits, Changes, Hints, Revision};
pub use crate::error::ServerError;
pub use crate::options::PostgresOptions;
pub use crate::schema::{Layout, TotalCheck};
pub use crate::store::PostgresStore;
