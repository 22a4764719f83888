//! Slots in an order, from which the k-th is read and into which one more is put, both
//! without touching the others: a sorted list of chunks of a few hundred slots.

mod edit;

use std::ops::Range;

use crate::store::memory::index;
use crate::store::memory::set::bitmap::Bitmap;
use crate::store::memory::sort::key::{Key, Probe};

/// The most slots in a chunk.
pub(crate) const FULL: usize = 512;
/// How many a chunk gets when all are sorted at once, so that the first insertion does
/// not split it.
const LOADED: usize = 448;

const NOWHERE: u32 = u32::MAX;

#[derive(Clone, Debug, Default)]
pub(crate) struct ChunkedList {
    /// By number.
    chunks: Vec<Chunk>,
    vacant: Vec<u32>,
    /// The numbers of the chunks in their order.
    sequence: Vec<u32>,
    /// By number: the place of the chunk in the sequence.
    places: Vec<u32>,
    /// By place: how many slots the chunks before it have.
    starts: Vec<usize>,
    /// By slot: the number of its chunk.
    homes: Vec<u32>,
    len: usize,
    /// How many chunks are runs.
    runs: usize,
}

#[derive(Clone, Debug, Default)]
struct Chunk {
    slots: Vec<u32>,
    /// No key of this chunk is below it, and none of the chunk before reaches it.
    /// `None` for the first chunk.
    low: Option<Key>,
    /// Whether the slots are consecutive numbers, as they are where slots were numbered
    /// in this order. Then a bitmap is counted word by word.
    is_run: bool,
}

