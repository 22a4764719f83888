//! The router without a socket, over a socket, and the example `serve` as a process.

mod answers;
mod changes;
mod client;
mod clients;
mod file;
mod host;
mod openapi;
mod process;
mod serve;
mod served_file;
mod tracing;
mod versions;
mod watching;
mod wire;

#[path = "../../examples/serve/documents.rs"]
mod documents;
#[path = "../../examples/serve/watch.rs"]
mod watch;
#[path = "../../examples/serve/writers.rs"]
mod writers;
