//! The slots of one gram.
//!
//! Most of the work of a text search is reading sets, and most of the memory of the text index is
//! sets. A set has one of five forms:
//!
//! ```text
//! Empty, One                                           16 bytes
//! List    2 to 256 sorted slots                         4 bytes a slot
//! Blocks  a block for every 65,536 slots:
//!           List    up to 256 sorted slots               2 bytes a slot
//!           Groups  256 groups of 256 slots              1 byte a slot, and 256 bytes
//! Bits    a bitmap, for a sixteenth of all slots       an eighth of a byte for every slot
//! ```
//!
//! A bitmap can be lent to a query as it is. Adding or removing a slot moves a part of one list.
//! The set converts itself where another form takes less memory.

mod block;
mod groups;

use self::block::{Block, high, insert_at, low, position};
use crate::store::memory::id::{OrBroken, Slot};
use crate::store::memory::set::bitmap::Bitmap;

/// The longest list of slots of 4 bytes. Below this, most of the memory of blocks would be the
/// blocks themselves and not their slots.
const LIST: usize = 256;
/// The slots for each block from which a set is a bitmap: a sixteenth. Reading more from blocks
/// would take longer than copying the bitmap.
const DENSE: usize = 4_096;

#[derive(Clone, Debug, Default)]
pub(crate) struct SlotSet {
    form: Form,
}

#[derive(Clone, Debug, Default)]
enum Form {
    #[default]
    Empty,
    One(Slot),
    List(Box<List>),
    Blocks(Box<Blocks>),
    Bits(Box<Bits>),
}

/// Sorted. Boxed with its length, so that a [`Form`] takes 16 bytes.
#[derive(Clone, Debug)]
struct List {
    slots: Vec<Slot>,
}

#[derive(Clone, Debug)]
struct Blocks {
    len: usize,
    blocks: Vec<Block>,
}

#[derive(Clone, Debug)]
struct Bits {
    len: usize,
    bitmap: Bitmap,
}

impl SlotSet {
    /// A set of sorted, distinct slots.
    pub(crate) fn from_sorted(slots: &[Slot]) -> Self {
        let form = match slots {
            [] => Form::Empty,
            [one] => Form::One(*one),
            few if few.len() <= LIST => Form::list(few.to_vec()),
            [.., last] if slots.len() > (high(*last) + 1) * DENSE => {
                let mut bitmap = Bitmap::for_slots((high(*last) + 1) << 16);
                bitmap.extend(slots);
                Form::bits(bitmap, slots.len())
            }
            many => Form::Blocks(Box::new(Blocks::from_sorted(many))),
        };
        Self { form }
    }

    pub(crate) fn len(&self) -> usize {
        match &self.form {
            Form::Empty => 0,
            Form::One(_) => 1,
            Form::List(list) => list.slots.len(),
            Form::Blocks(blocks) => blocks.len,
            Form::Bits(bits) => bits.len,
        }
    }

    /// The bytes on the heap, without those of the allocator.
    pub(crate) fn bytes(&self) -> usize {
        match &self.form {
            Form::Empty | Form::One(_) => 0,
            Form::List(list) => size_of::<List>() + list.slots.capacity() * size_of::<Slot>(),
            Form::Blocks(blocks) => {
                let own = size_of::<Blocks>() + blocks.blocks.capacity() * size_of::<Block>();
                own + blocks.blocks.iter().map(Block::bytes).sum::<usize>()
            }
            Form::Bits(bits) => size_of::<Bits>() + bits.bitmap.bytes(),
        }
    }

    /// The set as a bitmap, if that is its form.
    pub(crate) fn as_bitmap(&self) -> Option<&Bitmap> {
        match &self.form {
            Form::Bits(bits) => Some(&bits.bitmap),
            _ => None,
        }
    }

    pub(crate) fn contains(&self, slot: Slot) -> bool {
        match &self.form {
            Form::Empty => false,
            Form::One(one) => *one == slot,
            Form::List(list) => position(&list.slots, slot).is_ok(),
            Form::Blocks(blocks) => {
                let block = blocks.blocks.get(high(slot));
                block.is_some_and(|block| block.contains(low(slot)))
            }
            Form::Bits(bits) => bits.bitmap.contains(slot),
        }
    }

    /// Adds a slot. Returns whether it was new.
    pub(crate) fn insert(&mut self, slot: Slot) -> bool {
        match &mut self.form {
            Form::Empty => self.form = Form::One(slot),
            Form::One(one) if *one == slot => return false,
            Form::One(one) => self.form = Form::list(vec![slot.min(*one), slot.max(*one)]),
            Form::List(list) => {
                let Err(at) = position(&list.slots, slot) else {
                    return false;
                };
                insert_at(&mut list.slots, at, slot);
                if list.slots.len() > LIST {
                    *self = Self::from_sorted(&list.slots);
                }
            }
            Form::Blocks(blocks) => {
                let new = blocks.insert(slot);
                if blocks.len > blocks.blocks.len() * DENSE {
                    *self = self.converted();
                }
                return new;
            }
            Form::Bits(bits) => {
                let new = bits.bitmap.insert(slot);
                bits.len += usize::from(new);
                return new;
            }
        }
        true
    }

