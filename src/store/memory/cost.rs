//! The costs by which the cheapest way to an answer is chosen.
//!
//! The unit is reading the next entry of an index, a slot in a chunk or in a list: about a
//! nanosecond. A read elsewhere in memory costs several units. Sizes of data structures are with the
//! structures.

/// Locating a slot in an order: two reads anywhere in memory, of its chunk and of the chunk's rank.
pub(crate) const LOCATE: usize = 4;
/// Up to this many matches are located individually: their chunks are sorted. More are
/// counted by chunk first, in an array as long as the list of chunks.
pub(crate) const LOCATED_INDIVIDUALLY: usize = 64;

/// The entries of a run (consecutive slots) that are counted in the time of one. A bitmap
/// counts 64 slots with one instruction; the ends of a run take as long again.
pub(crate) const RUN_ENTRIES: usize = 32;

/// A scan is given up at this many times the expected entries: matches are not evenly spread.
pub(crate) const SCAN_OVERRUN: usize = 2;
/// [`SCAN_OVERRUN`] for scans from a cursor: giving one up costs a count of the earlier matches.
pub(crate) const CONTINUED_SCAN_OVERRUN: usize = 4;

/// Reading a folded name and searching it for a text, when 16 names are fetched together.
pub(crate) const VERIFY: usize = 25;
/// The bytes of names that a scan of all searches in the time of one entry.
pub(crate) const SCANNED_BYTES: usize = 16;
/// At or below this many candidates, all are verified.
pub(crate) const SAMPLE: usize = 32;

/// A gram of three scalars or more has longer grams if more names than this have it. So a text is a
/// gram, or it matches at most this many names. Half the number would take a tenth more memory; twice
/// the number would double the slowest searches.
pub(crate) const RARE: usize = 1_024;
/// The longest gram, in scalars.
pub(crate) const LONGEST_GRAM: usize = 32;
/// No longer grams are built when the slots of the grams of more than three scalars take more bytes
/// a name than this. Names of two letters at random would have some 20 lengths of grams.
pub(crate) const LONG_GRAM_BYTES: usize = 64;

/// A gram can be a difference if reading it costs at most this many times reading its slots.
pub(crate) const READ_GRAM: usize = 4;

/// The least cost of a union of slot sets for a text of one or two scalars that is a gram too.
pub(crate) const SHORT_GRAM: usize = 16_384;
/// Opening a slot set for a union: it is elsewhere in memory.
pub(crate) const OPEN_SET: usize = 8;

/// The least changes of names after which the grams are chosen again: that reads all names.
pub(crate) const NAMES_BEFORE_REFRESH: usize = 4_096;

/// The most entries that are united in a sorted list. Above that, a bitmap costs less: clearing it
/// and reading it cost a 64th of the slots each.
pub(crate) fn listed_up_to(slots: usize) -> usize {
    (slots / 256).max(2_048)
}

/// The most units that are sorted by reading them: 512, or what takes as long as scanning an order
/// of all units. Parsing the values of a unit for its sort key and comparing them takes about a
/// microsecond, as long as 1,024 entries.
pub(crate) fn sorted_by_reading(units: usize) -> usize {
    (units / 1_024).max(512)
}
