//! The steps of a write.
//!
//! ```text
//! Prepared          what each index looks up; under a shared reference to the store
//!     ▼
//! Documents::write  the old unit is replaced by the new one
//!     ▼
//! Index::update     each index is changed
//! ```

use std::sync::atomic::{AtomicU64, Ordering};

use crate::store::memory::id::Slot;
use crate::store::memory::ids::Ids;
use crate::store::memory::index::Index;
use crate::store::memory::sort::Orders;
use crate::store::memory::text::TextIndex;
use crate::unit::Unit;

/// What a change does to each index.
#[derive(Debug)]
pub(crate) struct Prepared {
    /// The slot of the old unit.
    pub(super) slot: Option<Slot>,
    pub(super) ids: <Ids as Index>::Prepared,
    pub(super) orders: <Orders as Index>::Prepared,
    pub(super) text: <TextIndex as Index>::Prepared,
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
