//! Inserts and removals: full chunks are split, and small neighbours are joined.

use super::{Chunk, ChunkedList, FULL, LOADED, NOWHERE, Position, index_of};
use crate::store::memory::id::{ChunkId, ChunkRank, Id, OrBroken, Slot};
use crate::store::memory::sort::key::Key;

/// Neighbours with up to this many slots together are joined. It is less than half of `FULL`, so
/// that the next inserts do not split the chunk again.
const SPARSE: usize = 192;

/// The slots by which the capacity of a chunk grows. Doubling would waste more.
const ROOM: usize = 32;

impl ChunkedList {
    /// Inserts `slot`. `key` gives the keys of the slots.
    pub(crate) fn insert(&mut self, slot: Slot, position: Position, key: impl Fn(Slot) -> Key) {
        let (rank, index) = (position.chunk, position.index);
        let id = self.order[rank];
        self.set_homes(&[slot], id);
        self.len += 1;
        let is_last = rank == self.last();
        let chunk = &mut self.chunks[id];
        if chunk.slots.len() == chunk.slots.capacity() {
            chunk.slots.reserve_exact(ROOM);
        }
        chunk.slots.insert(index, slot);
        self.runs -= usize::from(std::mem::take(&mut chunk.is_run));
        if chunk.slots.len() > FULL {
            // Units that arrive in order, as with growing ids, leave full chunks.
            let is_appended = is_last && index + 1 == chunk.slots.len();
            self.split(rank, if is_appended { LOADED } else { FULL / 2 }, key);
        } else {
            self.shift_starts(rank, 1);
        }
    }

    /// Removes `slot`. Returns whether it was there.
    pub(crate) fn remove(&mut self, slot: Slot) -> bool {
        let Some(id) = self.home(slot) else {
            return false;
        };
        let chunk = &mut self.chunks[id];
        chunk.slots.remove(index_of(&chunk.slots, slot).or_broken());
        self.runs -= usize::from(std::mem::take(&mut chunk.is_run));
        self.len -= 1;
        self.homes[slot] = NOWHERE;
        let rank = self.ranks[id];
        self.shift_starts(rank, -1);
        self.join_small(rank);
        true
    }

    fn last(&self) -> ChunkRank {
        ChunkRank::at(self.chunks() - 1)
    }

    fn vacant_chunk(&mut self) -> ChunkId {
        self.vacant.pop().unwrap_or_else(|| {
            self.ranks.push(ChunkRank(0));
            self.chunks.push(Chunk::default())
        })
    }

    /// Moves the slots from index `from` on into a new chunk.
    fn split(&mut self, rank: ChunkRank, from: usize, key: impl Fn(Slot) -> Key) {
        let upper = self.vacant_chunk();
        let chunk = &mut self.chunks[self.order[rank]];
        let slots = chunk.slots.split_off(from);
        chunk.slots.shrink_to_fit();
        self.set_homes(&slots, upper);
        self.chunks[upper] = Chunk {
            low: slots.first().map(|first| key(*first)),
            slots,
            is_run: false,
        };
        self.order.as_mut_vec().insert(rank.index() + 1, upper);
        self.number_chunks();
    }

    /// Joins a chunk with a neighbour if both are small, so that removals do not leave many
    /// nearly empty chunks.
    fn join_small(&mut self, rank: ChunkRank) {
        let are_small = |lower: &ChunkRank| {
            let upper = ChunkRank(lower.0 + 1);
            if *lower >= self.last() {
                return false;
            }
            let (lower, upper) = (self.chunk(*lower).len(), self.chunk(upper).len());
            lower + upper <= SPARSE || lower == 0 || upper == 0
        };
        let before = rank.0.checked_sub(1).map(ChunkRank);
        let mut lower_chunks = [Some(rank), before].into_iter().flatten();
        let Some(rank) = lower_chunks.find(are_small) else {
            return;
        };
        let lower = self.order[rank];
        let upper = self.order.as_mut_vec().remove(rank.index() + 1);
        let emptied = std::mem::take(&mut self.chunks[upper]);
        self.set_homes(&emptied.slots, lower);
        let chunk = &mut self.chunks[lower];
        self.runs -= usize::from(emptied.is_run) + usize::from(std::mem::take(&mut chunk.is_run));
        chunk.slots.extend(emptied.slots);
        self.vacant.push(upper);
        self.number_chunks();
    }

    fn shift_starts(&mut self, rank: ChunkRank, by: isize) {
        for start in self.starts.values_mut().skip(rank.index() + 1) {
            *start = start.saturating_add_signed(by);
        }
    }
}
