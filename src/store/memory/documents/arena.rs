//! The bytes of many small documents, without an allocation for each.
//!
//! ```text
//! segment 0 (1 MiB)          segment 1
//! |doc |doc   |free|doc |    |doc |doc ...
//! ^granule 0  ^granule 40
//! ```
//!
//! Documents begin at multiples of 8 bytes, so a document wastes 3.5 bytes on average. The first
//! segment grows with its documents, for small stores. A new document takes the smallest free piece
//! that is long enough, or the end of the last segment.

use std::collections::BTreeMap;

use crate::store::memory::id::{OrBroken, narrow, widen};

/// Documents begin at multiples of this many bytes.
const GRANULE: usize = 8;
/// The granules of a segment, as a power of two: 1 MiB.
const SEGMENT: u32 = 17;
/// `SEGMENT` for documents that are dropped together: 64 MiB, which allocators return to the system.
pub(super) const TEMPORARY_SEGMENT: u32 = 23;

/// A document in an arena: 34 bits for its granule (128 GiB), 18 bits for its length, and a mark
/// of 12 bits for the user of the arena.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Location(u64);

impl Location {
    /// Nowhere in an arena.
    pub(crate) const NONE: Self = Self(u64::MAX);
    pub(crate) const MAX_LEN: usize = (1 << 18) - 1;
    pub(crate) const MAX_MARK: usize = (1 << 12) - 1;
    const MAX_GRANULE: u64 = (1 << 34) - 2;

    fn new(granule: u64, len: usize) -> Self {
        Self(granule << 30 | u64::from(narrow(len)) << 12)
    }

    pub(crate) fn marked(self, mark: usize) -> Self {
        Self(self.0 & !0xFFF | u64::from(narrow(mark)) & 0xFFF)
    }

    #[inline]
    pub(crate) fn mark(self) -> usize {
        low_bits(self.0, 12)
    }

    #[inline]
    pub(crate) fn len(self) -> usize {
        low_bits(self.0 >> 12, 18)
    }

    #[inline]
    fn granule(self) -> u64 {
        self.0 >> 30
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Arena {
    /// The granules of a segment, as a power of two.
    shift: u32,
    segments: Vec<Vec<u8>>,
    /// The granules of free pieces, by the length of the pieces in granules.
    free: BTreeMap<u32, Vec<u64>>,
    free_granules: u64,
}

impl Default for Arena {
    fn default() -> Self {
        Self::new(SEGMENT)
    }
}

impl Arena {
    pub(super) fn new(shift: u32) -> Self {
        Self {
            shift,
            segments: Vec::new(),
            free: BTreeMap::new(),
            free_granules: 0,
        }
    }

    /// Whether more than half of the arena is free, so that compacting copies less than writes freed.
    pub(crate) fn is_sparse(&self) -> bool {
        let segments = self.segments.len();
        segments > 1 && self.free_granules * 2 > u64::from(narrow(segments)) << self.shift
    }

    /// Copies the documents, which are at `locations`, into a new arena if this one is sparse.
    pub(crate) fn compact<'a>(&mut self, locations: impl Iterator<Item = &'a mut Location>) {
        if !self.is_sparse() {
            return;
        }
        let mut dense = Self::new(self.shift);
        for location in locations.filter(|location| **location != Location::NONE) {
            let moved = dense.insert(self.get(*location)).or_broken();
            *location = moved.marked(location.mark());
        }
        *self = dense;
    }

    /// Stores `document`. `None` if it is longer than [`Location::MAX_LEN`] or the arena is full.
    pub(crate) fn insert(&mut self, document: &[u8]) -> Option<Location> {
        let len = document.len();
        if len > Location::MAX_LEN {
            return None;
        }
        let Some(granule) = self.take(granules(len)) else {
            return Some(Location::new(self.append(document)?, len));
        };
        let (segment, from) = self.split(granule);
        let segment = self.segments.get_mut(segment).or_broken();
        let bytes = segment.get_mut(from..from + len);
        bytes.or_broken().copy_from_slice(document);
        Some(Location::new(granule, len))
    }

    pub(crate) fn remove(&mut self, location: Location) {
        self.give(location.granule(), granules(location.len()));
    }

    #[inline]
    pub(crate) fn get(&self, location: Location) -> &[u8] {
        let (segment, from) = self.split(location.granule());
        let segment = self.segments.get(segment).or_broken();
        segment.get(from..from + location.len()).or_broken()
    }

    fn give(&mut self, granule: u64, granules: u32) {
        if granules > 0 {
            self.free.entry(granules).or_default().push(granule);
            self.free_granules += u64::from(granules);
        }
    }

    /// Takes the smallest free piece that is long enough; of several, the last freed, so that a
    /// document often replaces another at the same address. The rest of the piece stays free.
    fn take(&mut self, needed: u32) -> Option<u64> {
        let (&found, pieces) = self.free.range_mut(needed..).next()?;
        let granule = pieces.pop()?;
        if pieces.is_empty() {
            self.free.remove(&found);
        }
        self.free_granules -= u64::from(found);
        self.give(granule + u64::from(needed), found - needed);
        Some(granule)
    }

    /// Stores `document` at the end and returns its granule. `None` if the arena is full.
    fn append(&mut self, document: &[u8]) -> Option<u64> {
        let padded = document.len().next_multiple_of(GRANULE);
        let segment = GRANULE << self.shift;
        let used = self.segments.last().map_or(segment, Vec::len);
        if used + padded > segment {
            self.give(self.end(), granules(segment - used));
            if let Some(last) = self.segments.last_mut() {
                last.resize(segment, 0);
            }
            let capacity = if self.segments.is_empty() { 0 } else { segment };
            self.segments.push(Vec::with_capacity(capacity));
        }
        let granule = self.end();
        if granule > Location::MAX_GRANULE {
            return None;
        }
        let last = self.segments.last_mut().or_broken();
        let end = last.len() + padded;
        last.extend_from_slice(document);
        last.resize(end, 0);
        Some(granule)
    }

    /// The granule after the last document.
    fn end(&self) -> u64 {
        let full = narrow(self.segments.len().saturating_sub(1));
        let used = granules(self.segments.last().map_or(0, Vec::len));
        (u64::from(full) << self.shift) + u64::from(used)
    }

    /// The segment of a granule, and the offset in it.
    #[inline]
    fn split(&self, granule: u64) -> (usize, usize) {
        let offset = low_bits(granule, self.shift) * GRANULE;
        (low_bits(granule >> self.shift, 32), offset)
    }
}

fn granules(len: usize) -> u32 {
    narrow(len.div_ceil(GRANULE))
}

/// The lowest bits of a number, at most 32.
#[inline]
fn low_bits(number: u64, bits: u32) -> usize {
    let low = u32::try_from(number & ((1 << bits) - 1));
    widen(low.ok().or_broken())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg_attr(miri, ignore = "too slow under Miri")]
    fn documents_are_read_back_and_freed_space_is_used_again() {
        let mut arena = Arena::default();
        let texts: Vec<String> = (0..50_000).map(|i| "x".repeat(i % 97) + "é").collect();
        let locations: Vec<Location> = texts
            .iter()
            .map(|text| arena.insert(text.as_bytes()).unwrap().marked(7))
            .collect();
        for (text, location) in texts.iter().zip(&locations) {
            assert_eq!(arena.get(*location), text.as_bytes());
            assert_eq!((location.len(), location.mark()), (text.len(), 7));
        }
        let full = arena.segments.len();
        for _ in 0..3 {
            let mut locations = locations.clone();
            for location in &locations {
                arena.remove(*location);
            }
            assert!(arena.is_sparse());
            for (text, location) in texts.iter().zip(&mut locations).rev() {
                *location = arena.insert(text.as_bytes()).unwrap();
            }
            for (text, location) in texts.iter().zip(&locations) {
                assert_eq!(arena.get(*location), text.as_bytes());
            }
            assert!(!arena.is_sparse());
            for location in &locations {
                arena.remove(*location);
            }
            for (text, location) in texts.iter().zip(&mut locations) {
                *location = arena.insert(text.as_bytes()).unwrap();
            }
        }
        assert!(arena.segments.len() <= full + 1, "{full}");
    }

