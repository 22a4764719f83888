//! Tests that need the connections of a store.

mod connections;
mod plans;
