//! One slot more, one slot less: the chunks that change, and how they are kept neither
//! full nor nearly empty.

use super::{Chunk, ChunkedList, FULL, LOADED, NOWHERE, number, position};
use crate::store::memory::index;
use crate::store::memory::sort::key::Probe;

/// Neighbours that together have no more than this become one chunk.
const SPARSE: usize = 192;

/// How many more slots a chunk gets room for that has none left.
const ROOM: usize = 32;

impl ChunkedList {
    /// Puts `slot` where `probe` says; its key begins a chunk when one must be split.
    pub(crate) fn insert(&mut self, slot: u32, probe: Probe<'_>) {
        #[cfg(test)]
        crate::store::memory::counted::moved();
        if self.sequence.is_empty() {
            let number = self.vacant_chunk();
            self.sequence.push(number);
            self.number_places();
        }
        let place = self.place_for(probe);
        let shared = self.shared(place);
        let Some(&number) = self.sequence.get(place) else {
            return;
        };
        self.set_home(slot, number);
        self.len += 1;
        let Some(chunk) = self.chunks.get_mut(index(number)) else {
            return;
        };
        let at = probe.position_in(&chunk.slots, shared);
        if chunk.slots.len() == chunk.slots.capacity() {
            // One by one, not twice as many.
            chunk.slots.reserve_exact(ROOM);
        }
        chunk.slots.insert(at, slot);
        self.runs -= usize::from(std::mem::take(&mut chunk.is_run));
        if chunk.slots.len() > FULL {
            // Appending in order, as ids that grow do, leaves full chunks behind.
            let last = place + 1 == self.sequence.len() && at + 1 == chunk.slots.len();
            let from = if last { LOADED } else { FULL / 2 };
            self.split(place, from, probe);
        } else {
            self.shift_starts(place, 1);
        }
    }

    /// Takes `slot` out; whether it was there.
    pub(crate) fn remove(&mut self, slot: u32) -> bool {
        let Some(number) = self.home(slot) else {
            return false;
        };
        let Some(chunk) = self.chunks.get_mut(index(number)) else {
            return false;
        };
        if let Some(at) = position(&chunk.slots, slot) {
            chunk.slots.remove(at);
        }
        self.runs -= usize::from(std::mem::take(&mut chunk.is_run));
        self.len -= 1;
        if let Some(home) = self.homes.get_mut(index(slot)) {
            *home = NOWHERE;
        }
        let place = self.places.get(index(number)).copied();
        let place = place.map_or(0, index);
        self.shift_starts(place, -1);
        self.join_small(place);
        true
    }

    fn vacant_chunk(&mut self) -> u32 {
        self.vacant.pop().unwrap_or_else(|| {
            self.chunks.push(Chunk::default());
            self.places.push(0);
            number(self.chunks.len() - 1)
        })
    }

    /// Moves the slots from `from` on into a chunk of their own.
    fn split(&mut self, place: usize, from: usize, probe: Probe<'_>) {
        let upper = self.vacant_chunk();
        let lower = self.sequence.get(place).copied();
        let Some(chunk) = lower.and_then(|number| self.chunks.get_mut(index(number))) else {
            return;
        };
        let slots = chunk.slots.split_off(from.min(chunk.slots.len()));
        chunk.slots.shrink_to_fit();
        let low = slots.first().and_then(|first| probe.key_of(*first));
        for slot in &slots {
            self.set_home(*slot, upper);
        }
        if let Some(chunk) = self.chunks.get_mut(index(upper)) {
            *chunk = Chunk {
                slots,
                low,
                is_run: false,
            };
        }
        self.sequence.insert(place + 1, upper);
        self.number_places();
    }

    /// Joins the chunk with a neighbour when both are small, so that what is removed
    /// leaves no long list of nearly empty chunks.
    fn join_small(&mut self, place: usize) {
        let is_small = |place: usize| {
            let (lower, upper) = (self.chunk(place).len(), self.chunk(place + 1).len());
            lower + upper <= SPARSE || lower == 0 || upper == 0
        };
        let last = self.sequence.len().saturating_sub(1);
        let place = if place < last && is_small(place) {
            place
        } else if place > 0 && is_small(place - 1) {
            place - 1
        } else {
            return;
        };
        let (Some(&lower), Some(&upper)) = (self.sequence.get(place), self.sequence.get(place + 1))
        else {
            return;
        };
        let emptied = self.chunks.get_mut(index(upper)).map(std::mem::take);
        let emptied = emptied.unwrap_or_default();
        self.runs -= usize::from(emptied.is_run);
        let slots = emptied.slots;
        for slot in &slots {
            self.set_home(*slot, lower);
        }
        if let Some(chunk) = self.chunks.get_mut(index(lower)) {
            self.runs -= usize::from(std::mem::take(&mut chunk.is_run));
            chunk.slots.extend(slots);
        }
        self.vacant.push(upper);
        self.sequence.remove(place + 1);
        self.number_places();
    }

    fn shift_starts(&mut self, place: usize, by: isize) {
        for start in self.starts.iter_mut().skip(place + 1) {
            *start = start.saturating_add_signed(by);
        }
    }
}
