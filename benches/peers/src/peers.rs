//! The implementations.

pub(crate) mod library;
pub(crate) mod sqlite;
pub(crate) mod vec_plus;
