//! What the ways to an answer cost, so that the cheapest is taken.
//!
//! The unit is reading one entry of an index: a slot in a chunk, in a list or in a set,
//! about 1 ns where entries lie side by side. Every cost and every bound that follows from
//! costs is here; sizes of data structures are with the structures.

/// Locating a slot in an order: one read of its chunk's number and one of that chunk's
/// rank, both anywhere in memory. Measured at 3 to 5 entries.
pub(crate) const LOCATE: usize = 4;

/// Up to this many matches are located individually: their ranks are sorted. More are
/// counted by chunk first, in an array as long as the list of chunks.
pub(crate) const LOCATED_INDIVIDUALLY: usize = 64;

/// Entries of a run (consecutive slots) that are counted in the time of one: a bitmap
/// counts 64 slots with one instruction, and half of that is spent on the ends of a run.
pub(crate) const RUN_ENTRIES: usize = 32;

/// How many times the expected number of entries a scan may read before it is given up:
/// matches may be anywhere but where the page is.
pub(crate) const SCAN_OVERRUN: usize = 2;

/// The same for a scan that continues from a cursor. Giving it up costs more: the matches
/// before the cursor have to be counted.
pub(crate) const CONTINUED_SCAN_OVERRUN: usize = 4;

/// Reading a name and searching it for a text: it lies anywhere in memory.
pub(crate) const READ_NAME: usize = 48;

/// At or below this many candidates, their names are read instead of intersecting further:
/// less than what the next set of slots takes to find.
pub(crate) const NAMES_TO_READ: usize = 32;

/// At or below this many candidates, their names are read instead of consulting the
/// adjacency index, which fills bitmaps over all slots.
pub(crate) const NAMES_BEFORE_ADJACENCY: usize = 1_024;

/// Reading the values of a unit for its sort key, and comparing them: parsing parts of a
/// document takes about a microsecond.
pub(crate) const READ_UNIT: usize = 1_024;

/// Up to this many units are sorted by reading them in any store. In a large one the
/// bound is the number of units that are read in the time that a scan takes.
pub(crate) const SORTED_BY_READING: usize = 512;

/// Opening one more set of slots for a union: it is elsewhere in memory.
pub(crate) const OPEN_SET: usize = 8;

/// Sets with up to this many entries, or this share of all slots, are united in a sorted
/// list; above it, in a bitmap, which has to be cleared and read whole.
const LISTED: usize = 2_048;
const LISTED_SHARE: usize = 256;

/// A union that costs less than both is not cached: 32,768 entries take some 30 µs, and
/// below a sixteenth of the slots a union is no dearer than counting a bitmap.
const CACHED: usize = 32_768;
const CACHED_SHARE: usize = 16;

/// A word is frequent if at least this many names contain it, and this share of all. Texts
/// with rarer words have so few candidates that their names are read.
const FREQUENT: usize = 4_096;
const FREQUENT_SHARE: usize = 256;

/// Below this many names no text is worth a cached bitmap, and the choice of frequent
/// texts is left as it is.
pub(crate) const NAMES_BEFORE_REFRESH: usize = 4_096;

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

/// The most units that are sorted by reading them, where scanning an order is dearer.
pub(crate) fn sorted_by_reading(units: usize) -> usize {
    SORTED_BY_READING.max(units / READ_UNIT)
}

/// Locating every one of some matches.
pub(crate) fn locating(matches: usize) -> usize {
    matches.saturating_mul(LOCATE)
}
