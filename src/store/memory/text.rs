//! The index over folded names, from which the names that contain a text are found
//! without looking at them.
//!
//! Names are cut at whitespace into words, and a dictionary of the distinct words has
//! the slots of each. A text without a cut matches a name exactly when it matches one
//! of its words, so its answer is the union of a few sets. A second dictionary has the
//! window around every cut, up to two scalars on either side, which makes short texts
//! across a cut exact as well. Longer ones are found by what they have in both, and by
//! which words are neighbours.

pub(crate) mod adjacency;
pub(crate) mod cached_bitmaps;
pub(crate) mod gram;
mod phrase_search;
mod postings_builder;
pub(crate) mod search;
pub(crate) mod tokenize;
pub(crate) mod words;

use std::collections::BTreeSet;

use crate::store::memory::documents::Documents;
use crate::store::memory::set::id_set::IdSet;
use crate::store::memory::text::adjacency::Adjacency;
use crate::store::memory::text::cached_bitmaps::CachedBitmaps;
use crate::store::memory::text::tokenize::{Folded, windows, words};
use crate::store::memory::text::words::Words;

#[derive(Clone, Debug, Default)]
pub(crate) struct TextIndex {
    pub(crate) words: Words,
    /// Every cut of a name with what is within [`REACH`](crate::store::memory::text::tokenize::REACH) of it.
    pub(crate) windows: Words,
    pub(crate) adjacency: Adjacency,
    pub(crate) cached: CachedBitmaps,
    /// Units whose names are too long for the dictionary: they are read instead.
    pub(crate) long: BTreeSet<u32>,
    /// The words of the name that has been noted last.
    numbers: Vec<u32>,
    /// What has changed since the frequent texts were chosen, and how many names there
    /// were.
    changes: usize,
    names_then: usize,
}

/// As many names as make it worth to look for frequent texts.
const MANY_NAMES: usize = 4_096;

impl TextIndex {
    /// Notes a name of a load, in the order of the slots.
    pub(crate) fn note(&mut self, slot: u32, name: &Folded) {
        if name.is_long() {
            self.long.insert(slot);
            return;
        }
        self.numbers.clear();
        for word in words(&name.scalars) {
            let (scalars, text) = name.part(word);
            self.numbers.extend(self.words.note(scalars, text, slot));
        }
        self.adjacency.note(slot, name, &self.numbers);
        for window in windows(&name.scalars) {
            let (scalars, text) = name.part(window);
            self.windows.note(scalars, text, slot);
        }
    }

    /// Enters a name in place of another, either of which may be none. What is in both
    /// is left alone.
    pub(crate) fn replace(&mut self, slot: u32, old: Option<&Folded>, new: Option<&Folded>) {
        self.changes += 1;
        self.long.remove(&slot);
        if new.is_some_and(Folded::is_long) {
            self.long.insert(slot);
        }
        let empty = Folded::default();
        let old = old.filter(|name| !name.is_long()).unwrap_or(&empty);
        let new = new.filter(|name| !name.is_long()).unwrap_or(&empty);
        let before = self.words.numbers_of(old, words(&old.scalars));
        let after = self.words.enter_all(new, words(&new.scalars));
        let in_words = Exchange::between(&before, &after);
        let in_windows = Exchange::between(
            &self.windows.numbers_of(old, windows(&old.scalars)),
            &self.windows.enter_all(new, windows(&new.scalars)),
        );
        let sets = in_words.sets(&self.words);
        let sets = sets.chain(in_windows.sets(&self.windows));
        let sets = sets
            .chain(self.adjacency.ends(&before))
            .chain(self.adjacency.ends(&after));
        IdSet::read_ahead(sets, slot);
        self.adjacency.remove(slot, old, &before);
        self.adjacency.insert(slot, new, &after);
        in_words.apply(&mut self.words, slot);
        in_windows.apply(&mut self.windows, slot);
        self.cached.change(slot, &old.scalars, &new.scalars);
    }

    /// Reads what replacing a name will read.
    pub(crate) fn prefetch(&self, slot: Option<u32>, old: Option<&Folded>, new: Option<&Folded>) {
        let slot = slot.unwrap_or_default();
        for name in old.into_iter().chain(new).filter(|name| !name.is_long()) {
            let in_words = self.words.numbers_of(name, words(&name.scalars));
            let in_windows = self.windows.numbers_of(name, windows(&name.scalars));
            let sets = self.words.sets_of(&in_words);
            IdSet::read_ahead(sets.chain(self.windows.sets_of(&in_windows)), slot);
            self.cached.prefetch(slot, &name.scalars);
        }
    }

    /// Enters the names that have been noted.
    pub(crate) fn settle(&mut self, documents: &Documents) {
        self.words.settle();
        self.windows.settle();
        self.adjacency.settle(&self.words);
        self.numbers = Vec::new();
        self.choose(documents);
    }

    /// Looks for frequent texts again when as many names have changed as there were.
    pub(crate) fn refresh(&mut self, documents: &Documents) {
        if self.changes >= self.names_then.max(MANY_NAMES) {
            self.choose(documents);
        }
    }

    fn choose(&mut self, documents: &Documents) {
        self.cached = CachedBitmaps::new(&self.words, &self.windows, documents.slots());
        self.adjacency.choose(&self.words, documents);
        self.changes = 0;
        self.names_then = documents.len();
    }
}

/// What changes in a dictionary when one name gives way to another.
struct Exchange {
    coming: Vec<u32>,
    leaving: Vec<u32>,
}

impl Exchange {
    /// From the words of one name to those of another.
    fn between(before: &[u32], after: &[u32]) -> Self {
        Self {
            coming: without(after, before),
            leaving: without(before, after),
        }
    }

    /// The sets that change.
    fn sets<'a>(&'a self, dictionary: &'a Words) -> impl Iterator<Item = &'a IdSet> {
        let coming = dictionary.sets_of(&self.coming);
        coming.chain(dictionary.sets_of(&self.leaving))
    }

    fn apply(&self, dictionary: &mut Words, slot: u32) {
        for number in &self.coming {
            dictionary.insert(*number, slot);
        }
        for number in &self.leaving {
            dictionary.remove(*number, slot);
        }
    }
}

/// The numbers that are not among `others`, each once, ascending.
fn without(numbers: &[u32], others: &[u32]) -> Vec<u32> {
    let set = |numbers: &[u32]| {
        let mut set = numbers.to_vec();
        set.sort_unstable();
        set.dedup();
        set
    };
    let others = set(others);
    let mut numbers = set(numbers);
    numbers.retain(|number| others.binary_search(number).is_err());
    numbers
}
