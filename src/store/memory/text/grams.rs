//! The dictionary of grams: which exist, and the slots of each.
//!
//! The slots of a long gram are nearly those of its rarer part. Where it takes less memory, the
//! gram is therefore stored as a *difference*: the slots that its *base*, one of its two parts, has
//! and it has not. A base can itself be stored as a difference.

use std::collections::BTreeMap;
use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashMap, HashTable};

use crate::store::memory::id::{GramId, OrBroken, Slot, Table};
use crate::store::memory::set::{Bitmap, SlotSet};
use crate::store::memory::text::key::{Key, TRIGRAM};

#[derive(Clone, Debug, Default)]
pub(crate) struct Grams {
    entries: Table<GramId, Gram>,
    numbers: HashTable<GramId>,
    hasher: DefaultHashBuilder,
    /// The grams of three scalars in the order of their scalars.
    trigrams: BTreeMap<Key, GramId>,
    /// The base of every gram that is stored as a difference.
    bases: HashMap<GramId, GramId>,
    /// The reverse: the grams that are stored as differences to a base.
    differences: HashMap<GramId, Vec<GramId>>,
}

#[derive(Clone, Debug)]
struct Gram {
    key: Key,
    /// Its slots, or those of its base that it has not.
    slots: SlotSet,
}

/// The grams of a name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    /// Sorted, distinct.
    pub(crate) grams: Vec<GramId>,
    /// The grams of three scalars that no name had so far. Sorted, distinct.
    pub(crate) missing: Vec<Key>,
}

/// A gram of a text and the index of its first scalar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Occurrence {
    pub(crate) gram: GramId,
    pub(crate) from: usize,
    pub(crate) len: usize,
}

impl Grams {
    /// The grams of three scalars of a load.
    pub(crate) fn from_trigrams(keys: &[Key], sets: impl Iterator<Item = SlotSet>) -> Self {
        let mut grams = Self::default();
        let trigrams = keys.iter().zip(sets);
        let trigrams = trigrams.map(|(key, slots)| (*key, grams.insert(*key, slots)));
        grams.trigrams = trigrams.collect();
        grams
    }

    /// Adds a gram of more than three scalars that is stored as a difference.
    pub(crate) fn insert_difference(&mut self, key: Key, base: GramId, slots: SlotSet) -> GramId {
        let gram = self.insert(key, slots);
        self.bases.insert(gram, base);
        self.differences.entry(base).or_default().push(gram);
        gram
    }

    pub(crate) fn insert(&mut self, key: Key, slots: SlotSet) -> GramId {
        let gram = self.entries.push(Gram { key, slots });
        (gram.0 <= Key::MAX_PART).then_some(()).or_broken();
        let (entries, hasher) = (&self.entries, &self.hasher);
        let hash_of = |gram: &GramId| hasher.hash_one(entries[*gram].key);
        self.numbers
            .insert_unique(hasher.hash_one(key), gram, hash_of);
        gram
    }

    /// Adds a gram of three scalars.
    pub(crate) fn insert_trigram(&mut self, key: Key, slots: SlotSet) -> GramId {
        let gram = self.insert(key, slots);
        self.trigrams.insert(key, gram);
        gram
    }

    pub(crate) fn find(&self, key: Key) -> Option<GramId> {
        let hash = self.hasher.hash_one(key);
        let is_it = |gram: &GramId| self.entries[*gram].key == key;
        self.numbers.find(hash, is_it).copied()
    }

    /// The grams of a folded name.
    pub(crate) fn known(&self, name: &[char]) -> Known {
        let mut known = Known::default();
        let mut level = Vec::with_capacity(name.len());
        for key in Key::trigrams(name.iter().copied()) {
            let gram = self.find(key);
            let short = [1, 2].map(|scalars| self.find(key.prefix(scalars)));
            known.grams.extend(short.into_iter().flatten().chain(gram));
            known.missing.extend(gram.is_none().then_some(key));
            level.push(gram.filter(|_| !key.is_padded()));
        }
        while level.iter().any(Option::is_some) {
            level = self.next_level(&level);
            known.grams.extend(level.iter().flatten());
        }
        known.grams.sort_unstable();
        known.grams.dedup();
        known.missing.sort_unstable();
        known.missing.dedup();
        known
    }

    /// The grams of a text of at least three scalars that are in no longer one of it. `None` if
    /// one of its grams of three scalars is in no name.
    pub(crate) fn longest(&self, text: &[char]) -> Option<Vec<Occurrence>> {
        let trigrams = text
            .windows(TRIGRAM)
            .map(|scalars| self.find(Key::of(scalars)));
        let mut level: Vec<Option<GramId>> =
            trigrams.map(|gram| gram.map(Some)).collect::<Option<_>>()?;
        let mut longest = Vec::new();
        let mut len = TRIGRAM;
        while level.iter().any(Option::is_some) {
            let next = self.next_level(&level);
            let is_part = |from: usize| next.get(from).is_some_and(Option::is_some);
            for (from, gram) in level.into_iter().enumerate() {
                let is_longest = !is_part(from) && !from.checked_sub(1).is_some_and(is_part);
                if let Some(gram) = gram.filter(|_| is_longest) {
                    longest.push(Occurrence { gram, from, len });
                }
            }
            level = next;
            len += 1;
        }
        Some(longest)
    }

