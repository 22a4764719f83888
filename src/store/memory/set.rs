//! Sets of slots.

pub(crate) mod bitmap;
pub(crate) mod id_set;
