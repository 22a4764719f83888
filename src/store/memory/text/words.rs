//! A dictionary: the distinct words of all names, the slots with each word, and the words with
//! each gram.

use std::collections::BTreeMap;
use std::hash::BuildHasher;
use std::ops::Range;

use hashbrown::{DefaultHashBuilder, HashTable};
use memchr::memmem;

use crate::store::memory::documents::arena::{Arena, Location};
use crate::store::memory::id::{OrBroken, Slot, Table, WordId, part};
use crate::store::memory::set::{SlotSet, WordSet};
use crate::store::memory::text::gram::{GRAM, Gram};
use crate::store::memory::text::postings_builder::PostingsBuilder;
use crate::store::memory::text::tokenize::Folded;

/// Words are folded, and identified by a number.
#[derive(Clone, Debug, Default)]
pub(crate) struct Words {
    texts: Arena,
    entries: Table<WordId, Word>,
    vacant: Vec<WordId>,
    numbers: HashTable<WordId>,
    hasher: DefaultHashBuilder,
    grams: BTreeMap<Gram, WordSet>,
    /// The words and slots of a load.
    noted: PostingsBuilder,
}

#[derive(Clone, Debug)]
struct Word {
    text: Location,
    slots: SlotSet,
}

impl Words {
    /// Adds a slot to a word.
    pub(crate) fn insert(&mut self, word: WordId, slot: Slot) {
        self.entries[word].slots.insert(slot);
    }

    /// Adds a slot of a load to a word, in the order of the slots, until [`Words::settle`].
    pub(crate) fn note(&mut self, word: &[char], text: &str, slot: Slot) -> WordId {
        let id = self.id_of(word, text);
        self.noted.push(id, slot);
        id
    }

    /// Builds the slot sets of a load.
    pub(crate) fn settle(&mut self) {
        let sets = std::mem::take(&mut self.noted).into_sets(self.entries.len());
        for (word, slots) in self.entries.values_mut().zip(sets) {
            word.slots = slots;
        }
        self.entries.as_mut_vec().shrink_to_fit();
        self.grams.values_mut().for_each(WordSet::shrink);
    }

    /// Removes a slot from a word. A word without slots is forgotten.
    pub(crate) fn remove(&mut self, word: WordId, slot: Slot) {
        let slots = &mut self.entries[word].slots;
        slots.remove(slot);
        if slots.is_empty() {
            self.forget(word);
        }
    }

    /// The numbers of the words in these parts of a name, in their order. Unknown words are left
    /// out.
    pub(crate) fn ids_of(
        &self,
        name: &Folded,
        parts: impl Iterator<Item = Range<usize>>,
    ) -> Vec<WordId> {
        parts
            .filter_map(|part| self.find(name.part(part).1))
            .collect()
    }

    /// The same, but unknown words are added. The caller must add a slot to each.
    pub(crate) fn enter_all(
        &mut self,
        name: &Folded,
        parts: impl Iterator<Item = Range<usize>>,
    ) -> Vec<WordId> {
        let parts = parts.map(|part| {
            let (scalars, text) = name.part(part);
            self.id_of(scalars, text)
        });
        parts.collect()
    }

    pub(crate) fn find(&self, text: &str) -> Option<WordId> {
        let hash = self.hasher.hash_one(text);
        let is_it = |word: &WordId| self.bytes_of(*word) == text.as_bytes();
        self.numbers.find(hash, is_it).copied()
    }

    pub(crate) fn slots(&self, word: WordId) -> &SlotSet {
        &self.entries[word].slots
    }

    pub(crate) fn sets_of<'a>(&'a self, words: &'a [WordId]) -> impl Iterator<Item = &'a SlotSet> {
        words.iter().map(|word| self.slots(*word))
    }

    /// The folded bytes of a word.
    pub(crate) fn bytes_of(&self, word: WordId) -> &[u8] {
        self.texts.get(self.entries[word].text)
    }

    /// Calls `each` with the words of every gram that begins with `text`. A word can be in several
    /// of them. Returns the number of these grams.
    pub(crate) fn with_gram(&self, text: Gram, mut each: impl FnMut(&WordSet)) -> usize {
        let range = self.grams.range(text..=text.last_of(text.len()));
        range.map(|(_, words)| each(words)).count()
    }

