//! What the programs in `examples` read.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod encodings;
mod reading;
mod requests;

#[path = "../../examples/shared/encoding.rs"]
mod encoding;
#[path = "../../examples/shared/request.rs"]
mod request;
