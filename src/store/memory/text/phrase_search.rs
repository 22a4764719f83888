//! The names that contain a text across their cuts.

use std::collections::{BTreeMap, BTreeSet};

use crate::query::text::TextFilter;
use crate::store::memory::set::bitmap::Bitmap;
use crate::store::memory::set::id_set::IdSet;
use crate::store::memory::text::search::{Matches, Search, sets};
use crate::store::memory::text::tokenize::{REACH, has_plain_cuts, windows};
use crate::store::memory::work::{TextAccess, Work};

/// An entry of a set takes this many times less than reading a name.
const NAME_COST: usize = 48;
/// So few names are rather read than narrowed down.
const NAMES_TO_READ: usize = 32;
/// And so few rather than looked for among neighbours.
const NAMES_TO_SETTLE: usize = 1_024;

/// Where a word of a text ends: at a cut, or with the text, where a name may go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Edge {
    Cut,
    Open,
}

/// One word of a text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Part<'t> {
    scalars: &'t [char],
    start: Edge,
    end: Edge,
}

/// The words of a text that are between its cuts.
fn parts(text: &[char]) -> Vec<Part<'_>> {
    let pieces: Vec<&[char]> = text.split(|c| c.is_whitespace()).collect();
    let last = pieces.len().saturating_sub(1);
    let edge = |is_outer| if is_outer { Edge::Open } else { Edge::Cut };
    let parts = pieces.into_iter().enumerate().map(|(at, scalars)| Part {
        scalars,
        start: edge(at == 0),
        end: edge(at == last),
    });
    parts.filter(|part| !part.scalars.is_empty()).collect()
}

/// Whether a plain name can have the cuts of a text: single spaces.
fn is_plain(text: &[char]) -> bool {
    let inner = text.strip_prefix(&[' ']).unwrap_or(text);
    has_plain_cuts(inner.strip_suffix(&[' ']).unwrap_or(inner))
}

