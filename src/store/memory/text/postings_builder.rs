//! Many sets of slots at once: counted first, then filled, so that none of them grows.

use crate::store::memory::index;
use crate::store::memory::set::id_set::IdSet;

/// Numbers and the slots that have them, in the order of the slots.
#[derive(Clone, Debug, Default)]
pub(crate) struct PostingsBuilder(Vec<(u32, u32)>);

impl PostingsBuilder {
    pub(crate) fn push(&mut self, number: u32, slot: u32) {
        self.0.push((number, slot));
    }

    /// The slots of each number below `numbers`.
    pub(crate) fn into_sets(self, numbers: usize) -> Vec<IdSet> {
        let mut ends = vec![0_usize; numbers + 1];
        for (number, _) in &self.0 {
            if let Some(count) = ends.get_mut(index(*number) + 1) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for end in &mut ends {
            sum += *end;
            *end = sum;
        }
        // Where the next slot of each number goes.
        let mut slots = vec![0; self.0.len()];
        for (number, slot) in self.0 {
            if let Some(place) = ends.get_mut(index(number)) {
                if let Some(own) = slots.get_mut(*place) {
                    *own = slot;
                }
                *place += 1;
            }
        }
        let mut from = 0;
        let sets = ends.into_iter().take(numbers).map(|end| {
            // A name can have a word twice.
            let own = slots.get_mut(from..end).map(distinct);
            from = end;
            IdSet::from_sorted(own.unwrap_or_default())
        });
        sets.collect()
    }
}

/// Brings the distinct ones of sorted numbers to the front.
fn distinct(sorted: &mut [u32]) -> &[u32] {
    let mut count = 0;
    for at in 0..sorted.len() {
        let is_new = at == 0 || sorted.get(at) != sorted.get(count - 1);
        if is_new {
            sorted.swap(at, count);
            count += 1;
        }
    }
    sorted.get(..count).unwrap_or_default()
}
