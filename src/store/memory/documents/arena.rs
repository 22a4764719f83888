//! Bytes of many small documents, without an allocation for each.
//!
//! Documents lie one after another in segments of 1 MiB, so growing moves nothing but
//! what is in the first. What is freed is handed out again, the smallest piece that fits first.

use std::collections::BTreeMap;

use crate::store::memory::index;

/// Documents begin at multiples of so many bytes.
const GRANULE: usize = 8;
const SEGMENT: usize = 1 << 20;
const SEGMENT_GRANULES: u64 = 1 << 17;

/// Where a document lies, and how long it is: 34 bits of granules (so 128 GiB), 18 bits
/// of length, and 12 bits that its owner may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place(u64);

impl Place {
    /// No place of an arena.
    pub(crate) const NONE: Self = Self(u64::MAX);
    /// The longest document that an arena takes.
    pub(crate) const MAX_LEN: usize = (1 << 18) - 1;
    /// The largest mark.
    pub(crate) const MAX_MARK: usize = (1 << 12) - 1;
    const MAX_GRANULE: u64 = (1 << 34) - 2;

    fn new(granule: u64, len: u64) -> Self {
        Self(granule << 30 | len << 12)
    }

    /// The same place with a number of its owner's.
    pub(crate) fn marked(self, mark: usize) -> Self {
        let mark = u64::try_from(mark).unwrap_or(u64::MAX) & 0xFFF;
        Self(self.0 & !0xFFF | mark)
    }

    pub(crate) fn mark(self) -> usize {
        usize::try_from(self.0 & 0xFFF).unwrap_or_default()
    }

    pub(crate) fn len(self) -> usize {
        usize::try_from(self.0 >> 12 & 0x3_FFFF).unwrap_or_default()
    }

    fn granule(self) -> u64 {
        self.0 >> 30
    }
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Arena {
    segments: Vec<Vec<u8>>,
    /// Free pieces by their length in granules.
    free: BTreeMap<u32, Vec<u64>>,
    /// Granules in `free`.
    free_granules: u64,
}

impl Arena {
    /// Whether so much is free that writing everything anew pays: over half of all,
    /// so that it is done once in as many bytes of writes.
    pub(crate) fn is_sparse(&self) -> bool {
        let segments = u64::try_from(self.segments.len()).unwrap_or(u64::MAX);
        segments > 1 && self.free_granules * 2 > segments.saturating_mul(SEGMENT_GRANULES)
    }

    /// Stores `document`; `None` when it is longer than [`Place::MAX_LEN`] or the
    /// arena is full.
    pub(crate) fn insert(&mut self, document: &[u8]) -> Option<Place> {
        if document.len() > Place::MAX_LEN {
            return None;
        }
        let len = u64::try_from(document.len()).ok()?;
        let granule = match self.take(granules(document.len())) {
            Some(granule) => {
                self.room(Place::new(granule, len))?
                    .copy_from_slice(document);
                granule
            }
            None => self.append(document)?,
        };
        Some(Place::new(granule, len))
    }

    /// Frees what lies there.
    pub(crate) fn remove(&mut self, place: Place) {
        self.give(place.granule(), granules(place.len()));
    }

    /// Writes `document` in place of another, which is moved only when it must be.
    pub(crate) fn replace(&mut self, place: Place, document: &[u8]) -> Option<Place> {
        if granules(place.len()) == granules(document.len()) && document.len() <= Place::MAX_LEN {
            let len = u64::try_from(document.len()).ok()?;
            let place = Place::new(place.granule(), len);
            self.room(place)?.copy_from_slice(document);
            return Some(place);
        }
        self.remove(place);
        self.insert(document)
    }

    pub(crate) fn get(&self, place: Place) -> &[u8] {
        let (segment, from) = split(place.granule());
        let segment = self.segments.get(segment);
        segment
            .and_then(|bytes| bytes.get(from..from + place.len()))
            .unwrap_or_default()
    }

    fn room(&mut self, place: Place) -> Option<&mut [u8]> {
        let (segment, from) = split(place.granule());
        let segment = self.segments.get_mut(segment)?;
        segment.get_mut(from..from + place.len())
    }

    fn give(&mut self, granule: u64, granules: u32) {
        if granules > 0 {
            self.free.entry(granules).or_default().push(granule);
            self.free_granules += u64::from(granules);
        }
    }

    /// The smallest free piece that is long enough; what is left of it stays free.
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

