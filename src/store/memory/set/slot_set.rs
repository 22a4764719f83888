//! The slots of one gram.
//!
//! Most of the work of a text search is reading sets, and most of the memory of the text index is
//! sets. A set has one of four forms:
//!
//! ```text
//! Few       no slot or one                                   16 bytes
//! Lists     for every 65,536 slots a list                     2 bytes a slot
//! Groups    for every 256 slots a list or a bitmap            1 byte a slot, and a byte for each group
//! Bits      a bitmap, for a sixteenth of all slots            an eighth of a byte for every slot
//! ```
//!
//! A bitmap can be lent to a query as it is. Adding or removing a slot moves a part of one list.
//! The set converts itself where another form takes less memory.

mod groups;
mod lists;

use self::groups::Groups;
use self::lists::Lists;
use crate::store::memory::id::{OrBroken, Slot, narrow, widen};
use crate::store::memory::set::bitmap::{Bitmap, bit};

/// The most slots in lists: as many for each block that groups take as much memory, and as many
/// that a write moves at most 32 KiB.
const LISTED_IN_A_BLOCK: usize = 256;
const LISTED: usize = 16_384;
/// The slots for each block from which a set is a bitmap: a sixteenth. Reading more from groups
/// would take longer than copying the bitmap.
const DENSE: usize = 4_096;

/// The larger forms begin with their lengths.
#[derive(Clone, Debug)]
pub(crate) enum SlotSet {
    Few(Option<Slot>),
    Lists(u32, Box<Lists>),
    Groups(u32, Box<Blocks>),
    Bits(u32, Box<Bitmap>),
}

#[derive(Clone, Debug)]
pub(crate) struct Blocks {
    blocks: Vec<Groups>,
}

