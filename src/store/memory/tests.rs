//! Tests of the whole store.

pub(crate) mod faults;
mod work;
