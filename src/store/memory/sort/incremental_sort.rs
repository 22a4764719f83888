//! An order that is not indexed, sorted by the indexes of its fields and only as far as pages
//! need it.
//!
//! ```text
//! slots     [ . . . . . . . . . . . . . . . . . . ]    4 bytes a match
//! segments  [ sorted ][ sorted by 1 field ][sorted]    a few
//! ```
//!
//! At first all matches are one segment, sorted by the first field. For a page, the units that
//! tie there become a segment of their own, which is sorted by the next field, and so on. Many
//! units are sorted by scanning the index of that field (cost: all units), few by reading them.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::order::{Direction, SortKey};
use crate::store::memory::cost;
use crate::store::memory::documents::Documents;
use crate::store::memory::id::{OrBroken, Slot, part};
use crate::store::memory::set::{Bitmap, Found, Matches};
use crate::store::memory::sort::key::{self, Key, KeyField};
use crate::store::memory::sort::order::Order;
use crate::store::memory::work::Work;

/// Slots that are sorted segment by segment.
#[derive(Clone, Debug, Default)]
pub(crate) struct IncrementalSort {
    slots: Vec<Slot>,
    /// By their first index. Together they cover all slots.
    segments: BTreeMap<usize, Segment>,
}

#[derive(Clone, Copy, Debug)]
struct Segment {
    end: usize,
    /// The number of fields by which it is sorted. `None` if it is sorted completely.
    sorted_by: Option<usize>,
}

/// The fields of an order, `_id` the last, each with its index.
pub(crate) struct SortFields<'a> {
    pub(crate) orders: Vec<&'a Order>,
    pub(crate) fields: Box<[KeyField]>,
    pub(crate) documents: &'a Documents,
}

impl IncrementalSort {
    /// Slots that are sorted already.
    pub(crate) fn sorted(slots: Vec<Slot>) -> Self {
        Self::of(slots, None)
    }

    /// The matches in the order of the first field.
    pub(crate) fn new(by: &SortFields<'_>, matches: &Matches<'_>, work: &mut Work) -> Self {
        let (order, field) = by.level(0).or_broken();
        let mut slots = Vec::with_capacity(matches.len());
        match matches {
            Matches::Some(Found::List(slots)) => return Self::of(slots.clone(), Some(0)),
            Matches::Some(Found::Bitmap { bits, .. }) => order.list.extend_with(&mut slots, bits),
            Matches::All(total) => order.list.extend_from_range(&mut slots, 0..*total),
        }
        work.keys += order.list.len();
        if field.direction == Direction::Descending {
            slots.reverse();
        }
        Self::of(slots, by.sorted_by(1))
    }

    fn of(slots: Vec<Slot>, sorted_by: Option<usize>) -> Self {
        let end = slots.len();
        let mut segments = BTreeMap::new();
        if end > 0 {
            segments.insert(0, Segment { end, sorted_by });
        }
        Self { slots, segments }
    }

    pub(crate) fn len(&self) -> usize {
        self.slots.len()
    }

    /// The slots in a range that is sorted.
    pub(crate) fn page(&self, range: Range<usize>) -> Vec<Slot> {
        part(&self.slots, range).to_vec()
    }

    /// The number of leading slots for which `is_before` holds. All slots must be sorted.
    pub(crate) fn partition_point(&self, mut is_before: impl FnMut(Slot) -> bool) -> usize {
        self.slots.partition_point(|slot| is_before(*slot))
    }

    /// The number of slots that sort before a position or are at it. Sorts the slots that the
    /// binary search reads.
    pub(crate) fn passed(
        &mut self,
        position: &SortKey<'_>,
        by: &SortFields<'_>,
        work: &mut Work,
    ) -> usize {
        let position = Key::of_sort_key(&by.fields, position);
        let (mut from, mut to) = (0, self.slots.len());
        while from < to {
            let middle = from.midpoint(to);
            self.settle(middle..middle + 1, by, work);
            work.documents += 1;
            let key = by.key(self.slot(middle));
            if key.compare(&position, &by.fields).is_le() {
                from = middle + 1;
            } else {
                to = middle;
            }
        }
        from
    }

    /// Sorts the slots in a range.
    pub(crate) fn settle(&mut self, range: Range<usize>, by: &SortFields<'_>, work: &mut Work) {
        let mut at = range.start;
        while at < range.end {
            let (&start, &segment) = self.segments.range(..=at).next_back().or_broken();
            let whole = start..segment.end;
            match segment.sorted_by {
                None => at = segment.end,
                Some(0) => self.sort(whole, 0, by, work),
                Some(level) => {
                    let mut next = self.ties(at, whole.clone(), level - 1, by, work);
                    // Short ties are sorted together, by reading.
                    let last = (range.end.min(segment.end) - 1).min(next.start + by.few());
                    if !next.contains(&last) {
                        let last = self.ties(last, whole, level - 1, by, work);
                        let is_short = last.end - next.start <= by.few();
                        let end = if is_short { last.end } else { last.start };
                        next.end = next.end.max(end);
                    }
                    self.cut(next.clone());
                    self.sort(next, level, by, work);
                }
            }
        }
    }

