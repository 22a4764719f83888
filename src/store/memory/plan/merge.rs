//! Units that hold an array where an order looks. Ascending such a unit counts with its
//! smallest element and descending with its largest, so it has no one place in an order
//! that is walked both ways. It is kept out of it, and finds its place when a page is
//! asked for.

use std::borrow::Cow;

use crate::order::Direction;
use crate::order::{OrderError, SortKey};
use crate::store::memory::documents::Documents;
use crate::store::memory::plan::page::{Asked, Walk};
use crate::store::memory::set::bitmap::Bitmap;
use crate::store::memory::sort::orders::Order;
use crate::store::memory::text::search::Matches;
use crate::store::memory::work::Work;
use crate::unit::Unit;

/// What a page is taken from: the matches in an order that is kept.
pub(crate) struct Merge<'a> {
    pub(crate) documents: &'a Documents,
    pub(crate) order: &'a Order,
    pub(crate) direction: Direction,
    pub(crate) asked: &'a Asked<'a>,
    pub(crate) matches: &'a Matches<'a>,
}

impl Merge<'_> {
    /// The slots of the page. `arrays` are the matches that hold arrays.
    /// Cost: these units are read, and the order is walked past each.
    ///
    /// # Errors
    /// Those of [`SortKey::new`], for any of `arrays`.
    pub(crate) fn page(&self, arrays: &[u32], work: &mut Work) -> Result<Vec<u32>, OrderError> {
        work.documents += arrays.len();
        let units = arrays.iter().copied();
        let units = units.filter_map(|slot| Some((slot, self.documents.unit(slot)?)));
        let units: Vec<(u32, Unit)> = units.collect();
        let keys = units
            .iter()
            .map(|(slot, unit)| Ok((SortKey::new(self.asked.sort, unit)?, *slot)));
        let mut keys = keys.collect::<Result<Vec<_>, OrderError>>()?;
        // An array behind `_id` is no reason to be kept out.
        keys.retain(|(_, slot)| !self.order.ranked.contains(*slot));
        keys.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));

        let ranked_matches = self.matches.total() - keys.len();
        let mut counted = Counted::new(self, ranked_matches, work);
        // The place of each among all matches: those of its kind before it, and others.
        let places = keys.iter().enumerate().map(|(at, (key, slot))| {
            let bound = self.order.bound(key, self.direction, self.documents);
            (at + counted.before(bound, work), *slot)
        });
        let places: Vec<(usize, u32)> = places.collect();
        let walk = Walk {
            ranked: &self.order.ranked,
            direction: self.direction,
            matches: &counted.others,
            total: ranked_matches,
        };
        let passed = self.asked.after.as_ref().map_or(0, |place| {
            let arrays = keys.partition_point(|(key, _)| key <= place);
            let bound = self.order.bound(place, self.direction, self.documents);
            arrays + walk.passed(bound, work)
        });
        let total = self.matches.total();
        let range = self.asked.page.range_after(passed, total);

        let before = |place| places.partition_point(|(other, _)| *other < place);
        let (from, to) = (before(range.start), before(range.end));
        let others = range.start - from..range.end - to;
        let others = walk.page(others, work);
        let mut others = others.into_iter();
        let mut arrays = places.get(from..to).unwrap_or_default().iter().peekable();
        let slots = range.map_while(|place| match arrays.next_if(|(own, _)| *own == place) {
            Some((_, slot)) => Some(*slot),
            None => others.next(),
        });
        Ok(slots.collect())
    }
}

/// Counts the matches in the order up to positions that only go one way.
struct Counted<'a> {
    merge: &'a Merge<'a>,
    /// The matches that are in the order.
    others: Matches<'a>,
    total: usize,
    /// The positions of the matches, if they are few.
    positions: Option<Vec<usize>>,
    /// Where it has come to, and the matches below.
    position: usize,
    below: usize,
}

impl<'a> Counted<'a> {
    fn new(merge: &'a Merge<'a>, total: usize, work: &mut Work) -> Self {
        let others = match merge.matches {
            Matches::All(_) => Matches::All(total),
            Matches::Few(slots) => {
                let ranked = &merge.order.ranked;
                let others = slots.iter().copied().filter(|slot| ranked.contains(*slot));
                Matches::Few(others.collect())
            }
            Matches::Bits(bits, _) => {
                let mut others = Bitmap::default();
                bits.for_each(|slot| {
                    if merge.order.ranked.contains(slot) {
                        others.insert(slot);
                    }
                });
                Matches::Bits(Cow::Owned(others), total)
            }
        };
        let positions = matches!(merge.matches, Matches::Few(_)).then(|| {
            work.keys += total;
            let mut positions = Vec::with_capacity(total);
            others.for_each(|slot| positions.extend(merge.order.ranked.position_of(slot)));
            positions.sort_unstable();
            positions
        });
        let (position, below) = match merge.direction {
            Direction::Ascending => (0, 0),
            Direction::Descending => (merge.order.ranked.len(), total),
        };
        Self {
            merge,
            others,
            total,
            positions,
            position,
            below,
        }
    }

    /// The matches that are walked past before this position of the order.
    fn before(&mut self, position: usize, work: &mut Work) -> usize {
        if let Some(positions) = &self.positions {
            let below = positions.partition_point(|other| *other < position);
            return match self.merge.direction {
                Direction::Ascending => below,
                Direction::Descending => self.total - below,
            };
        }
        let ranked = &self.merge.order.ranked;
        let (from, to) = (self.position.min(position), self.position.max(position));
        let passed = match &self.others {
            Matches::Bits(bits, _) => {
                work.keys += to - from;
                ranked.count_range(from..to, bits)
            }
            _ => to - from,
        };
        self.below = if position < self.position {
            self.below - passed
        } else {
            self.below + passed
        };
        self.position = position;
        match self.merge.direction {
            Direction::Ascending => self.below,
            Direction::Descending => self.total - self.below,
        }
    }
}

#[cfg(test)]
mod tests;
