//! Builds the grams of all names.
//!
//! ```text
//! names ──► candidates: the runs of k scalars of each name, numbered and counted
//!               │  ▲
//!               │  └── pairs of neighbouring grams: the candidates of k + 1 scalars
//!               ▼
//!           grams of k scalars ──► lists: the slots of each
//! ```
//!
//! Each round reads the candidates of all names once. It adds the slot of each gram to its list, and
//! writes the candidates that are one scalar longer over those that it read. Only grams of more than
//! [`cost::RARE`] names have longer ones, so the rounds become shorter. The lengths of the lists are
//! known before they are filled, so no set grows. Memory meanwhile: 4 bytes for each scalar of all
//! names, and 4 for each slot of the grams of two lengths.

use hashbrown::HashMap;

use crate::store::memory::cost;
use crate::store::memory::id::{GramId, OrBroken, Slot, narrow, part, widen};
use crate::store::memory::set::{Bitmap, SlotSet};
use crate::store::memory::text::grams::{Grams, without};
use crate::store::memory::text::key::{Key, TRIGRAM};
use crate::store::memory::text::names::Names;

/// No candidate, or none that is a gram.
const GAP: u32 = u32::MAX;

/// The grams of names that are in the order of their slots.
pub(crate) fn build(names: &Names, slots: usize) -> Grams {
    let mut numbers = HashMap::new();
    let mut level = Level::default();
    let mut keys = Vec::new();
    for (slot, name) in names.iter() {
        let trigrams = Key::trigrams(name.chars()).map(|key| {
            *numbers.entry(key).or_insert_with(|| {
                keys.push(key);
                narrow(keys.len() - 1)
            })
        });
        level.push(slot, trigrams);
    }
    drop(numbers);

    let mut lists = Lists::new(0, level.candidates.iter().map(|candidate| candidate.names));
    let all: Vec<u32> = (0..).take(keys.len()).collect();
    let parts = level.candidates.iter().zip(&keys).zip(&all);
    let parts = parts.map(|((candidate, key), number)| {
        let is_part = candidate.is_frequent() && !key.is_padded();
        if is_part { *number } else { GAP }
    });
    let parts: Vec<u32> = parts.collect();
    level = level.advance(&all, &parts, &mut lists);
    let sets = all
        .iter()
        .map(|gram| SlotSet::from_sorted(lists.get(*gram)));
    let mut grams = Grams::from_trigrams(&keys, sets);
    add_short(&mut grams, slots);

    let most = slots.saturating_mul(cost::LONG_GRAM_BYTES);
    let mut bytes = 0;
    for _ in TRIGRAM..cost::LONGEST_GRAM {
        if bytes > most || level.candidates.is_empty() {
            break;
        }
        let first = narrow(grams.count());
        let frequent = level
            .candidates
            .iter()
            .filter(|candidate| candidate.is_frequent());
        let mut longer = Lists::new(first, frequent.map(|candidate| candidate.names));
        let numbers = level.numbers(first);
        let pairs = std::mem::take(&mut level.pairs);
        level = level.advance(&numbers, &numbers, &mut longer);
        let pairs = pairs
            .iter()
            .zip(&numbers)
            .filter(|(_, number)| **number != GAP);
        bytes += lists.add_longer(pairs.map(|(pair, _)| *pair), &mut longer, &mut grams);
        lists = longer;
    }
    grams
}

/// Adds the grams of one and of two scalars for which a query would read many slots of the grams
/// of three.
fn add_short(grams: &mut Grams, slots: usize) {
    for scalars in [1, 2] {
        let mut costs: Vec<(Key, usize)> = Vec::new();
        for (key, set) in grams.trigrams() {
            let (prefix, cost) = (key.prefix(scalars), set.len() + cost::OPEN_SET);
            match costs.last_mut() {
                Some((last, sum)) if *last == prefix => *sum += cost,
                _ => costs.push((prefix, cost)),
            }
        }
        costs.retain(|(key, cost)| *cost >= cost::SHORT_GRAM && !key.is_padded());
        for (key, _) in costs {
            let mut bits = Bitmap::for_slots(slots);
            let sets = grams.beginning_with(key);
            sets.for_each(|set| set.add_to(&mut bits));
            grams.insert(key, SlotSet::from(bits));
        }
    }
}

