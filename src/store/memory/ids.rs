//! A hash table from `_id` to slot. It stores the slots alone, about 5 bytes a unit; the ids are
//! read from the documents.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use crate::store::memory::documents::Documents;
use crate::store::memory::id::{OrBroken, Slot};
use crate::store::memory::index::{After, Before, Index};
use crate::store::memory::load::Staged;
use crate::store::memory::work::Writes;

#[derive(Clone, Debug, Default)]
pub(crate) struct Ids {
    slots: HashTable<Slot>,
    hasher: DefaultHashBuilder,
}

impl Ids {
    pub(crate) fn find(&self, id: &str, documents: &Documents) -> Option<Slot> {
        let hash = self.hasher.hash_one(id);
        let found = self.slots.find(hash, |slot| documents.id(*slot) == id);
        found.copied()
    }

    /// Adds the unit in this slot of `documents`. Its id must be new.
    fn insert(&mut self, slot: Slot, documents: &Documents) {
        let hasher = &self.hasher;
        let hash = |slot: &Slot| hasher.hash_one(documents.id(*slot).as_ref());
        self.slots.insert_unique(hash(&slot), slot, hash);
    }
}

impl Index for Ids {
    fn clear(&mut self) {
        self.slots = HashTable::new();
    }

    fn build(&mut self, staged: &mut Staged<'_>) {
        let documents = staged.documents;
        self.slots = HashTable::with_capacity(documents.len());
        documents
            .iter()
            .for_each(|slot| self.insert(slot, documents));
    }

    fn detach(&mut self, write: &Before<'_>) {
        let change = write.change;
        if change.new.is_none() {
            let id = write.documents().id(change.slot);
            let hash = self.hasher.hash_one(id.as_ref());
            let entry = self.slots.find_entry(hash, |slot| *slot == change.slot);
            entry.ok().or_broken().remove();
        }
    }

    fn attach(&mut self, write: &After<'_>, _: &mut Writes) {
        if !write.change.has_old() {
            self.insert(write.change.slot, write.documents());
        }
    }

    fn check(&self, documents: &Documents) {
        assert_eq!(self.slots.len(), documents.len());
        for slot in documents.iter() {
            assert_eq!(self.find(&documents.id(slot), documents), Some(slot));
        }
    }
}
