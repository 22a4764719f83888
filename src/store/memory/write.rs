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

use crate::store::Written;
use crate::store::memory::{Change, Ids, Index, MemoryStore, Orders, Slot, TextIndex};
use crate::store::memory::{Write, Writes};
use crate::unit::Unit;

/// What a change does to each index.
#[derive(Debug)]
pub(crate) struct Prepared {
    /// The slot of the old unit.
    pub(crate) slot: Option<Slot>,
    ids: <Ids as Index>::Prepared,
    pub(crate) orders: <Orders as Index>::Prepared,
    text: <TextIndex as Index>::Prepared,
}

/// An upsert that [`MemoryStore::prepare`] has prepared.
#[derive(Debug)]
#[must_use = "a prepared upsert changes nothing until it is applied"]
pub struct PreparedUpsert {
    unit: Unit,
    prepared: Prepared,
    version: Version,
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

impl MemoryStore {
    /// The first half of [`upsert`](Self::upsert): finds what the unit changes in each index. A server
    /// that prepares a change under the read lock and [applies](Self::apply) it under the write lock
    /// holds the write lock for less than half the time ([example](Self#sharing)).
    pub fn prepare(&self, unit: Unit) -> PreparedUpsert {
        let new = Some(&unit).filter(|unit| unit.is_unit());
        let prepared = self.prepared(unit.id(), new, &mut Writes::default());
        PreparedUpsert {
            unit,
            prepared,
            version: self.version,
        }
    }

    /// The second half of [`upsert`](Self::upsert). A change that was prepared before the last
    /// write, or by another store, is prepared again.
    pub fn apply(&mut self, mut change: PreparedUpsert) -> Written {
        if change.version != self.version {
            change = self.prepare(change.unit);
        }
        let new = Some(&change.unit).filter(|unit| unit.is_unit());
        let has_replaced = self.commit(&change.prepared, new, &mut Writes::default());
        let mut written = Written::default();
        written.count(&change.unit);
        written.count_replaced(usize::from(has_replaced));
        written
    }

    /// What changes in each index when the unit with this id is replaced by another or by none.
    pub(super) fn prepared(&self, id: &str, new: Option<&Unit>, work: &mut Writes) -> Prepared {
        let slot = self.ids.find(id, &self.documents);
        let old = slot.map(|slot| self.documents.unit(slot));
        let change = Change {
            documents: &self.documents,
            id,
            slot,
            old: old.as_ref(),
            new,
        };
        Prepared {
            slot,
            ids: self.ids.prepare(change, work),
            orders: self.orders.prepare(change, work),
            text: self.text.prepare(change, work),
        }
    }

    /// Makes a change that was prepared since the last write. Returns whether there was an old unit.
    pub(super) fn commit(
        &mut self,
        prepared: &Prepared,
        new: Option<&Unit>,
        work: &mut Writes,
    ) -> bool {
        if prepared.slot.is_none() && new.is_none() {
            return false;
        }
        self.version = Version::next();
        self.remembered.clear();
        let write = Write {
            slot: self.documents.write(prepared.slot, new),
            documents: &self.documents,
            has_old: prepared.slot.is_some(),
            new,
        };
        self.ids.update(&write, &prepared.ids, work);
        self.orders.update(&write, &prepared.orders, work);
        self.text.update(&write, &prepared.text, work);
        if self.documents.is_sparse() {
            let left = std::mem::take(&mut self.documents);
            self.load(left.iter().map(|slot| left.unit(slot)));
        }
        prepared.slot.is_some()
    }
}
