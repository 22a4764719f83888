//! The slots of one gram.
//!
//! Sets are most of the memory of the text index. A set has one of three forms:
//!
//! ```text
//! Wide      2 bytes a slot, and 2 for every 65,536 slots of the store
//! Narrow    1 byte a slot, and 1 for every 256 slots of the store
//! Bits      a bit for every slot of the store, if the set has more than a sixteenth of them
//! ```
//!
//! A query can borrow a bitmap. Adding or removing a slot moves a part of one vector. A set changes
//! its form when its number of slots leaves the range of the form.

mod groups;

use self::groups::Groups;
use crate::store::memory::id::{Id, OrBroken, Slot, narrow, widen};
use crate::store::memory::set::bitmap::{BLOCK_WORDS, Bitmap};

/// The most slots of a wide set for each block. With this number, a narrow set is as large.
const WIDE_IN_A_BLOCK: usize = 256;
/// The most slots of a wide set: 32 KiB, which a write may have to move.
const WIDE: usize = 16_384;
/// A set with more slots for each block (a sixteenth) is a bitmap, which is read faster than groups.
const DENSE: usize = 4_096;

/// The first field of each form is the number of slots.
#[derive(Clone, Debug)]
pub(crate) enum SlotSet {
    Wide(u32, Groups<u16>),
    /// Every block of 65,536 slots by itself, so that a write moves a part of one.
    Narrow(u32, Vec<Groups<u8>>),
    Bits(u32, Bitmap),
}

impl SlotSet {
    /// A set of sorted, distinct slots.
    pub(crate) fn from_sorted(slots: &[Slot]) -> Self {
        let len = narrow(slots.len());
        let blocks = slots.last().map_or(0, |last| 1 + block(*last));
        if slots.len() <= most_wide(blocks) {
            return Self::Wide(len, Groups::from_sorted(slots));
        }
        if slots.len() > blocks * DENSE {
            let mut bitmap = Bitmap::for_slots(blocks << 16);
            bitmap.extend(slots);
            return Self::Bits(len, bitmap);
        }
        let mut groups = vec![Groups::from_sorted(&[]); blocks];
        for slots in slots.chunk_by(|a, b| block(*a) == block(*b)) {
            let number = block(*slots.first().or_broken());
            *groups.get_mut(number).or_broken() = Groups::from_sorted(slots);
        }
        Self::Narrow(len, groups)
    }

    pub(crate) fn len(&self) -> usize {
        let (Self::Wide(len, _) | Self::Narrow(len, _) | Self::Bits(len, _)) = self;
        widen(*len)
    }

