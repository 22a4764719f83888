//! A set of numbers of one kind: the slots that have a word, or the words that have a gram.
//!
//! Most of the work of a text search is uniting sets. A set has one of three forms:
//!
//! ```text
//! One     a number                                     16 bytes
//! List    2 to 256 sorted numbers of 4 bytes            4 bytes a number
//! Blocks  a block for every 65,536 numbers:
//!           List   up to 4,096 sorted numbers           2 bytes a number
//!           Bits   a bitmap                             8 KiB a block
//! ```
//!
//! Adding or removing a number moves a part of one list. The blocks are those of Roaring
//! bitmaps; uniting them took less than half the time of the `roaring` crate.

mod block;

use std::hint::black_box;
use std::marker::PhantomData;

use self::block::{Block, high, low, position};
use crate::store::memory::id::{Id, OrBroken, Slot, WordId};
use crate::store::memory::set::bitmap::Bitmap;

/// The longest list of numbers of 4 bytes. Below this, most of the memory of blocks would be the
/// blocks themselves and not their numbers.
const LIST: usize = 256;

pub(crate) type SlotSet = IdSet<Slot>;
pub(crate) type WordSet = IdSet<WordId>;

#[derive(Clone, Debug)]
pub(crate) struct IdSet<I> {
    form: Form,
    ids: PhantomData<I>,
}

#[derive(Clone, Debug, Default)]
enum Form {
    #[default]
    Empty,
    One(u32),
    List(Box<List>),
    Blocks(Box<Blocks>),
}

/// Sorted. Boxed with its length, so that a [`Form`] takes 16 bytes.
#[derive(Clone, Debug)]
struct List {
    numbers: Vec<u32>,
}

#[derive(Clone, Debug)]
struct Blocks {
    len: usize,
    blocks: Vec<Block>,
}

impl<I> Default for IdSet<I> {
    fn default() -> Self {
        Form::Empty.into()
    }
}

impl<I> From<Form> for IdSet<I> {
    fn from(form: Form) -> Self {
        let ids = PhantomData;
        Self { form, ids }
    }
}

impl<I: Id> IdSet<I> {
    /// A set of sorted, distinct numbers.
    pub(crate) fn from_sorted(numbers: &[u32]) -> Self {
        let form = match numbers {
            [] => Form::Empty,
            [one] => Form::One(*one),
            few if few.len() <= LIST => Form::list(few.to_vec()),
            many => Form::Blocks(Box::new(Blocks::from_sorted(many))),
        };
        form.into()
    }

