//! A dictionary: the distinct words of all names, the slots that have each, and the
//! words that have each gram.

use std::collections::BTreeMap;
use std::hash::BuildHasher;
use std::ops::Range;

use hashbrown::{DefaultHashBuilder, HashTable};
use memchr::memmem;

use crate::store::memory::documents::arena::{Arena, Place};
use crate::store::memory::index;
use crate::store::memory::set::id_set::IdSet;
use crate::store::memory::text::gram::{GRAM, Gram};
use crate::store::memory::text::postings_builder::PostingsBuilder;
use crate::store::memory::text::tokenize::Folded;

/// Words are folded, and known by a number.
#[derive(Clone, Debug, Default)]
pub(crate) struct Words {
    texts: Arena,
    entries: Vec<Word>,
    vacant: Vec<u32>,
    numbers: HashTable<u32>,
    hasher: DefaultHashBuilder,
    grams: BTreeMap<Gram, IdSet>,
    /// Words and slots of a load that is under way.
    noted: PostingsBuilder,
}

#[derive(Clone, Debug)]
struct Word {
    text: Place,
    slots: IdSet,
}

impl Words {
    /// Adds a slot to those that have a word.
    pub(crate) fn insert(&mut self, number: u32, slot: u32) {
        #[cfg(test)]
        crate::store::memory::counted::set_changed();
        if let Some(word) = self.entries.get_mut(index(number)) {
            word.slots.insert(slot);
        }
    }

    /// Notes that a slot has `word`, in the order of the slots, until [`Words::settle`].
    /// Returns the number of the word.
    pub(crate) fn note(&mut self, word: &[char], text: &str, slot: u32) -> Option<u32> {
        let number = self.number_of(word, text)?;
        self.noted.push(number, slot);
        Some(number)
    }

    /// Enters what has been noted.
    pub(crate) fn settle(&mut self) {
        let sets = std::mem::take(&mut self.noted).into_sets(self.entries.len());
        for (word, slots) in self.entries.iter_mut().zip(sets) {
            word.slots = slots;
        }
        self.entries.shrink_to_fit();
        self.grams.values_mut().for_each(IdSet::shrink);
    }

    /// Takes a slot from those that have a word. A word that no slot has is forgotten.
    pub(crate) fn remove(&mut self, number: u32, slot: u32) {
        #[cfg(test)]
        crate::store::memory::counted::set_changed();
        if let Some(word) = self.entries.get_mut(index(number)) {
            word.slots.remove(slot);
            if word.slots.is_empty() {
                self.forget(number);
            }
        }
    }

    /// The numbers of some parts of a name, in their order.
    pub(crate) fn numbers_of(
        &self,
        name: &Folded,
        parts: impl Iterator<Item = Range<usize>>,
    ) -> Vec<u32> {
        parts
            .filter_map(|part| self.find(name.part(part).1))
            .collect()
    }

    /// The same, with numbers for those that have none yet: none that no slot has may be
    /// left.
    pub(crate) fn enter_all(
        &mut self,
        name: &Folded,
        parts: impl Iterator<Item = Range<usize>>,
    ) -> Vec<u32> {
        let parts = parts.filter_map(|part| {
            let (scalars, text) = name.part(part);
            self.number_of(scalars, text)
        });
        parts.collect()
    }

    /// The number of a word.
    pub(crate) fn find(&self, text: &str) -> Option<u32> {
        let hash = self.hasher.hash_one(text);
        let is_it = |number: &u32| self.bytes_of(*number) == text.as_bytes();
        self.numbers.find(hash, is_it).copied()
    }

    /// The slots that have a word.
    pub(crate) fn slots(&self, number: u32) -> Option<&IdSet> {
        self.entries.get(index(number)).map(|word| &word.slots)
    }

    /// The slots of each of these words.
    pub(crate) fn sets_of<'a>(&'a self, numbers: &'a [u32]) -> impl Iterator<Item = &'a IdSet> {
        numbers.iter().filter_map(|number| self.slots(*number))
    }

    /// The folded bytes of a word.
    pub(crate) fn bytes_of(&self, number: u32) -> &[u8] {
        let word = self.entries.get(index(number));
        word.filter(|word| word.text != Place::NONE)
            .map_or(&[], |word| self.texts.get(word.text))
    }

    /// The words that contain a text of a gram's length or less; some more than once.
    /// Returns how many grams were looked at.
    pub(crate) fn with_gram(&self, text: Gram, mut each: impl FnMut(&IdSet)) -> usize {
        let range = self.grams.range(text..=text.last_of(text.len()));
        range.map(|(_, words)| each(words)).count()
    }

