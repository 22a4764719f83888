//! The plans for a page of matches that are all in one index.

use std::ops::Range;

use crate::order::Direction;
use crate::query::page::Page;
use crate::store::memory::cost;
use crate::store::memory::id::{ChunkRank, Id, OrBroken, Slot, Table, part, widen};
use crate::store::memory::set::{Bitmap, Found, Matches};
use crate::store::memory::sort::chunked_list::{ChunkedList, FULL};
use crate::store::memory::work::Work;

/// An index, read in one direction.
#[derive(Clone, Copy)]
pub(crate) struct Indexed<'a> {
    pub(crate) list: &'a ChunkedList,
    pub(crate) direction: Direction,
}

/// An index read entry by entry, for the matches in a bitmap.
pub(crate) struct Scan<'a> {
    pub(crate) index: Indexed<'a>,
    pub(crate) bits: &'a Bitmap,
    /// The number of matches.
    pub(crate) total: usize,
    /// The most entries that are read before the scan is given up.
    pub(crate) budget: usize,
}

impl<'a> Indexed<'a> {
    /// A range of matches in the direction of the order, as a range in list order.
    fn in_list(self, range: Range<usize>, total: usize) -> Range<usize> {
        match self.direction {
            Direction::Ascending => range,
            Direction::Descending => total - range.end..total - range.start,
        }
    }

    /// Brings slots from list order into the direction of the order.
    fn directed(self, mut slots: Vec<Slot>) -> Vec<Slot> {
        if self.direction == Direction::Descending {
            slots.reverse();
        }
        slots
    }

