//! The operations of every index over the units, and the steps of a write.
//!
//! ```text
//! Before::new ──► Index::detach, for each index: the documents hold the old unit
//!     │
//! Before::write                                  the old unit is replaced by the new one
//!     ▼
//!   After ──────► Index::attach, for each index: the documents hold the new unit
//! ```
//!
//! The types enforce the order: `attach` needs an `After`, which only `write` returns, and
//! `write` consumes the `Before` that `detach` needs.

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

    /// Removes the entries of the old unit that the new one does not have.
    fn detach(&mut self, _write: &Before<'_>) {}

    /// Adds the entries of the new unit that the old one does not have.
    fn attach(&mut self, _write: &After<'_>, _work: &mut Writes) {}

    /// Fetches the memory that a change needs into the processor's caches.
    fn prefetch(&self, _change: Change<'_>, _documents: &Documents) {}

    /// Panics if the index differs from one that `build` makes from the units.
    fn check(&self, documents: &Documents);
}

/// The old and the new unit of a slot. One of them can be missing.
#[derive(Clone, Copy)]
pub(crate) struct Change<'a> {
    pub(crate) slot: Slot,
    /// The old unit. `None` for a removal, which needs only the name.
    pub(crate) old: Option<&'a Unit>,
    pub(crate) old_name: Option<&'a str>,
    pub(crate) new: Option<&'a Unit>,
}

/// A change that is not in the documents yet.
pub(crate) struct Before<'a> {
    pub(crate) change: Change<'a>,
    documents: &'a mut Documents,
}

/// A change that is in the documents.
pub(crate) struct After<'a> {
    pub(crate) change: Change<'a>,
    documents: &'a Documents,
}

impl Change<'_> {
    /// Whether there is an old unit. Without one the change adds a unit.
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
