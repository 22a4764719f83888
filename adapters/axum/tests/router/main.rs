//! The router, without a socket and over one.

mod answers;
mod clients;
mod host;
mod openapi;
mod tracing;
mod versions;
mod wire;
