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

mod address;
mod after;
mod connector;
mod counting;
mod error;
mod indexes;
mod instant;
mod layout;
mod limits;
mod list;
mod locale;
mod meta;
mod migrate;
mod operations;
mod options;
mod order;
mod query;
mod row;
mod schema;
mod server_error;
mod shards;
mod sql;
mod standby;
mod statement;
mod store;
mod totals;
mod transaction;
mod units;
mod write;
mod zero;

pub use tokio_postgres::config::Config;

pub use crate::layout::Layout;
pub use crate::options::PostgresOptions;
pub use crate::server_error::ServerError;
pub use crate::store::PostgresStore;
pub use crate::totals::TotalCheck;
