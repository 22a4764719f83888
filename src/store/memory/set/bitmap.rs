//! A set of slots, one bit each.

use crate::store::memory::id::{Id, OrBroken, Slot, widen};

/// Words of 64 bits in a block.
pub(crate) const BLOCK_WORDS: usize = 1024;

/// 65,536 slots, one bit each: 8 KiB.
type BitBlock = [u64; BLOCK_WORDS];

/// A bitmap that grows by whole blocks. Slots after the last block are not in the set.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bitmap {
    blocks: Vec<BitBlock>,
}

impl Bitmap {
    /// An empty set with blocks for the slots below `slots`.
    pub(crate) fn for_slots(slots: usize) -> Self {
        Self {
            blocks: vec![[0; BLOCK_WORDS]; slots.div_ceil(BLOCK_WORDS * 64)],
        }
    }

    #[inline]
    pub(crate) fn contains(&self, slot: Slot) -> bool {
        let word = self.blocks.as_flattened().get(slot.index() >> 6);
        word.is_some_and(|word| word & bit(slot) != 0)
    }

    #[inline]
    pub(crate) fn insert(&mut self, slot: Slot) -> bool {
        let words = self.words_mut(1 + (slot.index() >> 16));
        let word = words.get_mut(slot.index() >> 6).or_broken();
        let is_new = *word & bit(slot) == 0;
        *word |= bit(slot);
        is_new
    }

    /// Adds slots, for which there must be blocks.
    pub(crate) fn extend(&mut self, slots: &[Slot]) {
        let words = self.blocks.as_flattened_mut();
        for slot in slots {
            *words.get_mut(slot.index() >> 6).or_broken() |= bit(*slot);
        }
    }

    pub(crate) fn remove(&mut self, slot: Slot) -> bool {
        let was_there = self.contains(slot);
        if was_there {
            let word = self.words_mut(0).get_mut(slot.index() >> 6);
            *word.or_broken() &= !bit(slot);
        }
        was_there
    }

    pub(crate) fn blocks(&self) -> usize {
        self.blocks.len()
    }

    pub(crate) fn bytes(&self) -> usize {
        self.blocks.capacity() * size_of::<BitBlock>()
    }

    /// The words of all blocks, of which this many are created if necessary.
    #[inline]
    pub(crate) fn words_mut(&mut self, blocks: usize) -> &mut [u64] {
        if self.blocks.len() < blocks {
            self.blocks.resize(blocks, [0; BLOCK_WORDS]);
        }
        self.blocks.as_flattened_mut()
    }

    pub(crate) fn count(&self) -> usize {
        ones(self.blocks.as_flattened())
    }

    /// The number of slots from `first` to `last`, both included.
    #[inline]
    pub(crate) fn count_between(&self, first: Slot, last: Slot) -> usize {
        let words = self.blocks.as_flattened();
        let (from, to) = (first.index() >> 6, last.index() >> 6);
        let above = u64::MAX << (first.0 & 63);
        let below = u64::MAX >> (63 - (last.0 & 63));
        let word = |at: usize| words.get(at).copied().unwrap_or(0);
        if from == to {
            return ones(&[word(from) & above & below]);
        }
        let between = words.get(from + 1..to.min(words.len()));
        ones(&[word(from) & above, word(to) & below]) + between.map_or(0, ones)
    }

    pub(crate) fn intersect(&mut self, other: &Self) {
        self.blocks.truncate(other.blocks.len());
        self.combine(other, |own, other| own & other);
    }

    /// Combines each word with the word of `other`.
    pub(crate) fn combine(&mut self, other: &Self, word: impl Fn(u64, u64) -> u64) {
        let words = self.words_mut(other.blocks.len());
        for (own, other) in words.iter_mut().zip(other.blocks.as_flattened()) {
            *own = word(*own, *other);
        }
    }

    /// Calls `each` with the slots from `first` to `last`, both included, ascending.
    #[inline]
    pub(crate) fn for_each_between(&self, first: Slot, last: Slot, mut each: impl FnMut(Slot)) {
        let (first, last) = (first.0, last.0);
        let words = self.blocks.as_flattened();
        let end = words.len().min(widen(last >> 6) + 1);
        let words = words.get(end.min(widen(first >> 6))..end).or_broken();
        for (base, word) in (first & !63..).step_by(64).zip(words) {
            let mut word = *word;
            if base < first {
                word &= u64::MAX << (first - base);
            }
            if last - base < 63 {
                word &= u64::MAX >> (63 - (last - base));
            }
            for_each_bit(word, |bit| each(Slot(base + bit)));
        }
    }

    #[inline]
    pub(crate) fn for_each(&self, each: impl FnMut(Slot)) {
        self.for_each_between(Slot(0), Slot(u32::MAX), each);
    }
}

#[inline]
fn bit(slot: Slot) -> u64 {
    1 << (slot.0 & 63)
}

#[inline]
fn ones(words: &[u64]) -> usize {
    words.iter().map(|word| widen(word.count_ones())).sum()
}

