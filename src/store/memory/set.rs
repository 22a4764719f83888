//! Sets of numbers: bitmaps over all slots, the compact sets that an index stores for
//! each of its entries, and the slots that a search has found.

pub(crate) mod bitmap;
pub(crate) mod found;
pub(crate) mod id_set;
