//! Builds the grams of all names, one length after the other.
//!
//! ```text
//! names ──► runs of 3 scalars ──► grams of 3 ──► runs of 4 ──► grams of 4 ──► …
//!                                     ▼                            ▼
//!                                lists of slots               lists of slots
//! ```
//!
//! A run is *frequent* if more than [`cost::RARE`] names have it. All runs of three scalars are
//! grams, longer ones if they are frequent. Two frequent grams that begin at neighbouring scalars
//! make a run that is one scalar longer. Each round reads the runs of one length, adds the slots of
//! their names to the lists of the grams, and overwrites these runs with the longer ones. The
//! lengths of the lists are known before they are filled, so no set grows. Memory meanwhile: 4
//! bytes for each scalar of all names, and 4 for each slot of the grams of two lengths.

use std::hash::Hash;

use hashbrown::HashMap;

use crate::store::memory::cost;
use crate::store::memory::id::{GramId, OrBroken, Slot, narrow, part, widen};
use crate::store::memory::load::temporary;
use crate::store::memory::set::SlotSet;
use crate::store::memory::text::grams::{Grams, without_subset};
use crate::store::memory::text::key::{Key, TRIGRAM};
use crate::store::memory::text::names::Names;

/// In place of a number: no run begins at the scalar, or the run is not a gram.
const GAP: u32 = u32::MAX;

/// Builds the grams of compacted names.
pub(crate) fn build(names: &Names, slots: usize) -> Grams {
    let mut numbers = HashMap::new();
    let mut level = Level {
        occurrences: temporary(names.bytes()),
        slots: temporary(slots),
        ..Level::default()
    };
    let mut keys = Vec::new();
    for (slot, name) in names.iter() {
        let trigrams = Key::trigrams(name.chars());
        level.push(
            slot,
            trigrams.map(|key| number(&mut numbers, &mut keys, key)),
        );
    }
    drop(numbers);

    let mut lists = Lists::new(0, level.runs.iter().map(|run| run.names));
    let all: Vec<u32> = (0..).take(keys.len()).collect();
    let runs = level.runs.iter().zip(&keys).zip(&all);
    let is_part = |run: &Run, key: &Key| run.is_frequent() && !key.is_padded();
    let parts = runs.map(|((run, key), number)| if is_part(run, key) { *number } else { GAP });
    let parts: Vec<u32> = parts.collect();
    level = level.advance(&all, &parts, &mut lists);
    let set = |gram: &u32| SlotSet::from_sorted(lists.get(*gram));
    let mut grams = Grams::from_trigrams(&keys, all.iter().map(set));
    add_short(&mut grams, slots);

    let max_bytes = slots.saturating_mul(cost::LONG_GRAM_BYTES);
    let mut bytes = 0;
    for _ in TRIGRAM..cost::LONGEST_GRAM {
        if bytes > max_bytes || level.runs.is_empty() {
            break;
        }
        let first = narrow(grams.count());
        let numbers = level.numbers(first);
        let frequent = level.runs.iter().filter(|run| run.is_frequent());
        let mut longer = Lists::new(first, frequent.map(|run| run.names));
        let pairs = std::mem::take(&mut level.pairs).into_iter().zip(&numbers);
        let pairs = pairs.filter(|(_, number)| **number != GAP);
        level = level.advance(&numbers, &numbers, &mut longer);
        bytes += lists.add_longer(pairs.map(|(pair, _)| pair), &mut longer, &mut grams);
        lists = longer;
    }
    grams
}

/// Adds the grams of one and of two scalars for which a query would read many slots of the grams
/// of three.
fn add_short(grams: &mut Grams, slots: usize) {
    let cost = |(key, set): (Key, &SlotSet)| (key, set.len() + cost::OPEN_SET);
    let costs: Vec<(Key, usize)> = grams.trigrams().map(cost).collect();
    for scalars in [1, 2] {
        for same in costs.chunk_by(|(a, _), (b, _)| a.prefix(scalars) == b.prefix(scalars)) {
            let key = same.first().or_broken().0.prefix(scalars);
            let cost: usize = same.iter().map(|(_, cost)| cost).sum();
            if cost >= cost::SHORT_GRAM && !key.is_padded() {
                let slots = grams.union(key, slots);
                grams.insert(key, SlotSet::from(slots), None);
            }
        }
    }
}

/// The runs of one length. Each has a number, its index.
#[derive(Default)]
struct Level {
    runs: Vec<Run>,
    /// For each run of more than three scalars, its two grams.
    pairs: Vec<[u32; 2]>,
    /// The numbers of the runs of each name in the order of its scalars, or [`GAP`].
    occurrences: Vec<u32>,
    /// The slots of the names, and the number of occurrences in each.
    slots: Vec<(Slot, u32)>,
}

/// The number of names that have a run, and the last of them, so that a name counts once.
struct Run {
    names: u32,
    last: Slot,
}

/// The sorted slots of each gram of one length, one list after the other.
struct Lists {
    /// The number of the first gram. The others follow.
    first: u32,
    grams: Vec<Gram>,
    /// Before each list is `Slot(u32::MAX)`, the slot of no name, with which a first slot is
    /// compared.
    slots: Vec<Slot>,
}

struct Gram {
    /// The end of its list; while the lists are filled, the index of its next slot.
    end: usize,
    /// The number of stored slots that a query for it reads: see [`cost::READ_GRAM`].
    cost: usize,
    /// The gram that followed this one last, and the number of the pair. Within a word, a gram
    /// nearly always has the same successor, which then needs no look-up.
    successor: (u32, u32),
}

impl Run {
    fn is_frequent(&self) -> bool {
        widen(self.names) > cost::RARE
    }
}

