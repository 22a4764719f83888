//! The store on private servers, which `server.rs` starts.

mod changes;
mod changes_elsewhere;
mod changes_hints;
mod changes_model;
mod changes_upgrade;
mod citus;
mod citus_faults;
mod citus_queries;
mod citus_writes;
mod conformance;
mod distributed;
mod errors;
mod faults;
mod locks;
mod migrations;
mod model;
mod plans;
mod proxy;
mod server;
mod settings;
mod sql;
mod standby;
mod stores;
mod tls;
mod totals;
mod under_load;
mod upgrade;
mod writes;

use std::sync::OnceLock;

use tokio::runtime::{Builder, Runtime};

/// Runs a future on the one runtime that all connections of a run belong to.
fn block_on<F: Future>(future: F) -> F::Output {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    let runtime = RUNTIME.get_or_init(|| {
        let mut builder = Builder::new_multi_thread();
        let builder = builder.worker_threads(2).enable_all();
        builder.build().expect("a runtime starts")
    });
    runtime.block_on(future)
}

/// How many faults a test causes: `usually`, unless the environment says otherwise.
fn faults_to_cause(usually: u64) -> u64 {
    let asked = std::env::var("LIVECHAT_UNITS_FAULTS").ok();
    asked.map_or(usually, |number| {
        number.parse().expect("a number of faults")
    })
}
