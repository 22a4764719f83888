//! The costs by which the cheapest way to an answer is chosen.
//!
//! The unit is reading one entry of an index next to the one before: a slot in a chunk or in
//! a list, about a nanosecond. A read elsewhere in memory costs several of these. Sizes of data
//! structures are not here but with the structures.

/// Locating a slot in an order: two reads anywhere in memory, of its chunk and of the rank of
/// that chunk.
pub(crate) const LOCATE: usize = 4;

/// Up to this many matches are located individually: their chunks are sorted. More are
/// counted by chunk first, in an array as long as the list of chunks.
pub(crate) const LOCATED_INDIVIDUALLY: usize = 64;

/// The entries of a run (consecutive slots) that are counted in the time of one. A bitmap
/// counts 64 slots with one instruction; the ends of a run take as long again.
pub(crate) const RUN_ENTRIES: usize = 32;

/// A scan is given up when it has read this many times the expected number of entries: then
/// matches are not evenly spread.
pub(crate) const SCAN_OVERRUN: usize = 2;

/// The same for a scan from a cursor. Giving it up costs more, because the matches before the
/// cursor are then counted.
pub(crate) const CONTINUED_SCAN_OVERRUN: usize = 4;

/// Reading a name and searching it for a text: the location of the unit, its JSON and the
/// folding of the name.
pub(crate) const READ_NAME: usize = 48;

/// At or below this many candidates, their names are read: the next intersection would cost as
/// much.
pub(crate) const NAMES_TO_READ: usize = 32;

/// At or below this many candidates, their names are read: the adjacency index clears and
/// combines bitmaps over all slots.
pub(crate) const NAMES_BEFORE_ADJACENCY: usize = 1_024;

/// Reading the values of a unit for its sort key and comparing them: parts of its JSON are
/// parsed, about a microsecond.
const READ_UNIT: usize = 1_024;

/// Up to this many units are sorted by reading them, in a store of any size.
const SORTED_BY_READING: usize = 512;

/// Opening a slot set for a union: it is elsewhere in memory.
pub(crate) const OPEN_SET: usize = 8;

/// Sets with up to this many entries, or this share of all slots, are united in a sorted list.
/// Above that a bitmap costs less: it is cleared and read in full, each a 64th of the slots.
const LISTED: usize = 2_048;
const LISTED_SHARE: usize = 256;

/// A union is cached if its cost is at least this (about 30 microseconds), and at least this
/// share of all slots (a few reads of a bitmap).
const CACHED: usize = 32_768;
const CACHED_SHARE: usize = 16;

/// A word is frequent if at least this many names contain it, and this share of all. A text
/// with a rarer word has so few candidates that their names are read.
const FREQUENT: usize = 4_096;
const FREQUENT_SHARE: usize = 256;

/// The frequent texts are chosen again when as many names have changed as there were, but at
/// least this many: choosing them reads the whole dictionary.
pub(crate) const NAMES_BEFORE_REFRESH: usize = 4_096;

/// The cost of locating all of this many matches.
pub(crate) fn locating(matches: usize) -> usize {
    matches.saturating_mul(LOCATE)
}

/// The most entries that are united in a list rather than a bitmap.
pub(crate) fn listed_up_to(slots: usize) -> usize {
    LISTED.max(slots / LISTED_SHARE)
}

/// The least cost of a union whose bitmap is cached.
pub(crate) fn cached_from(slots: usize) -> usize {
    CACHED.max(slots / CACHED_SHARE)
}

/// The least number of names that contain a frequent word.
pub(crate) fn frequent_from(names: usize) -> usize {
    FREQUENT.max(names / FREQUENT_SHARE)
}

/// The most units that are sorted by reading them. Above that, scanning an order of all units
/// costs no more.
pub(crate) fn sorted_by_reading(units: usize) -> usize {
    SORTED_BY_READING.max(units / READ_UNIT)
}
