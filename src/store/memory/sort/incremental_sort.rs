//! An order without an index, sorted by the indexes of its fields, as far as pages need it.
//!
//! ```text
//! slots     [ . . . . . . . . . . . . . . . . . . ]    4 bytes a match
//! segments  [ sorted ][ sorted by 1 field ][sorted]    a few
//! ```
//!
//! At first all matches are one segment, sorted by the first field. The units that tie on that field
//! with a unit of the page become a segment, which is sorted by the next field, and so on. Many units
//! are sorted by scanning the index of the field (cost: all units), few units by reading them.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::ops::Range;

use crate::order::{Direction, SortKey};
use crate::store::memory::cost;
use crate::store::memory::documents::Documents;
use crate::store::memory::id::{OrBroken, Slot};
use crate::store::memory::set::{Bitmap, Found, Matches};
use crate::store::memory::sort::{Key, KeyField, Order, key};
use crate::store::memory::work::Work;

/// Slots, sorted segment by segment as far as pages need them.
#[derive(Clone, Debug)]
pub(crate) struct IncrementalSort {
    pub(crate) slots: Vec<Slot>,
    /// Maps the index of the first slot of each segment to the number of fields by which the
    /// segment is sorted, `None` if by all. A segment ends where the next one begins.
    segments: BTreeMap<usize, Option<usize>>,
}

/// The fields of an order, `_id` the last, each with its index.
pub(crate) struct SortFields<'a> {
    pub(crate) orders: Vec<&'a Order>,
    pub(crate) fields: Box<[KeyField]>,
    pub(crate) documents: &'a Documents,
}

impl IncrementalSort {
    /// The matches in the order of the first field.
    pub(crate) fn new(by: &SortFields<'_>, matches: &Matches<'_>, work: &mut Work) -> Self {
        let (slots, sorted_by) = match matches {
            Matches::Some(Found::List(slots)) => (slots.clone(), Some(0)),
            Matches::Some(Found::Bitmap { bits, count }) => by.scan(0, *count, Some(bits), work),
            Matches::All(total) => by.scan(0, *total, None, work),
        };
        let segments = BTreeMap::from([(0, sorted_by)]);
        Self { slots, segments }
    }

    /// Slots that are sorted already.
    pub(crate) fn sorted(slots: Vec<Slot>) -> Self {
        let segments = BTreeMap::from([(0, None)]);
        Self { slots, segments }
    }

