//! The text index: finds the units whose names contain a text, mostly without reading names.
//!
//! A folded name is cut at whitespace (a cut) into words. A dictionary has the distinct words and
//! the slots of each. A name contains a text without a cut if and only if one of its words does,
//! so the answer is the union of the slot sets of some words. A second dictionary has the window
//! around every cut: the cut and up to two scalars on either side. It answers short texts with a
//! cut in the same way. Longer texts with a cut are found by their words and windows in both
//! dictionaries, and by the pairs of adjacent words.

mod adjacency;
mod cached_bitmaps;
mod gram;
mod phrase_search;
mod postings_builder;
pub(crate) mod search;
mod tokenize;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use self::adjacency::Adjacency;
use self::cached_bitmaps::CachedBitmaps;
use self::gram::Gram;
use self::tokenize::{Folded, short_texts, windows, words};
use self::words::Words;
use crate::store::memory::cost;
use crate::store::memory::documents::Documents;
use crate::store::memory::id::{Slot, WordId};
use crate::store::memory::index::{After, Change, Index};
use crate::store::memory::load::Staged;
use crate::store::memory::set::SlotSet;
use crate::store::memory::work::Writes;
use crate::unit::Unit;

#[derive(Clone, Debug, Default)]
pub(crate) struct TextIndex {
    words: Words,
    /// The windows: every cut with up to [`REACH`](tokenize::REACH) scalars on either side.
    windows: Words,
    adjacency: Adjacency,
    cached: CachedBitmaps,
    /// Units whose names are too long for the dictionary: they are read instead.
    long: BTreeSet<Slot>,
    /// The number of names that have changed since the frequent texts were chosen, and the
    /// number of units at that time.
    changes: usize,
    names_then: usize,
}

/// A change of a name.
#[derive(Debug)]
pub(crate) struct Rename {
    old: Option<String>,
    new: Option<String>,
}

impl TextIndex {
    /// Adds a name of a load. Names must be added in the order of their slots, and are found
    /// after `settle`. `ids` is scratch memory.
    fn note(&mut self, slot: Slot, name: &Folded, ids: &mut Vec<WordId>) {
        if name.is_long() {
            self.long.insert(slot);
            return;
        }
        ids.clear();
        for word in words(&name.scalars) {
            let (scalars, text) = name.part(word);
            ids.push(self.words.note(scalars, text, slot));
        }
        self.adjacency.note(slot, name, ids);
        for window in windows(&name.scalars) {
            let (scalars, text) = name.part(window);
            self.windows.note(scalars, text, slot);
        }
    }

    /// Indexes the names of all units, without choosing the frequent texts.
    fn note_all(&mut self, documents: &Documents) {
        let mut name = Folded::default();
        let mut ids = Vec::new();
        for slot in documents.iter() {
            if let Some(text) = documents.name(slot) {
                name.set(&text);
                self.note(slot, &name, &mut ids);
            }
        }
        self.words.settle();
        self.windows.settle();
        self.adjacency.settle(&self.words);
    }

    /// What a change does to the index. `None` if it does not change the name.
    pub(crate) fn prepare(change: Change<'_>) -> Option<Rename> {
        let [old, new] = [change.old, change.new].map(|unit| unit.and_then(Unit::name));
        if old == new {
            return None;
        }
        let [old, new] = [old, new].map(|name| name.map(str::to_owned));
        Some(Rename { old, new })
    }

    /// Replaces a name by another; either can be `None`. Words and windows of both are not touched.
    fn replace(&mut self, slot: Slot, old: Option<&str>, new: Option<&str>, work: &mut Writes) {
        self.changes += 1;
        let [old, new] = [old, new].map(|name| name.map(Folded::of).unwrap_or_default());
        self.long.remove(&slot);
        if new.is_long() {
            self.long.insert(slot);
        }
        let empty = Folded::default();
        let [old, new] = [&old, &new].map(|name| if name.is_long() { &empty } else { name });
        let before = self.words.ids_of(old, words(&old.scalars));
        let after = self.words.enter_all(new, words(&new.scalars));
        let in_words = Exchange::between(&before, &after);
        let in_windows = Exchange::between(
            &self.windows.ids_of(old, windows(&old.scalars)),
            &self.windows.enter_all(new, windows(&new.scalars)),
        );
        let sets = in_words.sets(&self.words);
        let sets = sets.chain(in_windows.sets(&self.windows));
        let sets = sets
            .chain(self.adjacency.sets_of(&before))
            .chain(self.adjacency.sets_of(&after));
        SlotSet::read_ahead(sets, slot);
        self.adjacency.remove(slot, old, &before);
        self.adjacency.insert(slot, new, &after);
        in_words.apply(&mut self.words, slot, work);
        in_windows.apply(&mut self.windows, slot, work);
        self.cached.change(slot, &old.scalars, &new.scalars);
    }

    fn choose(&mut self, documents: &Documents) {
        self.cached = CachedBitmaps::new(&self.words, &self.windows, documents.slots());
        self.adjacency.choose(&self.words, documents);
        self.changes = 0;
        self.names_then = documents.len();
    }

