//! Builds the grams of all names, one length after the other.
//!
//! ```text
//! names ──► runs of 3 scalars ──► grams of 3 ──► runs of 4 ──► grams of 4 ──► …
//!                                     ▼                            ▼
//!                                lists of slots               lists of slots
//! ```
//!
//! A run is *frequent* if more than [`cost::RARE`] names have it. All runs of three scalars are
//! grams, longer runs if they are frequent. Two frequent grams that begin at consecutive scalars
//! make a run that is one scalar longer. Each round reads the runs of one length, adds the slots of
//! their names to the lists of the grams, and overwrites these runs with the longer ones. The
//! lengths of the lists are known before they are filled, so no set grows. Building takes 4 bytes
//! for each scalar of all names, and 4 for each slot of the grams of two lengths.

use std::hash::Hash;

use hashbrown::HashMap;

use crate::store::memory::cost;
use crate::store::memory::id::{GramId, OrBroken, Slot, narrow, widen};
use crate::store::memory::load::temporary;
use crate::store::memory::set::SlotSet;
use crate::store::memory::text::{Grams, Key, Names, TRIGRAM, without_subset};

/// Stands for a missing number: no run begins at the scalar, or the run is not a gram.
const GAP: u32 = u32::MAX;

/// Builds the grams of compacted names.
pub(crate) fn build(names: &Names, slot_count: usize) -> Grams {
    let (mut run_of_key, mut keys) = (HashMap::new(), Vec::new());
    let mut level = Level {
        occurrences: temporary(names.bytes()),
        names: temporary(slot_count),
        ..Level::default()
    };
    for (slot, name) in names.iter() {
        let trigrams = Key::trigrams(name.chars());
        let runs = trigrams.map(|key| intern(&mut run_of_key, &mut keys, key));
        level.push(slot, runs);
    }
    drop(run_of_key);

    let mut lists = Lists::new(0, level.runs.iter().map(|run| run.names));
    let all: Vec<u32> = (0..).take(keys.len()).collect();
    let runs = level.runs.iter().zip(&keys).zip(&all);
    let is_part = |run: &Run, key: &Key| run.is_frequent() && !key.is_padded();
    let parts = runs.map(|((run, key), gram)| if is_part(run, key) { *gram } else { GAP });
    let parts: Vec<u32> = parts.collect();
    level = level.advance(&all, &parts, &mut lists);
    let set = |gram: &u32| SlotSet::from_sorted(lists.get(*gram));
    let mut grams = Grams::from_trigrams(&keys, all.iter().map(set));
    add_short(&mut grams, slot_count);

    let max_bytes = slot_count.saturating_mul(cost::LONG_GRAM_BYTES);
    let mut bytes = 0;
    for _ in TRIGRAM..cost::LONGEST_GRAM {
        if bytes > max_bytes || level.runs.is_empty() {
            break;
        }
        let first = narrow(grams.count());
        let gram_of_run = level.grams(first);
        let frequent = level.runs.iter().filter(|run| run.is_frequent());
        let mut longer = Lists::new(first, frequent.map(|run| run.names));
        let pairs = std::mem::take(&mut level.pairs)
            .into_iter()
            .zip(&gram_of_run);
        let pairs = pairs.filter(|(_, gram)| **gram != GAP);
        level = level.advance(&gram_of_run, &gram_of_run, &mut longer);
        bytes += lists.add_longer(pairs.map(|(pair, _)| pair), &mut longer, &mut grams);
        lists = longer;
    }
    grams
}

/// Adds the grams of one and of two scalars for which a query would read many slots of the grams
/// of three.
fn add_short(grams: &mut Grams, slot_count: usize) {
    let cost = |(key, set): (Key, &SlotSet)| (key, set.len() + cost::OPEN_SET);
    let costs: Vec<(Key, usize)> = grams.trigrams().map(cost).collect();
    for scalars in [1, 2] {
        for same in costs.chunk_by(|(a, _), (b, _)| a.prefix(scalars) == b.prefix(scalars)) {
            let key = same.first().or_broken().0.prefix(scalars);
            let cost: usize = same.iter().map(|(_, cost)| cost).sum();
            if cost >= cost::SHORT_GRAM && !key.is_padded() {
                let slots = grams.union(key, slot_count);
                grams.insert(key, SlotSet::from(slots), None);
            }
        }
    }
}

/// The runs of one length. The number of a run is its index.
#[derive(Default)]
struct Level {
    runs: Vec<Run>,
    /// For each run of more than three scalars, its two grams.
    pairs: Vec<[u32; 2]>,
    /// The numbers of the runs of each name in the order of its scalars, or [`GAP`].
    occurrences: Vec<u32>,
    /// The slots of the names, and the number of occurrences in each.
    names: Vec<(Slot, u32)>,
}

/// The number of names that have a run, and the last such name, so that a name counts once.
struct Run {
    names: u32,
    last: Slot,
}

