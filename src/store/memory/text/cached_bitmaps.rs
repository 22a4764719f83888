//! Precomputed answers for short texts whose slot sets take long to unite.
//!
//! A text of up to four scalars can be in many words. The texts whose union would cost the most
//! get a bitmap, which every write updates. They are chosen when the store is loaded, and again
//! after many changes of names.

use hashbrown::HashMap;

use crate::store::memory::cost;
use crate::store::memory::id::{OrBroken, Slot, widen};
use crate::store::memory::set::bitmap::{Bitmap, for_each_bit};
use crate::store::memory::text::gram::{GRAM, Gram};
use crate::store::memory::text::tokenize::short_texts;
use crate::store::memory::text::words::Words;

/// The most bitmaps: their numbers fit into a byte. Each takes a bit for every slot, so all take
/// at most 32 bytes a unit.
const MAX_BITMAPS: usize = 256;

#[derive(Clone, Debug, Default)]
pub(crate) struct CachedBitmaps {
    /// The number of a text's bitmap.
    numbers: HashMap<Gram, u8>,
    bitmaps: Vec<CachedBitmap>,
}

/// The slots whose names contain a text.
#[derive(Clone, Debug)]
pub(crate) struct CachedBitmap {
    pub(crate) bits: Bitmap,
    pub(crate) count: usize,
}

/// A set of bitmaps, one bit for each number.
type Numbers = [u64; MAX_BITMAPS / 64];

impl CachedBitmaps {
    /// Bitmaps for the costliest texts, if they cost enough for this many slots.
    pub(crate) fn new(words: &Words, windows: &Words, slots: usize) -> Self {
        let worth = cost::cached_from(slots);
        // Grams without a cut are also in windows, but only the words have all of them.
        let mut costs = Vec::new();
        for len in 1..=GRAM {
            costs.extend(costly(words, len, |_| true, worth));
            costs.extend(costly(windows, len, Gram::has_cut, worth));
        }
        costs.sort_unstable_by(|a, b| b.cmp(a));
        let mut cached = Self::default();
        for (number, (_, gram)) in (0..=u8::MAX).zip(costs) {
            let dictionary = if gram.has_cut() { windows } else { words };
            let mut bits = Bitmap::for_slots(slots);
            dictionary.with_gram(gram, |words| {
                words.for_each(|word| dictionary.slots(word).add_to(&mut bits));
            });
            let count = bits.count();
            cached.numbers.insert(gram, number);
            cached.bitmaps.push(CachedBitmap { bits, count });
        }
        cached
    }

    pub(crate) fn get(&self, text: &[char]) -> Option<&CachedBitmap> {
        if text.len() > GRAM {
            return None;
        }
        let number = self.numbers.get(&Gram::new(text))?;
        Some(self.bitmap(*number))
    }

    /// Moves `slot` from the bitmaps of the old name to those of the new one.
    pub(crate) fn change(&mut self, slot: Slot, old: &[char], new: &[char]) {
        if self.bitmaps.is_empty() {
            return;
        }
        let (old, new) = (self.numbers_of(old), self.numbers_of(new));
        let words = self.bitmaps.chunks_mut(64).zip(old.into_iter().zip(new));
        for (bitmaps, (old, new)) in words {
            for_each_bit(old & !new, |bit| {
                let bitmap = bitmaps.get_mut(widen(bit)).or_broken();
                bitmap.count -= usize::from(bitmap.bits.remove(slot));
            });
            for_each_bit(new & !old, |bit| {
                let bitmap = bitmaps.get_mut(widen(bit)).or_broken();
                bitmap.count += usize::from(bitmap.bits.insert(slot));
            });
        }
    }

    /// The bitmaps that a name belongs to.
    fn numbers_of(&self, name: &[char]) -> Numbers {
        let mut numbers = Numbers::default();
        for text in short_texts(name) {
            if let Some(number) = self.numbers.get(&text) {
                *numbers.get_mut(usize::from(number >> 6)).or_broken() |= 1 << (number & 63);
            }
        }
        numbers
    }

    /// The texts and their bitmaps.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Gram, &CachedBitmap)> {
        let numbers = self.numbers.iter();
        numbers.map(|(gram, number)| (*gram, self.bitmap(*number)))
    }

    fn bitmap(&self, number: u8) -> &CachedBitmap {
        self.bitmaps.get(usize::from(number)).or_broken()
    }
}

/// The texts of `len` scalars that begin a gram and whose slot sets cost at least `worth` to
/// unite, with that cost.
fn costly(
    words: &Words,
    len: usize,
    is_included: fn(Gram) -> bool,
    worth: usize,
) -> Vec<(usize, Gram)> {
    let mut costs: Vec<(usize, Gram)> = Vec::new();
    for (gram, with_gram) in words.grams() {
        let text = gram.prefix(len);
        if text.len() < len || !is_included(text) {
            continue;
        }
        let mut cost = 0;
        with_gram.for_each(|word| cost += cost::OPEN_SET + words.slots(word).len());
        match costs.last_mut() {
            Some((sum, same)) if *same == text => *sum += cost,
            _ => costs.push((cost, text)),
        }
    }
    costs.retain(|(cost, _)| *cost >= worth);
    costs
}

#[cfg(test)]
mod tests;
