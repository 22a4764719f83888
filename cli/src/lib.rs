//! The parts that the programs `livechat-units` and `livechat-units-serve` share.
//!
//! * [`documents`] reads all units of a file, and counts them.
//! * [`encoding`] decodes the bytes of a file: UTF-8, or UTF-16.
//! * [`members`] are those of a JSON object, as texts.
//! * [`request`] reads and answers the recorded requests of `livechat-units replay`.
//! * [`arguments`] reads a command line.
//!
//! This library exists for the two programs. Its interface may change in any release. To
//! embed the listing, use [`livechat_units`].

#![forbid(unsafe_code)]

pub mod arguments;
pub mod documents;
pub mod encoding;
pub mod members;
pub mod request;

/// The seven units of Rocket.Chat's documentation, as JSON lines.
pub const DOCUMENTED: &str = include_str!("documented.jsonl");
