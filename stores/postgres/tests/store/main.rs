//! The store on private servers: see `server.rs` for what that takes.

mod conformance;
mod faults;
mod migrations;
mod model;
mod plans;
mod server;
mod sql;
mod stores;
mod writes;

use std::sync::OnceLock;

use tokio::runtime::{Builder, Runtime};

/// All connections of a run belong to one runtime.
fn block_on<F: Future>(future: F) -> F::Output {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    let runtime = RUNTIME.get_or_init(|| {
        let mut builder = Builder::new_multi_thread();
        let builder = builder.worker_threads(2).enable_all();
        builder.build().expect("a runtime starts")
    });
    runtime.block_on(future)
}
