//! An order that is not kept, made of the orders of its fields.
//!
//! What ties on the first field is sorted by the second, and so on: but only where a
//! page asks for it. Many ties are sorted by walking the order of the next field past
//! those that are not among them, few by reading the units.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::order::Direction;
use crate::order::{OwnedPart, SortKey};
use crate::store::memory::documents::Documents;
use crate::store::memory::set::bitmap::Bitmap;
use crate::store::memory::sort::key::{Field, Key};
use crate::store::memory::sort::orders::Order;
use crate::store::memory::text::search::Matches;
use crate::store::memory::work::Work;

/// So few units are sorted by reading them, and as many more as make walking an order
/// dearer: reading a unit takes as long as looking at so many entries.
const FEW: usize = 512;
const READ_COST: usize = 1_024;

/// Slots that are brought into an order piece by piece.
#[derive(Clone, Debug, Default)]
pub(crate) struct IncrementalSort {
    slots: Vec<u32>,
    /// By their first place. Together they are all places.
    segments: BTreeMap<usize, Segment>,
}

#[derive(Clone, Copy, Debug)]
struct Segment {
    end: usize,
    /// By how many fields it is sorted; `None` once no unit in it has to move.
    sorted_by: Option<usize>,
}

/// What a place of the order depends on.
#[derive(Clone, Copy)]
pub(crate) struct Refinement<'a> {
    /// The fields, `_id` the last, each with the order that is kept for it.
    pub(crate) fields: &'a [(&'a Order, Field)],
    pub(crate) documents: &'a Documents,
}

impl IncrementalSort {
    /// Slots that are in their order already.
    pub(crate) fn sorted(slots: Vec<u32>) -> Self {
        Self::of(slots, None)
    }

    /// The matches in the order of the first field.
    pub(crate) fn new(refinement: Refinement<'_>, matches: &Matches<'_>, work: &mut Work) -> Self {
        if let Matches::Few(slots) = matches {
            return Self::of(slots.clone(), Some(0));
        }
        let mut slots = Vec::with_capacity(matches.total());
        if let Some((order, field)) = refinement.fields.first() {
            work.keys += order.ranked.len();
            let ranked = &order.ranked;
            match matches {
                Matches::Bits(bits, _) => ranked.extend_with(&mut slots, bits),
                _ => ranked.extend_from_range(&mut slots, 0..ranked.len()),
            }
            if field.direction == Direction::Descending {
                slots.reverse();
            }
        }
        Self::of(slots, refinement.sorted_by(1))
    }

    fn of(slots: Vec<u32>, sorted_by: Option<usize>) -> Self {
        let end = slots.len();
        let mut segments = BTreeMap::new();
        if end > 0 {
            segments.insert(0, Segment { end, sorted_by });
        }
        Self { slots, segments }
    }

    /// The slots at the places of `range`.
    pub(crate) fn page(&self, range: Range<usize>) -> Vec<u32> {
        self.slots.get(range).unwrap_or_default().to_vec()
    }

    /// How many slots come first for which `is_before` holds, all being in their order.
    pub(crate) fn partition_point(&self, mut is_before: impl FnMut(u32) -> bool) -> usize {
        self.slots.partition_point(|slot| is_before(*slot))
    }

    /// How many slots come before `place` or are at it. Brings into their order what it
    /// looks at: a few places.
    pub(crate) fn passed(
        &mut self,
        place: &SortKey<'_>,
        refinement: Refinement<'_>,
        work: &mut Work,
    ) -> usize {
        let fields = refinement.plain_fields();
        let place = Key::of_sort_key(&fields, place);
        let (mut from, mut to) = (0, self.slots.len());
        while from < to {
            let middle = from.midpoint(to);
            self.settle(middle..middle + 1, refinement, work);
            let slot = self.slots.get(middle).copied().unwrap_or_default();
            work.documents += 1;
            let key = Key::of_slot(&fields, refinement.documents, slot);
            if key.is_some_and(|key| key.compare(&place, &fields).is_le()) {
                from = middle + 1;
            } else {
                to = middle;
            }
        }
        from
    }

    /// Brings the places of `range` into their order.
    pub(crate) fn settle(
        &mut self,
        range: Range<usize>,
        refinement: Refinement<'_>,
        work: &mut Work,
    ) {
        let mut at = range.start;
        while at < range.end {
            let Some((&start, &segment)) = self.segments.range(..=at).next_back() else {
                return;
            };
            match segment.sorted_by {
                None => at = segment.end,
                Some(0) => self.sort(start..segment.end, 0, refinement, work),
                Some(level) => {
                    let last = range.end.min(segment.end) - 1;
                    let all = start..segment.end;
                    let first_tie = self.ties(at, all.clone(), level - 1, refinement, work);
                    let ties = if first_tie.contains(&last) {
                        first_tie
                    } else {
                        let reach = first_tie.start + refinement.few();
                        let end = if last < reach {
                            self.ties(last, all, level - 1, refinement, work).end
                        } else {
                            self.ties(reach, all, level - 1, refinement, work).start
                        };
                        // Either a few ties at once, or one that is long.
                        if end <= reach && end > first_tie.start {
                            first_tie.start..end
                        } else {
                            first_tie
                        }
                    };
                    self.cut(ties.clone());
                    self.sort(ties, level, refinement, work);
                }
            }
        }
    }