/// The candidates of one length.
#[derive(Default)]
struct Level {
    candidates: Vec<Candidate>,
    /// The grams of which each candidate of more than three scalars is made.
    pairs: Vec<[u32; 2]>,
    /// The numbers of the candidates of each name in the order of its scalars, with gaps.
    occurrences: Vec<u32>,
    /// The slots of the names, and the number of occurrences in each.
    slots: Vec<(Slot, u32)>,
}

/// The number of names that have a candidate, and the last of them, so that a name counts once.
struct Candidate {
    names: u32,
    last: Slot,
}

/// The sorted slots of each gram of one length, one list after the other.
struct Lists {
    /// The number of the first gram. The others follow.
    first: u32,
    /// The end of each list; while they are filled, the index of its next slot.
    ends: Vec<usize>,
    slots: Vec<Slot>,
    /// For each gram, the last slot of its list, so that a name is listed once.
    lasts: Vec<Slot>,
    /// For each gram, the slots that are read to find its own: see [`cost::READ_GRAM`].
    read: Vec<usize>,
}

/// The numbers of pairs of neighbouring grams.
struct Pairs {
    numbers: HashMap<[u32; 2], u32>,
    keys: Vec<[u32; 2]>,
    first: u32,
    /// For each left gram, the last right one and the number of the pair. Within a word, a gram
    /// nearly always has the same successor.
    successors: Vec<(u32, u32)>,
}

impl Candidate {
    fn is_frequent(&self) -> bool {
        widen(self.names) > cost::RARE
    }
}

impl Level {
    /// Adds the candidates of a name.
    fn push(&mut self, slot: Slot, numbers: impl Iterator<Item = u32>) {
        let from = self.occurrences.len();
        for number in numbers {
            count(&mut self.candidates, number, slot);
            self.occurrences.push(number);
        }
        let len = narrow(self.occurrences.len() - from);
        self.slots.push((slot, len));
    }

    /// The number of each candidate that becomes a gram. They are numbered from `first` on.
    fn numbers(&self, first: u32) -> Vec<u32> {
        let mut next = first..;
        let numbers = self.candidates.iter().map(|candidate| {
            let number = candidate.is_frequent().then(|| next.next());
            number.flatten().unwrap_or(GAP)
        });
        numbers.collect()
    }

    /// Fills the lists of the grams of this length, and returns the candidates that are one scalar
    /// longer. `grams` and `parts` have the number of each candidate as a gram, and as a part of
    /// longer ones.
    fn advance(self, grams: &[u32], parts: &[u32], lists: &mut Lists) -> Self {
        let mut pairs = Pairs::new(lists);
        let mut candidates = Vec::new();
        let (mut occurrences, mut slots) = (self.occurrences, self.slots);
        let (mut read, mut written) = (0, 0);
        let number = |numbers: &[u32], candidate| match candidate {
            GAP => GAP,
            candidate => *numbers.get(widen(candidate)).or_broken(),
        };
        slots.retain_mut(|(slot, len)| {
            let (from, end) = (written, read + widen(*len));
            let (mut last, mut left) = (GAP, GAP);
            while read < end {
                let candidate = *occurrences.get(read).or_broken();
                read += 1;
                let gram = number(grams, candidate);
                if gram != GAP {
                    lists.push(gram, *slot);
                }
                let right = number(parts, candidate);
                let mut pair = GAP;
                if left != GAP && right != GAP {
                    pair = pairs.number(left, right);
                    count(&mut candidates, pair, *slot);
                }
                left = right;
                // One gap is enough, and none at the beginning.
                if pair != GAP || last != GAP {
                    *occurrences.get_mut(written).or_broken() = pair;
                    written += 1;
                }
                last = pair;
            }
            *len = narrow(written - from);
            *len > 0
        });
        occurrences.truncate(written);
        Self {
            candidates,
            pairs: pairs.keys,
            occurrences,
            slots,
        }
    }
}

