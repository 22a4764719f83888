//! Servers for the tests of MongoDB, and units as BSON.

pub mod cluster;
pub mod documents;
mod model;
pub mod scripted;
pub mod server;

use std::sync::LazyLock;

use tokio::runtime::Runtime;

/// The runtime of every client in this process. A client works on one runtime only.
pub static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().expect("a runtime starts"));