    /// The slots of every cached bitmap, from the names.
    fn cached_slots(&self, documents: &Documents) -> BTreeMap<Gram, Vec<Slot>> {
        let texts = self.cached.iter().map(|(gram, _)| (gram, Vec::new()));
        let mut slots: BTreeMap<Gram, Vec<Slot>> = texts.collect();
        for (slot, name) in self.names(documents) {
            for text in short_texts(&name.scalars).collect::<BTreeSet<_>>() {
                slots.entry(text).and_modify(|slots| slots.push(slot));
            }
        }
        slots
    }

    /// The slots of every pair of frequent words, from the names.
    fn pairs(&self, documents: &Documents) -> BTreeMap<(WordId, WordId), BTreeSet<Slot>> {
        let mut pairs: BTreeMap<_, BTreeSet<Slot>> = BTreeMap::new();
        for (slot, name) in self.names(documents) {
            for pair in self.adjacency.pairs_of(&name, &self.words) {
                pairs.entry(pair).or_default().insert(slot);
            }
        }
        pairs
    }

    /// The names that are in the dictionary.
    fn names(&self, documents: &Documents) -> impl Iterator<Item = (Slot, Folded)> {
        let slots = documents.iter().filter(|slot| !self.long.contains(slot));
        slots.filter_map(|slot| Some((slot, Folded::of(&documents.name(slot)?))))
    }

    /// The contents of the index by text instead of number, so that two indexes can be compared.
    fn described(&self) -> impl PartialEq + std::fmt::Debug {
        let words = self.words.iter().map(|(word, text, slots)| {
            let ends = self.adjacency.ends(word);
            let ends = ends.map(|set| set.map(slots_of).unwrap_or_default());
            (text.to_vec(), (slots_of(slots), ends))
        });
        let windows = self.windows.iter();
        let windows = windows.map(|(_, text, slots)| (text.to_vec(), slots_of(slots)));
        let grams = [&self.words, &self.windows].map(|dictionary| {
            let grams = dictionary.grams().map(|(gram, words)| {
                let mut texts = BTreeSet::new();
                words.for_each(|word| {
                    texts.insert(dictionary.bytes_of(word).to_vec());
                });
                (gram, texts)
            });
            grams.collect::<Vec<_>>()
        });
        (
            words.collect::<BTreeMap<_, _>>(),
            windows.collect::<BTreeMap<_, _>>(),
            grams,
            slots_of(self.adjacency.irregular()),
            self.long.clone(),
        )
    }
}

impl Index for TextIndex {
    fn clear(&mut self) {
        *self = Self::default();
    }

    fn build(&mut self, staged: &mut Staged<'_>) {
        self.note_all(staged.documents);
        self.choose(staged.documents);
    }

    /// Removes the old name and adds the new one. Neither needs the documents.
    fn attach(&mut self, write: &After<'_>, work: &mut Writes) {
        if let Some(Rename { old, new }) = &write.prepared.text {
            self.replace(write.slot, old.as_deref(), new.as_deref(), work);
            if self.changes >= self.names_then.max(cost::NAMES_BEFORE_REFRESH) {
                self.choose(write.documents);
            }
        }
    }

    fn check(&self, documents: &Documents) {
        let mut rebuilt = Self::default();
        rebuilt.note_all(documents);
        assert_eq!(rebuilt.described(), self.described());
        let slots = self.cached_slots(documents);
        for (gram, cached) in self.cached.iter() {
            let mut found = Vec::new();
            cached.bits.for_each(|slot| found.push(slot));
            assert_eq!(cached.count, found.len());
            assert_eq!(slots.get(&gram), Some(&found));
        }
        let pairs = self.pairs(documents);
        assert_eq!(pairs.len(), self.adjacency.pairs());
        for ((a, b), slots) in pairs {
            let found = self.adjacency.pair(a, b).map(slots_of);
            assert_eq!(found, Some(slots.into_iter().collect()));
        }
    }
}

fn slots_of(set: &SlotSet) -> Vec<Slot> {
    let mut slots = Vec::with_capacity(set.len());
    set.for_each(|slot| slots.push(slot));
    slots
}

/// The words to add to and to remove from a slot when its name is replaced.
struct Exchange {
    coming: Vec<WordId>,
    leaving: Vec<WordId>,
}

impl Exchange {
    /// From the words of the old and of the new name.
    fn between(before: &[WordId], after: &[WordId]) -> Self {
        Self {
            coming: without(after, before),
            leaving: without(before, after),
        }
    }

    fn sets<'a>(&'a self, dictionary: &'a Words) -> impl Iterator<Item = &'a SlotSet> {
        let coming = dictionary.sets_of(&self.coming);
        coming.chain(dictionary.sets_of(&self.leaving))
    }

    fn apply(&self, dictionary: &mut Words, slot: Slot, work: &mut Writes) {
        work.sets += self.coming.len() + self.leaving.len();
        for word in &self.coming {
            dictionary.insert(*word, slot);
        }
        for word in &self.leaving {
            dictionary.remove(*word, slot);
        }
    }
}

/// The words that are not among `others`, each once, ascending.
fn without(words: &[WordId], others: &[WordId]) -> Vec<WordId> {
    let set = |words: &[WordId]| {
        let mut set = words.to_vec();
        set.sort_unstable();
        set.dedup();
        set
    };
    let others = set(others);
    let mut words = set(words);
    words.retain(|word| others.binary_search(word).is_err());
    words
}

#[cfg(test)]
mod tests;
