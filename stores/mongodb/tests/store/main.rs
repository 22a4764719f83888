//! The store over a server: see `livechat_units_testkit::mongodb::server` for which one.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

mod after;
mod changes;
mod commands;
mod conformance;
mod cursors;
mod data;
mod faults;
mod indexes;
mod raw;
mod repeated;
mod repeated_search;
mod scripted;
mod server;