    pub(crate) fn len(&self) -> usize {
        match &self.form {
            Form::Empty => 0,
            Form::One(_) => 1,
            Form::List(list) => list.numbers.len(),
            Form::Blocks(blocks) => blocks.len,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn contains(&self, id: I) -> bool {
        let number = id.number();
        match &self.form {
            Form::Empty => false,
            Form::One(one) => *one == number,
            Form::List(list) => position(&list.numbers, number).is_ok(),
            Form::Blocks(blocks) => {
                let block = blocks.blocks.get(high(number));
                block.is_some_and(|block| block.contains(low(number)))
            }
        }
    }

    /// Adds `id`. Returns whether it was new.
    pub(crate) fn insert(&mut self, id: I) -> bool {
        let number = id.number();
        match &mut self.form {
            Form::Empty => self.form = Form::One(number),
            Form::One(one) if *one == number => return false,
            Form::One(one) => {
                self.form = Form::list(vec![number.min(*one), number.max(*one)]);
            }
            Form::List(list) => {
                let Err(at) = position(&list.numbers, number) else {
                    return false;
                };
                list.numbers.insert(at, number);
                if list.numbers.len() > LIST {
                    self.form = Form::Blocks(Box::new(Blocks::from_sorted(&list.numbers)));
                }
            }
            Form::Blocks(blocks) => return blocks.insert(number),
        }
        true
    }

    /// Removes `id`. Returns whether it was there.
    pub(crate) fn remove(&mut self, id: I) -> bool {
        let number = id.number();
        match &mut self.form {
            Form::One(one) if *one == number => self.form = Form::Empty,
            Form::Empty | Form::One(_) => return false,
            Form::List(list) => {
                let Ok(at) = position(&list.numbers, number) else {
                    return false;
                };
                list.numbers.remove(at);
                if let [one] = list.numbers.as_slice() {
                    self.form = Form::One(*one);
                }
            }
            Form::Blocks(blocks) => {
                let known = blocks.remove(number);
                if blocks.len <= LIST / 2 {
                    let mut numbers = Vec::with_capacity(blocks.len);
                    self.for_each(|id| numbers.push(id.number()));
                    self.form = Form::list(numbers);
                }
                return known;
            }
        }
        true
    }

    /// Fetches the memory for adding `id` to these sets, or for removing it. It reads level by
    /// level, so that the sets are fetched together and not one after the other.
    pub(crate) fn read_ahead<'a>(sets: impl Iterator<Item = &'a Self>, id: I)
    where
        I: 'a,
    {
        enum Level<'a> {
            List(&'a [u32]),
            Block(&'a Block),
            Lows(&'a [u16]),
        }
        let number = id.number();
        let mut levels = Vec::with_capacity(16);
        levels.extend(sets.filter_map(|set| match &set.form {
            Form::List(list) => Some(Level::List(&list.numbers)),
            Form::Blocks(blocks) => blocks.blocks.get(high(number)).map(Level::Block),
            Form::Empty | Form::One(_) => None,
        }));
        for level in &mut levels {
            if let Level::Block(Block::List(list)) = level {
                *level = Level::Lows(list);
            }
        }
        let read = levels.iter().fold(0, |read, level| match level {
            // One number of each cache line.
            Level::List(list) => list.iter().step_by(16).fold(read, |read, own| read ^ own),
            Level::Lows(list) => {
                let lows = list.iter().step_by(32);
                lows.fold(read, |read, own| read ^ u32::from(*own))
            }
            Level::Block(block) => read ^ u32::from(block.contains(low(number))),
        });
        black_box(read);
    }

    /// Calls `each` with every number, ascending.
    #[inline]
    pub(crate) fn for_each(&self, mut each: impl FnMut(I)) {
        match &self.form {
            Form::Empty => {}
            Form::One(one) => each(I::from_number(*one)),
            Form::List(list) => {
                let numbers = list.numbers.iter();
                numbers.for_each(|number| each(I::from_number(*number)));
            }
            Form::Blocks(blocks) => {
                for (base, block) in (0_u32..).step_by(1 << 16).zip(&blocks.blocks) {
                    block.for_each(|low| each(I::from_number(base | u32::from(low))));
                }
            }
        }
    }

    /// Returns memory that growing has reserved.
    pub(crate) fn shrink(&mut self) {
        match &mut self.form {
            Form::Empty | Form::One(_) => {}
            Form::List(list) => list.numbers.shrink_to_fit(),
            Form::Blocks(blocks) => {
                blocks.blocks.shrink_to_fit();
                for block in &mut blocks.blocks {
                    if let Block::List(list) = block {
                        list.shrink_to_fit();
                    }
                }
            }
        }
    }
}

impl SlotSet {
    #[inline]
    pub(crate) fn add_to(&self, bits: &mut Bitmap) {
        match &self.form {
            Form::Blocks(blocks) => blocks.combine(bits, |bits, own| bits | own),
            _ => self.for_each(|slot| {
                bits.insert(slot);
            }),
        }
    }

    pub(crate) fn remove_from(&self, bits: &mut Bitmap) {
        match &self.form {
            Form::Blocks(blocks) => blocks.combine(bits, |bits, own| bits & !own),
            _ => self.for_each(|slot| {
                bits.remove(slot);
            }),
        }
    }
}

impl Form {
    fn list(numbers: Vec<u32>) -> Self {
        Self::List(Box::new(List { numbers }))
    }
}

impl Blocks {
    fn from_sorted(numbers: &[u32]) -> Self {
        let mut blocks = Self {
            len: numbers.len(),
            blocks: Vec::new(),
        };
        for numbers in numbers.chunk_by(|a, b| high(*a) == high(*b)) {
            let [first, ..] = numbers else { continue };
            let list = numbers.iter().map(|number| low(*number)).collect();
            *blocks.block_mut(high(*first)) = Block::from_sorted(list);
        }
        blocks
    }

    /// The block with this number. It is created if necessary.
    fn block_mut(&mut self, number: usize) -> &mut Block {
        if self.blocks.len() <= number {
            let empty = || Block::List(Vec::new());
            self.blocks.resize_with(number + 1, empty);
        }
        self.blocks.get_mut(number).or_broken()
    }

    fn insert(&mut self, number: u32) -> bool {
        let new = self.block_mut(high(number)).insert(low(number));
        self.len += usize::from(new);
        new
    }

    fn remove(&mut self, number: u32) -> bool {
        let block = self.blocks.get_mut(high(number));
        let known = block.is_some_and(|block| block.remove(low(number)));
        self.len -= usize::from(known);
        known
    }

    /// Combines a bitmap with this set, word by word where a block is a bitmap.
    fn combine(&self, bits: &mut Bitmap, words: impl Fn(u64, u64) -> u64) {
        for (number, block) in self.blocks.iter().enumerate() {
            if !block.is_empty() {
                block.combine(bits.block_mut(number), &words);
            }
        }
    }
}

#[cfg(test)]
mod tests;
