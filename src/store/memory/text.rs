//! The text index finds the units whose names contain a text.
//!
//! A *gram* is a run of scalars of a folded name, with the set of the slots whose names have it:
//!
//! ```text
//! scalars    exists if                                       found by
//! 1, 2       a query would read many slots without it        its scalars
//! 3          a name, with two end marks after it, has it     its scalars
//! 4 to 32    more than T = 1,024 names had it when the       the numbers of its two parts: the
//!            grams were chosen                               grams that are one scalar shorter
//! ```
//!
//! So a text of 3 to 32 scalars is a gram, or at most T names contain it, besides names written
//! later. (The memory of long grams is limited: see [`cost::LONG_GRAM_BYTES`].)
//!
//! ```text
//! search ──► grams: key ──► number ──► slots
//!    └─────► names: slot ──► folded name
//! ```
//!
//! A gram takes about 75 bytes, and its slots one to two bytes each. A write changes the sets of the
//! grams that only the old or only the new name has. Grams are chosen again after as many changes of
//! names as there were units. Names of more than [`MAX_SCALARS`] scalars are not indexed: every query
//! with a text reads them.

mod build;
mod grams;
mod key;
mod names;
pub(crate) mod search;

use std::collections::{BTreeMap, BTreeSet};

use self::grams::{Grams, Occurrence, without_subset};
use self::key::{Key, TRIGRAM};
use self::names::Names;
use crate::fold::fold;
use crate::store::memory::cost;
use crate::store::memory::documents::Documents;
use crate::store::memory::id::{GramId, OrBroken, Slot};
use crate::store::memory::index::{Change, Index, Write};
use crate::store::memory::load::Loaded;
use crate::store::memory::set::SlotSet;
use crate::store::memory::work::Writes;
use crate::unit::Unit;

/// The longest name, in scalars, that is indexed.
const MAX_SCALARS: usize = 1_024;

#[derive(Clone, Debug, Default)]
pub(crate) struct TextIndex {
    grams: Grams,
    names: Names,
    /// Units whose names are too long for the index, or for which `names` had no space.
    long_names: BTreeSet<Slot>,
    /// The number of changes of names since the grams were chosen, and of units at that time.
    changes: usize,
    units_when_chosen: usize,
}

/// What a change of a name does to the index.
#[derive(Debug)]
pub(crate) struct Rename {
    /// The new name, folded. Empty without a name, or if the name is too long.
    name: String,
    is_long: bool,
    /// Grams of three scalars that no name has had yet.
    missing: Vec<Key>,
    /// The grams whose stored sets get the unit, and those whose stored sets lose it.
    added: Vec<GramId>,
    removed: Vec<GramId>,
}

impl TextIndex {
    fn rename(&mut self, slot: Slot, rename: &Rename, work: &mut Writes) {
        self.changes += 1;
        self.long_names.remove(&slot);
        if rename.is_long {
            self.long_names.insert(slot);
        }
        self.names.replace(slot, &rename.name);
        work.sets += rename.missing.len() + rename.added.len() + rename.removed.len();
        for key in &rename.missing {
            let set = SlotSet::from_sorted(&[slot]);
            self.grams.insert_trigram(*key, set);
        }
        for gram in &rename.added {
            let is_new = self.grams.stored_slots_mut(*gram).insert(slot);
            is_new.then_some(()).or_broken();
        }
        for gram in &rename.removed {
            let was_there = self.grams.stored_slots_mut(*gram).remove(slot);
            was_there.then_some(()).or_broken();
        }
    }

    /// The folded name and `false`; or an empty text and `true` if it is too long or has no space.
    fn indexed(&self, name: Option<&str>) -> (String, bool) {
        let folded = folded(name.unwrap_or_default());
        let is_long = folded.chars().nth(MAX_SCALARS).is_some();
        // Offsets of names have 32 bits.
        let has_space = u32::try_from(self.names.bytes() + folded.len() + 1).is_ok();
        if is_long || !has_space {
            return (String::new(), true);
        }
        (folded, false)
    }

    fn choose(&mut self, documents: &Documents) {
        self.names = self.names.compacted(documents.slots());
        self.grams = build::build(&self.names, documents.slots());
        self.changes = 0;
        self.units_when_chosen = documents.len();
    }

