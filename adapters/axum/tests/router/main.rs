//! The router without a socket, over a socket, and the example `serve` as a process.

mod answers;
mod changes;
mod client;
mod clients;
mod host;
mod openapi;
mod process;
mod reading;
mod serve;
mod tracing;
mod versions;
mod wire;