    /// The bytes on the heap, without those of the allocator.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Wide(_, groups) => groups.bytes(),
            Self::Narrow(_, blocks) => {
                let own = blocks.capacity() * size_of::<Groups<u8>>();
                own + blocks.iter().map(Groups::bytes).sum::<usize>()
            }
            Self::Bits(_, bitmap) => bitmap.bytes(),
        }
    }

    /// The set as a bitmap, if that is its form.
    pub(crate) fn as_bitmap(&self) -> Option<&Bitmap> {
        match self {
            Self::Bits(_, bitmap) => Some(bitmap),
            _ => None,
        }
    }

    pub(crate) fn contains(&self, slot: Slot) -> bool {
        match self {
            Self::Wide(_, groups) => groups.contains(slot),
            Self::Narrow(_, blocks) => {
                let groups = blocks.get(block(slot));
                groups.is_some_and(|groups| groups.contains(slot))
            }
            Self::Bits(_, bitmap) => bitmap.contains(slot),
        }
    }

    pub(crate) fn insert(&mut self, slot: Slot) -> bool {
        let (len, is_new) = match self {
            Self::Wide(len, groups) => (len, groups.insert(slot)),
            Self::Narrow(len, blocks) => {
                let count = blocks.len().max(1 + block(slot));
                blocks.resize_with(count, || Groups::from_sorted(&[]));
                let groups = blocks.get_mut(block(slot));
                (len, groups.or_broken().insert(slot))
            }
            Self::Bits(len, bitmap) => (len, bitmap.insert(slot)),
        };
        *len += u32::from(is_new);
        self.adapt();
        is_new
    }

    pub(crate) fn remove(&mut self, slot: Slot) -> bool {
        let (len, was_there) = match self {
            Self::Wide(len, groups) => (len, groups.remove(slot)),
            Self::Narrow(len, blocks) => {
                let groups = blocks.get_mut(block(slot));
                (len, groups.is_some_and(|groups| groups.remove(slot)))
            }
            Self::Bits(len, bitmap) => (len, bitmap.remove(slot)),
        };
        *len -= u32::from(was_there);
        self.adapt();
        was_there
    }

    /// Converts the set if it has too many or too few slots for its form. Half the bound is too
    /// few, so that a set whose length varies around a bound is not converted each time.
    fn adapt(&mut self) {
        let len = self.len();
        let fits = match self {
            // Bitmaps that removals have emptied take memory too.
            Self::Wide(_, groups) => {
                len <= most_wide(groups.count()) && groups.bytes() <= (WIDE + groups.count()) * 8
            }
            Self::Narrow(_, blocks) => {
                most_wide(blocks.len()) / 2 < len && len <= blocks.len() * DENSE
            }
            Self::Bits(_, bitmap) => bitmap.blocks() * DENSE / 2 < len,
        };
        if !fits {
            *self = Self::from_sorted(&self.to_vec());
        }
    }

    #[inline]
    pub(crate) fn for_each(&self, mut each: impl FnMut(Slot)) {
        match self {
            Self::Wide(_, groups) => groups.for_each(0, each),
            Self::Narrow(_, blocks) => {
                for (base, groups) in (0..).step_by(1 << 16).zip(blocks) {
                    groups.for_each(base, &mut each);
                }
            }
            Self::Bits(_, bitmap) => bitmap.for_each(each),
        }
    }

    #[inline]
    pub(crate) fn add_to(&self, into: &mut Bitmap) {
        self.combine(into, |bits, own| bits | own);
    }

    pub(crate) fn remove_from(&self, from: &mut Bitmap) {
        self.combine(from, |bits, own| bits & !own);
    }

    /// Calls `combined` with words of a bitmap and this set's bits in them: see [`Groups::combine`].
    #[inline]
    fn combine(&self, with: &mut Bitmap, combined: impl Fn(u64, u64) -> u64) {
        match self {
            Self::Wide(_, groups) => groups.combine(with.words_mut(groups.count()), combined),
            Self::Narrow(_, blocks) => {
                let words = with.words_mut(blocks.len()).chunks_exact_mut(BLOCK_WORDS);
                for (groups, words) in blocks.iter().zip(words) {
                    groups.combine(words, &combined);
                }
            }
            Self::Bits(_, bitmap) => with.combine(bitmap, combined),
        }
    }

    pub(crate) fn to_vec(&self) -> Vec<Slot> {
        let mut slots = Vec::with_capacity(self.len());
        self.for_each(|slot| slots.push(slot));
        slots
    }
}

impl From<Bitmap> for SlotSet {
    fn from(bitmap: Bitmap) -> Self {
        let len = bitmap.count();
        let is_dense = len > bitmap.blocks() * DENSE;
        let set = Self::Bits(narrow(len), bitmap);
        if is_dense {
            set
        } else {
            Self::from_sorted(&set.to_vec())
        }
    }
}

/// The most slots of a wide set of this many blocks.
fn most_wide(blocks: usize) -> usize {
    WIDE.min(blocks * WIDE_IN_A_BLOCK)
}

fn block(slot: Slot) -> usize {
    slot.index() >> 16
}

#[cfg(test)]
mod tests;
