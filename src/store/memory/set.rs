//! Sets of slots: bitmaps over all slots, the compact sets that the text index stores for each
//! gram, and the slots that a search has found.

pub(crate) mod bitmap;
mod found;
mod slot_set;

pub(crate) use self::bitmap::Bitmap;
pub(crate) use self::found::{Found, Matches};
pub(crate) use self::slot_set::SlotSet;
