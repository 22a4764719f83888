//! The operations of every index over the units, and the steps of a write.
//!
//! ```text
//! Prepared                     what the indexes look up; under a shared reference to the store
//!     ▼
//! Before::new ──► Index::detach, for each index: the documents hold the old unit
//!     │
//! Before::write                                  the old unit is replaced by the new one
//!     ▼
//!   After ──────► Index::attach, for each index: the documents hold the new unit
//! ```
//!
//! The types enforce the order: `attach` needs an `After`, which only `write` returns, and
//! `write` consumes the `Before` that `detach` needs.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::store::memory::documents::Documents;
use crate::store::memory::id::Slot;
use crate::store::memory::load::Staged;
use crate::store::memory::sort::Entry;
use crate::store::memory::text;
use crate::store::memory::work::Writes;
use crate::unit::Unit;

pub(crate) trait Index {
    /// Forgets all units.
    fn clear(&mut self);

    /// Indexes the units of a load. The index is empty.
    fn build(&mut self, staged: &mut Staged<'_>);

    /// Removes the entries of the old unit that the new one does not have.
    fn detach(&mut self, _write: &Before<'_>) {}

    /// Adds the entries of the new unit that the old one does not have.
    fn attach(&mut self, _write: &After<'_>, _work: &mut Writes) {}

    /// Panics if the index differs from one that `build` makes from the units.
    fn check(&self, documents: &Documents);
}

/// The old and the new unit of a change. One of them can be missing.
#[derive(Clone, Copy)]
pub(crate) struct Change<'a> {
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
    /// By order. `None` if the change does not touch it.
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
    /// That of the store.
    pub(super) version: Version,
}

/// A number that is another after every write. Two stores with the same number are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Version(u64);

impl Version {
    /// A version that no store of this process has had.
    pub(crate) fn next() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

/// A change that is not in the documents yet.
pub(crate) struct Before<'a> {
    pub(crate) slot: Slot,
    pub(crate) new: Option<&'a Unit>,
    pub(crate) prepared: &'a Prepared,
    documents: &'a mut Documents,
}

/// A change that is in the documents.
pub(crate) struct After<'a> {
    pub(crate) slot: Slot,
    pub(crate) new: Option<&'a Unit>,
    pub(crate) prepared: &'a Prepared,
    pub(crate) documents: &'a Documents,
}

impl<'a> Before<'a> {
    pub(crate) fn new(
        documents: &'a mut Documents,
        prepared: &'a Prepared,
        new: Option<&'a Unit>,
    ) -> Self {
        let slot = prepared.slot.unwrap_or_else(|| documents.vacant_slot());
        Self {
            slot,
            new,
            prepared,
            documents,
        }
    }

    pub(crate) fn documents(&self) -> &Documents {
        self.documents
    }

    /// Replaces the old unit by the new one.
    pub(crate) fn write(self) -> After<'a> {
        match self.new {
            Some(new) => self.documents.replace(self.slot, new),
            None => self.documents.remove(self.slot),
        }
        After {
            slot: self.slot,
            new: self.new,
            prepared: self.prepared,
            documents: self.documents,
        }
    }
}