    /// The number of slots that are not after a position. Sorts the slots that its search reads.
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
            match by.key(self.slot(middle)).compare(&position, &by.fields) {
                Ordering::Greater => to = middle,
                _ => from = middle + 1,
            }
        }
        from
    }

    /// Sorts the slots in a range.
    pub(crate) fn settle(&mut self, range: Range<usize>, by: &SortFields<'_>, work: &mut Work) {
        let mut at = range.start;
        while at < range.end {
            let (segment, sorted_by) = self.segment(at);
            let Some(level) = sorted_by else {
                at = segment.end;
                continue;
            };
            let mut next = self.ties(at, by, work);
            // Short ties are sorted together, by reading.
            let last = (range.end.min(segment.end) - 1).min(next.start + by.most_read());
            if !next.contains(&last) {
                let last = self.ties(last, by, work);
                let is_short = last.end - next.start <= by.most_read();
                next.end = next.end.max(if is_short { last.end } else { last.start });
            }
            self.sort(next, level, by, work);
        }
    }

    /// The segment of a slot, and by how many fields it is sorted.
    fn segment(&self, at: usize) -> (Range<usize>, Option<usize>) {
        let (&start, &sorted_by) = self.segments.range(..=at).next_back().or_broken();
        let next = self.segments.range(at + 1..).next();
        let end = next.map_or(self.slots.len(), |(start, _)| *start);
        (start..end, sorted_by)
    }

    /// The slots that tie with the slot at `at` on the last field by which its segment is sorted.
    fn ties(&self, at: usize, by: &SortFields<'_>, work: &mut Work) -> Range<usize> {
        let (segment, sorted_by) = self.segment(at);
        let last = sorted_by.and_then(|level| level.checked_sub(1));
        let Some(field) = last.and_then(|last| by.fields.get(last)) else {
            return segment;
        };
        let value = field.stored(by.documents, self.slot(at)).or_broken();
        let mut ties = |slot: &Slot| {
            work.documents += 1;
            field.compare(by.documents, *slot, &value).is_eq()
        };
        let before = self.slots.get(segment.start..at).or_broken();
        let after = self.slots.get(at + 1..segment.end).or_broken();
        // Most ties have one unit or very many: the neighbour decides whether to search.
        let (mut start, mut end) = (at, at + 1);
        if before.last().is_some_and(&mut ties) {
            start = segment.start + before.partition_point(|slot| !ties(slot));
        }
        if after.first().is_some_and(&mut ties) {
            end += after.partition_point(ties);
        }
        start..end
    }

    /// Sorts a part of a segment: many units, which tie on the fields before `level`, by the field
    /// `level`; few units by all fields.
    fn sort(&mut self, range: Range<usize>, level: usize, by: &SortFields<'_>, work: &mut Work) {
        let slots = self.slots.get_mut(range.clone()).or_broken();
        let sorted_by = if slots.len() > by.most_read() && level < by.fields.len() {
            let mut ties = Bitmap::for_slots(by.documents.slots());
            ties.extend(slots);
            let (sorted, sorted_by) = by.scan(level, slots.len(), Some(&ties), work);
            slots.copy_from_slice(&sorted);
            sorted_by
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

    /// Splits off a part of a segment, which is now sorted by `sorted_by` fields, and joins sorted
    /// neighbours. A page adds at most two segments, and a cursor two for each step of its search.
    fn mark(&mut self, range: Range<usize>, sorted_by: Option<usize>) {
        let (segment, rest) = self.segment(range.start);
        if range.end < segment.end {
            self.segments.insert(range.end, rest);
        }
        self.segments.insert(range.start, sorted_by);
        for at in [range.start, range.end] {
            let before = self.segments.range(..at).next_back();
            if self.segments.get(&at) == Some(&None)
                && before.is_some_and(|(_, fields)| fields.is_none())
            {
                self.segments.remove(&at);
            }
        }
    }

    fn slot(&self, at: usize) -> Slot {
        *self.slots.get(at).or_broken()
    }
}

impl SortFields<'_> {
    /// The units in `bits`, or all units, in the order of the index of field `level`, and the number
    /// of fields that sort them. An index sorts ties by `_id`, in the direction of the field.
    fn scan(
        &self,
        level: usize,
        total: usize,
        bits: Option<&Bitmap>,
        work: &mut Work,
    ) -> (Vec<Slot>, Option<usize>) {
        let list = &self.orders.get(level).or_broken().list;
        let fields = self.fields.get(level..).or_broken();
        let (field, rest) = fields.split_first().or_broken();
        work.keys += list.len();
        let mut slots = Vec::with_capacity(total);
        for piece in list.pieces(0..list.len()) {
            match bits {
                Some(bits) => piece.append_matches(bits, &mut slots),
                None => slots.extend_from_slice(piece.slots),
            }
        }
        if field.direction == Direction::Descending {
            slots.reverse();
        }
        let is_sorted = rest.len() < 2 && rest.iter().all(|id| id.direction == field.direction);
        (slots, (!is_sorted).then_some(level + 1))
    }

    fn most_read(&self) -> usize {
        cost::sorted_by_reading(self.documents.len())
    }

    fn key(&self, slot: Slot) -> Key {
        Key::of_slot(&self.fields, self.documents, slot).or_broken()
    }
}

#[cfg(test)]
mod tests;
