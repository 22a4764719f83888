//! Which slot has the unit with an id. The table has the slots alone; the ids are in the
//! documents.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use crate::store::memory::documents::Documents;

#[derive(Clone, Debug, Default)]
pub(crate) struct Ids {
    slots: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl Ids {
    pub(crate) fn len(&self) -> usize {
        self.slots.len()
    }

    pub(crate) fn reserve(&mut self, units: usize, documents: &Documents) {
        let hasher = &self.hasher;
        let hash = |slot: &u32| hasher.hash_one(documents.id(*slot).as_ref());
        self.slots.reserve(units, hash);
    }

    pub(crate) fn find(&self, id: &str, documents: &Documents) -> Option<u32> {
        let hash = self.hasher.hash_one(id);
        let found = self.slots.find(hash, |slot| documents.id(*slot) == id);
        found.copied()
    }

    /// Enters an id that is new, of a unit that `documents` has in this slot.
    pub(crate) fn insert(&mut self, slot: u32, documents: &Documents) {
        let hasher = &self.hasher;
        let hash = |slot: &u32| hasher.hash_one(documents.id(*slot).as_ref());
        self.slots.insert_unique(hash(&slot), slot, hash);
    }

    /// Takes an id out, and tells the slot that it had.
    pub(crate) fn remove(&mut self, id: &str, documents: &Documents) -> Option<u32> {
        let hash = self.hasher.hash_one(id);
        let entry = self
            .slots
            .find_entry(hash, |slot| documents.id(*slot) == id);
        Some(entry.ok()?.remove().0)
    }
}