    /// A scan that begins at a cursor.
    pub(crate) fn continued(self, bits: &'a Bitmap, total: usize, page: Page) -> Scan<'a> {
        let wanted = page.range(total).end;
        let entries = wanted.saturating_mul(self.list.len()) / total.max(1);
        let most = entries.saturating_mul(cost::CONTINUED_SCAN_OVERRUN);
        Scan {
            index: self,
            bits,
            total,
            budget: cost::locating(total).min(most.saturating_add(FULL)),
        }
    }

    pub(crate) fn slice(self, range: Range<usize>, work: &mut Work) -> Vec<Slot> {
        let mut slots = Vec::with_capacity(range.len());
        let range = self.in_list(range, self.list.len());
        self.list.extend_from_range(&mut slots, range);
        work.keys += slots.len();
        self.directed(slots)
    }

    /// The number of matches listed before `bound`: ascending those with a lower rank,
    /// descending those from it on.
    pub(crate) fn passed(self, bound: usize, matches: &Matches<'_>, work: &mut Work) -> usize {
        let below = match matches {
            Matches::All(_) => bound,
            Matches::Some(found) => self.below(bound, found, work),
        };
        match self.direction {
            Direction::Ascending => below,
            Direction::Descending => matches.len() - below,
        }
    }

    /// The number of matches below a rank of the list.
    fn below(self, bound: usize, found: &Found<'_>, work: &mut Work) -> usize {
        let list = self.list;
        if let Found::Bitmap { bits, count } = found
            && list.cost_of_counting(bound) <= cost::locating(*count)
        {
            work.keys += bound;
            return list.count_range(0..bound, bits);
        }
        let chunk = list.chunk_at(bound);
        let before = part(list.chunk(chunk), 0..bound - list.start(chunk));
        work.keys += found.len();
        let mut below = 0;
        found.for_each(|slot| {
            let home = list.chunk_of(slot).or_broken();
            below += usize::from(home < chunk || home == chunk && before.contains(&slot));
        });
        below
    }

    /// Finds the chunk of every match, and sorts the matches in the chunks of the page.
    pub(crate) fn locate(
        self,
        found: &Found<'_>,
        range: Range<usize>,
        work: &mut Work,
    ) -> Vec<Slot> {
        let range = self.in_list(range, found.len());
        work.keys += found.len();
        let chunk_of = |slot| self.list.chunk_of(slot).or_broken();
        let (chunks, before) = if found.len() <= cost::LOCATED_INDIVIDUALLY {
            (ChunkRank(0)..=ChunkRank(u32::MAX), 0)
        } else {
            let mut counts: Table<ChunkRank, u32> = vec![0; self.list.chunks()].into();
            found.for_each(|slot| counts[chunk_of(slot)] += 1);
            chunks_of_page(&counts, &range)
        };
        let mut near: Vec<(ChunkRank, Slot)> = Vec::new();
        found.for_each(|slot| {
            let chunk = chunk_of(slot);
            if chunks.contains(&chunk) {
                near.push((chunk, slot));
            }
        });
        near.sort_unstable();
        for same in near.chunk_by_mut(|(a, _), (b, _)| a == b) {
            if let [(chunk, _), _, ..] = *same {
                let chunk = self.list.chunk(chunk);
                work.keys += chunk.len();
                same.sort_by_cached_key(|(_, slot)| chunk.iter().position(|other| other == slot));
            }
        }
        let page = part(&near, range.start - before..range.end - before);
        self.directed(page.iter().map(|(_, slot)| *slot).collect())
    }
}

/// From the number of matches in each chunk: the chunks that contain the page, and the number
/// of matches before them.
fn chunks_of_page(
    counts: &Table<ChunkRank, u32>,
    range: &Range<usize>,
) -> (std::ops::RangeInclusive<ChunkRank>, usize) {
    let (mut first, mut before, mut passed) = (ChunkRank(0), 0, 0);
    for (chunk, count) in counts.iter() {
        passed += widen(*count);
        if passed <= range.start {
            (first, before) = (ChunkRank(chunk.number() + 1), passed);
        }
        if passed >= range.end {
            return (first..=chunk, before);
        }
    }
    (first..=ChunkRank(u32::MAX), before)
}

impl Scan<'_> {
    /// Reads the list from its nearer end to the page. `None` if that exceeds the budget.
    pub(crate) fn page(&self, range: Range<usize>, work: &mut Work) -> Option<Vec<Slot>> {
        let (list, bits) = (self.index.list, self.bits);
        let range = self.index.in_list(range, self.total);
        let most = work.keys.saturating_add(self.budget);
        // The next chunk, and the matches before it.
        let (mut chunk, mut before) = (0, 0);
        if self.total - range.start < range.end {
            (chunk, before) = (list.chunks(), self.total);
            while before > range.start {
                chunk -= 1;
                let (count, cost) = list.count_chunk(ChunkRank::at(chunk), bits);
                before -= count;
                work.keys += cost;
                if work.keys > most {
                    return None;
                }
            }
        }
        let mut slots = Vec::with_capacity(range.len() + FULL);
        // The matches before the first chunk that is read.
        let mut first = None;
        while before < range.end {
            if work.keys > most {
                return None;
            }
            let rank = ChunkRank::at(chunk);
            chunk += 1;
            if before < range.start {
                let (count, cost) = list.count_chunk(rank, bits);
                work.keys += cost;
                if before + count <= range.start {
                    before += count;
                    continue;
                }
            }
            work.keys += list.chunk(rank).len();
            let first = *first.get_or_insert(before);
            list.extend_with_chunk(&mut slots, rank, bits);
            before = first + slots.len();
        }
        let first = first.or_broken();
        slots.truncate(range.end - first);
        slots.drain(..range.start - first);
        Some(self.index.directed(slots))
    }

    /// Reads the list from a rank on. `None` if the page is not complete within the budget.
    pub(crate) fn continue_from(
        &self,
        bound: usize,
        page: Page,
        work: &mut Work,
    ) -> Option<Vec<Slot>> {
        let list = self.index.list;
        let range = page.range(self.total);
        let mut slots = Vec::with_capacity(range.len());
        if range.is_empty() {
            return Some(slots);
        }
        let mut passed = 0;
        // Returns whether the page continues after the slot.
        let mut take = |slot: &Slot| {
            if self.bits.contains(*slot) {
                if range.contains(&passed) {
                    slots.push(*slot);
                }
                passed += 1;
            }
            passed < range.end
        };
        let mut read = 0;
        let mut is_complete_after = |rank, is_complete: bool| {
            read += list.chunk(rank).len();
            (is_complete || read > self.budget).then_some(is_complete)
        };
        let end = match self.index.direction {
            Direction::Ascending => list
                .pieces(bound..list.len())
                .find_map(|(rank, slots)| is_complete_after(rank, !slots.iter().all(&mut take))),
            Direction::Descending => list.pieces(0..bound).rev().find_map(|(rank, slots)| {
                is_complete_after(rank, !slots.iter().rev().all(&mut take))
            }),
        };
        work.keys += read;
        // A page that reaches the end of the list is complete.
        end.unwrap_or(true).then_some(slots)
    }
}
