//! The slots of a page: matches, in an order that is kept.

use std::ops::Range;

use crate::order::SortKey;
use crate::order::{Direction, SortSpec};
use crate::query::page::Page;
use crate::store::memory::index;
use crate::store::memory::set::bitmap::Bitmap;
use crate::store::memory::sort::chunked_list::{ChunkedList, FULL};
use crate::store::memory::text::search::Matches;
use crate::store::memory::work::Work;

/// So few matches are put in order one by one.
const FEW: usize = 64;
/// Finding the chunk of a match takes as long as looking at so many slots of an order.
const GATHER_COST: usize = 4;

/// Which of the matches a query lists.
pub(crate) struct Asked<'a> {
    pub(crate) sort: &'a SortSpec,
    /// The page begins to count after this place.
    pub(crate) after: Option<SortKey<'a>>,
    pub(crate) page: Page,
}

/// Matches in an order that is kept, in which all of them have a place.
#[derive(Clone, Copy)]
pub(crate) struct Walk<'a> {
    pub(crate) ranked: &'a ChunkedList,
    pub(crate) direction: Direction,
    pub(crate) matches: &'a Matches<'a>,
    /// How many matches there are.
    pub(crate) total: usize,
}

impl Walk<'_> {
    /// The matches at the places of `range`.
    pub(crate) fn page(self, range: Range<usize>, work: &mut Work) -> Vec<u32> {
        let total = self.total;
        let (start, end) = (range.start.min(total), range.end.min(total));
        let range = match self.direction {
            Direction::Ascending => start..end,
            Direction::Descending => total - end..total - start,
        };
        let mut slots = if range.is_empty() {
            Vec::new()
        } else {
            ascending(self.ranked, self.matches, total, range, work)
        };
        if self.direction == Direction::Descending {
            slots.reverse();
        }
        slots
    }

    /// The matches of `page`, counted from the position `bound` of the order on:
    /// ascending from the unit there, descending from the one before.
    pub(crate) fn page_after(self, bound: usize, page: Page, work: &mut Work) -> Vec<u32> {
        if let Matches::Bits(bits, _) = self.matches {
            // What lies ahead is mostly as dense as the whole.
            let wanted = page.range(self.total).end;
            let looked_at = wanted.saturating_mul(self.ranked.len()) / self.total.max(1);
            let most = self.gathering();
            let most = most.min(looked_at.saturating_mul(4).saturating_add(FULL));
            if let Some(slots) = self.walk_on(bits, bound, page, most, work) {
                return slots;
            }
        }
        let range = page.range_after(self.passed(bound, work), self.total);
        self.page(range, work)
    }

    /// How many matches a listing has passed over that has come to the position `bound`.
    pub(crate) fn passed(self, bound: usize, work: &mut Work) -> usize {
        let below = self.below(bound, work);
        match self.direction {
            Direction::Ascending => below,
            Direction::Descending => self.total - below,
        }
    }

    /// Walks on from a position; `None` when so many entries do not have the page.
    fn walk_on(
        self,
        bits: &Bitmap,
        bound: usize,
        page: Page,
        most: usize,
        work: &mut Work,
    ) -> Option<Vec<u32>> {
        let range = page.range(self.total);
        let mut slots = Vec::with_capacity(range.len());
        let mut passed = 0;
        let mut take = |slot: &u32| {
            if bits.contains(*slot) {
                if range.contains(&passed) {
                    slots.push(*slot);
                }
                passed += 1;
            }
            passed < range.end
        };
        let mut looked_at = 0;
        let mut at = bound;
        let is_complete = loop {
            let ahead = match self.direction {
                Direction::Ascending => at,
                Direction::Descending => match at.checked_sub(1) {
                    Some(last) => last,
                    None => break true,
                },
            };
            if ahead >= self.ranked.len() || range.is_empty() {
                break true;
            }
            let place = self.ranked.place_of_position(ahead);
            let (start, chunk) = (self.ranked.start(place), self.ranked.chunk(place));
            let within = at - start;
            let goes_on = match self.direction {
                Direction::Ascending => {
                    at = start + chunk.len();
                    chunk
                        .get(within..)
                        .unwrap_or_default()
                        .iter()
                        .all(&mut take)
                }
                Direction::Descending => {
                    at = start;
                    let part = chunk.get(..within).unwrap_or_default();
                    part.iter().rev().all(&mut take)
                }
            };
            looked_at += chunk.len();
            if !goes_on {
                break true;
            }
            if looked_at > most {
                break false;
            }
        };
        work.keys += looked_at;
        is_complete.then_some(slots)
    }

    /// How many matches lie below a position of the order.
    fn below(self, bound: usize, work: &mut Work) -> usize {
        let ranked = self.ranked;
        match self.matches {
            Matches::All(_) => bound,
            Matches::Bits(bits, _) if ranked.cost_of_counting(bound) <= self.gathering() => {
                work.keys += bound;
                ranked.count_range(0..bound, bits)
            }
            matches => {
                let place = ranked.place_of_position(bound);
                let at_bound = ranked.chunk(place).get(..bound - ranked.start(place));
                let at_bound = at_bound.unwrap_or_default();
                work.keys += self.total;
                let mut below = 0;
                matches.for_each(|slot| {
                    let own = ranked.place_of_slot(slot);
                    let is_below = own
                        .is_some_and(|own| own < place || own == place && at_bound.contains(&slot));
                    below += usize::from(is_below);
                });
                below
            }
        }
    }

    /// What it takes to find the chunk of every match.
    fn gathering(self) -> usize {
        self.total.saturating_mul(GATHER_COST)
    }
}

