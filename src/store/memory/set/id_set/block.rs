//! The places of a set within one block of 65,536 numbers.

use super::position;
use crate::store::memory::set::bitmap::{self, BLOCK_WORDS, BitBlock};

/// From so many places on a bitmap is smaller than their list.
const DENSE: usize = 4096;
/// A dense block becomes a list again below this, so that no single number turns a
/// block back and forth.
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

    /// Combines the words of a bitmap with those of this block, where it has any.
    pub(crate) fn combine(&self, with: &mut BitBlock, combined: impl Fn(u64, u64) -> u64) {
        match self {
            Self::List(list) => {
                for place in list {
                    if let Some(word) = with.get_mut(word(*place)) {
                        *word = combined(*word, 1 << (place & 63));
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

    pub(crate) fn contains(&self, place: u16) -> bool {
        match self {
            Self::List(list) => position(list, place).is_ok(),
            Self::Bits { bits, .. } => bits
                .get(word(place))
                .is_some_and(|word| word >> (place & 63) & 1 == 1),
        }
    }

    pub(crate) fn insert(&mut self, place: u16) -> bool {
        match self {
            Self::List(list) => {
                let at = match list.last() {
                    Some(largest) if *largest >= place => match position(list, place) {
                        Ok(_) => return false,
                        Err(at) => at,
                    },
                    _ => list.len(),
                };
                list.insert(at, place);
                if list.len() > DENSE {
                    *self = Self::dense(list);
                }
                true
            }
            Self::Bits { count, bits } => {
                let word = bits.get_mut(word(place));
                let bit = 1 << (place & 63);
                let new = word.is_some_and(|word| {
                    let new = *word & bit == 0;
                    *word |= bit;
                    new
                });
                *count += usize::from(new);
                new
            }
        }
    }

    pub(crate) fn remove(&mut self, place: u16) -> bool {
        match self {
            Self::List(list) => match position(list, place) {
                Ok(at) => {
                    list.remove(at);
                    true
                }
                Err(_) => false,
            },
            Self::Bits { count, bits } => {
                let word = bits.get_mut(word(place));
                let bit = 1 << (place & 63);
                let known = word.is_some_and(|word| {
                    let known = *word & bit != 0;
                    *word &= !bit;
                    known
                });
                *count -= usize::from(known);
                if *count < SPARSE {
                    *self = Self::sparse(bits);
                }
                known
            }
        }
    }

    fn dense(list: &[u16]) -> Self {
        let mut bits = Box::new([0_u64; BLOCK_WORDS]);
        for place in list {
            if let Some(word) = bits.get_mut(word(*place)) {
                *word |= 1 << (place & 63);
            }
        }
        let count = bitmap::count_block(&bits);
        Self::Bits { count, bits }
    }

    fn sparse(bits: &BitBlock) -> Self {
        let places = 0..=u16::MAX;
        let is_set = |place: &u16| {
            let word = bits.get(word(*place));
            word.is_some_and(|word| word >> (place & 63) & 1 == 1)
        };
        Self::List(places.filter(is_set).collect())
    }
}

/// The word of a block that has the bit of this place.
fn word(place: u16) -> usize {
    usize::from(place >> 6)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(count: usize) -> Vec<u16> {
        (0..=u16::MAX).step_by(7).take(count).collect()
    }

    fn is_list(block: &Block) -> bool {
        matches!(block, Block::List(_))
    }

    #[test]
    #[cfg_attr(miri, ignore = "too slow under Miri")]
    fn many_places_are_a_bitmap_and_few_a_list() {
        assert!(is_list(&Block::from_sorted(places(DENSE))));
        let mut block = Block::from_sorted(places(DENSE + 1));
        assert!(!is_list(&block));
        for (left, place) in places(DENSE + 1).into_iter().enumerate().skip(SPARSE).rev() {
            assert!(!is_list(&block));
            assert!(block.remove(place));
            assert!(!block.remove(place), "{left}");
        }
        assert!(!is_list(&block), "at the bound");
        assert!(block.remove(0));
        assert!(is_list(&block));
        let expected = &places(SPARSE)[1..];
        assert!(matches!(&block, Block::List(list) if list == expected));
    }

    #[test]
    fn a_list_that_grows_becomes_a_bitmap_once() {
        let mut block = Block::from_sorted(places(DENSE - 1));
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
            panic!("a bitmap stays one");
        };
        assert_eq!(count, DENSE + 2);
        assert_eq!(bitmap::count_block(&bits), count);
    }

    #[test]
    #[cfg_attr(miri, ignore = "too slow under Miri")]
    fn words_are_combined_where_there_are_places() {
        for count in [3, DENSE + 1] {
            let block = Block::from_sorted(places(count));
            let mut united = [0; BLOCK_WORDS];
            block.combine(&mut united, |own, other| own | other);
            let set = |place: u16| united[word(place)] >> (place & 63) & 1 == 1;
            let listed: Vec<u16> = (0..=u16::MAX).filter(|place| set(*place)).collect();
            assert_eq!(listed, places(count));
        }
    }

    #[test]
    fn empties_in_both_forms() {
        let mut list = Block::from_sorted(places(1));
        assert!(!list.is_empty());
        assert!(list.remove(0));
        assert!(list.is_empty());
        assert!(!Block::from_sorted(places(DENSE + 1)).is_empty());
    }
}
