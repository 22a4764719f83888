//! The plans for a page of matches that are all in one index.

use std::ops::Range;

use crate::order::Direction;
use crate::query::page::Page;
use crate::store::memory::cost;
use crate::store::memory::id::{ChunkRank, Id, OrBroken, Slot, Table, widen};
use crate::store::memory::set::{Bitmap, Found, Matches};
use crate::store::memory::sort::{Indexed, chunked_list::FULL};
use crate::store::memory::work::Work;

/// A way to find the slots of a page in an index.
pub(crate) enum Plan<'a> {
    Slice(Indexed<'a>, Range<usize>),
    /// If the scan exceeds its budget, every match is located.
    Scan(Scan<'a>, &'a Found<'a>, Range<usize>),
    /// A scan from the rank of a cursor. If it exceeds its budget, the matches before the rank are
    /// counted, and the cheapest other plan is run.
    Continue(Scan<'a>, usize, Page),
    Locate(Indexed<'a>, &'a Found<'a>, Range<usize>),
}

/// An index read entry by entry, for the matches in a bitmap.
pub(crate) struct Scan<'a> {
    pub(crate) index: Indexed<'a>,
    pub(crate) bits: &'a Bitmap,
    pub(crate) total: usize,
    /// The most entries that are read before the scan is given up.
    pub(crate) budget: usize,
}

impl<'a> Plan<'a> {
    pub(crate) fn run(self, matches: &'a Matches<'a>, work: &mut Work) -> Vec<Slot> {
        work.order = "index";
        match self {
            Self::Slice(index, range) => index.slice(range, work),
            Self::Locate(index, found, range) => index.locate(found, range, work),
            Self::Scan(scan, found, range) => {
                work.plan = "scan";
                let slots = scan.page(range.clone(), work);
                slots.unwrap_or_else(|| Self::Locate(scan.index, found, range).run(matches, work))
            }
            Self::Continue(scan, bound, page) => {
                work.plan = "continue";
                let slots = scan.read(scan.index.direction, bound, page.range(scan.total), work);
                slots.unwrap_or_else(|| {
                    let passed = scan.index.passed(bound, matches, work);
                    let range = page.range_after(passed, scan.total);
                    scan.index.cheapest(matches, range).run(matches, work)
                })
            }
        }
    }
}

impl<'a> Indexed<'a> {
    /// The plan that costs least for a range of the matches.
    pub(crate) fn cheapest(self, matches: &'a Matches<'a>, range: Range<usize>) -> Plan<'a> {
        let total = matches.len();
        let range = range.start.min(total)..range.end.min(total);
        let found = match matches {
            Matches::All(_) => return Plan::Slice(self, range),
            Matches::Some(_) if range.is_empty() => return Plan::Slice(self, 0..0),
            Matches::Some(found) => found,
        };
        let Found::Bitmap { bits, .. } = found else {
            return Plan::Locate(self, found, range);
        };
        // The entries from the nearer end to the page, if matches are evenly spread.
        let passed = range.end.min(total - range.start);
        let entries = passed.saturating_mul(self.order.list.len()) / total;
        let locating = total.saturating_mul(cost::LOCATE);
        if self.order.list.cost_of_counting(entries) > locating {
            return Plan::Locate(self, found, range);
        }
        let scan = Scan {
            index: self,
            bits,
            total,
            budget: locating.saturating_add(entries * cost::SCAN_OVERRUN),
        };
        Plan::Scan(scan, found, range)
    }

    /// Converts ordinals in the direction of this index into ordinals in the list.
    fn in_list(self, range: Range<usize>, total: usize) -> Range<usize> {
        match self.direction {
            Direction::Ascending => range,
            Direction::Descending => total - range.end..total - range.start,
        }
    }

    /// Reverses slots of the list if the index is read descending.
    fn directed(self, mut slots: Vec<Slot>) -> Vec<Slot> {
        if self.direction == Direction::Descending {
            slots.reverse();
        }
        slots
    }

    pub(crate) fn scan_from_cursor(self, bits: &'a Bitmap, total: usize, page: Page) -> Scan<'a> {
        let wanted = page.range(total).end;
        let entries = wanted.saturating_mul(self.order.list.len()) / total.max(1);
        let most = entries.saturating_mul(cost::CONTINUED_SCAN_OVERRUN);
        let budget = most
            .saturating_add(FULL)
            .min(total.saturating_mul(cost::LOCATE));
        Scan {
            index: self,
            bits,
            total,
            budget,
        }
    }

    fn slice(self, range: Range<usize>, work: &mut Work) -> Vec<Slot> {
        work.plan = "slice";
        let mut slots = Vec::with_capacity(range.len());
        let range = self.in_list(range, self.order.list.len());
        for piece in self.order.list.pieces(range) {
            slots.extend_from_slice(piece.slots);
        }
        work.keys += slots.len();
        self.directed(slots)
    }

    /// The number of matches that are listed before a cursor at rank `bound`: ascending, the
    /// matches below `bound`; descending, the matches at `bound` and above.
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
        let list = &self.order.list;
        if let Found::Bitmap { bits, count } = found
            && list.cost_of_counting(bound) <= count.saturating_mul(cost::LOCATE)
        {
            work.keys += bound;
            return list.pieces(0..bound).map(|piece| piece.count(bits).0).sum();
        }
        let chunk = list.chunk_at(bound);
        let before = list
            .chunk(chunk)
            .get(..bound - list.starts[chunk])
            .or_broken();
        work.keys += found.len();
        let mut below = 0;
        found.for_each(|slot| {
            let rank = list.chunk_of(slot).or_broken();
            below += usize::from(rank < chunk || rank == chunk && before.contains(&slot));
        });
        below
    }

    /// Finds the chunk of every match, and sorts the matches in the chunks of the page.
    fn locate(self, found: &Found<'_>, range: Range<usize>, work: &mut Work) -> Vec<Slot> {
        work.plan = "locate";
        work.keys += found.len();
        let range = self.in_list(range, found.len());
        let chunk_of = |slot| self.order.list.chunk_of(slot).or_broken();
        let (chunks, before) = if found.len() <= cost::LOCATED_INDIVIDUALLY {
            (ChunkRank(0)..=ChunkRank(u32::MAX), 0)
        } else {
            // First the matches in each chunk; after the loop, the matches in the chunks before.
            let mut starts: Table<ChunkRank, u32> = vec![0; self.order.list.chunks()].into();
            found.for_each(|slot| starts[chunk_of(slot)] += 1);
            let mut passed = 0;
            for start in &mut starts.entries {
                passed += std::mem::replace(start, passed);
            }
            let starts = starts.entries;
            let first = starts.partition_point(|start| widen(*start) <= range.start) - 1;
            let last = starts.partition_point(|start| widen(*start) < range.end) - 1;
            let before = widen(*starts.get(first).or_broken());
            (ChunkRank::at(first)..=ChunkRank::at(last), before)
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
                let chunk = self.order.list.chunk(chunk);
                work.keys += chunk.len();
                same.sort_by_cached_key(|(_, slot)| chunk.iter().position(|other| other == slot));
            }
        }
        let page = near
            .get(range.start - before..range.end - before)
            .or_broken();
        self.directed(page.iter().map(|(_, slot)| *slot).collect())
    }
}