impl ChunkedList {
    /// The chunks of slots that are sorted already, all of them below `bound`.
    pub(crate) fn from_sorted(
        slots: &[u32],
        bound: usize,
        key: impl Fn(u32) -> Option<Key>,
    ) -> Self {
        let mut ranked = Self {
            homes: vec![NOWHERE; bound],
            len: slots.len(),
            ..Self::default()
        };
        for slots in slots.chunks(LOADED) {
            let low = match slots.first() {
                Some(first) if !ranked.chunks.is_empty() => key(*first),
                _ => None,
            };
            let chunk = Chunk {
                slots: slots.to_vec(),
                low,
                is_run: is_run(slots),
            };
            ranked.runs += usize::from(chunk.is_run);
            let number = number(ranked.chunks.len());
            ranked.chunks.push(chunk);
            ranked.sequence.push(number);
            for slot in slots {
                ranked.set_home(*slot, number);
            }
        }
        ranked.number_places();
        ranked
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn contains(&self, slot: u32) -> bool {
        self.home(slot).is_some()
    }

    /// How many chunks there are.
    pub(crate) fn chunks(&self) -> usize {
        self.sequence.len()
    }

    /// The slots of the chunk at a place of the sequence.
    pub(crate) fn chunk(&self, place: usize) -> &[u32] {
        self.chunk_at(place).map_or(&[], |chunk| &chunk.slots)
    }

    /// The key that bounds the chunk at a place from below.
    pub(crate) fn low(&self, place: usize) -> Option<&Key> {
        self.chunk_at(place)?.low.as_ref()
    }

    /// How many fields at the front all keys of a chunk have in common, as far as the
    /// bounds of the chunk tell.
    fn shared(&self, place: usize) -> usize {
        let bounds = self.low(place).zip(self.low(place + 1));
        bounds.map_or(0, |(low, high)| low.shared(high))
    }

    /// How many slots stand before the chunk at this place.
    pub(crate) fn start(&self, place: usize) -> usize {
        self.starts.get(place).copied().unwrap_or(self.len)
    }

    /// The place of the chunk that has this position.
    pub(crate) fn place_of_position(&self, position: usize) -> usize {
        let after = self.starts.partition_point(|start| *start <= position);
        after.saturating_sub(1)
    }

    /// The place of the chunk that has this slot.
    #[inline]
    pub(crate) fn place_of_slot(&self, slot: u32) -> Option<usize> {
        let place = self.places.get(index(self.home(slot)?))?;
        Some(index(*place))
    }

    /// The position of a slot.
    pub(crate) fn position_of(&self, slot: u32) -> Option<usize> {
        let place = self.place_of_slot(slot)?;
        let within = position(self.chunk(place), slot)?;
        Some(self.start(place) + within)
    }

    /// How many slots of a chunk are in `bits`, and how many entries that took.
    pub(crate) fn count_chunk(&self, place: usize, bits: &Bitmap) -> (usize, usize) {
        let Some(chunk) = self.chunk_at(place) else {
            return (0, 0);
        };
        if let (true, Some(first), Some(last)) =
            (chunk.is_run, chunk.slots.first(), chunk.slots.last())
        {
            return (bits.count_between(*first, last + 1), 1);
        }
        let slots = chunk.slots.iter();
        let count = slots.map(|slot| usize::from(bits.contains(*slot))).sum();
        (count, chunk.slots.len())
    }

    /// What counting takes that looks at so many slots, where reading one entry is 1.
    pub(crate) fn cost_of_counting(&self, slots: usize) -> usize {
        let runs = slots.saturating_mul(self.runs) / self.chunks().max(1);
        slots.saturating_sub(runs) + runs / 32
    }

    /// Adds the slots that are in `bits` to `into`, in order.
    pub(crate) fn extend_with(&self, into: &mut Vec<u32>, bits: &Bitmap) {
        for place in 0..self.chunks() {
            let Some(chunk) = self.chunk_at(place) else {
                return;
            };
            match (chunk.is_run, chunk.slots.first(), chunk.slots.last()) {
                (true, Some(first), Some(last)) => {
                    bits.for_each_between(*first, last + 1, |slot| into.push(slot));
                }
                _ => extend_with(into, &chunk.slots, bits),
            }
        }
    }

    /// How many slots at the positions of `range` are in `bits`.
    pub(crate) fn count_range(&self, range: Range<usize>, bits: &Bitmap) -> usize {
        let mut count = 0;
        let mut place = self.place_of_position(range.start);
        while self.start(place) < range.end && place < self.chunks() {
            let start = self.start(place);
            let slots = self.chunk(place);
            if start >= range.start && start + slots.len() <= range.end {
                count += self.count_chunk(place, bits).0;
            } else {
                let from = range.start.saturating_sub(start);
                let to = slots.len().min(range.end - start);
                let part = slots.get(from..to).unwrap_or_default().iter();
                count += part.filter(|slot| bits.contains(**slot)).count();
            }
            place += 1;
        }
        count
    }

    /// Adds the slots at the positions of `range` to `into`, in order.
    pub(crate) fn extend_from_range(&self, into: &mut Vec<u32>, range: Range<usize>) {
        let mut place = self.place_of_position(range.start);
        while self.start(place) < range.end && place < self.chunks() {
            let start = self.start(place);
            let slots = self.chunk(place);
            let from = range.start.saturating_sub(start);
            let to = slots.len().min(range.end - start);
            into.extend_from_slice(slots.get(from..to).unwrap_or_default());
            place += 1;
        }
    }

    /// The first position whose unit does not come before what is searched for.
    pub(crate) fn search(&self, probe: Probe<'_>) -> usize {
        let place = self.place_for(probe);
        let slots = self.chunk(place);
        self.start(place) + probe.position_in(slots, self.shared(place))
    }

    /// What must hold between chunks, whatever the order.
    pub(crate) fn validate(&self) {
        assert_eq!(self.starts.len(), self.sequence.len());
        let mut start = 0;
        for (place, number) in self.sequence.iter().enumerate() {
            assert_eq!(self.starts.get(place), Some(&start));
            assert_eq!(
                self.places.get(index(*number)).map(|p| index(*p)),
                Some(place)
            );
            let slots = self.chunk(place);
            assert!(slots.len() <= FULL && (!slots.is_empty() || self.sequence.len() == 1));
            assert!(slots.iter().all(|slot| self.home(*slot) == Some(*number)));
            start += slots.len();
            let chunk = self.chunk_at(place);
            assert!(chunk.is_some_and(|chunk| !chunk.is_run || is_run(&chunk.slots)));
            assert!(chunk.is_some_and(|chunk| chunk.low.is_none() == (place == 0)));
        }
        assert_eq!(start, self.len);
        let chunks = (0..self.chunks()).filter_map(|place| self.chunk_at(place));
        assert_eq!(chunks.filter(|chunk| chunk.is_run).count(), self.runs);
        let homes = self.homes.iter().filter(|home| **home != NOWHERE);
        assert_eq!(homes.count(), self.len);
    }

    fn chunk_at(&self, place: usize) -> Option<&Chunk> {
        self.chunks.get(index(*self.sequence.get(place)?))
    }

    fn home(&self, slot: u32) -> Option<u32> {
        let home = self.homes.get(index(slot)).copied();
        home.filter(|home| *home != NOWHERE)
    }

    fn set_home(&mut self, slot: u32, number: u32) {
        if self.homes.len() <= index(slot) {
            self.homes.resize(index(slot) + 1, NOWHERE);
        }
        if let Some(home) = self.homes.get_mut(index(slot)) {
            *home = number;
        }
    }

    /// The place of the chunk that the searched key belongs to.
    fn place_for(&self, probe: Probe<'_>) -> usize {
        let after = self.sequence.partition_point(|number| {
            let low = self.chunks.get(index(*number)).and_then(|c| c.low.as_ref());
            low.is_none_or(|low| probe.compare_key(low).is_le())
        });
        after.saturating_sub(1)
    }

    /// Makes `starts` and `places` anew.
    fn number_places(&mut self) {
        let mut start = 0;
        self.starts.clear();
        self.places.resize(self.chunks.len(), 0);
        for (place, chunk) in (0_u32..).zip(&self.sequence) {
            self.starts.push(start);
            let chunk = index(*chunk);
            start += self.chunks.get(chunk).map_or(0, |chunk| chunk.slots.len());
            if let Some(known) = self.places.get_mut(chunk) {
                *known = place;
            }
        }
    }
}

/// Adds those of `slots` that are in `bits`. Whether one is cannot be guessed, so nothing
/// here branches on it.
fn extend_with(into: &mut Vec<u32>, slots: &[u32], bits: &Bitmap) {
    let mut found = [0; FULL];
    let mut count = 0;
    for slot in slots {
        if let Some(place) = found.get_mut(count) {
            *place = *slot;
        }
        count += usize::from(bits.contains(*slot));
    }
    into.extend_from_slice(found.get(..count).unwrap_or_default());
}

/// Where a slot is among others in any order. A part is compared whole, many at once,
/// and not one after the other until it is found.
fn position(slots: &[u32], slot: u32) -> Option<usize> {
    const PART: usize = 32;
    let has_it = |part: &[u32]| {
        let found = part
            .iter()
            .fold(0, |found, other| found | u32::from(*other == slot));
        found != 0
    };
    let before = slots.chunks(PART).position(has_it)? * PART;
    let mut part = slots.get(before..)?.iter();
    Some(before + part.position(|other| *other == slot)?)
}

fn is_run(slots: &[u32]) -> bool {
    slots.windows(2).all(|pair| match pair {
        [a, b] => a.checked_add(1) == Some(*b),
        _ => true,
    })
}

fn number(chunks: usize) -> u32 {
    u32::try_from(chunks).unwrap_or(NOWHERE)
}

#[cfg(test)]
mod tests;
