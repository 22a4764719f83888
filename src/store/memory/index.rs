//! The operations of every index over the units, and the steps of a write.
//!
//! ```text
//! Prepared          what the indexes look up; under a shared reference to the store
//!     ▼
//! Documents::write  the old unit is replaced by the new one
//!     ▼
//! Index::update     for each index
//! ```

use std::sync::atomic::{AtomicU64, Ordering};

use crate::store::memory::sort::Entry;
use crate::store::memory::{Documents, Loaded, Slot, Writes, text};
use crate::unit::Unit;

pub(crate) trait Index {
    /// Replaces all entries with entries for the units of a load.
    fn build(&mut self, loaded: &mut Loaded<'_>);

    /// Replaces the entry of the old unit with one for the new unit, which the documents hold.
    fn update(&mut self, write: &Write<'_>, work: &mut Writes);

    /// Panics if the index differs from one that `build` makes from the units.
    fn check(&self, documents: &Documents);
}

/// The old and the new unit of a change. Either can be missing.
#[derive(Clone, Copy)]
pub(crate) struct Change<'a> {
    pub(crate) documents: &'a Documents,
    /// The slot of the old unit.
    pub(crate) slot: Option<Slot>,
    pub(crate) old: Option<&'a Unit>,
    pub(crate) new: Option<&'a Unit>,
}

/// What a change does to each index.
#[derive(Debug)]
pub(crate) struct Prepared {
    /// The slot of the old unit.
    pub(crate) slot: Option<Slot>,
    /// The hash of the `_id` in the table of ids.
    pub(crate) id_hash: u64,
    /// One for each order. `None` if the unit does not move in it.
    pub(crate) entries: Vec<Option<Entry>>,
    /// `None` if the change does not touch the text index.
    pub(crate) text: Option<text::Rename>,
}

/// An upsert that [`MemoryStore::prepare`](crate::MemoryStore::prepare) has prepared.
#[derive(Debug)]
#[must_use = "a prepared upsert changes nothing until it is applied"]
pub struct PreparedUpsert {
    pub(super) unit: Unit,
    pub(super) prepared: Prepared,
    pub(super) version: Version,
}

/// A number that changes with every write. Stores of the same version have the same units in the
/// same slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Version(u64);

impl Version {
    /// A version that no store of this process has had.
    pub(crate) fn next() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

/// A change that is in the documents, but not in every index yet.
pub(crate) struct Write<'a> {
    pub(crate) slot: Slot,
    pub(crate) new: Option<&'a Unit>,
    pub(crate) prepared: &'a Prepared,
    pub(crate) documents: &'a Documents,
}
