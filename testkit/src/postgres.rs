//! Private servers of PostgreSQL, and clients of them.

pub mod server;
pub mod sql;

use std::sync::OnceLock;

use tokio::runtime::{Builder, Runtime};

/// Runs a future on the one runtime that all connections of a run belong to.
pub fn block_on<F: Future>(future: F) -> F::Output {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    let runtime = RUNTIME.get_or_init(|| {
        let mut builder = Builder::new_multi_thread();
        let builder = builder.worker_threads(2).enable_all();
        builder.build().expect("a runtime starts")
    });
    runtime.block_on(future)
}
