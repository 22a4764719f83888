//! Finds the units that match a text.
//!
//! ```text
//! a text of 1 or 2 scalars ──► its slots, if it is a gram; else the union of the slots of the
//!                              grams of three scalars that begin with it
//! a longer text ──► the longest grams in it
//!                      ├── the text itself ──► its slots
//!                      └── others ──► the slots of the rarest gram, the candidates
//!                             │ intersected with those of the next rarest, while that costs less
//!                             ▼ than verifying the candidates
//!                          names, verified or scanned ──► the matches
//! ```

use std::borrow::Cow;

use memchr::memmem::Finder;

use crate::query::text::TextFilter;
use crate::store::memory::cost;
use crate::store::memory::documents::Documents;
use crate::store::memory::id::{GramId, OrBroken, Slot};
use crate::store::memory::set::{Bitmap, Found, SlotSet};
use crate::store::memory::text::{Key, MAX_SCALARS, Occurrence, TRIGRAM, TextIndex};
use crate::store::memory::work::Work;

/// The number of names that are fetched into the cache together.
const READ_AHEAD: usize = 16;

#[derive(Clone, Copy)]
pub(crate) struct Search<'a> {
    pub(crate) documents: &'a Documents,
    pub(crate) index: &'a TextIndex,
}

impl<'a> Search<'a> {
    pub(crate) fn matches(self, filter: &TextFilter, work: &mut Work) -> Found<'a> {
        let text = filter.folded_scalars();
        let mut found = match text.len() {
            0..TRIGRAM => self.short_text(Key::of(text), work),
            TRIGRAM..=MAX_SCALARS => self.long_text(filter, work),
            _ => Found::List(Vec::new()),
        };
        let long = self.index.long_names.iter().copied();
        let long = long.filter(|slot| self.is_match(*slot, filter, work));
        found.extend(long.collect());
        found
    }

    /// Whether the name of a unit contains a text. Cost: reading the name from the document.
    pub(crate) fn is_match(self, slot: Slot, text: &TextFilter, work: &mut Work) -> bool {
        work.documents += 1;
        let name = self.documents.name(slot);
        name.is_some_and(|name| text.is_match(&name))
    }

    fn short_text(self, key: Key, work: &mut Work) -> Found<'a> {
        work.grams += 1;
        if let Some(gram) = self.index.grams.find(key) {
            work.text = "gram";
            return self.slots(gram, work);
        }
        work.text = "union of grams";
        let sets: Vec<&SlotSet> = self.index.grams.beginning_with(key).collect();
        let entries: usize = sets.iter().map(|set| set.len()).sum();
        work.sets += sets.len();
        work.keys += entries;
        if entries > cost::listed_up_to(self.documents.slots()) {
            return Found::from_bits(self.index.grams.union(key, self.documents.slots()));
        }
        let mut slots = Vec::with_capacity(entries);
        for set in sets {
            set.for_each(|slot| slots.push(slot));
        }
        self.collect(slots)
    }

    fn long_text(self, filter: &TextFilter, work: &mut Work) -> Found<'a> {
        let text = filter.folded_scalars();
        work.grams += text.len() + 1 - TRIGRAM;
        work.text = "gram";
        let Some(mut grams) = self.index.grams.longest(text) else {
            return Found::List(Vec::new());
        };
        if let [Occurrence { gram, len, .. }] = *grams
            && len == text.len()
        {
            return self.slots(gram, work);
        }
        let folded = filter.folded();
        let finder = Finder::new(&folded);
        grams.sort_by_cached_key(|occurrence| self.index.grams.len(occurrence.gram));
        let candidates = self.candidates(&grams, &finder, work);
        work.candidates += candidates.len();
        let scanning = self.index.names.bytes() / cost::SCANNED_BYTES;
        if candidates.len() > cost::SAMPLE && candidates.len() * cost::VERIFY > scanning {
            work.text = "scan of all names";
            return self.collect(self.index.names.scan(&finder));
        }
        work.text = "candidates of grams, verified";
        self.collect(self.verify(&candidates.to_vec(), &finder, work))
    }

    /// The slots of the first and rarest gram, intersected with those of the next grams while that
    /// costs less than verifying. A gram whose scalars are all in rarer grams is skipped.
    fn candidates(self, grams: &[Occurrence], finder: &Finder<'_>, work: &mut Work) -> Found<'a> {
        let mut covered = Vec::new();
        let mut candidates: Option<Found<'a>> = None;
        let (mut most_match, mut set_cost) = (None, 0);
        for Occurrence { gram, from, len } in grams {
            covered.resize(covered.len().max(from + len), false);
            let scalars = covered.get_mut(*from..from + len).or_broken();
            if scalars.iter().all(|is_covered| *is_covered) {
                continue;
            }
            scalars.fill(true);
            let Some(found) = candidates.take() else {
                candidates = Some(self.slots(*gram, work));
                continue;
            };
            let slots = self.index.grams.len(*gram);
            set_cost += slots;
            if slots > cost::listed_up_to(self.documents.slots()) {
                // A bitmap is written and read, 64 slots at a time.
                set_cost += self.documents.slots() / 32;
            }
            let is_cheap = found.len() <= cost::SAMPLE || found.len() * cost::VERIFY <= set_cost;
            // A text that is not a gram matches few names: less than half of many candidates.
            let is_sampled = found.len() <= 2 * cost::RARE;
            let mut most = || self.most_match(&found, finder, work);
            if is_cheap || is_sampled && *most_match.get_or_insert_with(&mut most) {
                return found;
            }
            candidates = Some(found.intersected(self.slots(*gram, work)));
        }
        candidates.or_broken()
    }

    /// Whether at least half of a sample of the candidates match.
    fn most_match(self, candidates: &Found<'_>, finder: &Finder<'_>, work: &mut Work) -> bool {
        let slots = candidates.to_vec();
        let sample = slots.iter().step_by(slots.len() / cost::SAMPLE).copied();
        let sample: Vec<Slot> = sample.take(cost::SAMPLE).collect();
        self.verify(&sample, finder, work).len() * 2 >= sample.len()
    }

    /// The candidates whose names contain the text.
    fn verify(self, candidates: &[Slot], finder: &Finder<'_>, work: &mut Work) -> Vec<Slot> {
        work.verified += candidates.len();
        let mut found = Vec::new();
        for slots in candidates.chunks(READ_AHEAD) {
            self.index.names.touch(slots);
            let is_match = |slot: &Slot| finder.find(self.index.names.get(*slot)).is_some();
            found.extend(slots.iter().copied().filter(is_match));
        }
        found
    }

    fn slots(self, gram: GramId, work: &mut Work) -> Found<'a> {
        let grams = &self.index.grams;
        work.sets += 1;
        let count = grams.len(gram);
        if let Some(bits) = grams.slots(gram).and_then(SlotSet::as_bitmap) {
            let bits = Cow::Borrowed(bits);
            return Found::Bitmap { bits, count };
        }
        work.keys += count;
        if count <= cost::listed_up_to(self.documents.slots()) {
            return Found::List(grams.list(gram));
        }
        let bits = Cow::Owned(grams.bitmap(gram, self.documents.slots()));
        Found::Bitmap { bits, count }
    }

    fn collect(self, mut slots: Vec<Slot>) -> Found<'a> {
        slots.sort_unstable();
        slots.dedup();
        if slots.len() <= cost::listed_up_to(self.documents.slots()) {
            return Found::List(slots);
        }
        let mut bits = Bitmap::for_slots(self.documents.slots());
        bits.extend(&slots);
        let (bits, count) = (Cow::Owned(bits), slots.len());
        Found::Bitmap { bits, count }
    }
}

#[cfg(test)]
mod tests;