    /// The grams of one scalar more that begin at each scalar.
    fn next_level(&self, level: &[Option<GramId>]) -> Vec<Option<GramId>> {
        let pairs = level.windows(2).map(|pair| match pair {
            [Some(left), Some(right)] => self.find(Key::joined(*left, *right)),
            _ => None,
        });
        pairs.collect()
    }

    /// The grams whose stored slots include a name with these grams: the grams themselves where
    /// they are no differences, and the differences to one of them that are not among them.
    pub(crate) fn stored(&self, known: &[GramId]) -> Vec<GramId> {
        let mut stored = Vec::with_capacity(known.len());
        for gram in known {
            if !self.bases.contains_key(gram) {
                stored.push(*gram);
            }
            let differences = self.differences.get(gram).into_iter().flatten();
            stored.extend(differences.filter(|other| known.binary_search(other).is_err()));
        }
        stored.sort_unstable();
        stored
    }

    /// What is stored of a gram: see [`Grams::stored`].
    pub(crate) fn stored_slots(&self, gram: GramId) -> &SlotSet {
        &self.entries[gram].slots
    }

    pub(crate) fn stored_slots_mut(&mut self, gram: GramId) -> &mut SlotSet {
        &mut self.entries[gram].slots
    }

    /// The number of names that have a gram.
    pub(crate) fn len(&self, gram: GramId) -> usize {
        let stored = self.entries[gram].slots.len();
        match self.bases.get(&gram) {
            Some(base) => self.len(*base) - stored,
            None => stored,
        }
    }

    /// The slots of a gram as they are, if it is not stored as a difference.
    pub(crate) fn slots(&self, gram: GramId) -> Option<&SlotSet> {
        let is_stored = !self.bases.contains_key(&gram);
        is_stored.then(|| self.stored_slots(gram))
    }

    /// The slots of a gram, sorted.
    pub(crate) fn list(&self, gram: GramId) -> Vec<Slot> {
        let stored = self.stored_slots(gram);
        let mut slots = Vec::with_capacity(stored.len());
        stored.for_each(|slot| slots.push(slot));
        match self.bases.get(&gram) {
            Some(base) => without(self.list(*base), &slots),
            None => slots,
        }
    }

    /// The slots of a gram as a bitmap.
    pub(crate) fn bitmap(&self, gram: GramId, slots: usize) -> Bitmap {
        let stored = self.stored_slots(gram);
        if let Some(base) = self.bases.get(&gram) {
            let mut bits = self.bitmap(*base, slots);
            stored.remove_from(&mut bits);
            return bits;
        }
        let mut bits = Bitmap::for_slots(slots);
        stored.add_to(&mut bits);
        bits
    }

    /// The slots of the grams of three scalars that begin with one or two scalars.
    pub(crate) fn beginning_with(&self, key: Key) -> impl Iterator<Item = &SlotSet> + Clone {
        let grams = self.trigrams.range(key..=key.last());
        grams.map(|(_, gram)| self.stored_slots(*gram))
    }

    /// The grams of three scalars, ascending.
    pub(crate) fn trigrams(&self) -> impl Iterator<Item = (Key, &SlotSet)> {
        let trigrams = self.trigrams.iter();
        trigrams.map(|(key, gram)| (*key, self.stored_slots(*gram)))
    }

    /// Every gram, with its key and what is stored of it.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (GramId, Key, &SlotSet)> {
        let grams = self.entries.iter();
        grams.map(|(gram, entry)| (gram, entry.key, &entry.slots))
    }

    /// The number of grams.
    pub(crate) fn count(&self) -> usize {
        self.entries.len()
    }

    /// The bytes of a gram besides its slots.
    pub(crate) fn bytes(&self) -> usize {
        let links = self.bases.capacity() * size_of::<[GramId; 2]>();
        let lists = self.differences.capacity() * size_of::<(GramId, Vec<GramId>)>();
        let trigrams = self.trigrams.len() * size_of::<(Key, GramId)>();
        self.entries.len() * size_of::<Gram>()
            + self.numbers.capacity() * 5
            + trigrams
            + links
            + lists
    }
}

/// The sorted slots that are not among others, which are a part of them.
pub(crate) fn without(mut slots: Vec<Slot>, others: &[Slot]) -> Vec<Slot> {
    let mut others = others.iter().peekable();
    slots.retain(|slot| others.next_if_eq(&slot).is_none());
    others.next().is_none().then_some(slots).or_broken()
}
