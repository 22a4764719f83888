//! Sets of numbers: bitmaps over all slots, the compact sets that an index stores for
//! each of its entries, and the slots that a search has found.

pub(crate) mod bitmap;
mod found;
mod id_set;

pub(crate) use self::bitmap::Bitmap;
pub(crate) use self::found::{Found, Matches};
pub(crate) use self::id_set::{SlotSet, WordSet};
