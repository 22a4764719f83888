//! Search for a text with a cut that is too long for a window.

use std::collections::{BTreeMap, BTreeSet};

use crate::query::text::TextFilter;
use crate::store::memory::cost;
use crate::store::memory::id::{OrBroken, Slot, WordId};
use crate::store::memory::set::{Bitmap, Found, SlotSet};
use crate::store::memory::text::search::Search;
use crate::store::memory::text::tokenize::{REACH, has_plain_cuts, windows};
use crate::store::memory::work::{TextAccess, Work};

/// An end of a word of a text: at a cut, or at the end of the text, where the word of a name can
/// be longer.
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

/// The words of a text.
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

/// Whether a plain name can contain the text: all of its cuts are single spaces.
fn is_plain(text: &[char]) -> bool {
    let inner = text.strip_prefix(&[' ']).unwrap_or(text);
    has_plain_cuts(inner.strip_suffix(&[' ']).unwrap_or(inner))
}

impl<'a> Search<'a> {
    /// Intersects the slot sets of the parts of the text. Of many candidates, the adjacency index
    /// decides those with frequent words side by side, and only the names of the rest are read.
    pub(crate) fn phrase(self, filter: &TextFilter, work: &mut Work) -> Found<'a> {
        work.text = TextAccess::WordsThenNames;
        let text = filter.folded_scalars();
        // The windows are cheap to find, and often one of them is in few names.
        let windows = self.windows(text, work);
        if let Some(rarest) = windows.iter().min_by_key(|sets| entries(sets))
            && entries(rarest) <= cost::NAMES_TO_READ
        {
            return self.verified(&self.union(rarest, work), filter, work);
        }
        let parts = parts(text);
        let words: Vec<Vec<WordId>> = parts.iter().map(|part| self.words(*part, work)).collect();
        if words.iter().any(Vec::is_empty) {
            return Found::none();
        }
        let candidates = match words.as_slice() {
            [one] if is_plain(text) => {
                let sets: Vec<&SlotSet> = self.index.words.sets_of(one).collect();
                self.union(&sets, work)
            }
            _ => self.candidates(windows, &parts, &words, work),
        };
        if candidates.len() <= cost::NAMES_BEFORE_ADJACENCY || !is_plain(text) {
            return self.verified(&candidates, filter, work);
        }
        let Decided {
            mut matching,
            mut undecided,
            others,
        } = match words.as_slice() {
            [one] => self.beside_cuts(&parts, one, work),
            _ => self.side_by_side(&parts, &words, work),
        };
        let irregular = self.index.adjacency.irregular();
        irregular.remove_from(&mut matching);
        match others {
            Others::Differ => irregular.add_to(&mut undecided),
            Others::Unknown => candidates.add_to(&mut undecided),
        }
        undecided.subtract(&matching);
        let verified = self.verified(&candidates.within(undecided), filter, work);
        verified.add_to(&mut matching);
        Found::from_bits(matching)
    }

    /// The words of the dictionary that contain a part of a text. At a cut the word begins or
    /// ends with the part.
    fn words(self, part: Part<'_>, work: &mut Work) -> Vec<WordId> {
        let dictionary = &self.index.words;
        let folded: String = part.scalars.iter().collect();
        let Part { start, end, .. } = part;
        if (start, end) == (Edge::Cut, Edge::Cut) {
            return dictionary.find(&folded).into_iter().collect();
        }
        let (mut words, examined) = dictionary.containing(part.scalars, &folded);
        work.keys += examined;
        words.retain(|word| {
            let known = dictionary.bytes_of(*word);
            (start == Edge::Open || known.starts_with(folded.as_bytes()))
                && (end == Edge::Open || known.ends_with(folded.as_bytes()))
        });
        words
    }

    /// For each window of a text, the sets of the windows of names that contain it.
    fn windows(self, text: &[char], work: &mut Work) -> Vec<Vec<&'a SlotSet>> {
        let windows = windows(text).filter_map(|window| text.get(window));
        let windows: BTreeSet<&[char]> = windows.collect();
        let dictionary = &self.index.windows;
        let windows = windows.into_iter().map(|scalars| {
            let folded: String = scalars.iter().collect();
            let (words, examined) = dictionary.containing(scalars, &folded);
            work.keys += examined;
            words.iter().map(|word| dictionary.slots(*word)).collect()
        });
        windows.collect()
    }

    /// The names that have all parts of a text, in any order.
    fn candidates(
        self,
        windows: Vec<Vec<&'a SlotSet>>,
        parts: &[Part<'_>],
        words: &[Vec<WordId>],
        work: &mut Work,
    ) -> Found<'a> {
        let mut all = windows;
        let words: BTreeMap<&Part<'_>, &Vec<WordId>> = parts.iter().zip(words).collect();
        for (part, words) in words {
            // A part within a window is in the sets of that window already.
            if part.scalars.len() > REACH || (part.start, part.end) == (Edge::Cut, Edge::Cut) {
                let slots = |word: &WordId| self.index.words.slots(*word);
                all.push(words.iter().map(slots).collect());
            }
        }
        all.sort_by_cached_key(|sets| entries(sets));
        let mut all = all.into_iter();
        let mut candidates = self.union(&all.next().or_broken(), work);
        let mut spent = 0;
        for sets in all {
            let left = candidates.len();
            spent += entries(&sets);
            if left <= cost::NAMES_TO_READ || spent > left.saturating_mul(cost::READ_NAME) {
                break;
            }
            candidates = self.narrowed(candidates, &sets, work);
        }
        candidates
    }

    /// The plain names with one of some words at the cuts of the text.
    fn beside_cuts(self, parts: &[Part<'_>], words: &[WordId], work: &mut Work) -> Decided {
        let slots = self.documents.slots();
        let mut matching = Bitmap::for_slots(slots);
        let mut twice = Bitmap::for_slots(slots);
        for set in self.index.words.sets_of(words) {
            if words.len() == 1 {
                set.add_to(&mut matching);
            } else {
                set.for_each(|slot| {
                    if !matching.insert(slot) {
                        twice.insert(slot);
                    }
                });
            }
        }
        let outer = self.outer(parts, words, words, work);
        matching.subtract(&outer);
        // A name with two of the words can have one at its end and the other at a cut.
        twice.intersect(&outer);
        Decided {
            matching,
            undecided: twice,
            others: Others::Differ,
        }
    }

    /// The plain names with the words of a text side by side.
    fn side_by_side(self, parts: &[Part<'_>], words: &[Vec<WordId>], work: &mut Work) -> Decided {
        let adjacency = &self.index.adjacency;
        let slots = self.documents.slots();
        let is_frequent = |word: &WordId| adjacency.is_frequent(*word);
        let mut matching: Option<Bitmap> = None;
        for (left, right) in words.iter().zip(words.iter().skip(1)) {
            let mut both = Bitmap::for_slots(slots);
            for a in left.iter().filter(|a| is_frequent(a)) {
                for set in right.iter().filter_map(|b| adjacency.pair(*a, *b)) {
                    work.keys += set.len();
                    set.add_to(&mut both);
                }
            }
            match &mut matching {
                Some(matching) => matching.intersect(&both),
                None => matching = Some(both),
            }
        }
        let mut matching = matching.or_broken();
        if let (Some(first), Some(last)) = (words.first(), words.last()) {
            matching.subtract(&self.outer(parts, first, last, work));
        }
        let all_frequent = words.iter().flatten().all(is_frequent);
        Decided {
            matching,
            undecided: Bitmap::for_slots(slots),
            others: if all_frequent {
                Others::Differ
            } else {
                Others::Unknown
            },
        }
    }

    /// The names that begin with the first word of a text, if the text begins with a cut, and
    /// those that end with its last word, if it ends with a cut: they have no cut there.
    fn outer(
        self,
        parts: &[Part<'_>],
        first: &[WordId],
        last: &[WordId],
        work: &mut Work,
    ) -> Bitmap {
        let adjacency = &self.index.adjacency;
        let mut outer = Bitmap::for_slots(self.documents.slots());
        let begins = parts.first().is_some_and(|part| part.start == Edge::Cut);
        let ends = parts.last().is_some_and(|part| part.end == Edge::Cut);
        let first = first.iter().filter(|_| begins);
        let first = first
            .map(|word| adjacency.ends(*word))
            .map(|[first, _]| first);
        let last = last.iter().filter(|_| ends);
        let last = last.map(|word| adjacency.ends(*word)).map(|[_, last]| last);
        for set in first.chain(last).flatten() {
            work.keys += set.len();
            set.add_to(&mut outer);
        }
        outer
    }

    /// The candidates whose names contain the text.
    fn verified(self, candidates: &Found<'a>, filter: &TextFilter, work: &mut Work) -> Found<'a> {
        let mut found: Vec<Slot> = Vec::new();
        candidates.for_each(|slot| {
            if self.is_match(slot, filter, work) {
                found.push(slot);
            }
        });
        if matches!(candidates, Found::List(_)) {
            return Found::List(found);
        }
        let mut bits = Bitmap::for_slots(self.documents.slots());
        bits.extend(&found);
        Found::from_bits(bits)
    }

    /// The candidates that are also in one of the sets.
    fn narrowed(self, candidates: Found<'a>, sets: &[&SlotSet], work: &mut Work) -> Found<'a> {
        if let (Found::List(slots), [set]) = (&candidates, sets) {
            work.keys += slots.len();
            let both = slots.iter().copied().filter(|slot| set.contains(*slot));
            return Found::List(both.collect());
        }
        candidates.intersected(self.union(sets, work))
    }
}

fn entries(sets: &[&SlotSet]) -> usize {
    sets.iter().map(|set| set.len()).sum()
}

/// What the adjacency index decides about plain names.
struct Decided {
    matching: Bitmap,
    /// Their names must be read.
    undecided: Bitmap,
    others: Others,
}

/// The plain names that are neither matching nor undecided.
enum Others {
    /// They do not match.
    Differ,
    Unknown,
}

#[cfg(test)]
mod tests;