    /// Stores `document` at the end.
    fn append(&mut self, document: &[u8]) -> Option<u64> {
        let padded = document.len().next_multiple_of(GRANULE);
        let used = self.segments.last().map_or(SEGMENT, Vec::len);
        if used + padded > SEGMENT {
            if let Some(last) = self.segments.last_mut() {
                last.resize(SEGMENT, 0);
                let number = u64::try_from(self.segments.len() - 1).ok()?;
                let left = granules(SEGMENT - used);
                self.give((number + 1) * SEGMENT_GRANULES - u64::from(left), left);
            }
            // The first one may stay small.
            let capacity = if self.segments.is_empty() { 0 } else { SEGMENT };
            self.segments.push(Vec::with_capacity(capacity));
        }
        let number = u64::try_from(self.segments.len()).ok()?.checked_sub(1)?;
        let last = self.segments.last_mut()?;
        let at = u64::try_from(last.len() / GRANULE).ok()?;
        let granule = number * SEGMENT_GRANULES + at;
        if granule > Place::MAX_GRANULE {
            return None;
        }
        let end = last.len() + padded;
        last.extend_from_slice(document);
        last.resize(end, 0);
        Some(granule)
    }
}

fn granules(len: usize) -> u32 {
    u32::try_from(len.div_ceil(GRANULE)).unwrap_or(u32::MAX)
}

/// The segment of a granule, and the byte in it.
fn split(granule: u64) -> (usize, usize) {
    let segment = usize::try_from(granule / SEGMENT_GRANULES).unwrap_or(usize::MAX);
    let within = u32::try_from(granule % SEGMENT_GRANULES).unwrap_or_default();
    (segment, index(within) * GRANULE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg_attr(miri, ignore = "too slow under Miri")]
    fn documents_come_back_and_their_room_is_used_again() {
        let mut arena = Arena::default();
        let texts: Vec<String> = (0..50_000).map(|i| "x".repeat(i % 97) + "é").collect();
        let places: Vec<Place> = texts
            .iter()
            .map(|text| arena.insert(text.as_bytes()).unwrap().marked(7))
            .collect();
        for (text, place) in texts.iter().zip(&places) {
            assert_eq!(arena.get(*place), text.as_bytes());
            assert_eq!((place.len(), place.mark()), (text.len(), 7));
        }
        let full = arena.segments.len();
        for _ in 0..3 {
            let mut places = places.clone();
            for place in &places {
                arena.remove(*place);
            }
            assert!(arena.is_sparse());
            for (text, place) in texts.iter().zip(&mut places).rev() {
                *place = arena.insert(text.as_bytes()).unwrap();
            }
            for (text, place) in texts.iter().zip(&places) {
                assert_eq!(arena.get(*place), text.as_bytes());
            }
            assert!(!arena.is_sparse());
            for place in &places {
                arena.remove(*place);
            }
            for (text, place) in texts.iter().zip(&mut places) {
                *place = arena.insert(text.as_bytes()).unwrap();
            }
        }
        assert!(arena.segments.len() <= full + 1, "{full}");
    }

    #[test]
    fn what_is_too_long_is_refused() {
        let mut arena = Arena::default();
        let longest = vec![b'x'; Place::MAX_LEN];
        let place = arena.insert(&longest).unwrap();
        assert_eq!(arena.get(place), longest);
        let too_long = vec![b'x'; Place::MAX_LEN + 1];
        assert_eq!(arena.insert(&too_long), None);
        // It would fit into the room of the longest.
        assert_eq!(arena.clone().replace(place, &too_long), None);
        let shorter = arena.replace(place, &longest[1..]).unwrap();
        assert_eq!(arena.get(shorter), &longest[1..]);
        let empty = arena.replace(shorter, b"").unwrap();
        assert_eq!(arena.get(empty), b"");
    }

    #[test]
    fn a_place_holds_the_largest_of_everything() {
        let granules = [0, 1, Place::MAX_GRANULE];
        let lengths = [0, 1, Place::MAX_LEN];
        let marks = [0, 1, Place::MAX_MARK];
        for granule in granules {
            for len in lengths {
                for mark in marks {
                    let len_in_place = u64::try_from(len).unwrap();
                    let place = Place::new(granule, len_in_place).marked(mark);
                    assert_ne!(place, Place::NONE);
                    assert_eq!(
                        (place.granule(), place.len(), place.mark()),
                        (granule, len, mark)
                    );
                }
            }
        }
    }

    #[test]
    fn segments_are_filled_and_sparse_past_half() {
        let quarter = vec![b'x'; SEGMENT / 4 - 1];
        let mut arena = Arena::default();
        let mut places: Vec<Place> = (0..8).map(|_| arena.insert(&quarter).unwrap()).collect();
        assert_eq!(arena.segments.len(), 2);
        for place in &places[..4] {
            arena.remove(*place);
            assert!(!arena.is_sparse());
        }
        arena.remove(places[4]);
        assert!(arena.is_sparse());
        places[4] = arena.insert(&quarter).unwrap();
        assert!(!arena.is_sparse());
        arena.remove(places[4]);
        assert!(arena.is_sparse());
        for place in &mut places[..5] {
            *place = arena.insert(&quarter).unwrap();
            assert!(!arena.is_sparse());
        }
        assert_eq!(arena.segments.len(), 2);
        assert!(arena.free.is_empty(), "nothing is left of what fits");
    }

    #[test]
    fn one_segment_is_never_sparse() {
        let quarter = vec![b'x'; SEGMENT / 4 - 1];
        let mut arena = Arena::default();
        let places: Vec<Place> = (0..3).map(|_| arena.insert(&quarter).unwrap()).collect();
        for place in places {
            arena.remove(place);
        }
        assert_eq!(arena.segments.len(), 1);
        assert!(!arena.is_sparse());
    }
}
