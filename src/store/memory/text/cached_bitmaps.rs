//! Ready answers to the short texts whose answers would take long to join.
//!
//! A text of up to four scalars can be in many words. Where joining their slots would
//! cost more than reading a bitmap of all slots, that bitmap is kept and maintained.
//! Which texts these are is decided when the store is loaded, and again when as much
//! has changed as there was.

use std::hint::black_box;

use hashbrown::HashMap;

use crate::store::memory::index;
use crate::store::memory::set::bitmap::Bitmap;
use crate::store::memory::set::id_set::IdSet;
use crate::store::memory::text::gram::{GRAM, Gram};
use crate::store::memory::text::tokenize::short_texts;
use crate::store::memory::text::words::Words;

/// The most bitmaps, as many as a byte counts; each takes a bit for every slot, so all take at most 32 bytes a
/// unit. The costliest texts have them.
const MAX_LISTS: usize = 256;
/// What a word costs to join, in entries of its list: it is somewhere else in memory.
const WORD_COST: usize = 8;
/// Below so many entries nothing is worth a bitmap.
const MIN_COST: usize = 32_768;
/// Nor where it costs less than a look at every so many slots.
const COST_SHARE: usize = 16;

#[derive(Clone, Debug, Default)]
pub(crate) struct CachedBitmaps {
    /// Where a text has its list.
    places: HashMap<Gram, u8>,
    lists: Vec<List>,
}

/// The slots whose names contain a text.
#[derive(Clone, Debug)]
pub(crate) struct List {
    pub(crate) bits: Bitmap,
    pub(crate) count: usize,
}

/// Some of the lists, a bit each.
type Lists = [u64; MAX_LISTS / 64];

impl CachedBitmaps {
    /// The lists that are worth their room, for so many slots.
    pub(crate) fn new(words: &Words, windows: &Words, slots: usize) -> Self {
        let worth = MIN_COST.max(slots / COST_SHARE);
        // A window also has grams of a word; the words have all of them.
        let mut costs = Vec::new();
        for len in 1..=GRAM {
            costs.extend(costly(words, len, |_| true, worth));
            costs.extend(costly(windows, len, Gram::has_cut, worth));
        }
        costs.sort_unstable_by(|a, b| b.cmp(a));
        let mut ready = Self::default();
        for (place, (_, gram)) in (0..=u8::MAX).zip(costs) {
            let dictionary = if gram.has_cut() { windows } else { words };
            let mut bits = Bitmap::for_slots(slots);
            dictionary.with_gram(gram, |numbers| {
                numbers.for_each(|number| {
                    if let Some(slots) = dictionary.slots(number) {
                        slots.add_to(&mut bits);
                    }
                });
            });
            let count = bits.count();
            ready.places.insert(gram, place);
            ready.lists.push(List { bits, count });
        }
        ready
    }

    /// The list of a text.
    pub(crate) fn get(&self, text: &[char]) -> Option<&List> {
        if text.len() > GRAM {
            return None;
        }
        let place = self.places.get(&Gram::new(text))?;
        self.lists.get(usize::from(*place))
    }

    /// Moves `slot` from the lists of one name to those of another.
    pub(crate) fn change(&mut self, slot: u32, old: &[char], new: &[char]) {
        if self.lists.is_empty() {
            return;
        }
        let (old, new) = (self.lists_of(old), self.lists_of(new));
        for ((at, old), new) in (0..).step_by(64).zip(old).zip(new) {
            for place in bits_of(old & !new) {
                if let Some(list) = self.lists.get_mut(at + place) {
                    list.count -= usize::from(list.bits.remove(slot));
                }
            }
            for place in bits_of(new & !old) {
                if let Some(list) = self.lists.get_mut(at + place) {
                    list.count += usize::from(list.bits.insert(slot));
                }
            }
        }
    }

    /// Reads what [`CachedBitmaps::change`] will read.
    pub(crate) fn prefetch(&self, slot: u32, name: &[char]) {
        for (at, lists) in (0..).step_by(64).zip(self.lists_of(name)) {
            for place in bits_of(lists) {
                let list = self.lists.get(at + place);
                black_box(list.map(|list| list.bits.contains(slot)));
            }
        }
    }

    /// The lists that a name belongs to.
    fn lists_of(&self, name: &[char]) -> Lists {
        let mut lists = Lists::default();
        for text in short_texts(name) {
            if let Some(place) = self.places.get(&text)
                && let Some(some) = lists.get_mut(usize::from(place >> 6))
            {
                *some |= 1 << (place & 63);
            }
        }
        lists
    }

    /// The texts and their lists.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Gram, &List)> {
        let places = self.places.iter();
        places.filter_map(|(gram, place)| Some((*gram, self.lists.get(usize::from(*place))?)))
    }
}

/// The texts of a length that begin a gram and whose slots take so much to join.
fn costly(words: &Words, len: usize, is_own: fn(Gram) -> bool, worth: usize) -> Vec<(usize, Gram)> {
    let mut costs: Vec<(usize, Gram)> = Vec::new();
    for (gram, numbers) in words.grams() {
        let text = gram.prefix(len);
        if text.len() < len || !is_own(text) {
            continue;
        }
        let mut cost = 0;
        numbers.for_each(|number| {
            cost += WORD_COST + words.slots(number).map_or(0, IdSet::len);
        });
        match costs.last_mut() {
            Some((sum, same)) if *same == text => *sum += cost,
            _ => costs.push((cost, text)),
        }
    }
    costs.retain(|(cost, _)| *cost >= worth);
    costs
}

/// The places of the bits that are set.
fn bits_of(word: u64) -> impl Iterator<Item = usize> {
    let some = |word: u64| (word != 0).then_some(word);
    let rest = std::iter::successors(some(word), move |word| some(word & (word - 1)));
    rest.map(|word| index(word.trailing_zeros()))
}

#[cfg(test)]
mod tests;
