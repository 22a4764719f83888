//! One block of a set: the lowest 16 bits of its numbers in a range of 65,536.

use crate::store::memory::id::{part, widen};
use crate::store::memory::set::bitmap::{
    BLOCK_WORDS, BitBlock, clear_bit, count_block, for_each_bit, set_bit,
};

/// The longest list of numbers of 2 bytes: it takes as much memory as a bitmap.
const DENSE: usize = 4096;
/// Below this many numbers a bitmap becomes a list. It is less than `DENSE`, so that adding and
/// removing one number does not convert the block each time.
const SPARSE: usize = 3072;

#[derive(Clone, Debug)]
pub(crate) enum Block {
    /// Sorted.
    List(Vec<u16>),
    Bits {
        count: usize,
        bits: Box<BitBlock>,
    },
}

impl Block {
    pub(crate) fn from_sorted(list: Vec<u16>) -> Self {
        if list.len() > DENSE {
            Self::dense(&list)
        } else {
            Self::List(list)
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Self::List(list) => list.is_empty(),
            Self::Bits { count, .. } => *count == 0,
        }
    }

    /// Combines the words of a bitmap with the words of this block that have numbers.
    #[inline]
    pub(crate) fn combine(&self, with: &mut BitBlock, combined: impl Fn(u64, u64) -> u64) {
        match self {
            Self::List(list) => {
                for low in list {
                    if let Some(word) = with.get_mut(usize::from(low >> 6)) {
                        *word = combined(*word, 1 << (low & 63));
                    }
                }
            }
            Self::Bits { bits, .. } => {
                for (word, own) in with.iter_mut().zip(bits.iter()) {
                    *word = combined(*word, *own);
                }
            }
        }
    }

    pub(crate) fn contains(&self, low: u16) -> bool {
        match self {
            Self::List(list) => position(list, low).is_ok(),
            Self::Bits { bits, .. } => {
                let word = bits.get(usize::from(low >> 6));
                word.is_some_and(|word| word >> (low & 63) & 1 == 1)
            }
        }
    }

    /// Adds a number. Returns whether it was new.
    pub(crate) fn insert(&mut self, low: u16) -> bool {
        match self {
            Self::List(list) => {
                let at = match list.last() {
                    Some(largest) if *largest >= low => match position(list, low) {
                        Ok(_) => return false,
                        Err(at) => at,
                    },
                    _ => list.len(),
                };
                list.insert(at, low);
                if list.len() > DENSE {
                    *self = Self::dense(list);
                }
                true
            }
            Self::Bits { count, bits } => {
                let new = set_bit(bits, low.into());
                *count += usize::from(new);
                new
            }
        }
    }

    /// Removes a number. Returns whether it was there.
    pub(crate) fn remove(&mut self, low: u16) -> bool {
        match self {
            Self::List(list) => {
                let at = position(list, low);
                at.is_ok_and(|at| list.remove(at) == low)
            }
            Self::Bits { count, bits } => {
                let known = clear_bit(bits, low.into());
                *count -= usize::from(known);
                if *count < SPARSE {
                    let mut list = Vec::with_capacity(*count);
                    self.for_each(|low| list.push(low));
                    *self = Self::List(list);
                }
                known
            }
        }
    }

    /// Calls `each` with every number, ascending.
    #[inline]
    pub(crate) fn for_each(&self, mut each: impl FnMut(u16)) {
        match self {
            Self::List(list) => list.iter().for_each(|low| each(*low)),
            Self::Bits { bits, .. } => {
                for (base, word) in (0_u32..).step_by(64).zip(bits.iter()) {
                    for_each_bit(*word, |bit| each(low(base + bit)));
                }
            }
        }
    }

    fn dense(list: &[u16]) -> Self {
        let mut bits = Box::new([0; BLOCK_WORDS]);
        for low in list {
            set_bit(&mut bits, (*low).into());
        }
        let count = count_block(&bits);
        Self::Bits { count, bits }
    }
}

/// The lowest 16 bits of a number.
#[inline]
pub(crate) fn low(number: u32) -> u16 {
    let [_, _, high, low] = number.to_be_bytes();
    u16::from_be_bytes([high, low])
}

/// The index of the block of a number.
#[inline]
pub(crate) fn high(number: u32) -> usize {
    widen(number >> 16)
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

    fn numbers(count: usize) -> Vec<u16> {
        (0..=u16::MAX).step_by(7).take(count).collect()
    }

    fn is_list(block: &Block) -> bool {
        matches!(block, Block::List(_))
    }

    #[test]
    #[cfg_attr(miri, ignore = "too slow under Miri")]
    fn many_numbers_are_a_bitmap_and_few_a_list() {
        assert!(is_list(&Block::from_sorted(numbers(DENSE))));
        let mut block = Block::from_sorted(numbers(DENSE + 1));
        assert!(!is_list(&block));
        for (left, low) in numbers(DENSE + 1)
            .into_iter()
            .enumerate()
            .skip(SPARSE)
            .rev()
        {
            assert!(!is_list(&block));
            assert!(block.remove(low));
            assert!(!block.remove(low), "{left}");
        }
        assert!(!is_list(&block), "expected a bitmap at the bound");
        assert!(block.remove(0));
        assert!(is_list(&block));
        let expected = &numbers(SPARSE)[1..];
        assert!(matches!(&block, Block::List(list) if list == expected));
    }

    #[test]
    fn a_list_that_grows_becomes_a_bitmap_once() {
        let mut block = Block::from_sorted(numbers(DENSE - 1));
        assert!(block.insert(1));
        assert!(!block.insert(1));
        assert!(!block.insert(7));
        assert!(is_list(&block));
        assert!(block.insert(u16::MAX));
        assert!(!is_list(&block));
        assert!(!block.insert(u16::MAX));
        assert!(block.insert(u16::MAX - 1));
        assert!(block.contains(u16::MAX) && block.contains(1));
        assert!(!block.contains(2));
        let Block::Bits { count, bits } = block else {
            panic!("expected a bitmap");
        };
        assert_eq!(count, DENSE + 2);
        assert_eq!(count_block(&bits), count);
    }

    #[test]
    #[cfg_attr(miri, ignore = "too slow under Miri")]
    fn words_with_numbers_are_combined() {
        for count in [3, DENSE + 1] {
            let block = Block::from_sorted(numbers(count));
            let mut united = [0; BLOCK_WORDS];
            block.combine(&mut united, |own, other| own | other);
            let is_set = |low: u16| united[usize::from(low >> 6)] >> (low & 63) & 1 == 1;
            let listed: Vec<u16> = (0..=u16::MAX).filter(|low| is_set(*low)).collect();
            assert_eq!(listed, numbers(count));
        }
    }

    #[test]
    fn a_block_can_be_empty() {
        let mut list = Block::from_sorted(numbers(1));
        assert!(!list.is_empty());
        assert!(list.remove(0));
        assert!(list.is_empty());
        assert!(!Block::from_sorted(numbers(DENSE + 1)).is_empty());
    }
}
