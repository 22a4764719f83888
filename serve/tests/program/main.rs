//! The program `livechat-units-serve` as a process.

#![allow(clippy::unwrap_used, clippy::panic)]

mod changes;
mod check;
mod commands;
mod process;
mod serve;
mod served_file;
mod versions;

#[path = "../../src/test_file.rs"]
mod test_file;
