//! Which words are adjacent in names, so that a text of several frequent words is found without
//! reading names.
//!
//! A plain name has one space between its words, and no word twice. It contains a text of several
//! words if and only if it has the words of the text side by side; the first and last word decide
//! about a space at the ends of the text. Pairs are stored if both words are frequent: a text with
//! a rare word has few candidates, and their names are read.

use hashbrown::{HashMap, HashSet};

use crate::store::memory::cost;
use crate::store::memory::documents::Documents;
use crate::store::memory::id::{Slot, Table, WordId};
use crate::store::memory::set::{Bitmap, SlotSet};
use crate::store::memory::text::postings_builder::PostingsBuilder;
use crate::store::memory::text::tokenize::{Folded, has_plain_cuts, words};
use crate::store::memory::text::words::Words;

#[derive(Clone, Debug, Default)]
pub(crate) struct Adjacency {
    /// By word: the slots whose names begin with it, and those whose names end with it.
    ends: [Table<WordId, SlotSet>; 2],
    /// Names that are not plain.
    irregular: SlotSet,
    frequent: HashSet<WordId>,
    /// By two frequent words: the slots whose names have them side by side.
    pairs: HashMap<(WordId, WordId), SlotSet>,
    /// The first and last words of the names of a load.
    noted: [PostingsBuilder; 2],
}

impl Adjacency {
    /// Enters a name by its words.
    pub(crate) fn insert(&mut self, slot: Slot, name: &Folded, words: &[WordId]) {
        self.change(slot, name, words, SlotSet::insert);
    }

    /// Removes a name that was entered with these words.
    pub(crate) fn remove(&mut self, slot: Slot, name: &Folded, words: &[WordId]) {
        self.change(slot, name, words, SlotSet::remove);
    }

    fn change(
        &mut self,
        slot: Slot,
        name: &Folded,
        words: &[WordId],
        change: fn(&mut SlotSet, Slot) -> bool,
    ) {
        if !is_plain(name, words) {
            change(&mut self.irregular, slot);
        }
        for (sets, end) in self.ends.iter_mut().zip(ends(words)) {
            if let Some(word) = end {
                change(sets.entry(word, SlotSet::default), slot);
            }
        }
        for pair in self.frequent_pairs(words) {
            let set = self.pairs.entry(pair).or_default();
            change(set, slot);
            if set.is_empty() {
                self.pairs.remove(&pair);
            }
        }
    }

    fn frequent_pairs(&self, words: &[WordId]) -> Vec<(WordId, WordId)> {
        if self.frequent.is_empty() {
            return Vec::new();
        }
        let pairs = words.iter().copied().zip(words.iter().copied().skip(1));
        pairs
            .filter(|(a, b)| self.is_frequent(*a) && self.is_frequent(*b))
            .collect()
    }

    /// Adds a name of a load by its words, in the order of the slots, until [`Adjacency::settle`].
    pub(crate) fn note(&mut self, slot: Slot, name: &Folded, words: &[WordId]) {
        if !is_plain(name, words) {
            self.irregular.insert(slot);
        }
        for (noted, end) in self.noted.iter_mut().zip(ends(words)) {
            if let Some(word) = end {
                noted.push(word, slot);
            }
        }
    }

    /// Builds the sets of the names of a load.
    pub(crate) fn settle(&mut self, dictionary: &Words) {
        let noted = std::mem::take(&mut self.noted);
        self.ends = noted.map(|noted| noted.into_sets(dictionary.numbers()).into());
    }

    /// Chooses the frequent words, and rebuilds the pairs.
    pub(crate) fn choose(&mut self, dictionary: &Words, documents: &Documents) {
        let least = cost::frequent_from(documents.len());
        self.frequent = dictionary.frequent(least).collect();
        self.pairs = HashMap::new();
        let mut concerned = Bitmap::default();
        for word in &self.frequent {
            dictionary.slots(*word).add_to(&mut concerned);
        }
        let mut name = Folded::default();
        concerned.for_each(|slot| {
            if let Some(text) = documents.name(slot) {
                name.set(&text);
                for pair in self.pairs_of(&name, dictionary) {
                    self.pairs.entry(pair).or_default().insert(slot);
                }
            }
        });
        self.pairs.values_mut().for_each(SlotSet::shrink);
    }

    /// The frequent words that are side by side in a name.
    pub(crate) fn pairs_of(&self, name: &Folded, dictionary: &Words) -> Vec<(WordId, WordId)> {
        self.frequent_pairs(&dictionary.ids_of(name, words(&name.scalars)))
    }

    pub(crate) fn pairs(&self) -> usize {
        self.pairs.len()
    }

    pub(crate) fn is_frequent(&self, word: WordId) -> bool {
        self.frequent.contains(&word)
    }

    /// The slots whose names have two frequent words side by side.
    pub(crate) fn pair(&self, a: WordId, b: WordId) -> Option<&SlotSet> {
        self.pairs.get(&(a, b))
    }

    /// The slots whose names begin with a word, and those whose names end with it. `None`
    /// for a word that no name ever began or ended with.
    pub(crate) fn ends(&self, word: WordId) -> [Option<&SlotSet>; 2] {
        self.ends.each_ref().map(|sets| sets.find(word))
    }

    /// The sets that a name with these words is in.
    pub(crate) fn sets_of(&self, words: &[WordId]) -> impl Iterator<Item = &SlotSet> {
        let ends = self.ends.iter().zip(ends(words));
        ends.filter_map(|(sets, word)| sets.find(word?))
    }

    /// The slots of the names that are not plain.
    pub(crate) fn irregular(&self) -> &SlotSet {
        &self.irregular
    }
}

/// The first and the last word of a name.
fn ends(words: &[WordId]) -> [Option<WordId>; 2] {
    [words.first().copied(), words.last().copied()]
}

/// Whether a name with these words has none of them twice, and plain cuts.
fn is_plain(name: &Folded, words: &[WordId]) -> bool {
    let are_distinct = if words.len() <= 8 {
        let repeated = |(at, word)| words.iter().take(at).any(|other| other == word);
        !words.iter().enumerate().any(repeated)
    } else {
        words.iter().collect::<HashSet<_>>().len() == words.len()
    };
    are_distinct && has_plain_cuts(&name.scalars)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_a_repeated_word_is_not_plain() {
        let name = Folded::of("single spaces");
        for words in 1..20 {
            let mut numbers: Vec<WordId> = (0..words).map(WordId).collect();
            assert!(is_plain(&name, &numbers), "{words}");
            numbers.push(WordId(words / 2));
            assert!(!is_plain(&name, &numbers), "{words}");
        }
        assert!(!is_plain(
            &Folded::of("two  spaces"),
            &[WordId(0), WordId(1)]
        ));
    }
}
