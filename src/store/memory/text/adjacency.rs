//! What stands beside what in a name, so that a text across words needs no name to be
//! read, however many it matches.
//!
//! Of a plain name, one space between its words and none of them twice, it is enough to
//! know which words are neighbours, and which are the first and the last. Neighbours are
//! kept where both words are frequent; the other texts match few names.

use hashbrown::{HashMap, HashSet};

use crate::store::memory::documents::Documents;
use crate::store::memory::index;
use crate::store::memory::set::bitmap::Bitmap;
use crate::store::memory::set::id_set::IdSet;
use crate::store::memory::text::postings_builder::PostingsBuilder;
use crate::store::memory::text::tokenize::{Folded, has_plain_cuts, words};
use crate::store::memory::text::words::Words;

/// A word is frequent that so many names have, or such a share of all.
const FREQUENT: usize = 4_096;
const FREQUENT_SHARE: usize = 256;

#[derive(Clone, Debug, Default)]
pub(crate) struct Adjacency {
    /// By word: the slots whose names begin with it.
    first: Vec<IdSet>,
    /// By word: the slots whose names end with it.
    last: Vec<IdSet>,
    /// Names that are not plain.
    irregular: IdSet,
    frequent: HashSet<u32>,
    /// By two frequent words: the slots whose names have them side by side.
    pairs: HashMap<(u32, u32), IdSet>,
    /// First and last words of a load that is under way.
    noted: [PostingsBuilder; 2],
}

impl Adjacency {
    /// Enters a name by the numbers of its words.
    pub(crate) fn insert(&mut self, slot: u32, name: &Folded, numbers: &[u32]) {
        self.change(slot, name, numbers, IdSet::insert);
    }

    /// Takes a name out that has been entered by these numbers.
    pub(crate) fn remove(&mut self, slot: u32, name: &Folded, numbers: &[u32]) {
        self.change(slot, name, numbers, IdSet::remove);
    }

    fn change(
        &mut self,
        slot: u32,
        name: &Folded,
        numbers: &[u32],
        change: fn(&mut IdSet, u32) -> bool,
    ) {
        if !is_plain(name, numbers) {
            change(&mut self.irregular, slot);
        }
        for (sets, end) in [
            (&mut self.first, numbers.first()),
            (&mut self.last, numbers.last()),
        ] {
            let Some(number) = end else { continue };
            if sets.len() <= index(*number) {
                sets.resize_with(index(*number) + 1, IdSet::default);
            }
            sets.get_mut(index(*number)).map(|set| change(set, slot));
        }
        for pair in self.frequent_pairs(numbers) {
            let set = self.pairs.entry(pair).or_default();
            change(set, slot);
            if set.is_empty() {
                self.pairs.remove(&pair);
            }
        }
    }

    fn frequent_pairs(&self, numbers: &[u32]) -> Vec<(u32, u32)> {
        if self.frequent.is_empty() {
            return Vec::new();
        }
        let pairs = numbers.iter().copied().zip(numbers.iter().copied().skip(1));
        pairs
            .filter(|(a, b)| self.is_frequent(*a) && self.is_frequent(*b))
            .collect()
    }

    /// Notes a name of a load, in the order of the slots, by the numbers of its words.
    pub(crate) fn note(&mut self, slot: u32, name: &Folded, numbers: &[u32]) {
        if !is_plain(name, numbers) {
            self.irregular.insert(slot);
        }
        let [first, last] = &mut self.noted;
        if let (Some(a), Some(b)) = (numbers.first(), numbers.last()) {
            first.push(*a, slot);
            last.push(*b, slot);
        }
    }

    /// Enters the names that have been noted.
    pub(crate) fn settle(&mut self, dictionary: &Words) {
        let [first, last] = std::mem::take(&mut self.noted);
        self.first = first.into_sets(dictionary.numbers());
        self.last = last.into_sets(dictionary.numbers());
    }

    /// Decides anew which words are frequent.
    pub(crate) fn choose(&mut self, dictionary: &Words, documents: &Documents) {
        let least = FREQUENT.max(documents.len() / FREQUENT_SHARE);
        self.frequent = dictionary.frequent(least).collect();
        self.pairs = HashMap::new();
        let mut concerned = Bitmap::default();
        for number in &self.frequent {
            if let Some(slots) = dictionary.slots(*number) {
                slots.add_to(&mut concerned);
            }
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
        self.pairs.values_mut().for_each(IdSet::shrink);
    }

    /// The frequent words that are side by side in a name.
    pub(crate) fn pairs_of(&self, name: &Folded, dictionary: &Words) -> Vec<(u32, u32)> {
        self.frequent_pairs(&dictionary.numbers_of(name, words(&name.scalars)))
    }

    /// How many pairs there are.
    pub(crate) fn pairs(&self) -> usize {
        self.pairs.len()
    }

    pub(crate) fn is_frequent(&self, number: u32) -> bool {
        self.frequent.contains(&number)
    }

    /// The slots whose names have two frequent words side by side.
    pub(crate) fn pair(&self, a: u32, b: u32) -> Option<&IdSet> {
        self.pairs.get(&(a, b))
    }

    /// The slots whose names begin with a word.
    pub(crate) fn first(&self, number: u32) -> Option<&IdSet> {
        self.first.get(index(number))
    }

    /// The slots whose names end with a word.
    pub(crate) fn last(&self, number: u32) -> Option<&IdSet> {
        self.last.get(index(number))
    }

    /// The sets of the first and of the last of these words.
    pub(crate) fn ends(&self, numbers: &[u32]) -> impl Iterator<Item = &IdSet> {
        let first = numbers.first().and_then(|number| self.first(*number));
        let last = numbers.last().and_then(|number| self.last(*number));
        first.into_iter().chain(last)
    }

    /// The slots whose names these sets do not describe.
    pub(crate) fn irregular(&self) -> &IdSet {
        &self.irregular
    }
}

/// Whether a name, which has these words, has none of them twice and plain cuts.
fn is_plain(name: &Folded, numbers: &[u32]) -> bool {
    let are_distinct = if numbers.len() <= 8 {
        let mut rest = numbers;
        loop {
            match rest {
                [] => break true,
                [first, others @ ..] if !others.contains(first) => rest = others,
                _ => break false,
            }
        }
    } else {
        numbers.iter().collect::<HashSet<_>>().len() == numbers.len()
    };
    are_distinct && has_plain_cuts(&name.scalars)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_plain_when_no_word_comes_twice() {
        let name = Folded::of("single spaces");
        for words in 1..20 {
            let mut numbers: Vec<u32> = (0..words).collect();
            assert!(is_plain(&name, &numbers), "{words}");
            numbers.push(words / 2);
            assert!(!is_plain(&name, &numbers), "{words}");
        }
        assert!(!is_plain(&Folded::of("two  spaces"), &[0, 1]));
    }
}