/// Counts a name of a candidate.
#[inline]
fn count(candidates: &mut Vec<Candidate>, number: u32, slot: Slot) {
    match candidates.get_mut(widen(number)) {
        Some(candidate) => {
            candidate.names += u32::from(candidate.last != slot);
            candidate.last = slot;
        }
        None => candidates.push(Candidate {
            names: 1,
            last: slot,
        }),
    }
}

impl Lists {
    /// Empty lists of the grams from `first` on, with space for so many names each.
    fn new(first: u32, names: impl Iterator<Item = u32>) -> Self {
        let (mut sum, mut ends) = (0, Vec::new());
        for names in names {
            ends.push(sum);
            sum += widen(names);
        }
        Self {
            first,
            slots: vec![Slot(0); sum],
            lasts: vec![Slot(u32::MAX); ends.len()],
            ends,
            read: Vec::new(),
        }
    }

    #[inline]
    fn push(&mut self, gram: u32, slot: Slot) {
        let own = widen(gram - self.first);
        let last = self.lasts.get_mut(own).or_broken();
        if *last != slot {
            *last = slot;
            let next = self.ends.get_mut(own).or_broken();
            *self.slots.get_mut(*next).or_broken() = slot;
            *next += 1;
        }
    }

    fn get(&self, gram: u32) -> &[Slot] {
        let own = widen(gram - self.first);
        let before = own.checked_sub(1);
        let from = before.map_or(0, |before| *self.ends.get(before).or_broken());
        part(&self.slots, from..*self.ends.get(own).or_broken())
    }

    /// The slots that are read to find those of a gram.
    fn read(&self, gram: u32) -> usize {
        let read = self.read.get(widen(gram - self.first));
        read.copied().unwrap_or(self.get(gram).len())
    }

    /// Adds the grams of one scalar more to the dictionary: those of these pairs of grams. Returns
    /// the bytes of their slots.
    fn add_longer(
        &self,
        pairs: impl Iterator<Item = [u32; 2]>,
        longer: &mut Self,
        grams: &mut Grams,
    ) -> usize {
        let mut bytes = 0;
        for (own, [left, right]) in (longer.first..).zip(pairs) {
            let slots = longer.get(own);
            let is_left = self.get(left).len() <= self.get(right).len();
            let base = if is_left { left } else { right };
            let rest = self.get(base).len() - slots.len();
            let read = self.read(base) + rest;
            let key = Key::joined(GramId(left), GramId(right));
            let gram = if rest <= slots.len() && read <= slots.len() * cost::READ_GRAM {
                let rest = SlotSet::from_sorted(&without(self.get(base).to_vec(), slots));
                longer.read.push(read);
                grams.insert_difference(key, GramId(base), rest)
            } else {
                let slots = SlotSet::from_sorted(slots);
                longer.read.push(longer.get(own).len());
                grams.insert(key, slots)
            };
            bytes += grams.stored_slots(gram).bytes();
        }
        bytes
    }
}

impl Pairs {
    fn new(parts: &Lists) -> Self {
        Self {
            numbers: HashMap::new(),
            keys: Vec::new(),
            first: parts.first,
            successors: vec![(GAP, GAP); parts.ends.len()],
        }
    }

    #[inline]
    fn number(&mut self, left: u32, right: u32) -> u32 {
        let successor = self.successors.get_mut(widen(left - self.first));
        let successor = successor.or_broken();
        if successor.0 != right {
            let number = *self.numbers.entry([left, right]).or_insert_with(|| {
                self.keys.push([left, right]);
                narrow(self.keys.len() - 1)
            });
            *successor = (right, number);
        }
        successor.1
    }
}

#[cfg(test)]
mod tests;