    /// The words that contain a text, ascending by number, and how many were looked at.
    pub(crate) fn containing(&self, text: &[char], folded: &str) -> (Vec<u32>, usize) {
        let mut found = Vec::new();
        if text.len() <= GRAM {
            let collect = |words: &IdSet| words.for_each(|word| found.push(word));
            let grams = self.with_gram(Gram::new(text), collect);
            let looked_at = found.len();
            if grams > 1 {
                found.sort_unstable();
                found.dedup();
            }
            return (found, looked_at);
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
        let mut looked_at = 0;
        if let Some((rarest, others)) = sets.split_first() {
            // Another list says faster than the word itself whether it can match.
            let second = others.first().filter(|_| rarest.len() > 8);
            rarest.for_each(|word| {
                looked_at += 1;
                if second.is_none_or(|second| second.contains(word))
                    && finder.find(self.bytes_of(word)).is_some()
                {
                    found.push(word);
                }
            });
        }
        (found, looked_at)
    }

    /// Every gram with its words, ascending.
    pub(crate) fn grams(&self) -> impl Iterator<Item = (Gram, &IdSet)> {
        self.grams.iter().map(|(gram, words)| (*gram, words))
    }

    /// The numbers of the words that at least so many slots have.
    pub(crate) fn frequent(&self, slots: usize) -> impl Iterator<Item = u32> {
        let words = (0..).zip(&self.entries);
        let frequent = words.filter(move |(_, word)| word.slots.len() >= slots);
        frequent.map(|(number, _)| number)
    }

    /// One more than the largest number of a word.
    pub(crate) fn numbers(&self) -> usize {
        self.entries.len()
    }

    /// The folded words and their slots, in no order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&[u8], &IdSet)> {
        let words = self.entries.iter().filter(|word| word.text != Place::NONE);
        words.map(|word| (self.texts.get(word.text), &word.slots))
    }

    /// How many words there are.
    pub(crate) fn len(&self) -> usize {
        self.numbers.len()
    }

    fn number_of(&mut self, word: &[char], text: &str) -> Option<u32> {
        self.find(text).or_else(|| self.enter(word, text))
    }

    fn forget(&mut self, number: u32) {
        let text = String::from_utf8_lossy(self.bytes_of(number)).into_owned();
        let hash = self.hasher.hash_one(&*text);
        if let Ok(entry) = self.numbers.find_entry(hash, |other| *other == number) {
            entry.remove();
        }
        if let Some(word) = self.entries.get_mut(index(number)) {
            self.texts
                .remove(std::mem::replace(&mut word.text, Place::NONE));
        }
        self.vacant.push(number);
        let word: Vec<char> = text.chars().collect();
        for at in 0..grams_of(&word) {
            let gram = Gram::new(word.get(at..).unwrap_or_default());
            if let Some(words) = self.grams.get_mut(&gram) {
                words.remove(number);
                if words.is_empty() {
                    self.grams.remove(&gram);
                }
            }
        }
        self.tidy();
    }

    fn enter(&mut self, word: &[char], text: &str) -> Option<u32> {
        let place = self.texts.insert(text.as_bytes())?;
        let entry = Word {
            text: place,
            slots: IdSet::default(),
        };
        let number = if let Some(number) = self.vacant.pop() {
            if let Some(vacant) = self.entries.get_mut(index(number)) {
                *vacant = entry;
            }
            number
        } else {
            self.entries.push(entry);
            u32::try_from(self.entries.len() - 1).ok()?
        };
        let Self {
            texts,
            entries,
            numbers,
            hasher,
            ..
        } = self;
        numbers.insert_unique(hasher.hash_one(text), number, |number| {
            let word = entries.get(index(*number));
            let bytes = word.map_or(&[][..], |word| texts.get(word.text));
            hasher.hash_one(std::str::from_utf8(bytes).unwrap_or_default())
        });
        for at in 0..grams_of(word) {
            let gram = Gram::new(word.get(at..).unwrap_or_default());
            self.grams.entry(gram).or_default().insert(number);
        }
        Some(number)
    }

    /// Writes the arena anew when most of it is free.
    fn tidy(&mut self) {
        if !self.texts.is_sparse() {
            return;
        }
        let mut texts = Arena::default();
        for word in &mut self.entries {
            if word.text != Place::NONE
                && let Some(moved) = texts.insert(self.texts.get(word.text))
            {
                word.text = moved;
            }
        }
        self.texts = texts;
    }
}

/// At how many scalars of a word a gram begins: at all of them. Of what has a cut
/// inside, only those count that reach the cut; the others are in some word.
fn grams_of(word: &[char]) -> usize {
    let cut = word.iter().rposition(|c| c.is_whitespace());
    cut.map_or(word.len(), |cut| cut + 1)
}

#[cfg(test)]
mod tests;
