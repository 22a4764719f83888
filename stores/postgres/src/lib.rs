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

mod after;
mod connector;
mod error;
mod indexes;
mod instant;
mod layout;
mod limits;
mod list;
mod options;
mod order;
mod query;
mod row;
mod schema;
mod shards;
mod statement;
mod store;
mod transaction;
mod write;
mod zero;

pub use tokio_postgres::config::Config;

pub use crate::layout::Layout;
pub use crate::options::PostgresOptions;
pub use crate::store::PostgresStore;
