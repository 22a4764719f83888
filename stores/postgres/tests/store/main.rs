//! The store on private servers.

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
mod settings;
mod standby;
mod stores;
mod tls;
mod totals;
mod under_load;
mod upgrade;
mod writes;

use livechat_units_testkit::postgres::{block_on, server, sql};

/// How many faults a test causes: `usually`, unless the environment says otherwise.
fn faults_to_cause(usually: u64) -> u64 {
    let asked = std::env::var("LIVECHAT_UNITS_FAULTS").ok();
    asked.map_or(usually, |number| {
        number.parse().expect("a number of faults")
    })
}