    /// The words that contain a text, ascending by number, and the number of words examined.
    pub(crate) fn containing(&self, text: &[char], folded: &str) -> (Vec<WordId>, usize) {
        let mut found = Vec::new();
        if text.len() <= GRAM {
            let collect = |words: &WordSet| words.for_each(|word| found.push(word));
            let grams = self.with_gram(Gram::new(text), collect);
            let examined = found.len();
            if grams > 1 {
                found.sort_unstable();
                found.dedup();
            }
            return (found, examined);
        }
        let mut sets = Vec::with_capacity(text.len());
        for gram in text.windows(GRAM) {
            match self.grams.get(&Gram::new(gram)) {
                Some(words) => sets.push(words),
                None => return (found, 0),
            }
        }
        sets.sort_unstable_by_key(|set| set.len());
        let finder = memmem::Finder::new(folded);
        let mut examined = 0;
        if let Some((rarest, others)) = sets.split_first() {
            // Testing a second set is faster than searching the word.
            let second = others.first().filter(|_| rarest.len() > 8);
            rarest.for_each(|word| {
                examined += 1;
                if second.is_none_or(|second| second.contains(word))
                    && finder.find(self.bytes_of(word)).is_some()
                {
                    found.push(word);
                }
            });
        }
        (found, examined)
    }

    /// Every gram with its words, ascending.
    pub(crate) fn grams(&self) -> impl Iterator<Item = (Gram, &WordSet)> {
        self.grams.iter().map(|(gram, words)| (*gram, words))
    }

    /// The words with at least this many slots.
    pub(crate) fn frequent(&self, slots: usize) -> impl Iterator<Item = WordId> {
        let words = self.entries.iter();
        let frequent = words.filter(move |(_, word)| word.slots.len() >= slots);
        frequent.map(|(word, _)| word)
    }

    /// One more than the largest number of a word.
    pub(crate) fn numbers(&self) -> usize {
        self.entries.len()
    }

    /// The folded words and their slots, in no order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (WordId, &[u8], &SlotSet)> {
        let words = self.entries.iter();
        let words = words.filter(|(_, word)| word.text != Location::NONE);
        words.map(|(id, word)| (id, self.texts.get(word.text), &word.slots))
    }

    fn id_of(&mut self, word: &[char], text: &str) -> WordId {
        self.find(text).unwrap_or_else(|| self.enter(word, text))
    }

    fn forget(&mut self, word: WordId) {
        let text = std::str::from_utf8(self.bytes_of(word)).ok().or_broken();
        let scalars: Vec<char> = text.chars().collect();
        let hash = self.hasher.hash_one(text);
        let entry = self.numbers.find_entry(hash, |other| *other == word);
        entry.ok().or_broken().remove();
        let text = std::mem::replace(&mut self.entries[word].text, Location::NONE);
        self.texts.remove(text);
        self.vacant.push(word);
        for gram in grams_of(&scalars) {
            // A word can have a gram twice.
            if let Some(words) = self.grams.get_mut(&gram) {
                words.remove(word);
                if words.is_empty() {
                    self.grams.remove(&gram);
                }
            }
        }
        let texts = self.entries.values_mut().map(|word| &mut word.text);
        self.texts.compact(texts);
    }

    fn enter(&mut self, word: &[char], text: &str) -> WordId {
        let entry = Word {
            text: self.texts.insert(text.as_bytes()).or_broken(),
            slots: SlotSet::default(),
        };
        let id = match self.vacant.pop() {
            Some(id) => {
                self.entries[id] = entry;
                id
            }
            None => self.entries.push(entry),
        };
        let (texts, entries, hasher) = (&self.texts, &self.entries, &self.hasher);
        let hash_of = |word: &WordId| {
            let text = std::str::from_utf8(texts.get(entries[*word].text));
            hasher.hash_one(text.ok().or_broken())
        };
        self.numbers
            .insert_unique(hasher.hash_one(text), id, hash_of);
        for gram in grams_of(word) {
            self.grams.entry(gram).or_default().insert(id);
        }
        id
    }
}

/// The grams that begin at each scalar of a word. In a window they begin at or before the last
/// cut: grams after it are in a word.
fn grams_of(word: &[char]) -> impl Iterator<Item = Gram> {
    let cut = word.iter().rposition(|c| c.is_whitespace());
    let count = cut.map_or(word.len(), |cut| cut + 1);
    (0..count).map(|from| Gram::new(part(word, from..word.len())))
}

#[cfg(test)]
mod tests;
