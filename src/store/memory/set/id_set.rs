//! A set of numbers below 2^32: the slots that have a word, or the words that have a
//! gram.
//!
//! Joining sets is what a search by text does most. A set is therefore kept in one of
//! three shapes: a single number in place, a sorted list of a few, and from then on
//! blocks of 65,536 numbers, each a list of 16-bit places or, when it is dense, a
//! bitmap. (That is how Roaring bitmaps do it; joining lists from plain arrays took
//! less than half the time that the `roaring` crate takes.) A number is added or
//! taken out in the time it takes to move a part of one block.

mod block;

use std::hint::black_box;

use self::block::Block;
use crate::store::memory::index;
use crate::store::memory::set::bitmap::Bitmap;

/// The longest list of whole numbers; a longer one is cut into blocks.
const FEW: usize = 256;

#[derive(Clone, Debug, Default)]
pub(crate) struct IdSet(Shape);

#[derive(Clone, Debug, Default)]
enum Shape {
    #[default]
    Empty,
    One(u32),
    Few(Box<Few>),
    Many(Box<Many>),
}

/// Sorted. Boxed with its length, so that a set of one takes 16 bytes.
#[derive(Clone, Debug)]
struct Few {
    ids: Vec<u32>,
}

#[derive(Clone, Debug)]
struct Many {
    len: usize,
    blocks: Vec<Block>,
}

impl IdSet {
    /// The set of numbers that are sorted, none of them twice.
    pub(crate) fn from_sorted(ids: &[u32]) -> Self {
        Self(match ids {
            [] => Shape::Empty,
            [one] => Shape::One(*one),
            few if few.len() <= FEW => Shape::Few(Box::new(Few { ids: few.to_vec() })),
            many => Shape::Many(Box::new(Many::from_sorted(many))),
        })
    }