/// Calls `each` with the numbers of the bits that are set, ascending.
#[inline]
pub(crate) fn for_each_bit(mut word: u64, mut each: impl FnMut(u32)) {
    while word != 0 {
        each(word.trailing_zeros());
        word &= word - 1;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn slots(numbers: &[u32]) -> Vec<Slot> {
        numbers.iter().copied().map(Slot).collect()
    }

    /// Slots around the beginnings of words and blocks.
    const SLOTS: [u32; 19] = [
        0, 1, 62, 63, 64, 65, 127, 128, 190, 191, 65_471, 65_472, 65_535, 65_536, 65_537, 65_600,
        131_071, 131_072, 131_135,
    ];

    fn bits(slots: impl IntoIterator<Item = u32>) -> Bitmap {
        let mut bits = Bitmap::default();
        for slot in slots {
            assert!(bits.insert(Slot(slot)), "{slot}");
        }
        bits
    }

    fn listed(bits: &Bitmap) -> Vec<u32> {
        let mut slots = Vec::new();
        bits.for_each(|slot| slots.push(slot.0));
        slots
    }

    /// The slots at the indices of the list that have the remainder `rest`.
    fn some(divisor: usize, rest: usize) -> BTreeSet<u32> {
        let slots = SLOTS.iter().enumerate();
        slots
            .filter(|(at, _)| at % divisor == rest)
            .map(|(_, slot)| *slot)
            .collect()
    }

    #[test]
    #[cfg_attr(miri, ignore = "too slow under Miri")]
    fn slots_are_added_and_removed_one_by_one() {
        let mut set = bits(SLOTS);
        for (at, slot) in SLOTS.into_iter().enumerate() {
            assert!(!set.insert(Slot(slot)));
            assert!(set.remove(Slot(slot)));
            assert!(!set.contains(Slot(slot)));
            assert!(!set.remove(Slot(slot)));
            assert_eq!(listed(&set), SLOTS[at + 1..]);
            assert_eq!(set.count(), SLOTS.len() - at - 1);
        }
        assert!(!set.remove(Slot(u32::MAX)));
        assert!(!set.contains(Slot(u32::MAX)));
    }

    #[test]
    #[cfg_attr(miri, ignore = "too slow under Miri")]
    fn ranges_are_counted_and_iterated() {
        for (divisor, rest) in [(1, 0), (2, 0), (2, 1), (3, 2)] {
            let expected = some(divisor, rest);
            let set = bits(expected.iter().copied());
            let bounds = SLOTS.into_iter().chain([2, 66, 200_000, u32::MAX]);
            let bounds: Vec<u32> = bounds.collect();
            for first in bounds.iter().copied() {
                for last in bounds.iter().copied().filter(|last| first <= *last) {
                    let within: Vec<u32> = expected.range(first..=last).copied().collect();
                    let (from, to) = (Slot(first), Slot(last));
                    let mut met = Vec::new();
                    set.for_each_between(from, to, |slot| met.push(slot.0));
                    assert_eq!(met, within, "{first} to {last}");
                    assert_eq!(
                        set.count_between(from, to),
                        within.len(),
                        "{first} to {last}"
                    );
                }
            }
            let mut met = Vec::new();
            set.for_each(|slot| met.push(slot.0));
            assert!(met.into_iter().eq(expected));
        }
    }

    #[test]
    #[cfg_attr(miri, ignore = "too slow under Miri")]
    fn sets_are_combined() {
        let few: BTreeSet<u32> = BTreeSet::from([1, 63, 64]);
        for (a, b) in [
            (some(2, 0), some(3, 0)),
            (some(1, 0), few.clone()),
            (few, some(1, 0)),
            (BTreeSet::new(), some(2, 1)),
        ] {
            let (own, other) = (bits(a.iter().copied()), bits(b.iter().copied()));
            let mut united = own.clone();
            united.combine(&other, |own, other| own | other);
            assert!(listed(&united).into_iter().eq(a.union(&b).copied()));
            let mut left = own.clone();
            left.combine(&other, |own, other| own & !other);
            assert!(listed(&left).into_iter().eq(a.difference(&b).copied()));
            let mut common = own;
            common.intersect(&other);
            assert!(listed(&common).into_iter().eq(a.intersection(&b).copied()));
        }
    }

    #[test]
    fn a_bitmap_grows_by_whole_blocks() {
        for (slots, blocks) in [(0, 0), (1, 1), (65_536, 1), (65_537, 2)] {
            assert_eq!(Bitmap::for_slots(slots).blocks.len(), blocks, "{slots}");
        }
        let mut set = Bitmap::for_slots(65_536);
        set.extend(&slots(&[65_535, 0, 64]));
        assert_eq!(listed(&set), [0, 64, 65_535]);
        set.extend(&slots(&[64]));
        assert_eq!(set.count(), 3);
        set.words_mut(1);
        assert_eq!(set.blocks.len(), 1);
        set.words_mut(3)[2 * BLOCK_WORDS] = 1;
        assert_eq!(listed(&set), [0, 64, 65_535, 131_072]);
    }
}
