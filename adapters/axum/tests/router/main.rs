//! The router without a socket, over a socket, and the example `serve` as a process.

mod answers;
mod changes;
mod client;
mod clients;
mod file;
mod host;
mod loading;
mod openapi;
mod process;
mod serve;
mod served_file;
mod store;
mod tracing;
mod versions;
mod watching;
mod wire;

#[path = "../../examples/serve/documents.rs"]
mod documents;
#[path = "../../examples/serve/encoding.rs"]
mod encoding;
#[path = "../../examples/serve/feed.rs"]
mod feed;
#[allow(dead_code, reason = "the tests look, and do not wait a second before")]
#[path = "../../examples/serve/load.rs"]
mod load;
#[path = "../../examples/serve/watch.rs"]
mod watch;
#[path = "../../examples/serve/writers.rs"]
mod writers;
