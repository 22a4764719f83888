//! Builds many slot sets at once: counts the slots of each first, so that no set grows.

use crate::store::memory::id::{Id, OrBroken, Slot, WordId};
use crate::store::memory::set::SlotSet;

/// Words and the slots that have them, in the order of the slots.
#[derive(Clone, Debug, Default)]
pub(crate) struct PostingsBuilder(Vec<(WordId, Slot)>);

impl PostingsBuilder {
    pub(crate) fn push(&mut self, word: WordId, slot: Slot) {
        self.0.push((word, slot));
    }

    /// The slots of each word below `words`.
    pub(crate) fn into_sets(self, words: usize) -> Vec<SlotSet> {
        let mut ends = vec![0_usize; words + 1];
        for (word, _) in &self.0 {
            *ends.get_mut(word.index() + 1).or_broken() += 1;
        }
        let mut sum = 0;
        for end in &mut ends {
            sum += *end;
            *end = sum;
        }
        // `ends` has the index for the next slot of each word.
        let mut slots = vec![0; self.0.len()];
        for (word, slot) in self.0 {
            let next = ends.get_mut(word.index()).or_broken();
            *slots.get_mut(*next).or_broken() = slot.number();
            *next += 1;
        }
        let mut from = 0;
        let sets = ends.into_iter().take(words).map(|end| {
            // A name can have a word twice.
            let own = distinct(slots.get_mut(from..end).or_broken());
            from = end;
            SlotSet::from_sorted(own)
        });
        sets.collect()
    }
}

/// The distinct numbers of a sorted slice, moved to its front.
fn distinct(sorted: &mut [u32]) -> &[u32] {
    let mut count = 0;
    for at in 0..sorted.len() {
        let is_new = at == 0 || sorted.get(at) != sorted.get(count - 1);
        if is_new {
            sorted.swap(at, count);
            count += 1;
        }
    }
    sorted.get(..count).or_broken()
}
