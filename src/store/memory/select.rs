//! The slots of a page: matches, in an order that is kept.

use std::ops::Range;

use super::bits::Bits;
use super::explain::Work;
use super::index;
use super::matches::Matches;
use super::ranked::Ranked;
use crate::query::sort::Direction;

/// So few matches are put in order one by one.
const FEW: usize = 64;
/// Finding the chunk of a match takes as long as looking at so many slots of an order.
const GATHER_COST: usize = 4;

/// The matches at the places of `range`, of the `total` that are in `ranked`.
pub(super) fn page(
    ranked: &Ranked,
    direction: Direction,
    matches: &Matches<'_>,
    total: usize,
    range: Range<usize>,
    work: &mut Work,
) -> Vec<u32> {
    let (start, end) = (range.start.min(total), range.end.min(total));
    let range = match direction {
        Direction::Ascending => start..end,
        Direction::Descending => total - end..total - start,
    };
    let mut slots = if range.is_empty() {
        Vec::new()
    } else {
        ascending(ranked, matches, total, range, work)
    };
    if direction == Direction::Descending {
        slots.reverse();
    }
    slots
}

fn ascending(
    ranked: &Ranked,
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
    ranked: &Ranked,
    bits: &Bits,
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
    ranked: &Ranked,
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
