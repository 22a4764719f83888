//! Which units a query matches: from the indexes, each name looked at only where they
//! cannot decide.

use std::borrow::Cow;

use super::bits::Bits;
use super::cut::{Inside, REACH, is_inside, windows, words};
use super::documents::Documents;
use super::explain::{TextAccess, Work};
use super::id_set::IdSet;
use super::ids::Ids;
use super::text::TextIndex;
use super::words::Words;
use crate::query::scope::Scope;
use crate::query::text::TextFilter;

/// The slots that match.
#[derive(Clone, Debug)]
pub(super) enum Matches<'a> {
    All(usize),
    /// A bitmap and how many are in it.
    Bits(Cow<'a, Bits>, usize),
    /// Ascending.
    Few(Vec<u32>),
}

/// Sets with fewer entries in all than this are joined by sorting.
const FEW: usize = 2_048;
/// The same as a share of all slots: above it, a bitmap is less work.
const FEW_SHARE: usize = 256;
/// An entry of a set takes this many times less than reading a name.
const NAME_COST: usize = 48;
/// So few names are rather read than narrowed down.
const NAMES_TO_READ: usize = 32;

impl Matches<'_> {
    pub(super) fn total(&self) -> usize {
        match self {
            Self::All(total) | Self::Bits(_, total) => *total,
            Self::Few(slots) => slots.len(),
        }
    }

    /// Calls `each` with every slot, ascending; not where all match.
    pub(super) fn for_each(&self, mut each: impl FnMut(u32)) {
        match self {
            Self::All(_) => {}
            Self::Bits(bits, _) => bits.for_each(each),
            Self::Few(slots) => slots.iter().for_each(|slot| each(*slot)),
        }
    }

    pub(super) fn contains(&self, slot: u32) -> bool {
        match self {
            Self::All(_) => true,
            Self::Bits(bits, _) => bits.contains(slot),
            Self::Few(slots) => slots.binary_search(&slot).is_ok(),
        }
    }
}

/// What is searched.
#[derive(Clone, Copy)]
pub(super) struct Search<'a> {
    pub(super) documents: &'a Documents,
    pub(super) ids: &'a Ids,
    pub(super) index: &'a TextIndex,
}

