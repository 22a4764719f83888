//! Slots in an order, with positional reads and cheap inserts: a sorted list of chunks.
//!
//! ```text
//! order   (by chunk rank)   chunk 4      chunk 0      chunk 7        4 bytes a chunk
//! starts  (by chunk rank)   0            448          901            8 bytes a chunk
//! ranks   (by chunk id)     0            1            2              4 bytes a chunk
//! chunks  (by chunk id)     [slot, ...]  [slot, ...]  [slot, ...]    4 bytes a unit
//! homes   (by slot)         the chunk that has the slot              4 bytes a unit
//! ```
//!
//! Each column is a chunk of about 450 slots. A rank is found by a binary search in `starts`, a slot
//! by its home and a search in that chunk, a key by a binary search over the lower bounds of the
//! chunks and one in a chunk. An insert moves a part of a chunk and adds 1 to the later `starts`.

mod edit;

use std::ops::Range;

use crate::store::memory::cost;
use crate::store::memory::id::{ChunkId, ChunkRank, Id, OrBroken, Slot, Table};
use crate::store::memory::set::Bitmap;
use crate::store::memory::sort::{Key, Probe};

/// The most slots in a chunk: 2 KiB, half of which a search for a slot reads on average.
pub(crate) const FULL: usize = 512;
/// The slots of a chunk after a load, so that the first insert does not split it.
const LOADED: usize = 448;

/// The home of a slot that is not in the list.
const NOWHERE: ChunkId = ChunkId(u32::MAX);

#[derive(Clone, Debug, Default)]
pub(crate) struct ChunkedList {
    /// After [`ChunkedList::from_sorted`], there is at least one.
    chunks: Table<ChunkId, Chunk>,
    vacant: Vec<ChunkId>,
    order: Table<ChunkRank, ChunkId>,
    ranks: Table<ChunkId, ChunkRank>,
    /// The number of slots in the chunks before each.
    pub(crate) starts: Table<ChunkRank, usize>,
    homes: Table<Slot, ChunkId>,
    /// The number of chunks that are runs.
    runs: usize,
}

#[derive(Clone, Debug, Default)]
struct Chunk {
    slots: Vec<Slot>,
    /// A lower bound of the keys of this chunk, above all keys of the chunk before. `None` for the
    /// first chunk. Without bounds, a search would read units, and a write take 1.5 times as long.
    low: Option<Key>,
    /// Whether the slots are consecutive, as by name after a load: a bitmap counts them by words.
    is_run: bool,
}

/// Where to insert an entry. The next write invalidates it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Position {
    pub(crate) chunk: ChunkRank,
    pub(crate) index: usize,
}

/// A part of a chunk.
#[derive(Clone, Copy)]
pub(crate) struct Piece<'a> {
    pub(crate) slots: &'a [Slot],
    is_run: bool,
}

impl Piece<'_> {
    /// The first and the last slot of a run.
    #[inline]
    fn run(&self) -> Option<(Slot, Slot)> {
        let (first, last) = self.slots.first().zip(self.slots.last())?;
        self.is_run.then_some((*first, *last))
    }

    /// The number of slots that are in `bits`, and the cost of counting.
    #[inline]
    pub(crate) fn count(&self, bits: &Bitmap) -> (usize, usize) {
        if let Some((first, last)) = self.run() {
            return (bits.count_between(first, last), 1);
        }
        let slots = self.slots.iter();
        let count = slots.filter(|slot| bits.contains(**slot)).count();
        (count, self.slots.len())
    }

    /// Appends the slots that are in `bits`, without a branch that would often be mispredicted.
    pub(crate) fn append_matches(&self, bits: &Bitmap, into: &mut Vec<Slot>) {
        if let Some((first, last)) = self.run() {
            return bits.for_each_between(first, last, |slot| into.push(slot));
        }
        let mut found = [Slot(0); FULL];
        let mut count = 0;
        for slot in self.slots {
            *found.get_mut(count).or_broken() = *slot;
            count += usize::from(bits.contains(*slot));
        }
        into.extend_from_slice(found.get(..count).or_broken());
    }
}

impl ChunkedList {
    /// A list of sorted slots, all of them below `bound`.
    pub(crate) fn from_sorted(sorted: &[Slot], bound: usize, key: impl Fn(Slot) -> Key) -> Self {
        let mut list = Self {
            homes: vec![NOWHERE; bound].into(),
            ..Self::default()
        };
        // A list without slots has an empty chunk.
        let none = sorted.is_empty().then_some(sorted);
        for slots in sorted.chunks(LOADED).chain(none) {
            let low = slots.first().filter(|_| !list.order.entries.is_empty());
            let chunk = Chunk {
                low: low.map(|first| key(*first)),
                is_run: is_run(slots),
                slots: slots.to_vec(),
            };
            list.runs += usize::from(chunk.is_run);
            let id = list.chunks.push(chunk);
            list.order.push(id);
            list.set_homes(slots, id);
        }
        list.number_chunks();
        list
    }

    pub(crate) fn len(&self) -> usize {
        let last = ChunkRank::at(self.chunks() - 1);
        self.starts[last] + self.chunk(last).len()
    }

    pub(crate) fn chunks(&self) -> usize {
        self.order.len()
    }

