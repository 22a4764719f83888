//! The store through its public API, and its file through SQLite.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod changes;
mod concurrent;
mod conformance;
mod copies;
mod crash;
mod documents;
mod faults;
mod file;
mod following;
mod full;
mod model;
mod older;
mod opening;
mod paths;
mod process;
mod revisions;
mod texts;
mod totals;
mod written;

#[cfg(unix)]
mod permissions;

/// How many faults a test causes: `usually`, unless the environment has another number.
fn faults_to_cause(usually: u64) -> u64 {
    let number = std::env::var("LIVECHAT_UNITS_FAULTS").ok();
    number.map_or(usually, |number| {
        number.parse().expect("a number of faults")
    })
}