fn ascending(
    ranked: &ChunkedList,
    matches: &Matches<'_>,
    total: usize,
    range: Range<usize>,
    work: &mut Work,
) -> Vec<u32> {
    match matches {
        Matches::All(_) => {
            let mut slots = Vec::with_capacity(range.len());
            ranked.extend_from_range(&mut slots, range);
            work.keys += slots.len();
            slots
        }
        Matches::Few(_) => gather(ranked, matches, total, range, work),
        Matches::Bits(bits, _) => {
            let passed = range.end.min(total - range.start);
            let looked_at = passed.saturating_mul(ranked.len()) / total.max(1);
            if ranked.cost_of_counting(looked_at) > total.saturating_mul(GATHER_COST) {
                gather(ranked, matches, total, range, work)
            } else {
                // Matches can lie anywhere but where the page is.
                let most = total
                    .saturating_mul(GATHER_COST)
                    .saturating_add(looked_at * 2);
                walk(ranked, bits, total, range.clone(), most, work)
                    .unwrap_or_else(|| gather(ranked, matches, total, range, work))
            }
        }
    }
}

/// Walks the order from its nearer end to the page; `None` when that takes a look at
/// more than so many entries.
fn walk(
    ranked: &ChunkedList,
    bits: &Bitmap,
    total: usize,
    range: Range<usize>,
    most: usize,
    work: &mut Work,
) -> Option<Vec<u32>> {
    let most = work.keys.saturating_add(most);
    let mut slots = Vec::with_capacity(range.len());
    let from_end = total - range.start < range.end;
    // The matches in front of the chunk at `place`.
    let (mut place, mut before) = (0, 0);
    if from_end {
        (place, before) = (ranked.chunks(), total);
        while before > range.start && place > 0 {
            place -= 1;
            let (count, looked_at) = ranked.count_chunk(place, bits);
            before = before.saturating_sub(count);
            work.keys += looked_at;
            if work.keys > most {
                return None;
            }
        }
    }
    while before < range.end && place < ranked.chunks() {
        if work.keys > most {
            return None;
        }
        let chunk = ranked.chunk(place);
        if before < range.start {
            let (count, looked_at) = ranked.count_chunk(place, bits);
            work.keys += looked_at;
            if before + count <= range.start {
                before += count;
                place += 1;
                continue;
            }
        }
        work.keys += chunk.len();
        for slot in chunk.iter().filter(|slot| bits.contains(**slot)) {
            if range.contains(&before) {
                slots.push(*slot);
            }
            before += 1;
        }
        place += 1;
    }
    Some(slots)
}

/// Finds the chunk of every match, and looks into those that reach the page.
fn gather(
    ranked: &ChunkedList,
    matches: &Matches<'_>,
    total: usize,
    range: Range<usize>,
    work: &mut Work,
) -> Vec<u32> {
    let mut reached: Vec<(usize, u32)> = Vec::new();
    let mut before = 0;
    work.keys += total;
    if total <= FEW {
        let located = |slot| Some((ranked.place_of_slot(slot)?, slot));
        matches.for_each(|slot| reached.extend(located(slot)));
    } else {
        let mut counts = vec![0_u32; ranked.chunks()];
        matches.for_each(|slot| {
            let place = ranked.place_of_slot(slot);
            if let Some(count) = place.and_then(|place| counts.get_mut(place)) {
                *count += 1;
            }
        });
        // The chunks from the one with the first match of the page to that of the last.
        let (mut first, mut last) = (0, counts.len());
        let mut passed = 0;
        for (place, count) in counts.iter().enumerate() {
            let count = index(*count);
            if passed + count <= range.start {
                (first, before) = (place + 1, passed + count);
            }
            passed += count;
            if passed >= range.end {
                last = place;
                break;
            }
        }
        matches.for_each(|slot| {
            let place = ranked.place_of_slot(slot);
            let place = place.filter(|place| (first..=last).contains(place));
            reached.extend(place.map(|place| (place, slot)));
        });
    }
    reached.sort_unstable();
    for same in reached.chunk_by_mut(|(a, _), (b, _)| a == b) {
        if let [(place, _), _, ..] = *same {
            let chunk = ranked.chunk(place);
            work.keys += chunk.len();
            same.sort_by_cached_key(|(_, slot)| chunk.iter().position(|other| other == slot));
        }
    }
    let end = (range.end - before).min(reached.len());
    let page = reached.get(range.start - before..end).unwrap_or_default();
    page.iter().map(|(_, slot)| *slot).collect()
}

#[cfg(test)]
mod tests;
