//! Reading files and recorded requests.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod documents;
mod encodings;
mod requests;