    /// Removes a slot. Returns whether it was there.
    pub(crate) fn remove(&mut self, slot: Slot) -> bool {
        match &mut self.form {
            Form::One(one) if *one == slot => self.form = Form::Empty,
            Form::Empty | Form::One(_) => return false,
            Form::List(list) => {
                let Ok(at) = position(&list.slots, slot) else {
                    return false;
                };
                list.slots.remove(at);
                if let [one] = list.slots.as_slice() {
                    self.form = Form::One(*one);
                }
            }
            Form::Blocks(blocks) => {
                let known = blocks.remove(slot);
                // At half the bound, so that a length around it does not convert the set each time.
                if blocks.len <= LIST / 2 {
                    *self = self.converted();
                }
                return known;
            }
            Form::Bits(bits) => {
                let known = bits.bitmap.remove(slot);
                bits.len -= usize::from(known);
                if bits.len <= bits.bitmap.blocks() * DENSE / 2 {
                    *self = self.converted();
                }
                return known;
            }
        }
        true
    }

    /// Calls `each` with every slot, ascending.
    #[inline]
    pub(crate) fn for_each(&self, mut each: impl FnMut(Slot)) {
        match &self.form {
            Form::Empty => {}
            Form::One(one) => each(*one),
            Form::List(list) => list.slots.iter().for_each(|slot| each(*slot)),
            Form::Blocks(blocks) => {
                for (base, block) in (0_u32..).step_by(1 << 16).zip(&blocks.blocks) {
                    block.for_each(|low| each(Slot(base | u32::from(low))));
                }
            }
            Form::Bits(bits) => bits.bitmap.for_each(each),
        }
    }

    #[inline]
    pub(crate) fn add_to(&self, into: &mut Bitmap) {
        match &self.form {
            Form::Blocks(blocks) => blocks.combine(into, |bits, own| bits | own),
            Form::Bits(bits) => into.unite(&bits.bitmap),
            _ => self.for_each(|slot| {
                into.insert(slot);
            }),
        }
    }

    pub(crate) fn remove_from(&self, from: &mut Bitmap) {
        match &self.form {
            Form::Blocks(blocks) => blocks.combine(from, |bits, own| bits & !own),
            Form::Bits(bits) => from.subtract(&bits.bitmap),
            _ => self.for_each(|slot| {
                from.remove(slot);
            }),
        }
    }

    /// The slots, sorted.
    pub(crate) fn to_vec(&self) -> Vec<Slot> {
        let mut slots = Vec::with_capacity(self.len());
        self.for_each(|slot| slots.push(slot));
        slots
    }

    /// The same set in the form for its length.
    fn converted(&self) -> Self {
        Self::from_sorted(&self.to_vec())
    }
}

impl From<Bitmap> for SlotSet {
    fn from(bitmap: Bitmap) -> Self {
        let len = bitmap.count();
        let is_dense = len > bitmap.blocks() * DENSE;
        let set = Self {
            form: Form::bits(bitmap, len),
        };
        if is_dense { set } else { set.converted() }
    }
}

impl Form {
    fn list(slots: Vec<Slot>) -> Self {
        Self::List(Box::new(List { slots }))
    }

    fn bits(bitmap: Bitmap, len: usize) -> Self {
        Self::Bits(Box::new(Bits { len, bitmap }))
    }
}

impl Blocks {
    fn from_sorted(slots: &[Slot]) -> Self {
        let blocks = slots.last().map_or(0, |last| high(*last) + 1);
        let mut blocks = Self {
            len: slots.len(),
            blocks: vec![Block::List(Vec::new()); blocks],
        };
        for slots in slots.chunk_by(|a, b| high(*a) == high(*b)) {
            let list = slots.iter().map(|slot| low(*slot)).collect();
            *blocks.block_mut(*slots.first().or_broken()) = Block::from_sorted(list);
        }
        blocks
    }

    /// The block of a slot. It is created if necessary.
    fn block_mut(&mut self, slot: Slot) -> &mut Block {
        if self.blocks.len() <= high(slot) {
            let empty = || Block::List(Vec::new());
            self.blocks.resize_with(high(slot) + 1, empty);
        }
        self.blocks.get_mut(high(slot)).or_broken()
    }

    fn insert(&mut self, slot: Slot) -> bool {
        let new = self.block_mut(slot).insert(low(slot));
        self.len += usize::from(new);
        new
    }

    fn remove(&mut self, slot: Slot) -> bool {
        let block = self.blocks.get_mut(high(slot));
        let known = block.is_some_and(|block| block.remove(low(slot)));
        self.len -= usize::from(known);
        known
    }

    /// Combines a bitmap with this set, word by word.
    fn combine(&self, bits: &mut Bitmap, words: impl Fn(u64, u64) -> u64) {
        for (number, block) in self.blocks.iter().enumerate() {
            block.combine(bits.block_mut(number), &words);
        }
    }
}

#[cfg(test)]
mod tests;