/// The sorted slots of each gram of one length, one list after the other.
struct Lists {
    /// The number of the first gram. The others follow.
    first: u32,
    grams: Vec<Gram>,
    /// Before each list is `Slot(u32::MAX)`, the slot of no name: [`Lists::push`] compares a slot
    /// with the slot before it.
    slots: Vec<Slot>,
}

struct Gram {
    /// The end of its list; while the lists are filled, the index of its next slot.
    end: usize,
    /// The number of stored slots that a query for it reads: see [`cost::READ_GRAM`].
    cost: usize,
    /// The gram that most recently followed this one, and the run of this pair: a cache. Within a
    /// word, a gram nearly always has one successor, whose run needs no look-up.
    successor: (u32, u32),
}

impl Run {
    fn is_frequent(&self) -> bool {
        widen(self.names) > cost::RARE
    }
}

impl Level {
    fn push(&mut self, slot: Slot, runs: impl Iterator<Item = u32>) {
        let from = self.occurrences.len();
        for run in runs {
            count(&mut self.runs, run, slot);
            self.occurrences.push(run);
        }
        let len = narrow(self.occurrences.len() - from);
        self.names.push((slot, len));
    }

    /// The gram of each frequent run, numbered from `first` on. Other runs have [`GAP`].
    fn grams(&self, first: u32) -> Vec<u32> {
        let mut next = first..;
        let mut gram = |run: &Run| run.is_frequent().then(|| next.next()).flatten();
        let grams = self.runs.iter().map(|run| gram(run).unwrap_or(GAP));
        grams.collect()
    }

    /// Fills the lists of the grams of this length, and returns the runs that are one scalar
    /// longer. `grams` has the gram of each run, or [`GAP`]. `parts` has the gram of each run that a
    /// longer run can contain, or [`GAP`].
    fn advance(self, grams: &[u32], parts: &[u32], lists: &mut Lists) -> Self {
        let (mut run_of_pair, mut pairs, mut runs) = (HashMap::new(), Vec::new(), Vec::new());
        let (mut occurrences, mut names) = (self.occurrences, self.names);
        let (mut read, mut written) = (0, 0);
        let gram_of = |grams: &[u32], run| match run {
            GAP => GAP,
            run => *grams.get(widen(run)).or_broken(),
        };
        names.retain_mut(|(slot, len)| {
            let (from, end) = (written, read + widen(*len));
            let (mut last, mut left) = (GAP, GAP);
            while read < end {
                let run = *occurrences.get(read).or_broken();
                read += 1;
                let gram = gram_of(grams, run);
                if gram != GAP {
                    lists.push(gram, *slot);
                }
                let right = gram_of(parts, run);
                let mut pair = GAP;
                if left != GAP && right != GAP {
                    let successor = &mut lists.gram(left).successor;
                    if successor.0 != right {
                        *successor = (right, intern(&mut run_of_pair, &mut pairs, [left, right]));
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
            names,
        }
    }
}

/// The index of a key in `keys`, to which it is added if it is new.
#[inline]
fn intern<K: Copy + Eq + Hash>(indexes: &mut HashMap<K, u32>, keys: &mut Vec<K>, key: K) -> u32 {
    *indexes.entry(key).or_insert_with(|| {
        keys.push(key);
        narrow(keys.len() - 1)
    })
}

/// Counts a name that has a run.
#[inline]
fn count(runs: &mut Vec<Run>, run: u32, slot: Slot) {
    match runs.get_mut(widen(run)) {
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
        let start = 1 + index.checked_sub(1).map_or(0, end);
        self.slots.get(start..end(index)).or_broken()
    }

    /// Adds the grams of `longer` to `grams`: each is the join of one of these pairs of grams.
    /// Returns the bytes of their stored sets.
    fn add_longer(
        &self,
        pairs: impl Iterator<Item = [u32; 2]>,
        longer: &mut Self,
        grams: &mut Grams,
    ) -> usize {
        let mut bytes = 0;
        for (gram, [left, right]) in (longer.first..).zip(pairs) {
            let slots = longer.get(gram);
            let parts = [left, right].map(|part| (self.get(part), part));
            let (base_slots, base) = *parts.iter().min_by_key(|(all, _)| all.len()).or_broken();
            let difference_len = base_slots.len() - slots.len();
            let base_gram = self.grams.get(widen(base - self.first));
            let cost = base_gram.or_broken().cost + difference_len;
            let is_cheap = cost <= slots.len() * cost::READ_GRAM;
            let (stored, base) = if difference_len <= slots.len() && is_cheap {
                let difference = without_subset(base_slots.to_vec(), slots);
                longer.gram(gram).cost = cost;
                (SlotSet::from_sorted(&difference), Some(GramId(base)))
            } else {
                (SlotSet::from_sorted(slots), None)
            };
            bytes += stored.bytes();
            let key = Key::joined(GramId(left), GramId(right));
            grams.insert(key, stored, base);
        }
        bytes
    }
}

#[cfg(test)]
mod tests;
