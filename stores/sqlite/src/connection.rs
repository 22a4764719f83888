//! Connections to the database.
//!
//! ```text
//!  StoreFile   absolute path, device and inode: all connections open this one file
//!  open…       one connection, with the pragmas of its role
//!  Pool        lends connections to threads; opens them when they are needed
//!  Snapshot    a read transaction on a lent connection
//! ```
//!
//! A store in a file has a pool with one connection that writes and a pool with several that
//! read. A store in memory has one connection for both.

mod connect;
mod file;
mod pool;
mod snapshot;

pub(crate) use connect::{Create, configure_writer, open, open_in_memory, open_reader};
pub(crate) use file::{Identity, StoreFile, absolute};
pub(crate) use pool::{Loan, Pool};
pub(crate) use snapshot::Snapshot;
