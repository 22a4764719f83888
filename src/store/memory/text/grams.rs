//! The dictionary of grams: which exist, and the slots of each.
//!
//! A long gram has nearly all slots of the rarer of its two parts. If that takes less memory, the
//! gram is stored as a *difference*: the slots that this part, its *base*, has and the gram lacks. A
//! base can itself be stored as a difference.

use std::collections::BTreeMap;

use hashbrown::HashMap;

use crate::store::memory::id::{GramId, OrBroken, Slot, Table};
use crate::store::memory::set::{Bitmap, SlotSet};
use crate::store::memory::text::{Key, TRIGRAM};

#[derive(Clone, Debug, Default)]
pub(crate) struct Grams {
    entries: Table<GramId, Gram>,
    by_key: HashMap<Key, GramId>,
    /// The grams of three scalars in the order of their scalars.
    trigrams: BTreeMap<Key, GramId>,
    /// The grams that are stored as differences to a base.
    differences: HashMap<GramId, Vec<GramId>>,
}

#[derive(Clone, Debug)]
struct Gram {
    key: Key,
    /// Its slots or, if it is stored as a difference, the slots that only its base has.
    slots: SlotSet,
    base: Option<GramId>,
}

/// A gram of a text and the index of its first scalar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Occurrence {
    pub(crate) gram: GramId,
    pub(crate) from: usize,
    pub(crate) len: usize,
}

impl Grams {
    pub(crate) fn from_trigrams(keys: &[Key], sets: impl Iterator<Item = SlotSet>) -> Self {
        let mut grams = Self::default();
        let trigrams = keys.iter().zip(sets);
        let trigrams = trigrams.map(|(key, slots)| (*key, grams.insert(*key, slots, None)));
        grams.trigrams = trigrams.collect();
        grams
    }

    /// Adds a gram. `base` is that of a difference.
    pub(crate) fn insert(&mut self, key: Key, slots: SlotSet, base: Option<GramId>) -> GramId {
        let gram = self.entries.push(Gram { key, slots, base });
        (gram.0 <= Key::MAX_PART).then_some(()).or_broken();
        self.by_key.insert(key, gram);
        if let Some(base) = base {
            self.differences.entry(base).or_default().push(gram);
        }
        gram
    }

    pub(crate) fn insert_trigram(&mut self, key: Key, slots: SlotSet) -> GramId {
        let gram = self.insert(key, slots, None);
        self.trigrams.insert(key, gram);
        gram
    }

    pub(crate) fn find(&self, key: Key) -> Option<GramId> {
        self.by_key.get(&key).copied()
    }

    /// The grams of a folded name, and its grams of three scalars that no name has had yet. Both are
    /// sorted and distinct.
    pub(crate) fn of_name(&self, name: &str) -> (Vec<GramId>, Vec<Key>) {
        let (mut grams, mut missing, mut level) = (Vec::new(), Vec::new(), Vec::new());
        for key in Key::trigrams(name.chars()) {
            let gram = self.find(key);
            let short = [1, 2].map(|scalars| self.find(key.prefix(scalars)));
            grams.extend(short.into_iter().flatten().chain(gram));
            missing.extend(gram.is_none().then_some(key));
            level.push(gram.filter(|_| !key.is_padded()));
        }
        while level.iter().any(Option::is_some) {
            level = self.next_level(&level);
            grams.extend(level.iter().flatten());
        }
        grams.sort_unstable();
        grams.dedup();
        missing.sort_unstable();
        missing.dedup();
        (grams, missing)
    }

    /// The grams of a text that are not parts of its longer grams. `None` if no name has had one of
    /// its grams of three scalars.
    pub(crate) fn longest(&self, text: &[char]) -> Option<Vec<Occurrence>> {
        let trigram = |scalars: &[char]| self.find(Key::of(scalars)).map(Some);
        let level: Option<Vec<_>> = text.windows(TRIGRAM).map(trigram).collect();
        let (mut level, mut longest, mut len) = (level?, Vec::new(), TRIGRAM);
        while level.iter().any(Option::is_some) {
            let next = self.next_level(&level);
            let has_longer = |from: usize| next.get(from).is_some_and(Option::is_some);
            for (from, gram) in level.into_iter().enumerate() {
                let is_longest = !has_longer(from) && !from.checked_sub(1).is_some_and(has_longer);
                if let Some(gram) = gram.filter(|_| is_longest) {
                    longest.push(Occurrence { gram, from, len });
                }
            }
            level = next;
            len += 1;
        }
        Some(longest)
    }

