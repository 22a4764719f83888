//! A set of slots, one bit each.

use crate::store::memory::index;

/// Words of 64 bits in a block, which so has 65,536 bits.
pub(crate) const BLOCK_WORDS: usize = 1024;

/// One block of a bitmap.
pub(crate) type BitBlock = [u64; BLOCK_WORDS];

/// A bitmap that grows by whole blocks.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bitmap {
    blocks: Vec<BitBlock>,
}

impl Bitmap {
    /// An empty set with room for slots below `slots`.
    pub(crate) fn for_slots(slots: usize) -> Self {
        Self {
            blocks: vec![[0; BLOCK_WORDS]; slots.div_ceil(BLOCK_WORDS * 64)],
        }
    }

    #[inline]
    pub(crate) fn contains(&self, slot: u32) -> bool {
        let word = self.blocks.as_flattened().get(index(slot >> 6));
        word.is_some_and(|word| word >> (slot & 63) & 1 == 1)
    }

    /// Adds `slot`; whether it was new.
    pub(crate) fn insert(&mut self, slot: u32) -> bool {
        let word = self
            .block_mut(index(slot >> 16))
            .and_then(|block| block.get_mut(index((slot >> 6) & 1023)));
        let bit = 1 << (slot & 63);
        word.is_some_and(|word| {
            let new = *word & bit == 0;
            *word |= bit;
            new
        })
    }

    /// Adds slots for which there is room.
    pub(crate) fn extend(&mut self, slots: &[u32]) {
        let words = self.blocks.as_flattened_mut();
        for slot in slots {
            if let Some(word) = words.get_mut(index(slot >> 6)) {
                *word |= 1 << (slot & 63);
            }
        }
    }

    /// Takes `slot` out; whether it was there.
    pub(crate) fn remove(&mut self, slot: u32) -> bool {
        let word = self
            .blocks
            .get_mut(index(slot >> 16))
            .and_then(|block| block.get_mut(index((slot >> 6) & 1023)));
        let bit = 1 << (slot & 63);
        word.is_some_and(|word| {
            let known = *word & bit != 0;
            *word &= !bit;
            known
        })
    }

    /// The block of this number, made when it is not there yet.
    pub(crate) fn block_mut(&mut self, number: usize) -> Option<&mut BitBlock> {
        if self.blocks.len() <= number {
            self.blocks.resize(number + 1, [0; BLOCK_WORDS]);
        }
        self.blocks.get_mut(number)
    }

    pub(crate) fn count(&self) -> usize {
        self.blocks.iter().map(count_block).sum()
    }

    /// How many slots from `from` on and below `to` are in the set.
    pub(crate) fn count_between(&self, from: u32, to: u32) -> usize {
        if from >= to {
            return 0;
        }
        let words = self.blocks.as_flattened();
        let (first, last) = (index(from >> 6), index((to - 1) >> 6));
        let above = u64::MAX << (from & 63);
        let below = u64::MAX >> (63 - ((to - 1) & 63));
        let word = |at: usize| words.get(at).copied().unwrap_or_default();
        if first == last {
            return ones(word(first) & above & below);
        }
        let between = words.get(first + 1..last.min(words.len()));
        let between: usize = between.map_or(0, |words| words.iter().map(|w| ones(*w)).sum());
        ones(word(first) & above) + between + ones(word(last) & below)
    }

    /// Adds what is in `other`.
    pub(crate) fn unite(&mut self, other: &Self) {
        if self.blocks.len() < other.blocks.len() {
            self.blocks.resize(other.blocks.len(), [0; BLOCK_WORDS]);
        }
        self.combine(other, |own, other| own | other);
    }

    /// Takes out what is in `other`.
    pub(crate) fn subtract(&mut self, other: &Self) {
        self.combine(other, |own, other| own & !other);
    }

    /// Keeps what is in `other` too.
    pub(crate) fn intersect(&mut self, other: &Self) {
        self.blocks.truncate(other.blocks.len());
        self.combine(other, |own, other| own & other);
    }

    fn combine(&mut self, other: &Self, word: impl Fn(u64, u64) -> u64) {
        let words = self.blocks.as_flattened_mut().iter_mut();
        for (own, other) in words.zip(other.blocks.as_flattened()) {
            *own = word(*own, *other);
        }
    }

    /// Calls `each` with the slots from `from` on and below `to`, ascending.
    pub(crate) fn for_each_between(&self, from: u32, to: u32, mut each: impl FnMut(u32)) {
        let words = self.blocks.as_flattened();
        let end = index(to.div_ceil(64)).min(words.len());
        let start = index(from >> 6).min(end);
        let words = words.get(start..end).unwrap_or_default();
        for (base, word) in (from & !63..).step_by(64).zip(words) {
            let mut word = *word;
            if base < from {
                word &= u64::MAX << (from - base);
            }
            if to - base < 64 {
                word &= !(u64::MAX << (to - base));
            }
            while word != 0 {
                each(base + word.trailing_zeros());
                word &= word - 1;
            }
        }
    }

