//! Tests that need the connections of a store.

mod changes;
mod connections;
mod plans;