    #[test]
    fn documents_that_are_too_long_are_refused() {
        let mut arena = Arena::default();
        let longest = vec![b'x'; Location::MAX_LEN];
        let location = arena.insert(&longest).unwrap();
        assert_eq!(arena.get(location), longest);
        let too_long = vec![b'x'; Location::MAX_LEN + 1];
        assert_eq!(arena.insert(&too_long), None);
        // The granules of the longest document would have space for it.
        arena.remove(location);
        assert_eq!(arena.insert(&too_long), None);
        let shorter = arena.insert(&longest[1..]).unwrap();
        assert_eq!(arena.get(shorter), &longest[1..]);
        assert_eq!(shorter.granule(), location.granule());
        let empty = arena.insert(b"").unwrap();
        assert_eq!(arena.get(empty), b"");
    }

    #[test]
    fn a_location_holds_the_largest_values() {
        let granules = [0, 1, Location::MAX_GRANULE];
        let lengths = [0, 1, Location::MAX_LEN];
        let marks = [0, 1, Location::MAX_MARK];
        for granule in granules {
            for len in lengths {
                for mark in marks {
                    let location = Location::new(granule, len).marked(mark);
                    assert_ne!(location, Location::NONE);
                    assert_eq!(
                        (location.granule(), location.len(), location.mark()),
                        (granule, len, mark)
                    );
                }
            }
        }
    }

    #[test]
    fn segments_are_filled_and_sparse_past_half() {
        let quarter = vec![b'x'; (GRANULE << SEGMENT) / 4 - 1];
        let mut arena = Arena::default();
        let mut locations: Vec<Location> =
            (0..8).map(|_| arena.insert(&quarter).unwrap()).collect();
        assert_eq!(arena.segments.len(), 2);
        for location in &locations[..4] {
            arena.remove(*location);
            assert!(!arena.is_sparse());
        }
        arena.remove(locations[4]);
        assert!(arena.is_sparse());
        locations[4] = arena.insert(&quarter).unwrap();
        assert!(!arena.is_sparse());
        arena.remove(locations[4]);
        assert!(arena.is_sparse());
        for location in &mut locations[..5] {
            *location = arena.insert(&quarter).unwrap();
            assert!(!arena.is_sparse());
        }
        assert_eq!(arena.segments.len(), 2);
        assert!(arena.free.is_empty(), "expected no free piece");
    }

    #[test]
    fn one_segment_is_never_sparse() {
        let quarter = vec![b'x'; (GRANULE << SEGMENT) / 4 - 1];
        let mut arena = Arena::default();
        let locations: Vec<Location> = (0..3).map(|_| arena.insert(&quarter).unwrap()).collect();
        for location in locations {
            arena.remove(location);
        }
        assert_eq!(arena.segments.len(), 1);
        assert!(!arena.is_sparse());
    }
}