    /// The slots that tie with the one at `at` in a segment that is sorted by the fields up to
    /// `field`.
    fn ties(
        &self,
        at: usize,
        whole: Range<usize>,
        field: usize,
        by: &SortFields<'_>,
        work: &mut Work,
    ) -> Range<usize> {
        let field = by.fields.get(field).or_broken();
        let value = field.stored(by.documents, self.slot(at)).or_broken();
        let tied = |slot: &Slot, work: &mut Work| {
            work.documents += 1;
            field.compare(by.documents, *slot, &value).is_eq()
        };
        let before = part(&self.slots, whole.start..at);
        let after = part(&self.slots, at..whole.end);
        // Most ties have one unit or very many: the neighbour decides whether to search.
        let start = if before.last().is_some_and(|slot| tied(slot, work)) {
            before.partition_point(|slot| !tied(slot, work))
        } else {
            before.len()
        };
        let length = if after.get(1).is_some_and(|slot| tied(slot, work)) {
            after.partition_point(|slot| tied(slot, work))
        } else {
            1
        };
        whole.start + start..at + length
    }

    /// Sorts a segment whose units tie on the fields before `level`: many units by that field,
    /// few by all fields.
    fn sort(&mut self, range: Range<usize>, level: usize, by: &SortFields<'_>, work: &mut Work) {
        let slots = self.slots.get_mut(range.clone()).or_broken();
        let many = by.level(level).filter(|_| slots.len() > by.few());
        let sorted_by = if let Some((order, field)) = many {
            let mut ties = Bitmap::for_slots(by.documents.slots());
            ties.extend(slots);
            work.keys += order.list.len();
            let mut sorted = Vec::with_capacity(slots.len());
            order.list.extend_with(&mut sorted, &ties);
            slots.copy_from_slice(&sorted);
            if field.direction == Direction::Descending {
                slots.reverse();
            }
            by.sorted_by(level + 1)
        } else {
            if slots.len() > 1 {
                work.documents += slots.len();
                let keys = slots.iter().map(|slot| (by.key(*slot), *slot));
                slots.copy_from_slice(&key::sort(keys.collect(), &by.fields));
            }
            None
        };
        self.mark(range, sorted_by);
    }

    /// Makes a range within one segment a segment of its own.
    fn cut(&mut self, range: Range<usize>) {
        let segment = self.segments.range_mut(..=range.start).next_back();
        let (&start, segment) = segment.or_broken();
        let whole = *segment;
        if start < range.start {
            segment.end = range.start;
        }
        let end = range.end;
        self.segments.insert(range.start, Segment { end, ..whole });
        if end < whole.end {
            self.segments.insert(end, whole);
        }
    }

    /// Sets by how many fields a segment is sorted. Sorted neighbours are joined, so the number
    /// of segments is at most about the number of pages.
    fn mark(&mut self, range: Range<usize>, sorted_by: Option<usize>) {
        let Range { mut start, mut end } = range;
        let is_sorted = |segment: &Segment| segment.sorted_by.is_none();
        if sorted_by.is_none() {
            if let Some(next) = self.segments.get(&end).copied().filter(is_sorted) {
                self.segments.remove(&end);
                end = next.end;
            }
            if let Some((&before, segment)) = self.segments.range(..start).next_back()
                && is_sorted(segment)
            {
                self.segments.remove(&start);
                start = before;
            }
        }
        self.segments.insert(start, Segment { end, sorted_by });
    }

    fn slot(&self, at: usize) -> Slot {
        *self.slots.get(at).or_broken()
    }
}

impl<'a> SortFields<'a> {
    /// A field and its index.
    fn level(&self, at: usize) -> Option<(&'a Order, &KeyField)> {
        self.orders.get(at).copied().zip(self.fields.get(at))
    }

    /// The most units that are sorted by reading them.
    fn few(&self) -> usize {
        cost::sorted_by_reading(self.documents.len())
    }

    /// The [`Segment::sorted_by`] of units that were sorted by this many indexes. An index has
    /// its ties sorted by `_id` in its own direction.
    fn sorted_by(&self, fields: usize) -> Option<usize> {
        let direction = |at: usize| self.fields.get(at).map(|field| field.direction);
        let last = self.fields.len() - 1;
        let by_id = fields >= last && direction(fields - 1) == direction(last);
        (fields <= last && !by_id).then_some(fields)
    }

    fn key(&self, slot: Slot) -> Key {
        Key::of_slot(&self.fields, self.documents, slot).or_broken()
    }
}

#[cfg(test)]
mod tests;