impl Level {
    /// Adds the runs of a name.
    fn push(&mut self, slot: Slot, numbers: impl Iterator<Item = u32>) {
        let from = self.occurrences.len();
        for number in numbers {
            count(&mut self.runs, number, slot);
            self.occurrences.push(number);
        }
        let len = narrow(self.occurrences.len() - from);
        self.slots.push((slot, len));
    }

    /// The numbers of the frequent runs as grams, from `first` on. Other runs have [`GAP`].
    fn numbers(&self, first: u32) -> Vec<u32> {
        let mut next = first..;
        let mut number = |run: &Run| run.is_frequent().then(|| next.next()).flatten();
        let numbers = self.runs.iter().map(|run| number(run).unwrap_or(GAP));
        numbers.collect()
    }

    /// Fills the lists of the grams of this length, and returns the runs that are one scalar
    /// longer. `grams` has the gram of each run, or [`GAP`]. `parts` has the same, but [`GAP`] also
    /// if no longer run can contain the run.
    fn advance(self, grams: &[u32], parts: &[u32], lists: &mut Lists) -> Self {
        let (mut numbers, mut pairs, mut runs) = (HashMap::new(), Vec::new(), Vec::new());
        let (mut occurrences, mut slots) = (self.occurrences, self.slots);
        let (mut read, mut written) = (0, 0);
        let found = |numbers: &[u32], run| match run {
            GAP => GAP,
            run => *numbers.get(widen(run)).or_broken(),
        };
        slots.retain_mut(|(slot, len)| {
            let (from, end) = (written, read + widen(*len));
            let (mut last, mut left) = (GAP, GAP);
            while read < end {
                let run = *occurrences.get(read).or_broken();
                read += 1;
                let gram = found(grams, run);
                if gram != GAP {
                    lists.push(gram, *slot);
                }
                let right = found(parts, run);
                let mut pair = GAP;
                if left != GAP && right != GAP {
                    let successor = &mut lists.gram(left).successor;
                    if successor.0 != right {
                        *successor = (right, number(&mut numbers, &mut pairs, [left, right]));
                    }
                    pair = successor.1;
                    count(&mut runs, pair, *slot);
                }
                left = right;
                // A gap at the beginning or after another gap is omitted.
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
            runs,
            pairs,
            occurrences,
            slots,
        }
    }
}

/// The number of a key: its index in `keys`, to which it is added if it is new.
#[inline]
fn number<K: Copy + Eq + Hash>(numbers: &mut HashMap<K, u32>, keys: &mut Vec<K>, key: K) -> u32 {
    *numbers.entry(key).or_insert_with(|| {
        keys.push(key);
        narrow(keys.len() - 1)
    })
}

/// Counts a name that has a run.
#[inline]
fn count(runs: &mut Vec<Run>, number: u32, slot: Slot) {
    match runs.get_mut(widen(number)) {
        Some(run) => {
            run.names += u32::from(run.last != slot);
            run.last = slot;
        }
        None => runs.push(Run {
            names: 1,
            last: slot,
        }),
    }
}

impl Lists {
    /// Empty lists for the grams from `first` on, with their future lengths.
    fn new(first: u32, lengths: impl Iterator<Item = u32>) -> Self {
        let mut sum = 0;
        let grams = lengths.map(|length| {
            let (end, cost, successor) = (sum + 1, widen(length), (GAP, GAP));
            sum += 1 + cost;
            Gram {
                end,
                cost,
                successor,
            }
        });
        let grams = grams.collect();
        let mut slots = temporary(sum);
        slots.resize(sum, Slot(u32::MAX));
        Self {
            first,
            grams,
            slots,
        }
    }

    /// Adds a slot to the list of a gram, once.
    #[inline]
    fn push(&mut self, gram: u32, slot: Slot) {
        let gram = self.grams.get_mut(widen(gram - self.first));
        let next = &mut gram.or_broken().end;
        if *self.slots.get(*next - 1).or_broken() != slot {
            *self.slots.get_mut(*next).or_broken() = slot;
            *next += 1;
        }
    }

    #[inline]
    fn gram(&mut self, gram: u32) -> &mut Gram {
        self.grams.get_mut(widen(gram - self.first)).or_broken()
    }

    fn get(&self, gram: u32) -> &[Slot] {
        let index = widen(gram - self.first);
        let end = |index: usize| self.grams.get(index).or_broken().end;
        part(
            &self.slots,
            1 + index.checked_sub(1).map_or(0, end)..end(index),
        )
    }

    /// Adds the grams of `longer` to the dictionary. Each joins the two grams of one of these
    /// pairs. Returns the bytes of their stored sets.
    fn add_longer(
        &self,
        pairs: impl Iterator<Item = [u32; 2]>,
        longer: &mut Self,
        grams: &mut Grams,
    ) -> usize {
        let mut bytes = 0;
        for (number, [left, right]) in (longer.first..).zip(pairs) {
            let slots = longer.get(number);
            let parts = [left, right].map(|part| (self.get(part), part));
            let (all, base) = *parts.iter().min_by_key(|(all, _)| all.len()).or_broken();
            let rest_len = all.len() - slots.len();
            let base_gram = self.grams.get(widen(base - self.first));
            let cost = base_gram.or_broken().cost + rest_len;
            let key = Key::joined(GramId(left), GramId(right));
            let (stored, base) = if rest_len <= slots.len() && cost <= slots.len() * cost::READ_GRAM
            {
                let rest = SlotSet::from_sorted(&without_subset(all.to_vec(), slots));
                longer.gram(number).cost = cost;
                (rest, Some(GramId(base)))
            } else {
                (SlotSet::from_sorted(slots), None)
            };
            bytes += stored.bytes();
            grams.insert(key, stored, base);
        }
        bytes
    }
}

#[cfg(test)]
mod tests;