    /// Calls `each` with the slots, ascending.
    pub(crate) fn for_each(&self, each: impl FnMut(u32)) {
        self.for_each_between(0, u32::MAX, each);
    }

    /// The slots, ascending.
    pub(crate) fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        let words = self.blocks.as_flattened().iter();
        (0_u32..).zip(words).flat_map(|(at, word)| {
            let some = |word: u64| (word != 0).then_some(word);
            let rest = std::iter::successors(some(*word), move |word| some(word & (word - 1)));
            rest.map(move |word| at * 64 + word.trailing_zeros())
        })
    }
}

pub(crate) fn count_block(block: &BitBlock) -> usize {
    block.iter().map(|word| ones(*word)).sum()
}

fn ones(word: u64) -> usize {
    index(word.count_ones())
}

/// The same slots, however many blocks there are.
impl PartialEq for Bitmap {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// About where words and blocks begin, and some in a row.
    const SLOTS: [u32; 19] = [
        0, 1, 62, 63, 64, 65, 127, 128, 190, 191, 65_471, 65_472, 65_535, 65_536, 65_537, 65_600,
        131_071, 131_072, 131_135,
    ];

    fn bits(slots: impl IntoIterator<Item = u32>) -> Bitmap {
        let mut bits = Bitmap::default();
        for slot in slots {
            assert!(bits.insert(slot), "{slot}");
        }
        bits
    }

    fn listed(bits: &Bitmap) -> Vec<u32> {
        bits.iter().collect()
    }

    /// Every slot whose place in the list has a remainder of `rest`.
    fn some(divisor: usize, rest: usize) -> BTreeSet<u32> {
        let slots = SLOTS.iter().enumerate();
        slots
            .filter(|(at, _)| at % divisor == rest)
            .map(|(_, slot)| *slot)
            .collect()
    }

    #[test]
    #[cfg_attr(miri, ignore = "too slow under Miri")]
    fn slots_come_and_go_one_by_one() {
        let mut set = bits(SLOTS);
        for (at, slot) in SLOTS.into_iter().enumerate() {
            assert!(!set.insert(slot));
            assert!(set.remove(slot));
            assert!(!set.contains(slot));
            assert!(!set.remove(slot));
            assert_eq!(listed(&set), SLOTS[at + 1..]);
            assert_eq!(set.count(), SLOTS.len() - at - 1);
        }
        assert!(!set.remove(u32::MAX));
        assert!(!set.contains(u32::MAX));
    }

    #[test]
    #[cfg_attr(miri, ignore = "too slow under Miri")]
    fn ranges_are_counted_and_walked() {
        for (divisor, rest) in [(1, 0), (2, 0), (2, 1), (3, 2)] {
            let expected = some(divisor, rest);
            let set = bits(expected.iter().copied());
            let bounds = SLOTS.into_iter().chain([2, 66, 200_000, u32::MAX]);
            let bounds: Vec<u32> = bounds.collect();
            for from in bounds.iter().copied() {
                for to in bounds.iter().copied() {
                    let within: Vec<u32> = if from < to {
                        expected.range(from..to).copied().collect()
                    } else {
                        Vec::new()
                    };
                    let mut met = Vec::new();
                    set.for_each_between(from, to, |slot| met.push(slot));
                    assert_eq!(met, within, "{from} to {to}");
                    assert_eq!(set.count_between(from, to), within.len(), "{from} to {to}");
                }
            }
            let mut met = Vec::new();
            set.for_each(|slot| met.push(slot));
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
            united.unite(&other);
            assert!(listed(&united).into_iter().eq(a.union(&b).copied()));
            let mut left = own.clone();
            left.subtract(&other);
            assert!(listed(&left).into_iter().eq(a.difference(&b).copied()));
            let mut common = own;
            common.intersect(&other);
            assert!(listed(&common).into_iter().eq(a.intersection(&b).copied()));
        }
    }

    #[test]
    fn room_is_made_by_whole_blocks() {
        for (slots, blocks) in [(0, 0), (1, 1), (65_536, 1), (65_537, 2)] {
            assert_eq!(Bitmap::for_slots(slots).blocks.len(), blocks, "{slots}");
        }
        let mut set = Bitmap::for_slots(65_536);
        set.extend(&[65_535, 0, 65_536, 64]);
        assert_eq!(listed(&set), [0, 64, 65_535]);
        set.extend(&[64]);
        assert_eq!(set.count(), 3);
        assert!(set.block_mut(0).is_some());
        assert_eq!(set.blocks.len(), 1);
        set.block_mut(2).unwrap()[0] = 1;
        assert_eq!(listed(&set), [0, 64, 65_535, 131_072]);
    }

    #[test]
    fn equality_is_that_of_the_slots() {
        let mut grown = bits([5, 70]);
        assert!(grown != bits([5]));
        assert!(grown != bits([5, 71]));
        assert!(grown.block_mut(3).is_some());
        assert!(grown == bits([5, 70]));
    }
}