    /// The grams that begin at each scalar and are one scalar longer than those of `level`.
    fn next_level(&self, level: &[Option<GramId>]) -> Vec<Option<GramId>> {
        let pairs = level.windows(2).map(|pair| match pair {
            [Some(left), Some(right)] => self.find(Key::joined(*left, *right)),
            _ => None,
        });
        pairs.collect()
    }

    /// The grams whose stored sets have the slot of a name with these grams: each of these grams that
    /// is not a difference, and each difference to one of them that is not one of them.
    pub(crate) fn storing(&self, grams: &[GramId]) -> Vec<GramId> {
        let mut stored = Vec::with_capacity(grams.len());
        for gram in grams {
            stored.extend(self.entries[*gram].base.is_none().then_some(*gram));
            let differences = self.differences.get(gram).into_iter().flatten();
            stored.extend(differences.filter(|other| grams.binary_search(other).is_err()));
        }
        stored.sort_unstable();
        stored
    }

    /// The stored set of a gram: its slots or its difference.
    pub(crate) fn stored_slots(&self, gram: GramId) -> &SlotSet {
        &self.entries[gram].slots
    }

    pub(crate) fn stored_slots_mut(&mut self, gram: GramId) -> &mut SlotSet {
        &mut self.entries[gram].slots
    }

    /// The number of names that have a gram.
    pub(crate) fn len(&self, gram: GramId) -> usize {
        let Gram { slots, base, .. } = &self.entries[gram];
        base.map_or(slots.len(), |base| self.len(base) - slots.len())
    }

    /// The slots of a gram. `None` if it is stored as a difference.
    pub(crate) fn slots(&self, gram: GramId) -> Option<&SlotSet> {
        let Gram { slots, base, .. } = &self.entries[gram];
        base.is_none().then_some(slots)
    }

    /// Sorted.
    pub(crate) fn list(&self, gram: GramId) -> Vec<Slot> {
        let Gram { slots, base, .. } = &self.entries[gram];
        let slots = slots.to_vec();
        match base {
            Some(base) => without_subset(self.list(*base), &slots),
            None => slots,
        }
    }

    pub(crate) fn bitmap(&self, gram: GramId, slots: usize) -> Bitmap {
        let gram = &self.entries[gram];
        let Some(base) = gram.base else {
            let mut bits = Bitmap::for_slots(slots);
            gram.slots.add_to(&mut bits);
            return bits;
        };
        let mut bits = self.bitmap(base, slots);
        gram.slots.remove_from(&mut bits);
        bits
    }

    /// The slots of a gram of one or two scalars: the union of those that begin with it.
    pub(crate) fn union(&self, key: Key, slots: usize) -> Bitmap {
        let mut bits = Bitmap::for_slots(slots);
        for set in self.beginning_with(key) {
            set.add_to(&mut bits);
        }
        bits
    }

    /// The slot sets of the grams of three scalars that begin with a shorter gram.
    pub(crate) fn beginning_with(&self, key: Key) -> impl Iterator<Item = &SlotSet> {
        let grams = self.trigrams.range(key..=key.last());
        grams.map(|(_, gram)| self.stored_slots(*gram))
    }

    /// The grams of three scalars, ascending.
    pub(crate) fn trigrams(&self) -> impl Iterator<Item = (Key, &SlotSet)> {
        let trigrams = self.trigrams.iter();
        trigrams.map(|(key, gram)| (*key, self.stored_slots(*gram)))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (GramId, Key, &SlotSet)> {
        let grams = self.entries.iter();
        grams.map(|(gram, entry)| (gram, entry.key, &entry.slots))
    }

    pub(crate) fn count(&self) -> usize {
        self.entries.len()
    }

    /// The bytes of all grams, without their slots.
    pub(crate) fn bytes(&self) -> usize {
        self.entries.len() * size_of::<Gram>()
            + self.by_key.capacity() * (size_of::<(Key, GramId)>() + 1)
            + self.trigrams.len() * size_of::<(Key, GramId)>()
            + self.differences.capacity() * size_of::<(GramId, Vec<GramId>)>()
    }
}

/// Sorted slots without a sorted subset of them.
pub(crate) fn without_subset(mut slots: Vec<Slot>, subset: &[Slot]) -> Vec<Slot> {
    let mut subset = subset.iter().peekable();
    slots.retain(|slot| subset.next_if_eq(&slot).is_none());
    subset.next().is_none().then_some(slots).or_broken()
}
