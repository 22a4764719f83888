//! The implementations.

#[cfg(feature = "stores")]
pub(crate) mod databases;
pub(crate) mod library;
pub(crate) mod sqlite;
pub(crate) mod vec_plus;
