//! One block of a set: the lowest 16 bits of its slots in a range of 65,536.

use crate::store::memory::id::{OrBroken, Slot, part, widen};
use crate::store::memory::set::bitmap::BitBlock;
use crate::store::memory::set::slot_set::groups::Groups;

/// The longest list of slots of 2 bytes: groups take as much memory.
const LISTED: usize = 256;
/// Below this many slots groups become a list. It is less than `LISTED`, so that adding and
/// removing one slot does not convert the block each time.
const SPARSE: usize = 192;

#[derive(Clone, Debug)]
pub(crate) enum Block {
    /// Sorted.
    List(Vec<u16>),
    Groups(Groups),
}

impl Block {
    pub(crate) fn from_sorted(list: Vec<u16>) -> Self {
        if list.len() > LISTED {
            Self::Groups(Groups::from_sorted(&list))
        } else {
            Self::List(list)
        }
    }

    /// The bytes on the heap.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::List(list) => list.capacity() * 2,
            Self::Groups(groups) => groups.bytes(),
        }
    }

    /// Combines the words of a bitmap with the words of this block that have slots.
    #[inline]
    pub(crate) fn combine(&self, with: &mut BitBlock, combined: impl Fn(u64, u64) -> u64) {
        match self {
            Self::List(list) => {
                for low in list {
                    let word = with.get_mut(usize::from(low >> 6)).or_broken();
                    *word = combined(*word, 1 << (low & 63));
                }
            }
            Self::Groups(groups) => groups.combine(with, combined),
        }
    }

    pub(crate) fn contains(&self, low: u16) -> bool {
        match self {
            Self::List(list) => position(list, low).is_ok(),
            Self::Groups(groups) => groups.contains(low),
        }
    }

    /// Adds a slot. Returns whether it was new.
    pub(crate) fn insert(&mut self, low: u16) -> bool {
        match self {
            Self::List(list) => {
                let Err(at) = position(list, low) else {
                    return false;
                };
                insert_at(list, at, low);
                if list.len() > LISTED {
                    *self = Self::Groups(Groups::from_sorted(list));
                }
                true
            }
            Self::Groups(groups) => groups.insert(low),
        }
    }

    /// Removes a slot. Returns whether it was there.
    pub(crate) fn remove(&mut self, low: u16) -> bool {
        match self {
            Self::List(list) => {
                let at = position(list, low);
                at.is_ok_and(|at| list.remove(at) == low)
            }
            Self::Groups(groups) => {
                let known = groups.remove(low);
                if groups.payload() < SPARSE {
                    let mut list = Vec::new();
                    groups.for_each(|low| list.push(low));
                    if list.len() < SPARSE {
                        *self = Self::List(list);
                    }
                }
                known
            }
        }
    }

    /// Calls `each` with every slot, ascending.
    #[inline]
    pub(crate) fn for_each(&self, mut each: impl FnMut(u16)) {
        match self {
            Self::List(list) => list.iter().for_each(|low| each(*low)),
            Self::Groups(groups) => groups.for_each(each),
        }
    }
}

/// Inserts an entry. A vector that is full grows by an eighth and not by its length.
pub(crate) fn insert_at<T>(entries: &mut Vec<T>, at: usize, entry: T) {
    if entries.len() == entries.capacity() {
        entries.reserve_exact(entries.len() / 8 + 4);
    }
    entries.insert(at, entry);
}

/// The lowest 16 bits of a slot.
#[inline]
pub(crate) fn low(slot: Slot) -> u16 {
    let [low, high, ..] = slot.0.to_le_bytes();
    u16::from_le_bytes([low, high])
}

/// The index of the block of a slot.
#[inline]
pub(crate) fn high(slot: Slot) -> usize {
    widen(slot.0 >> 16)
}

/// The index of a number among sorted ones, or the index at which it would be inserted. Each step
/// of a binary search waits for memory, so this search has two steps that read many numbers.
pub(crate) fn position<T: Copy + Ord>(sorted: &[T], number: T) -> Result<usize, usize> {
    const PARTS: usize = 16;
    let width = sorted.len().div_ceil(PARTS).max(PARTS);
    let parts = sorted.chunks(width).skip(1);
    let before: usize = parts
        .map(|part| usize::from(part.first().is_some_and(|first| *first <= number)))
        .sum();
    let from = before * width;
    let near = part(sorted, from..sorted.len().min(from + width));
    let below: usize = near.iter().map(|other| usize::from(*other < number)).sum();
    if near.get(below) == Some(&number) {
        Ok(from + below)
    } else {
        Err(from + below)
    }
}
#[cfg(test)]
mod tests {
    use super::*;

    fn lows(count: usize) -> Vec<u16> {
        (0..=u16::MAX).step_by(7).take(count).collect()
    }

    fn is_list(block: &Block) -> bool {
        matches!(block, Block::List(_))
    }

    #[test]
    #[cfg_attr(miri, ignore = "too slow under Miri")]
    fn many_slots_are_groups_and_few_a_list() {
        let mut block = Block::from_sorted(lows(LISTED));
        assert!(is_list(&block));
        assert!(!is_list(&Block::from_sorted(lows(LISTED + 1))));
        assert!(block.insert(1));
        assert!(!block.insert(1));
        assert!(!is_list(&block));
        assert!(block.remove(1));
        for (left, low) in lows(LISTED).into_iter().enumerate().rev() {
            assert_eq!(is_list(&block), left + 1 < SPARSE, "{left}");
            assert!(block.contains(low));
            assert!(block.remove(low));
            assert!(!block.remove(low));
        }
    }

    #[test]
    fn slots_side_by_side_stay_groups() {
        let mut block = Block::from_sorted((0..512).collect());
        assert!(block.remove(5));
        assert!(!is_list(&block), "32 bytes for each 256 slots");
    }

    #[test]
    fn a_full_vector_grows_by_an_eighth() {
        let mut entries = vec![0; 800];
        insert_at(&mut entries, 400, 1);
        assert_eq!((entries.len(), entries[400]), (801, 1));
        assert!(entries.capacity() < 1_000);
    }
}