    pub(crate) fn len(&self) -> usize {
        match &self.0 {
            Shape::Empty => 0,
            Shape::One(_) => 1,
            Shape::Few(few) => few.ids.len(),
            Shape::Many(many) => many.len,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn contains(&self, id: u32) -> bool {
        match &self.0 {
            Shape::Empty => false,
            Shape::One(one) => *one == id,
            Shape::Few(few) => position(&few.ids, id).is_ok(),
            Shape::Many(many) => {
                let block = many.blocks.get(index(id >> 16));
                block.is_some_and(|block| block.contains(low(id)))
            }
        }
    }

    /// Adds `id`; whether it was new.
    pub(crate) fn insert(&mut self, id: u32) -> bool {
        match &mut self.0 {
            Shape::Empty => {
                self.0 = Shape::One(id);
                true
            }
            Shape::One(one) if *one == id => false,
            Shape::One(one) => {
                let ids = vec![id.min(*one), id.max(*one)];
                self.0 = Shape::Few(Box::new(Few { ids }));
                true
            }
            Shape::Few(few) => {
                let Err(at) = position(&few.ids, id) else {
                    return false;
                };
                few.ids.insert(at, id);
                if few.ids.len() > FEW {
                    self.0 = Shape::Many(Box::new(Many::from_sorted(&few.ids)));
                }
                true
            }
            Shape::Many(many) => many.insert(id),
        }
    }

    /// Takes `id` out; whether it was there.
    pub(crate) fn remove(&mut self, id: u32) -> bool {
        match &mut self.0 {
            Shape::Empty => false,
            Shape::One(one) => {
                let known = *one == id;
                if known {
                    self.0 = Shape::Empty;
                }
                known
            }
            Shape::Few(few) => {
                let Ok(at) = position(&few.ids, id) else {
                    return false;
                };
                few.ids.remove(at);
                if let [one] = few.ids.as_slice() {
                    self.0 = Shape::One(*one);
                }
                true
            }
            Shape::Many(many) => {
                let known = many.remove(id);
                if many.len <= FEW / 2 {
                    let mut ids = Vec::with_capacity(many.len);
                    self.for_each(|id| ids.push(id));
                    self.0 = Shape::Few(Box::new(Few { ids }));
                }
                known
            }
        }
    }

    /// Reads what adding `id` to these sets, or taking it out, will read: level by level,
    /// so that the sets wait for memory together and not one after the other.
    pub(crate) fn read_ahead<'a>(sets: impl Iterator<Item = &'a Self>, id: u32) {
        enum Level<'a> {
            Few(&'a [u32]),
            Block(&'a Block),
            Places(&'a [u16]),
        }
        let mut levels = Vec::with_capacity(16);
        levels.extend(sets.filter_map(|set| match &set.0 {
            Shape::Few(few) => Some(Level::Few(&few.ids)),
            Shape::Many(many) => many.blocks.get(index(id >> 16)).map(Level::Block),
            Shape::Empty | Shape::One(_) => None,
        }));
        for level in &mut levels {
            if let Level::Block(Block::List(list)) = level {
                *level = Level::Places(list);
            }
        }
        let mut read = 0;
        for level in &levels {
            match level {
                Level::Few(ids) => {
                    for id in ids.iter().step_by(16) {
                        read ^= *id;
                    }
                }
                Level::Places(places) => {
                    for place in places.iter().step_by(32) {
                        read ^= u32::from(*place);
                    }
                }
                Level::Block(block) => read ^= u32::from(block.contains(low(id))),
            }
        }
        black_box(read);
    }

    /// Calls `each` with every number, ascending.
    pub(crate) fn for_each(&self, mut each: impl FnMut(u32)) {
        match &self.0 {
            Shape::Empty => {}
            Shape::One(one) => each(*one),
            Shape::Few(few) => few.ids.iter().for_each(|id| each(*id)),
            Shape::Many(many) => {
                for (base, block) in (0_u32..).step_by(1 << 16).zip(&many.blocks) {
                    match block {
                        Block::List(list) => list.iter().for_each(|x| each(base + u32::from(*x))),
                        Block::Bits { bits, .. } => {
                            for (at, word) in (base..).step_by(64).zip(bits.iter()) {
                                let mut word = *word;
                                while word != 0 {
                                    each(at + word.trailing_zeros());
                                    word &= word - 1;
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    /// Adds every number to `bits`.
    pub(crate) fn add_to(&self, bits: &mut Bitmap) {
        self.combine(bits, Bitmap::insert, |bits, own| bits | own);
    }

    /// Takes every number out of `bits`.
    pub(crate) fn remove_from(&self, bits: &mut Bitmap) {
        self.combine(bits, Bitmap::remove, |bits, own| bits & !own);
    }

    /// Combines a bitmap with this set, number by number or by words of many numbers.
    fn combine(
        &self,
        bits: &mut Bitmap,
        number: impl Fn(&mut Bitmap, u32) -> bool,
        words: impl Fn(u64, u64) -> u64,
    ) {
        let Shape::Many(many) = &self.0 else {
            self.for_each(|id| {
                number(bits, id);
            });
            return;
        };
        for (number, block) in many.blocks.iter().enumerate() {
            if !block.is_empty()
                && let Some(with) = bits.block_mut(number)
            {
                block.combine(with, &words);
            }
        }
    }

    /// Gives back what growing has reserved.
    pub(crate) fn shrink(&mut self) {
        match &mut self.0 {
            Shape::Empty | Shape::One(_) => {}
            Shape::Few(few) => few.ids.shrink_to_fit(),
            Shape::Many(many) => {
                many.blocks.shrink_to_fit();
                for block in &mut many.blocks {
                    if let Block::List(list) = block {
                        list.shrink_to_fit();
                    }
                }
            }
        }
    }
}

impl Many {
    fn from_sorted(ids: &[u32]) -> Self {
        let mut blocks = Vec::new();
        for ids in ids.chunk_by(|a, b| a >> 16 == b >> 16) {
            let number = ids.first().map_or(0, |first| index(first >> 16));
            blocks.resize_with(number, || Block::List(Vec::new()));
            let list: Vec<u16> = ids.iter().map(|id| low(*id)).collect();
            blocks.push(Block::from_sorted(list));
        }
        Self {
            len: ids.len(),
            blocks,
        }
    }

    fn insert(&mut self, id: u32) -> bool {
        let number = index(id >> 16);
        if self.blocks.len() <= number {
            self.blocks
                .resize_with(number + 1, || Block::List(Vec::new()));
        }
        let block = self.blocks.get_mut(number);
        let new = block.is_some_and(|block| block.insert(low(id)));
        self.len += usize::from(new);
        new
    }

    fn remove(&mut self, id: u32) -> bool {
        let block = self.blocks.get_mut(index(id >> 16));
        let known = block.is_some_and(|block| block.remove(low(id)));
        self.len -= usize::from(known);
        known
    }
}

/// Where a number is among sorted ones, or where it would be. The steps of a binary
/// search each wait for memory; these numbers are read in two turns, whatever is compared.
fn position<T: Copy + Ord>(sorted: &[T], number: T) -> Result<usize, usize> {
    const PARTS: usize = 16;
    let width = sorted.len().div_ceil(PARTS).max(PARTS);
    let parts = sorted.chunks(width).skip(1);
    let before: usize = parts
        .map(|part| usize::from(part.first().is_some_and(|first| *first <= number)))
        .sum();
    let from = before * width;
    let part = sorted.get(from..).unwrap_or_default();
    let part = part.get(..width).unwrap_or(part);
    let below: usize = part.iter().map(|other| usize::from(*other < number)).sum();
    if part.get(below) == Some(&number) {
        Ok(from + below)
    } else {
        Err(from + below)
    }
}

/// The place of a number in its block.
fn low(id: u32) -> u16 {
    u16::try_from(id & 0xFFFF).unwrap_or_default()
}

#[cfg(test)]
mod tests;