impl<'a> Search<'a> {
    /// The units of `scope` whose names contain `text`.
    pub(super) fn matches(
        self,
        scope: &Scope,
        text: Option<&TextFilter>,
        work: &mut Work,
    ) -> Matches<'a> {
        match (scope, text) {
            (Scope::All, None) => Matches::All(self.documents.len()),
            (Scope::All, Some(text)) => self.text(text, work),
            (Scope::Only(ids), text) => {
                work.text = TextAccess::Ids;
                let slots = ids.iter().filter_map(|id| {
                    work.keys += 1;
                    self.ids.find(id, self.documents)
                });
                let mut slots: Vec<u32> = slots.collect();
                if let Some(text) = text {
                    slots.retain(|slot| self.is_match(*slot, text, work));
                }
                slots.sort_unstable();
                Matches::Few(slots)
            }
        }
    }

    fn text(self, filter: &TextFilter, work: &mut Work) -> Matches<'a> {
        let text = filter.folded();
        let found = match is_inside(text) {
            Inside::Word => self.joined(&self.index.words, text, work),
            Inside::Window => self.joined(&self.index.windows, text, work),
            Inside::Neither => self.across(filter, work),
        };
        self.with_long(found, filter, work)
    }

    /// Adds what matches of the names that are in no dictionary.
    fn with_long(
        self,
        mut found: Matches<'a>,
        filter: &TextFilter,
        work: &mut Work,
    ) -> Matches<'a> {
        let long = self.index.long.iter().copied();
        let long: Vec<u32> = long
            .filter(|slot| self.is_match(*slot, filter, work))
            .collect();
        if !long.is_empty() {
            match &mut found {
                Matches::All(_) => {}
                Matches::Bits(bits, count) => {
                    let bits = bits.to_mut();
                    *count += long.iter().filter(|slot| bits.insert(**slot)).count();
                }
                Matches::Few(slots) => {
                    slots.extend(long);
                    slots.sort_unstable();
                }
            }
        }
        found
    }

    /// The slots of all entries that contain `text`.
    fn joined(self, dictionary: &'a Words, text: &[char], work: &mut Work) -> Matches<'a> {
        if let Some(list) = self.index.ready.get(text) {
            work.text = TextAccess::Ready;
            return Matches::Bits(Cow::Borrowed(&list.bits), list.count);
        }
        work.text = TextAccess::Words;
        let folded: String = text.iter().collect();
        let (numbers, looked_at) = dictionary.containing(text, &folded);
        work.keys += looked_at;
        self.union(&sets(dictionary, numbers), work)
    }

    fn union(self, sets: &[&IdSet], work: &mut Work) -> Matches<'a> {
        let entries: usize = sets.iter().map(|set| set.len()).sum();
        work.keys += entries;
        let slots = self.documents.slots();
        if entries <= FEW.max(slots / FEW_SHARE) {
            let mut few = Vec::with_capacity(entries);
            for set in sets {
                set.for_each(|slot| few.push(slot));
            }
            if sets.len() > 1 {
                few.sort_unstable();
                few.dedup();
            }
            return Matches::Few(few);
        }
        let mut bits = Bits::for_slots(slots);
        for set in sets {
            set.add_to(&mut bits);
        }
        let count = match sets {
            [one] => one.len(),
            _ => bits.count(),
        };
        Matches::Bits(Cow::Owned(bits), count)
    }

    /// The names that contain a text across their cuts: each part of the text says
    /// which names can match, and what all let through is read.
    fn across(self, filter: &TextFilter, work: &mut Work) -> Matches<'a> {
        work.text = TextAccess::WordsThenNames;
        let mut parts = self.parts(filter.folded(), work);
        parts.sort_unstable_by_key(|(entries, _)| *entries);
        let mut parts = parts.into_iter();
        let Some((_, rarest)) = parts.next() else {
            return Matches::Few(Vec::new());
        };
        let mut candidates = self.union(&rarest, work);
        for (entries, sets) in parts {
            let left = candidates.total();
            if left <= NAMES_TO_READ || entries > left.saturating_mul(NAME_COST) {
                break;
            }
            candidates = self.narrowed(candidates, &sets, work);
        }
        let mut found: Vec<u32> = match candidates {
            Matches::All(_) => self.documents.iter().collect(),
            Matches::Bits(bits, _) => bits.iter().collect(),
            Matches::Few(slots) => slots,
        };
        found.retain(|slot| self.is_match(*slot, filter, work));
        if found.len() <= FEW.max(self.documents.slots() / FEW_SHARE) {
            return Matches::Few(found);
        }
        let mut bits = Bits::for_slots(self.documents.slots());
        for slot in &found {
            bits.insert(*slot);
        }
        Matches::Bits(Cow::Owned(bits), found.len())
    }

    /// For each part of a text with cuts: the sets of slots of which one has every name
    /// that matches, and how many entries these sets have.
    fn parts(self, text: &[char], work: &mut Work) -> Vec<(usize, Vec<&'a IdSet>)> {
        let index = self.index;
        let mut parts = Vec::new();
        for window in windows(text) {
            let scalars = text.get(window).unwrap_or_default();
            let folded: String = scalars.iter().collect();
            let (numbers, looked_at) = index.windows.containing(scalars, &folded);
            work.keys += looked_at;
            parts.push(sets(&index.windows, numbers));
        }
        for word in words(text) {
            let (first, last) = (word.start == 0, word.end == text.len());
            let scalars = text.get(word).unwrap_or_default();
            let folded: String = scalars.iter().collect();
            let numbers = if !first && !last {
                index.words.find(&folded).into_iter().collect()
            } else if scalars.len() > REACH {
                let (mut numbers, looked_at) = index.words.containing(scalars, &folded);
                work.keys += looked_at;
                numbers.retain(|number| {
                    let known = index.words.bytes_of(*number);
                    (first || known.starts_with(folded.as_bytes()))
                        && (last || known.ends_with(folded.as_bytes()))
                });
                numbers
            } else {
                // The window beside it says as much.
                continue;
            };
            parts.push(sets(&index.words, numbers));
        }
        let entries = |sets: &Vec<&IdSet>| sets.iter().map(|set| set.len()).sum();
        parts
            .into_iter()
            .map(|sets| (entries(&sets), sets))
            .collect()
    }

    /// The candidates that are in one of the sets too.
    fn narrowed(self, candidates: Matches<'a>, sets: &[&IdSet], work: &mut Work) -> Matches<'a> {
        if let (Matches::Few(slots), [set]) = (&candidates, sets) {
            work.keys += slots.len();
            let kept = slots.iter().copied().filter(|slot| set.contains(*slot));
            return Matches::Few(kept.collect());
        }
        let other = self.union(sets, work);
        match (candidates, other) {
            (Matches::Bits(mut bits, _), Matches::Bits(other, _)) => {
                bits.to_mut().intersect(&other);
                let count = bits.count();
                Matches::Bits(bits, count)
            }
            (Matches::Few(mut slots), other) | (other, Matches::Few(mut slots)) => {
                slots.retain(|slot| other.contains(*slot));
                Matches::Few(slots)
            }
            (candidates, _) => candidates,
        }
    }

    fn is_match(self, slot: u32, text: &TextFilter, work: &mut Work) -> bool {
        work.documents += 1;
        let name = self.documents.name(slot);
        name.is_some_and(|name| text.is_match(&name))
    }
}

fn sets(dictionary: &Words, numbers: impl IntoIterator<Item = u32>) -> Vec<&IdSet> {
    let numbers = numbers.into_iter();
    numbers
        .filter_map(|number| dictionary.slots(number))
        .collect()
}