impl Scan<'_> {
    /// Reads the list from its nearer end to the page. `None` if that exceeds the budget.
    pub(crate) fn page(&self, range: Range<usize>, work: &mut Work) -> Option<Vec<Slot>> {
        let range = self.index.in_list(range, self.total);
        let from_end = self.total - range.end..self.total - range.start;
        let (direction, bound, wanted) = if from_end.end < range.end {
            (Direction::Descending, self.index.order.list.len(), from_end)
        } else {
            (Direction::Ascending, 0, range)
        };
        let mut slots = self.read(direction, bound, wanted, work)?;
        if direction != self.index.direction {
            slots.reverse();
        }
        Some(slots)
    }

    /// Reads the list from a rank on in a direction, up to the end of the wanted matches, counted
    /// from that rank. `None` if that exceeds the budget.
    pub(crate) fn read(
        &self,
        direction: Direction,
        bound: usize,
        wanted: Range<usize>,
        work: &mut Work,
    ) -> Option<Vec<Slot>> {
        let (list, bits) = (&self.index.order.list, self.bits);
        let mut pieces = match direction {
            Direction::Ascending => list.pieces(bound..list.len()),
            Direction::Descending => list.pieces(0..bound),
        };
        let most = work.keys.saturating_add(self.budget);
        let mut slots = Vec::with_capacity(wanted.len() + FULL);
        // The matches before those in `slots`.
        let mut skipped = 0;
        while skipped + slots.len() < wanted.end {
            if work.keys > most {
                return None;
            }
            let piece = match direction {
                Direction::Ascending => pieces.next(),
                Direction::Descending => pieces.next_back(),
            };
            let Some(piece) = piece else { break };
            if skipped < wanted.start && slots.is_empty() {
                let (count, cost) = piece.count(bits);
                work.keys += cost;
                if skipped + count <= wanted.start {
                    skipped += count;
                    continue;
                }
            }
            work.keys += piece.slots.len();
            let from = slots.len();
            piece.append_matches(bits, &mut slots);
            if direction == Direction::Descending {
                slots.get_mut(from..).or_broken().reverse();
            }
        }
        slots.truncate(wanted.end - skipped);
        slots.drain(..slots.len().min(wanted.start - skipped));
        Some(slots)
    }
}