    pub(crate) fn bytes(&self) -> [(&'static str, usize); 5] {
        let bytes = |has_length: fn(Key) -> bool| {
            let grams = self.grams.iter().filter(|(_, key, _)| has_length(*key));
            grams.map(|(.., slots)| slots.bytes()).sum()
        };
        [
            ("folded names", self.names.memory()),
            ("dictionary of grams", self.grams.bytes()),
            ("grams of 1 and 2 scalars", bytes(Key::is_short)),
            ("grams of 3 scalars", bytes(Key::is_trigram)),
            ("longer grams", bytes(Key::is_long)),
        ]
    }
}

impl Index for TextIndex {
    /// `None` if the name does not change.
    type Prepared = Option<Rename>;

    fn build(&mut self, loaded: &mut Loaded<'_>) {
        *self = Self::default();
        let documents = loaded.documents;
        for slot in documents.iter() {
            let (name, is_long) = self.indexed(documents.name(slot).as_deref());
            self.names.push(name.as_bytes());
            if is_long {
                self.long_names.insert(slot);
            }
        }
        self.choose(documents);
    }

    /// Finds the sets that a change touches, and reads them, so that they are in the processor's
    /// caches.
    fn prepare(&self, change: Change<'_>, _: &mut Writes) -> Option<Rename> {
        let [old, new] = [change.old, change.new].map(|unit| unit.and_then(Unit::name));
        if old == new {
            return None;
        }
        let slot = change.slot.unwrap_or(Slot(u32::MAX));
        let (name, is_long) = self.indexed(new);
        let [old, new] = [self.names.text(slot), &name].map(|name| self.grams.of_name(name));
        let [before, after] = [&old, &new].map(|(grams, _)| self.grams.storing(grams));
        let [added, removed] = [without(&after, &before), without(&before, &after)];
        let sets = added.iter().chain(&removed);
        let read = sets.map(|gram| self.grams.stored_slots(*gram).contains(slot));
        std::hint::black_box(read.fold(false, |read, has| read ^ has));
        Some(Rename {
            name,
            is_long,
            missing: new.1,
            added,
            removed,
        })
    }

    fn update(&mut self, write: &Write<'_>, rename: &Option<Rename>, work: &mut Writes) {
        if let Some(rename) = rename {
            self.rename(write.slot, rename, work);
            if self.changes >= self.units_when_chosen.max(cost::NAMES_BEFORE_REFRESH) {
                self.choose(write.documents);
            }
        }
    }

    fn check(&self, documents: &Documents) {
        let mut expected: BTreeMap<GramId, Vec<Slot>> = BTreeMap::new();
        for slot in documents.iter() {
            let name = folded(&documents.name(slot).unwrap_or_default());
            let is_long = self.long_names.contains(&slot);
            // A name for which there was no space is listed too.
            assert!(is_long || name.chars().nth(MAX_SCALARS).is_none());
            let name = if is_long { "" } else { &name };
            assert_eq!(self.names.get(slot), name.as_bytes());
            let (grams, missing) = self.grams.of_name(name);
            assert_eq!(missing, []);
            for gram in self.grams.storing(&grams) {
                expected.entry(gram).or_default().push(slot);
            }
        }
        let mut long = self.long_names.iter();
        assert!(long.all(|slot| documents.name(*slot).is_some()));
        for (gram, key, slots) in self.grams.iter() {
            assert_eq!(self.grams.find(key), Some(gram));
            let found = slots.to_vec();
            assert_eq!(expected.remove(&gram).unwrap_or_default(), found);
            assert_eq!(slots.len(), found.len());
        }
        assert!(expected.is_empty());
    }
}

fn folded(name: &str) -> String {
    if name.is_ascii() {
        return name.to_ascii_lowercase();
    }
    name.chars().map(fold).collect()
}

/// The grams of a sorted list that are not in another one.
fn without(grams: &[GramId], others: &[GramId]) -> Vec<GramId> {
    let is_other = |gram: &GramId| others.binary_search(gram).is_ok();
    grams
        .iter()
        .copied()
        .filter(|gram| !is_other(gram))
        .collect()
}

#[cfg(test)]
mod tests;