    #[inline]
    pub(crate) fn chunk(&self, rank: ChunkRank) -> &[Slot] {
        &self.chunks[self.order[rank]].slots
    }

    /// The lower bound of a chunk. `None` for the first chunk and after the last.
    pub(crate) fn low(&self, rank: ChunkRank) -> Option<&Key> {
        let id = self.order.find(rank)?;
        self.chunks[*id].low.as_ref()
    }

    /// The chunk that has the entry of this rank, or the last chunk.
    #[inline]
    pub(crate) fn chunk_at(&self, rank: usize) -> ChunkRank {
        let starts = &self.starts.entries;
        ChunkRank::at(starts.partition_point(|start| *start <= rank) - 1)
    }

    #[inline]
    pub(crate) fn chunk_of(&self, slot: Slot) -> Option<ChunkRank> {
        Some(self.ranks[self.home(slot)?])
    }

    pub(crate) fn cost_of_counting(&self, slots: usize) -> usize {
        let in_runs = slots.saturating_mul(self.runs) / self.chunks();
        slots.saturating_sub(in_runs) + in_runs / cost::RUN_ENTRIES
    }

    /// The parts of chunks in a range of ranks.
    pub(crate) fn pieces(&self, ranks: Range<usize>) -> impl DoubleEndedIterator<Item = Piece<'_>> {
        let first = self.chunk_at(ranks.start);
        let last = match self.starts[first] + self.chunk(first).len() {
            end if ranks.end <= end => first,
            _ => self.chunk_at(ranks.end - 1),
        };
        (first.index()..=last.index()).map(move |rank| {
            let rank = ChunkRank::at(rank);
            let Chunk { slots, is_run, .. } = &self.chunks[self.order[rank]];
            let start = self.starts[rank];
            let end = slots.len().min(ranks.end - start);
            Piece {
                slots: slots
                    .get(ranks.start.saturating_sub(start)..end)
                    .or_broken(),
                is_run: *is_run,
            }
        })
    }

    /// The position of the key of the probe: after the units that sort before it.
    pub(crate) fn position(&self, probe: &Probe<'_>) -> Position {
        let next = self.order.entries.partition_point(|id| {
            let low = self.chunks[*id].low.as_ref();
            low.is_none_or(|low| probe.compare_key(low).is_le())
        });
        let chunk = ChunkRank::at(next - 1);
        // The fields that are equal in the bounds of a chunk are equal in all of it.
        let bounds = self.low(chunk).zip(self.low(ChunkRank::at(next)));
        let shared = bounds.map_or(0, |(low, high)| low.shared(high));
        let index = probe.search(self.chunk(chunk), shared);
        Position { chunk, index }
    }

    /// Checks that chunks, homes, ranks and counts agree.
    pub(crate) fn check(&self) {
        assert_eq!(self.starts.len(), self.order.len());
        let (mut start, mut runs) = (0, 0);
        for (rank, id) in self.order.iter() {
            assert_eq!((self.starts[rank], self.ranks[*id]), (start, rank));
            let chunk = &self.chunks[*id];
            assert!(chunk.slots.len() <= FULL);
            assert!(!chunk.slots.is_empty() || self.order.len() == 1);
            assert!(chunk.slots.iter().all(|slot| self.home(*slot) == Some(*id)));
            assert!(!chunk.is_run || is_run(&chunk.slots));
            assert_eq!(chunk.low.is_none(), rank.index() == 0);
            start += chunk.slots.len();
            runs += usize::from(chunk.is_run);
        }
        let homes = self.homes.entries.iter();
        let homes = homes.filter(|home| **home != NOWHERE).count();
        assert_eq!((homes, runs), (start, self.runs));
    }

    #[inline]
    fn home(&self, slot: Slot) -> Option<ChunkId> {
        let home = self.homes.find(slot).copied();
        home.filter(|home| *home != NOWHERE)
    }

    fn set_homes(&mut self, slots: &[Slot], id: ChunkId) {
        for slot in slots {
            if self.homes.len() <= slot.index() {
                self.homes.entries.resize(slot.index() + 1, NOWHERE);
            }
            self.homes[*slot] = id;
        }
    }

    /// Recomputes `starts` and `ranks`.
    fn number_chunks(&mut self) {
        self.starts.entries.clear();
        let chunks = self.chunks.len();
        self.ranks.entries.resize(chunks, ChunkRank(0));
        let mut start = 0;
        for (rank, id) in self.order.iter() {
            self.starts.push(start);
            start += self.chunks[*id].slots.len();
            self.ranks[*id] = rank;
        }
    }
}

/// The index of a slot in an unsorted slice. A part is compared without an early exit, so that the
/// compiler compares many slots at once.
fn index_of(slots: &[Slot], slot: Slot) -> Option<usize> {
    const PART: usize = 32;
    let is_slot = |found: u32, other: &Slot| found | u32::from(*other == slot);
    let has_slot = |part: &[Slot]| part.iter().fold(0, is_slot) != 0;
    let before = slots.chunks(PART).position(has_slot)? * PART;
    let mut rest = slots.iter().skip(before);
    Some(before + rest.position(|other| *other == slot)?)
}

fn is_run(slots: &[Slot]) -> bool {
    !slots.is_empty() && slots.is_sorted_by(|a, b| a.0.checked_add(1) == Some(b.0))
}

#[cfg(test)]
mod tests;
