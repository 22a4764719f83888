//! What every index over the units does.

use crate::store::memory::documents::Documents;
use crate::store::memory::id::Slot;
use crate::store::memory::load::Loaded;
use crate::store::memory::work::Writes;
use crate::unit::Unit;

pub(crate) trait Index {
    /// What a change does to this index.
    type Prepared;

    /// Replaces all entries with entries for the units of a load.
    fn build(&mut self, loaded: &mut Loaded<'_>);

    /// Looks up what a change does, without making it.
    fn prepare(&self, change: Change<'_>, work: &mut Writes) -> Self::Prepared;

    /// Replaces the entry of the old unit with one for the new unit, which the documents hold.
    fn update(&mut self, write: &Write<'_>, prepared: &Self::Prepared, work: &mut Writes);

    /// Panics if the index differs from one that `build` makes from the units.
    fn check(&self, documents: &Documents);
}

/// The old and the new unit of a change. Either can be missing.
#[derive(Clone, Copy)]
pub(crate) struct Change<'a> {
    pub(crate) documents: &'a Documents,
    pub(crate) id: &'a str,
    /// The slot of the old unit.
    pub(crate) slot: Option<Slot>,
    pub(crate) old: Option<&'a Unit>,
    pub(crate) new: Option<&'a Unit>,
}

/// A change that is in the documents, but not in every index yet.
pub(crate) struct Write<'a> {
    pub(crate) documents: &'a Documents,
    pub(crate) slot: Slot,
    /// Whether there was an old unit.
    pub(crate) has_old: bool,
    pub(crate) new: Option<&'a Unit>,
}
