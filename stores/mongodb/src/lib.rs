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
mod checks;
mod consistency;
mod error;
mod id;
mod key_string;
mod pattern;
mod query;
mod reads;
mod repeated;
mod row;
mod schema;
mod servers;
mod store;

pub use crate::consistency::Consistency;
pub use crate::store::MongoStore;
