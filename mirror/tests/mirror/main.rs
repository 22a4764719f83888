//! Mirrors of sources that tests write, and of databases.

mod basics;
mod history;
#[cfg(any(feature = "mongodb", feature = "postgres", feature = "sqlite"))]
mod soak;
mod states;
