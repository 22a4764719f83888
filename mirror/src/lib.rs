#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::as_conversions
    )
)]

mod mirror;
mod options;

mod follow;

mod shared;
mod source;
mod status;

mod apply;
mod error;

pub use crate::mirror::Mirror;
pub use crate::options::MirrorOptions;
#[cfg(feature = "mongodb")]
pub use crate::source::MongoSource;
#[cfg(feature = "postgres")]
pub use crate::source::PostgresSource;
#[cfg(feature = "sqlite")]
pub use crate::source::SqliteSource;
pub use crate::source::{BlockingSource, Changes, Source};
pub use crate::status::{Phase, Status};