    /// The places within `range` that tie with the one at `at` on a field.
    fn ties(
        &self,
        at: usize,
        range: Range<usize>,
        field: usize,
        refinement: Refinement<'_>,
        work: &mut Work,
    ) -> Range<usize> {
        let tied = |part: &OwnedPart, slot: &u32, work: &mut Work| {
            work.documents += 1;
            refinement.ties(field, *slot, part)
        };
        let slot = self.slots.get(at).copied().unwrap_or_default();
        let Some(part) = refinement.part(field, slot) else {
            return range;
        };
        let before = self.slots.get(range.start..at).unwrap_or_default();
        let behind = self.slots.get(at..range.end).unwrap_or_default();
        // Ties are mostly short or very long.
        let start = if before.last().is_some_and(|slot| tied(&part, slot, work)) {
            before.partition_point(|slot| !tied(&part, slot, work))
        } else {
            before.len()
        };
        let length = if behind.get(1).is_some_and(|slot| tied(&part, slot, work)) {
            behind.partition_point(|slot| tied(&part, slot, work))
        } else {
            1
        };
        range.start + start..at + length
    }

    /// Sorts the places of a segment, which tie on the fields before `level`, or are so
    /// few that they are sorted by all fields at once.
    fn sort(
        &mut self,
        range: Range<usize>,
        level: usize,
        refinement: Refinement<'_>,
        work: &mut Work,
    ) {
        let slots = self.slots.get_mut(range.clone()).unwrap_or_default();
        let sorted_by = match refinement.fields.get(level) {
            Some((order, field)) if slots.len() > refinement.few() => {
                let mut ties = Bitmap::for_slots(refinement.documents.slots());
                ties.extend(slots);
                work.keys += order.ranked.len();
                let mut sorted = Vec::with_capacity(slots.len());
                order.ranked.extend_with(&mut sorted, &ties);
                slots.copy_from_slice(&sorted);
                if field.direction == Direction::Descending {
                    slots.reverse();
                }
                refinement.sorted_by(level + 1)
            }
            _ => {
                if slots.len() > 1 {
                    work.documents += slots.len();
                    refinement.sort_few(slots);
                }
                None
            }
        };
        self.mark(range, sorted_by);
    }

    /// Makes the places of `range`, which lie in one segment, a segment of their own.
    fn cut(&mut self, range: Range<usize>) {
        let segment = self.segments.range_mut(..=range.start).next_back();
        let Some((&start, segment)) = segment else {
            return;
        };
        let whole = *segment;
        if start < range.start {
            segment.end = range.start;
        }
        let own = Segment {
            end: range.end,
            ..whole
        };
        self.segments.insert(range.start, own);
        if range.end < whole.end {
            self.segments.insert(range.end, whole);
        }
    }

    /// Says by how many fields a segment is sorted. Segments that need nothing more are
    /// joined, so that there are no more than pages that were asked for.
    fn mark(&mut self, range: Range<usize>, sorted_by: Option<usize>) {
        let mut joined = range.clone();
        if sorted_by.is_none() {
            if let Some(next) = self.segments.get(&range.end).copied()
                && next.sorted_by.is_none()
            {
                self.segments.remove(&range.end);
                joined.end = next.end;
            }
            if let Some((&start, before)) = self.segments.range(..range.start).next_back()
                && before.sorted_by.is_none()
            {
                self.segments.remove(&range.start);
                joined.start = start;
            }
        }
        let segment = Segment {
            end: joined.end,
            sorted_by,
        };
        self.segments.insert(joined.start, segment);
    }
}

impl Refinement<'_> {
    fn few(&self) -> usize {
        FEW.max(self.documents.len() / READ_COST)
    }

    /// How far a segment is sorted once it is sorted by so many fields: an order that is
    /// kept has its ties by `_id` already, in its own direction.
    fn sorted_by(&self, fields: usize) -> Option<usize> {
        let (last, field) = (
            self.fields.last(),
            self.fields.get(fields.saturating_sub(1)),
        );
        let same = |(last, field): (&(&Order, Field), &(&Order, Field))| {
            last.1.direction == field.1.direction
        };
        let by_id = fields + 1 >= self.fields.len() && last.zip(field).is_some_and(same);
        (fields < self.fields.len() && !by_id).then_some(fields)
    }

    fn part(&self, field: usize, slot: u32) -> Option<OwnedPart> {
        let (_, field) = self.fields.get(field)?;
        field.stored(self.documents, slot)
    }

    fn ties(&self, field: usize, slot: u32, part: &OwnedPart) -> bool {
        let field = self.fields.get(field);
        field.is_some_and(|(_, field)| field.compare(self.documents, slot, part).is_eq())
    }

    fn plain_fields(&self) -> Vec<Field> {
        let fields = self.fields.iter();
        fields.map(|(_, field)| field.clone()).collect()
    }

    fn sort_few(&self, slots: &mut [u32]) {
        let fields = self.plain_fields();
        let keys = slots.iter().filter_map(|slot| {
            let key = Key::of_slot(&fields, self.documents, *slot)?;
            Some((key, *slot))
        });
        let mut keys: Vec<(Key, u32)> = keys.collect();
        keys.sort_unstable_by(|(a, _), (b, _)| a.compare(b, &fields));
        for (place, (_, slot)) in slots.iter_mut().zip(keys) {
            *place = slot;
        }
    }
}

#[cfg(test)]
mod tests;
