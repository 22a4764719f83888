//! Ready answers to the short texts whose answers would take long to join.
//!
//! A text of up to four scalars can be in many words. Where joining their slots would
//! cost more than reading a bitmap of all slots, that bitmap is kept and maintained.
//! Which texts these are is decided when the store is loaded, and again when as much
//! has changed as there was.

use hashbrown::HashMap;

use super::bits::Bits;
use super::id_set::IdSet;
use super::words::{GRAM, Gram, Words};

/// The most bitmaps; each takes a bit for every slot, so all take at most 32 bytes a
/// unit. The costliest texts have them.
const MAX_LISTS: usize = 256;
/// What a word costs to join, in entries of its list: it is somewhere else in memory.
const WORD_COST: usize = 8;
/// Below so many entries nothing is worth a bitmap.
const MIN_COST: usize = 32_768;
/// Nor where it costs less than a look at every so many slots.
const COST_SHARE: usize = 16;

#[derive(Clone, Debug, Default)]
pub(super) struct Ready {
    lists: HashMap<Gram, List>,
}

/// The slots whose names contain a text.
#[derive(Clone, Debug)]
pub(super) struct List {
    pub(super) bits: Bits,
    pub(super) count: usize,
}

impl Ready {
    /// The lists that are worth their room, for so many slots.
    pub(super) fn new(dictionaries: [&Words; 2], slots: usize) -> Self {
        let worth = MIN_COST.max(slots / COST_SHARE);
        let mut costs: Vec<(usize, Gram)> = Vec::new();
        for words in dictionaries {
            for len in 1..=GRAM {
                let mut current: Option<(Gram, usize)> = None;
                for (gram, numbers) in words.grams() {
                    let text = gram.prefix(len);
                    if text.len() < len {
                        continue;
                    }
                    let mut cost = 0;
                    numbers.for_each(|number| {
                        cost += WORD_COST + words.slots(number).map_or(0, IdSet::len);
                    });
                    match &mut current {
                        Some((same, sum)) if *same == text => *sum += cost,
                        _ => {
                            costs.extend(current.filter(|(_, cost)| *cost >= worth).map(swap));
                            current = Some((text, cost));
                        }
                    }
                }
                costs.extend(current.filter(|(_, cost)| *cost >= worth).map(swap));
            }
        }
        costs.sort_unstable_by(|a, b| b.cmp(a));
        costs.truncate(MAX_LISTS);
        let mut ready = Self::default();
        for (_, gram) in costs {
            let mut bits = Bits::for_slots(slots);
            for words in dictionaries {
                words.with_gram(gram, |numbers| {
                    numbers.for_each(|number| {
                        if let Some(slots) = words.slots(number) {
                            slots.add_to(&mut bits);
                        }
                    });
                });
            }
            let count = bits.count();
            ready.lists.insert(gram, List { bits, count });
        }
        ready
    }

    /// The list of a text.
    pub(super) fn get(&self, text: &[char]) -> Option<&List> {
        if text.len() > GRAM {
            return None;
        }
        self.lists.get(&Gram::new(text))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lists.is_empty()
    }

    /// Adds `slot` to the list of a text, if there is one.
    pub(super) fn insert(&mut self, text: &[char], slot: u32) {
        if let Some(list) = self.lists.get_mut(&Gram::new(text)) {
            list.count += usize::from(list.bits.insert(slot));
        }
    }

    /// Takes `slot` out of the list of a text, if there is one.
    pub(super) fn remove(&mut self, text: &[char], slot: u32) {
        if let Some(list) = self.lists.get_mut(&Gram::new(text)) {
            list.count -= usize::from(list.bits.remove(slot));
        }
    }

    /// The texts and their lists.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Gram, &List)> {
        self.lists.iter().map(|(gram, list)| (*gram, list))
    }
}

fn swap((text, cost): (Gram, usize)) -> (usize, Gram) {
    (cost, text)
}