impl SlotSet {
    /// A set of sorted, distinct slots.
    pub(crate) fn from_sorted(slots: &[Slot]) -> Self {
        let [_, .., last] = slots else {
            return Self::Few(slots.first().copied());
        };
        let (len, blocks) = (narrow(slots.len()), usize::from(block_of(*last)) + 1);
        if slots.len() <= most_listed(blocks) {
            Self::Lists(len, Box::new(Lists::from_sorted(slots)))
        } else if slots.len() <= blocks * DENSE {
            Self::Groups(len, Box::new(Blocks::from_sorted(slots)))
        } else {
            let mut bitmap = Bitmap::for_slots(blocks << 16);
            bitmap.extend(slots);
            Self::Bits(len, Box::new(bitmap))
        }
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Few(one) => one.iter().len(),
            Self::Lists(len, _) | Self::Groups(len, _) | Self::Bits(len, _) => widen(*len),
        }
    }

    /// The bytes on the heap, without those of the allocator.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Few(_) => 0,
            Self::Lists(_, lists) => size_of::<Lists>() + lists.bytes(),
            Self::Groups(_, blocks) => {
                let own = size_of::<Blocks>() + blocks.blocks.capacity() * size_of::<Groups>();
                own + blocks.blocks.iter().map(Groups::bytes).sum::<usize>()
            }
            Self::Bits(_, bitmap) => size_of::<Bitmap>() + bitmap.bytes(),
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
            Self::Few(one) => *one == Some(slot),
            Self::Lists(_, lists) => lists.contains(slot),
            Self::Groups(_, blocks) => {
                let groups = blocks.blocks.get(usize::from(block_of(slot)));
                groups.is_some_and(|groups| groups.contains(slot))
            }
            Self::Bits(_, bitmap) => bitmap.contains(slot),
        }
    }

    /// Adds a slot. Returns whether it was new.
    pub(crate) fn insert(&mut self, slot: Slot) -> bool {
        let (len, is_new) = match self {
            Self::Few(None) => {
                *self = Self::Few(Some(slot));
                return true;
            }
            Self::Few(Some(one)) => {
                let (one, is_new) = (*one, *one != slot);
                if is_new {
                    *self = Self::from_sorted(&[slot.min(one), slot.max(one)]);
                }
                return is_new;
            }
            Self::Lists(len, lists) => (len, lists.insert(slot)),
            Self::Groups(len, blocks) => (len, blocks.insert(slot)),
            Self::Bits(len, bitmap) => (len, bitmap.insert(slot)),
        };
        *len += u32::from(is_new);
        self.adapt();
        is_new
    }

    /// Removes a slot. Returns whether it was there.
    pub(crate) fn remove(&mut self, slot: Slot) -> bool {
        let (len, was_there) = match self {
            Self::Few(one) => return one.take_if(|one| *one == slot).is_some(),
            Self::Lists(len, lists) => (len, lists.remove(slot)),
            Self::Groups(len, blocks) => {
                let groups = blocks.blocks.get_mut(usize::from(block_of(slot)));
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
            Self::Few(_) => true,
            Self::Lists(_, lists) => 1 < len && len <= most_listed(lists.blocks()),
            Self::Groups(_, blocks) => {
                let blocks = blocks.blocks.len();
                most_listed(blocks) / 2 < len && len <= blocks * DENSE
            }
            Self::Bits(_, bitmap) => bitmap.blocks() * DENSE / 2 < len,
        };
        if !fits {
            *self = Self::from_sorted(&self.to_vec());
        }
    }

    /// Calls `each` with every slot, ascending.
    #[inline]
    pub(crate) fn for_each(&self, mut each: impl FnMut(Slot)) {
        match self {
            Self::Few(one) => one.iter().for_each(|slot| each(*slot)),
            Self::Lists(_, lists) => lists.for_each(each),
            Self::Groups(_, blocks) => {
                for (base, groups) in (0..).step_by(1 << 16).zip(&blocks.blocks) {
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

    /// Combines the words of a bitmap with those of this set that have slots.
    #[inline]
    fn combine(&self, with: &mut Bitmap, combined: impl Fn(u64, u64) -> u64) {
        match self {
            Self::Few(one) => one.iter().for_each(|slot| {
                let word = with.word_mut(*slot);
                *word = combined(*word, bit(*slot));
            }),
            Self::Lists(_, lists) => lists.combine(with, combined),
            Self::Groups(_, blocks) => {
                for (number, groups) in blocks.blocks.iter().enumerate() {
                    groups.combine(with.block_mut(number), &combined);
                }
            }
            Self::Bits(_, bitmap) => with.combine(bitmap, combined),
        }
    }

    /// The slots, sorted.
    pub(crate) fn to_vec(&self) -> Vec<Slot> {
        let mut slots = Vec::with_capacity(self.len());
        self.for_each(|slot| slots.push(slot));
        slots
    }
}

impl Default for SlotSet {
    fn default() -> Self {
        Self::Few(None)
    }
}

impl From<Bitmap> for SlotSet {
    fn from(bitmap: Bitmap) -> Self {
        let len = bitmap.count();
        let is_dense = len > bitmap.blocks() * DENSE;
        let set = Self::Bits(narrow(len), Box::new(bitmap));
        if is_dense {
            set
        } else {
            Self::from_sorted(&set.to_vec())
        }
    }
}

impl Blocks {
    fn from_sorted(slots: &[Slot]) -> Self {
        let mut blocks = Vec::new();
        for slots in slots.chunk_by(|a, b| block_of(*a) == block_of(*b)) {
            let block = block_of(*slots.first().or_broken());
            blocks.resize_with(usize::from(block), || Groups::from_sorted(&[]));
            blocks.push(Groups::from_sorted(slots));
        }
        blocks.shrink_to_fit();
        Self { blocks }
    }

    fn insert(&mut self, slot: Slot) -> bool {
        let block = usize::from(block_of(slot));
        if self.blocks.len() <= block {
            self.blocks
                .resize_with(block + 1, || Groups::from_sorted(&[]));
        }
        self.blocks.get_mut(block).or_broken().insert(slot)
    }
}

/// The most slots that lists of this many blocks hold.
fn most_listed(blocks: usize) -> usize {
    LISTED.min(blocks * LISTED_IN_A_BLOCK)
}

/// The number of the block of a slot.
#[inline]
fn block_of(slot: Slot) -> u16 {
    let [.., low, high] = slot.0.to_le_bytes();
    u16::from_le_bytes([low, high])
}

/// The number of headers. The first entry is the number of the last one.
#[inline]
fn headers<T: Copy + Into<usize>>(entries: &[T]) -> usize {
    let last = *entries.first().or_broken();
    1 + last.into()
}

/// Adds empty headers up to the one with this number.
fn add_headers<T: Copy + Default + Into<usize>>(entries: &mut Vec<T>, number: T) {
    let end = 1 + headers(entries);
    let missing = (2 + number.into()).saturating_sub(end);
    if missing > 0 {
        entries.splice(end..end, std::iter::repeat_n(T::default(), missing));
        *entries.first_mut().or_broken() = number;
    }
}

/// Inserts an entry. A vector that is full grows by an eighth and not by its length.
fn insert_at<T>(entries: &mut Vec<T>, at: usize, entry: T) {
    if entries.len() == entries.capacity() {
        entries.reserve_exact(entries.len() / 8 + 4);
    }
    entries.insert(at, entry);
}

#[cfg(test)]
mod tests;
