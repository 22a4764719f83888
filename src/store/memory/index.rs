//! What every index over the units can do, and the order of the steps of a write.
//!
//! ```text
//! Before::new ──► Index::detach, for each index: the documents hold the old unit
//!     │
//! Before::write                                  the old unit is replaced by the new one
//!     ▼
//!   After ──────► Index::attach, for each index: the documents hold the new unit
//! ```
//!
//! No step can come too early: `attach` takes what only `write` returns, and `write` consumes
//! what `detach` takes.

use crate::store::memory::documents::Documents;
use crate::store::memory::id::Slot;
use crate::store::memory::load::Staged;
use crate::store::memory::work::Writes;
use crate::unit::Unit;

pub(crate) trait Index {
    /// Forgets all units.
    fn clear(&mut self);

    /// Indexes the units of a load. The index is empty.
    fn build(&mut self, staged: &mut Staged<'_>);

    /// Removes the old unit, as far as the new one differs.
    fn detach(&mut self, _write: &Before<'_>) {}

    /// Adds the new unit, as far as the old one differs.
    fn attach(&mut self, _write: &After<'_>, _work: &mut Writes) {}

    /// Reads what a change will read, so that it is in the processor's caches.
    fn prefetch(&self, _change: Change<'_>, _documents: &Documents) {}

    /// Panics if the index is not what `build` would make of the units.
    fn check(&self, documents: &Documents);
}

/// A unit that takes the place of another in a slot. Either of them may be missing.
#[derive(Clone, Copy)]
pub(crate) struct Change<'a> {
    pub(crate) slot: Slot,
    /// The old unit. It is not read for a removal.
    pub(crate) old: Option<&'a Unit>,
    pub(crate) old_name: Option<&'a str>,
    pub(crate) new: Option<&'a Unit>,
}

/// A change that the documents do not have yet.
pub(crate) struct Before<'a> {
    pub(crate) change: Change<'a>,
    documents: &'a mut Documents,
}

/// A change that the documents have.
pub(crate) struct After<'a> {
    pub(crate) change: Change<'a>,
    documents: &'a Documents,
}

impl Change<'_> {
    /// Whether there is an old unit: a change without one adds a unit.
    pub(crate) fn has_old(&self) -> bool {
        self.old.is_some() || self.new.is_none()
    }
}

impl<'a> Before<'a> {
    pub(crate) fn new(documents: &'a mut Documents, change: Change<'a>) -> Self {
        Self { change, documents }
    }

    pub(crate) fn documents(&self) -> &Documents {
        self.documents
    }

    /// Replaces the old unit by the new one.
    pub(crate) fn write(self) -> After<'a> {
        let Self { change, documents } = self;
        match change.new {
            Some(new) => documents.replace(change.slot, new),
            None => documents.remove(change.slot),
        }
        After { change, documents }
    }
}

impl<'a> After<'a> {
    pub(crate) fn documents(&self) -> &'a Documents {
        self.documents
    }
}
