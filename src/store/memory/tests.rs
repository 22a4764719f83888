//! Of the store as a whole.

pub(crate) mod faults;
mod work;
