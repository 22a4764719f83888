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
//   store                 MongoStore: the operations and their deadline
//   changes               Feed: the states of the collection, one after the other
//   query      schema     the commands of a listing; the indexes
//   row        connection a document as a unit; sessions, deadlines, server addresses
//   options    error      MongoOptions; what can be wrong
//
// There is no `write.rs`, as in the stores that own their tables: this store only reads units.

mod changes;
mod connection;
mod error;
mod options;
mod query;
mod row;
mod schema;
mod store;

pub use crate::changes::{ChangedUnits, Feed};
pub use crate::options::{Consistency, MongoOptions};
pub use crate::store::MongoStore;
