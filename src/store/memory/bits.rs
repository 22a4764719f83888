//! A set of slots, one bit each.

use super::index;

/// Words of 64 bits in a block, which so has 65,536 bits.
pub(super) const BLOCK_WORDS: usize = 1024;

/// One block of a bitmap.
pub(super) type BitBlock = [u64; BLOCK_WORDS];

/// A bitmap that grows by whole blocks.
#[derive(Clone, Debug, Default)]
pub(super) struct Bits {
    blocks: Vec<BitBlock>,
}

impl Bits {
    /// An empty set with room for slots below `slots`.
    pub(super) fn for_slots(slots: usize) -> Self {
        Self {
            blocks: vec![[0; BLOCK_WORDS]; slots.div_ceil(BLOCK_WORDS * 64)],
        }
    }

    #[inline]
    pub(super) fn contains(&self, slot: u32) -> bool {
        let word = self.blocks.as_flattened().get(index(slot >> 6));
        word.is_some_and(|word| word >> (slot & 63) & 1 == 1)
    }

    /// Adds `slot`; whether it was new.
    pub(super) fn insert(&mut self, slot: u32) -> bool {
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
    pub(super) fn extend(&mut self, slots: &[u32]) {
        let words = self.blocks.as_flattened_mut();
        for slot in slots {
            if let Some(word) = words.get_mut(index(slot >> 6)) {
                *word |= 1 << (slot & 63);
            }
        }
    }

    /// Takes `slot` out; whether it was there.
    pub(super) fn remove(&mut self, slot: u32) -> bool {
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
    pub(super) fn block_mut(&mut self, number: usize) -> Option<&mut BitBlock> {
        if self.blocks.len() <= number {
            self.blocks.resize(number + 1, [0; BLOCK_WORDS]);
        }
        self.blocks.get_mut(number)
    }

    pub(super) fn count(&self) -> usize {
        self.blocks.iter().map(count_block).sum()
    }

    /// How many slots from `from` on and below `to` are in the set.
    pub(super) fn count_between(&self, from: u32, to: u32) -> usize {
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
    pub(super) fn unite(&mut self, other: &Self) {
        if self.blocks.len() < other.blocks.len() {
            self.blocks.resize(other.blocks.len(), [0; BLOCK_WORDS]);
        }
        self.combine(other, |own, other| own | other);
    }

    /// Takes out what is in `other`.
    pub(super) fn subtract(&mut self, other: &Self) {
        self.combine(other, |own, other| own & !other);
    }

    /// Keeps what is in `other` too.
    pub(super) fn intersect(&mut self, other: &Self) {
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
    pub(super) fn for_each_between(&self, from: u32, to: u32, mut each: impl FnMut(u32)) {
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
    pub(super) fn for_each(&self, each: impl FnMut(u32)) {
        self.for_each_between(0, u32::MAX, each);
    }

    /// The slots, ascending.
    pub(super) fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        let words = self.blocks.as_flattened().iter();
        (0_u32..).zip(words).flat_map(|(at, word)| {
            let some = |word: u64| (word != 0).then_some(word);
            let rest = std::iter::successors(some(*word), move |word| some(word & (word - 1)));
            rest.map(move |word| at * 64 + word.trailing_zeros())
        })
    }
}

pub(super) fn count_block(block: &BitBlock) -> usize {
    block.iter().map(|word| ones(*word)).sum()
}

fn ones(word: u64) -> usize {
    index(word.count_ones())
}

/// The same slots, however many blocks there are.
impl PartialEq for Bits {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}
