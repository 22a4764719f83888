//! The service, without a socket and over one.

mod answers;
mod host;
#[cfg(feature = "tokio")]
mod threads;
mod wire;
