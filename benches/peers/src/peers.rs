//! The implementations.

pub(crate) mod library;
#[cfg(feature = "stores")]
pub(crate) mod plain;
#[cfg(feature = "stores")]
pub(crate) mod postgres;
#[cfg(feature = "stores")]
pub(crate) mod postgres_plain;
#[cfg(feature = "stores")]
pub(crate) mod postgres_store;
pub(crate) mod sqlite;
#[cfg(feature = "stores")]
mod sqlite_file;
#[cfg(feature = "stores")]
pub(crate) mod sqlite_plain;
#[cfg(feature = "stores")]
pub(crate) mod sqlite_store;
pub(crate) mod vec_plus;