impl<'a> Search<'a> {
    /// Each part of the text says which names can match. Which of them do is known from
    /// the neighbours of frequent words; what is not known is read.
    pub(crate) fn across(self, filter: &TextFilter, work: &mut Work) -> Matches<'a> {
        work.text = TextAccess::WordsThenNames;
        let text = filter.folded_scalars();
        // Cheap to find, and often enough: no name has them all, or few have one.
        let windows = self.windows(text, work);
        if let Some(rarest) = windows.iter().min_by_key(|sets| entries(sets))
            && entries(rarest) <= NAMES_TO_READ
        {
            return self.read(&self.union(rarest, work), filter, work);
        }
        let parts = parts(text);
        let words: Vec<Vec<u32>> = parts.iter().map(|part| self.words(*part, work)).collect();
        if words.iter().any(Vec::is_empty) {
            return Matches::Few(Vec::new());
        }
        let mut candidates = match words.as_slice() {
            [one] if is_plain(text) => {
                self.union(&sets(&self.index.words, one.iter().copied()), work)
            }
            _ => self.candidates(windows, &parts, &words, work),
        };
        if candidates.total() <= NAMES_TO_SETTLE || !is_plain(text) {
            return self.read(&candidates, filter, work);
        }
        let Settled {
            mut sure,
            mut unsure,
            others,
        } = match words.as_slice() {
            [one] => self.beside_cuts(&parts, one, work),
            _ => self.side_by_side(&parts, &words, work),
        };
        let irregular = self.index.adjacency.irregular();
        irregular.remove_from(&mut sure);
        match others {
            Others::Differ => irregular.add_to(&mut unsure),
            Others::Unknown => candidates.add_to(&mut unsure),
        }
        unsure.subtract(&sure);
        candidates = narrowed_to(candidates, unsure);
        let read = self.read(&candidates, filter, work);
        read.add_to(&mut sure);
        Matches::of_bits(sure)
    }

    /// The words of the dictionary that a part of a text can be in a name.
    fn words(self, part: Part<'_>, work: &mut Work) -> Vec<u32> {
        let dictionary = &self.index.words;
        let folded: String = part.scalars.iter().collect();
        let Part { start, end, .. } = part;
        if (start, end) == (Edge::Cut, Edge::Cut) {
            return dictionary.find(&folded).into_iter().collect();
        }
        let (mut numbers, looked_at) = dictionary.containing(part.scalars, &folded);
        work.keys += looked_at;
        numbers.retain(|number| {
            let known = dictionary.bytes_of(*number);
            (start == Edge::Open || known.starts_with(folded.as_bytes()))
                && (end == Edge::Open || known.ends_with(folded.as_bytes()))
        });
        numbers
    }

    /// For each window of a text, the sets of the windows of names that contain it.
    fn windows(self, text: &[char], work: &mut Work) -> Vec<Vec<&'a IdSet>> {
        let dictionary = &self.index.windows;
        let windows = windows(text).filter_map(|window| text.get(window));
        let windows: BTreeSet<&[char]> = windows.collect();
        let windows = windows.into_iter().map(|scalars| {
            let folded: String = scalars.iter().collect();
            let (numbers, looked_at) = dictionary.containing(scalars, &folded);
            work.keys += looked_at;
            sets(dictionary, numbers)
        });
        windows.collect()
    }

    /// The names that have all parts of a text somewhere.
    fn candidates(
        self,
        windows: Vec<Vec<&'a IdSet>>,
        parts: &[Part<'_>],
        words: &[Vec<u32>],
        work: &mut Work,
    ) -> Matches<'a> {
        let mut all = windows;
        let words: BTreeMap<&Part<'_>, &Vec<u32>> = parts.iter().zip(words).collect();
        for (part, words) in words {
            // Of a short one the window beside it says as much.
            if part.scalars.len() > REACH || (part.start, part.end) == (Edge::Cut, Edge::Cut) {
                all.push(sets(&self.index.words, words.iter().copied()));
            }
        }
        all.sort_by_cached_key(|sets| entries(sets));
        let mut all = all.into_iter();
        let mut candidates = self.union(&all.next().unwrap_or_default(), work);
        let mut spent = 0;
        for sets in all {
            let left = candidates.total();
            spent += entries(&sets);
            if left <= NAMES_TO_READ || spent > left.saturating_mul(NAME_COST) {
                break;
            }
            candidates = self.narrowed(candidates, &sets, work);
        }
        candidates
    }

    /// The plain names that have one of some words, and a cut where the text has one.
    fn beside_cuts(self, parts: &[Part<'_>], words: &[u32], work: &mut Work) -> Settled {
        let slots = self.documents.slots();
        let mut sure = Bitmap::for_slots(slots);
        let mut twice = Bitmap::for_slots(slots);
        for set in sets(&self.index.words, words.iter().copied()) {
            if words.len() == 1 {
                set.add_to(&mut sure);
            } else {
                set.for_each(|slot| {
                    if !sure.insert(slot) {
                        twice.insert(slot);
                    }
                });
            }
        }
        let outer = self.outer(parts, words, words, work);
        sure.subtract(&outer);
        // Where one of the words is without a cut beside it, another may have one.
        twice.intersect(&outer);
        Settled {
            sure,
            unsure: twice,
            others: Others::Differ,
        }
    }

    /// The plain names that have the words of a text side by side.
    fn side_by_side(self, parts: &[Part<'_>], words: &[Vec<u32>], work: &mut Work) -> Settled {
        let phrases = &self.index.adjacency;
        let slots = self.documents.slots();
        let is_frequent = |word: &u32| phrases.is_frequent(*word);
        let mut sure: Option<Bitmap> = None;
        for pair in words.windows(2) {
            let [left, right] = pair else { continue };
            let mut both = Bitmap::for_slots(slots);
            for a in left.iter().filter(|a| is_frequent(a)) {
                for set in right.iter().filter_map(|b| phrases.pair(*a, *b)) {
                    work.keys += set.len();
                    set.add_to(&mut both);
                }
            }
            match &mut sure {
                Some(sure) => sure.intersect(&both),
                None => sure = Some(both),
            }
        }
        let mut sure = sure.unwrap_or_default();
        let end = |words: Option<&Vec<u32>>| words.cloned().unwrap_or_default();
        sure.subtract(&self.outer(parts, &end(words.first()), &end(words.last()), work));
        Settled {
            sure,
            unsure: Bitmap::for_slots(slots),
            others: if words.iter().flatten().all(is_frequent) {
                Others::Differ
            } else {
                Others::Unknown
            },
        }
    }

    /// The names that begin with the first word of a text which begins with a cut, or
    /// end with the last word of one which ends with a cut.
    fn outer(self, parts: &[Part<'_>], first: &[u32], last: &[u32], work: &mut Work) -> Bitmap {
        let phrases = &self.index.adjacency;
        let mut outer = Bitmap::for_slots(self.documents.slots());
        let mut add = |set: Option<&IdSet>| {
            if let Some(set) = set {
                work.keys += set.len();
                set.add_to(&mut outer);
            }
        };
        if parts.first().is_some_and(|part| part.start == Edge::Cut) {
            for word in first {
                add(phrases.first(*word));
            }
        }
        if parts.last().is_some_and(|part| part.end == Edge::Cut) {
            for word in last {
                add(phrases.last(*word));
            }
        }
        outer
    }

    /// The candidates that match, which is told by their names.
    fn read(self, candidates: &Matches<'a>, filter: &TextFilter, work: &mut Work) -> Matches<'a> {
        let mut found: Vec<u32> = Vec::new();
        candidates.for_each(|slot| {
            if self.is_match(slot, filter, work) {
                found.push(slot);
            }
        });
        if matches!(candidates, Matches::Few(_)) {
            return Matches::Few(found);
        }
        let mut bits = Bitmap::for_slots(self.documents.slots());
        bits.extend(&found);
        Matches::of_bits(bits)
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
}

/// The candidates that are in a bitmap too.
fn narrowed_to(candidates: Matches<'_>, mut bits: Bitmap) -> Matches<'_> {
    match candidates {
        Matches::Bits(candidates, _) => {
            bits.intersect(&candidates);
            Matches::of_bits(bits)
        }
        Matches::Few(mut slots) => {
            slots.retain(|slot| bits.contains(*slot));
            Matches::Few(slots)
        }
        Matches::All(_) => Matches::of_bits(bits),
    }
}

fn entries(sets: &[&IdSet]) -> usize {
    sets.iter().map(|set| set.len()).sum()
}

/// What is known of the names without reading them, but for those that are not plain.
struct Settled {
    /// These match.
    sure: Bitmap,
    /// These have to be read.
    unsure: Bitmap,
    others: Others,
}

/// The plain names that are neither sure nor unsure.
enum Others {
    /// They do not match.
    Differ,
    Unknown,
}

#[cfg(test)]
mod tests;
