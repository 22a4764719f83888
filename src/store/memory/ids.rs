//! A hash table from `_id` to slot. It stores the slots alone, about 5 bytes a unit; the ids are
//! read from the documents.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use crate::store::memory::documents::Documents;
use crate::store::memory::id::{OrBroken, Slot};
use crate::store::memory::index::{Change, Index, Write};
use crate::store::memory::load::Loaded;
use crate::store::memory::work::Writes;

#[derive(Clone, Debug, Default)]
pub(crate) struct Ids {
    slots: HashTable<Slot>,
    hasher: DefaultHashBuilder,
}

impl Ids {
    pub(crate) fn find(&self, id: &str, documents: &Documents) -> Option<Slot> {
        let is_same = |slot: &Slot| documents.id(*slot) == id;
        self.slots.find(self.hash(id), is_same).copied()
    }

    fn hash(&self, id: &str) -> u64 {
        self.hasher.hash_one(id)
    }

    /// `hash` is that of the unit's id.
    fn insert(&mut self, hash: u64, slot: Slot, documents: &Documents) {
        let hash_of = |slot: &Slot| self.hasher.hash_one(documents.id(*slot).as_ref());
        self.slots.insert_unique(hash, slot, hash_of);
    }
}

impl Index for Ids {
    /// The hash of the id.
    type Prepared = u64;

    fn build(&mut self, loaded: &mut Loaded<'_>) {
        let documents = loaded.documents;
        let pair = |slot| (self.hash(&documents.id(slot)), slot);
        let mut hashes: Vec<(u64, Slot)> = documents.iter().map(pair).collect();
        self.slots = HashTable::with_capacity(hashes.len());
        // The buckets of the table are filled in the order of memory.
        let buckets = self.slots.num_buckets();
        let mask = u64::try_from(buckets).ok().or_broken().wrapping_sub(1);
        hashes.sort_unstable_by_key(|(hash, _)| hash & mask);
        for (hash, slot) in hashes {
            self.insert(hash, slot, documents);
        }
    }

    fn prepare(&self, change: Change<'_>, _: &mut Writes) -> u64 {
        self.hash(change.id)
    }

    fn update(&mut self, write: &Write<'_>, hash: &u64, _: &mut Writes) {
        if !write.has_old {
            self.insert(*hash, write.slot, write.documents);
        } else if write.new.is_none() {
            let entry = self.slots.find_entry(*hash, |slot| *slot == write.slot);
            entry.ok().or_broken().remove();
        }
    }

    fn check(&self, documents: &Documents) {
        assert_eq!(self.slots.len(), documents.len());
        for slot in documents.iter() {
            assert_eq!(self.find(&documents.id(slot), documents), Some(slot));
        }
    }
}
