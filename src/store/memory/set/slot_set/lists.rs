//! Few slots: a list for each block of 65,536 slots, two bytes a slot.
//!
//! ```text
//! |last|count 0|count 1| … |count last|list 0|list 1| … |list last|
//!
//! last    the number of the last block
//! list    sorted, the lowest 16 bits of the slots
//! ```
//!
//! Finding a slot adds up the counts before its block. Adding one moves the slots after it.

use crate::store::memory::id::{OrBroken, Slot, part};
use crate::store::memory::set::bitmap::Bitmap;
use crate::store::memory::set::slot_set::{add_headers, block_of, headers, insert_at};

#[derive(Clone, Debug)]
pub(crate) struct Lists {
    words: Vec<u16>,
}

impl Lists {
    pub(crate) fn from_sorted(slots: &[Slot]) -> Self {
        let last = slots.last().map_or(0, |last| block_of(*last));
        let mut words = Vec::with_capacity(2 + usize::from(last) + slots.len());
        words.resize(2, 0);
        add_headers(&mut words, last);
        for slot in slots {
            *header(&mut words, *slot) += 1;
            words.push(low(*slot));
        }
        Self { words }
    }

    pub(crate) fn blocks(&self) -> usize {
        headers(&self.words)
    }

    /// The bytes on the heap.
    pub(crate) fn bytes(&self) -> usize {
        self.words.capacity() * size_of::<u16>()
    }

    pub(crate) fn contains(&self, slot: Slot) -> bool {
        self.find(slot).is_ok()
    }

    /// Adds a slot. Returns whether it was new.
    pub(crate) fn insert(&mut self, slot: Slot) -> bool {
        add_headers(&mut self.words, block_of(slot));
        let Err(at) = self.find(slot) else {
            return false;
        };
        insert_at(&mut self.words, at, low(slot));
        *header(&mut self.words, slot) += 1;
        true
    }

    /// Removes a slot. Returns whether it was there.
    pub(crate) fn remove(&mut self, slot: Slot) -> bool {
        let Ok(at) = self.find(slot) else {
            return false;
        };
        self.words.remove(at);
        *header(&mut self.words, slot) -= 1;
        true
    }

    /// Calls `each` with every slot, ascending.
    #[inline]
    pub(crate) fn for_each(&self, mut each: impl FnMut(Slot)) {
        for (block, list) in self.iter() {
            let base = u32::from(block) << 16;
            for low in list {
                each(Slot(base | u32::from(*low)));
            }
        }
    }

    /// Combines the words of a bitmap with those of this set that have slots.
    #[inline]
    pub(crate) fn combine(&self, with: &mut Bitmap, combined: impl Fn(u64, u64) -> u64) {
        for (block, list) in self.iter().filter(|(_, list)| !list.is_empty()) {
            let words = with.block_mut(usize::from(block));
            for low in list {
                let word = words.get_mut(usize::from(low >> 6)).or_broken();
                *word = combined(*word, 1 << (low & 63));
            }
        }
    }

    /// Every block with its list.
    #[inline]
    fn iter(&self) -> impl Iterator<Item = (u16, &[u16])> {
        let (counts, mut rest) = self.words.split_at(1 + self.blocks());
        let counts = counts.iter().skip(1);
        (0..=u16::MAX).zip(counts).map(move |(block, count)| {
            let (list, after) = rest.split_at(usize::from(*count));
            rest = after;
            (block, list)
        })
    }

    /// The index of a slot, or the index at which it would be inserted.
    fn find(&self, slot: Slot) -> Result<usize, usize> {
        let block = 1 + usize::from(block_of(slot));
        let end = 1 + self.blocks();
        let before = part(&self.words, 1..block.min(end)).iter();
        let start = end + before.map(|count| usize::from(*count)).sum::<usize>();
        let count = self.words.get(block).filter(|_| block < end);
        let list = start..start + count.map_or(0, |count| usize::from(*count));
        let found = position(part(&self.words, list), low(slot));
        found.map(|at| start + at).map_err(|at| start + at)
    }
}

/// The count of the block of a slot.
fn header(words: &mut [u16], slot: Slot) -> &mut u16 {
    words.get_mut(1 + usize::from(block_of(slot))).or_broken()
}

/// The lowest 16 bits of a slot.
#[inline]
fn low(slot: Slot) -> u16 {
    let [low, high, ..] = slot.0.to_le_bytes();
    u16::from_le_bytes([low, high])
}

/// The index of a number among sorted ones, or the index at which it would be inserted. Each step
/// of a binary search waits for memory, so this search has two steps that read many numbers.
fn position(sorted: &[u16], number: u16) -> Result<usize, usize> {
    const PARTS: usize = 16;
    let width = sorted.len().div_ceil(PARTS).max(PARTS);
    let firsts = sorted.iter().step_by(width).skip(1);
    let from = width * firsts.filter(|first| **first <= number).count();
    let near = part(sorted, from..sorted.len().min(from + width));
    let at = from + near.iter().filter(|other| **other < number).count();
    match sorted.get(at) {
        Some(found) if *found == number => Ok(at),
        _ => Err(at),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slots(lists: &Lists) -> Vec<u32> {
        let mut slots = Vec::new();
        lists.for_each(|slot| slots.push(slot.0));
        slots
    }

    #[test]
    fn a_block_is_added_with_its_first_slot() {
        let mut lists = Lists::from_sorted(&[Slot(7), Slot(65_535)]);
        assert_eq!((lists.blocks(), lists.bytes()), (1, 8));
        assert!(!lists.contains(Slot(3 << 16)));
        assert!(lists.insert(Slot(3 << 16)));
        assert!(!lists.insert(Slot(3 << 16)));
        assert_eq!(lists.blocks(), 4);
        assert!(lists.insert(Slot(1 << 16)));
        assert_eq!(slots(&lists), [7, 65_535, 1 << 16, 3 << 16]);
        assert!(lists.remove(Slot(3 << 16)));
        assert!(!lists.remove(Slot(3 << 16)));
        assert!(!lists.remove(Slot(u32::MAX)));
        assert_eq!(slots(&lists), [7, 65_535, 1 << 16]);
    }

    #[test]
    #[cfg_attr(miri, ignore = "too slow under Miri")]
    fn a_number_is_found_at_its_index() {
        for len in 0..600 {
            let sorted: Vec<u16> = (0..len).map(|at| at * 2 + 1).collect();
            for number in 0..=len * 2 {
                assert_eq!(position(&sorted, number), sorted.binary_search(&number));
            }
        }
    }
}
