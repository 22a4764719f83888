//! Inserts and removals: full chunks are split, and small neighbours are joined.

use super::{Chunk, ChunkedList, FULL, LOADED, NOWHERE, Position, index_of};
use crate::store::memory::id::{ChunkId, ChunkRank, Id, OrBroken, Slot};
use crate::store::memory::sort::key::Key;

/// Neighbours with up to this many slots together, less than half of `FULL`, are joined.
const SPARSE: usize = 192;

/// The slots by which the capacity of a chunk grows. Doubling would waste more.
const ROOM: usize = 32;

impl ChunkedList {
    /// Removes `slot`, if the list has it, and inserts it at a position that was found before the
    /// removal. `key` gives the keys of the slots. Returns whether the list had the slot.
    pub(crate) fn relocate(
        &mut self,
        slot: Slot,
        to: Option<Position>,
        key: impl Fn(Slot) -> Key,
    ) -> bool {
        let from = self.home(slot).map(|id| {
            let slots = self.slots_mut(id);
            let index = index_of(slots, slot).or_broken();
            slots.remove(index);
            self.homes[slot] = NOWHERE;
            self.shift_starts(self.ranks[id], -1);
            (id, index)
        });
        if let Some(Position { chunk, mut index }) = to {
            if from.is_some_and(|(id, at)| self.ranks[id] == chunk && at < index) {
                index -= 1;
            }
            self.insert(slot, chunk, index, key);
        }
        // Not before the insert, because that would change the ranks of chunks.
        if let Some((id, _)) = from {
            self.join_small(self.ranks[id]);
        }
        from.is_some()
    }

    fn insert(&mut self, slot: Slot, rank: ChunkRank, index: usize, key: impl Fn(Slot) -> Key) {
        let id = self.order[rank];
        self.set_homes(&[slot], id);
        let slots = self.slots_mut(id);
        if slots.len() == slots.capacity() {
            slots.reserve_exact(ROOM);
        }
        slots.insert(index, slot);
        let len = slots.len();
        if len > FULL {
            // Units that arrive in order, as with growing ids, leave full chunks.
            let is_appended = rank.index() + 1 == self.chunks() && index + 1 == len;
            self.split(rank, if is_appended { LOADED } else { FULL / 2 }, key);
        } else {
            self.shift_starts(rank, 1);
        }
    }

    /// The slots of a chunk, which is no longer a run when they are changed.
    fn slots_mut(&mut self, id: ChunkId) -> &mut Vec<Slot> {
        let chunk = &mut self.chunks[id];
        self.runs -= usize::from(std::mem::take(&mut chunk.is_run));
        &mut chunk.slots
    }

    /// Moves the slots from index `from` on into a new chunk.
    fn split(&mut self, rank: ChunkRank, from: usize, key: impl Fn(Slot) -> Key) {
        let lower = self.slots_mut(self.order[rank]);
        let slots = lower.split_off(from);
        lower.shrink_to_fit();
        let vacant = self.vacant.pop();
        let upper = vacant.unwrap_or_else(|| self.chunks.push(Chunk::default()));
        self.set_homes(&slots, upper);
        self.chunks[upper] = Chunk {
            low: slots.first().map(|first| key(*first)),
            slots,
            is_run: false,
        };
        self.order.entries.insert(rank.index() + 1, upper);
        self.number_chunks();
    }

    /// Joins a chunk with a neighbour if both are small, so that few chunks are nearly empty.
    fn join_small(&mut self, rank: ChunkRank) {
        let len = |at: usize| Some(self.chunks[*self.order.entries.get(at)?].slots.len());
        let are_small = |lower: &usize| {
            let lens = len(*lower).zip(len(lower + 1));
            lens.is_some_and(|(a, b)| a + b <= SPARSE || a == 0 || b == 0)
        };
        let mut lower = (rank.index().saturating_sub(1)..=rank.index()).rev();
        let Some(lower) = lower.find(are_small) else {
            return;
        };
        let upper = self.order.entries.remove(lower + 1);
        let lower = self.order[ChunkRank::at(lower)];
        let slots = std::mem::take(self.slots_mut(upper));
        self.set_homes(&slots, lower);
        self.slots_mut(lower).extend(slots);
        self.vacant.push(upper);
        self.number_chunks();
    }

    fn shift_starts(&mut self, rank: ChunkRank, by: isize) {
        for start in self.starts.entries.iter_mut().skip(rank.index() + 1) {
            *start = start.saturating_add_signed(by);
        }
    }
}
