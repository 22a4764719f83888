//! Finds the units that match a text. A name is read only if the text index cannot decide.

use std::borrow::Cow;

use crate::query::text::TextFilter;
use crate::store::memory::cost;
use crate::store::memory::documents::Documents;
use crate::store::memory::id::Slot;
use crate::store::memory::set::{Bitmap, Found, SlotSet};
use crate::store::memory::text::TextIndex;
use crate::store::memory::text::tokenize::{Inside, MAX_SCALARS, is_inside};
use crate::store::memory::text::words::Words;
use crate::store::memory::work::{TextAccess, Work};

#[derive(Clone, Copy)]
pub(crate) struct Search<'a> {
    pub(crate) documents: &'a Documents,
    pub(crate) index: &'a TextIndex,
}

impl<'a> Search<'a> {
    /// The units whose names contain a text.
    pub(crate) fn matches(self, filter: &TextFilter, work: &mut Work) -> Found<'a> {
        let text = filter.folded_scalars();
        let mut found = if text.len() > MAX_SCALARS {
            Found::none()
        } else {
            match is_inside(text) {
                Inside::Word => self.contained(&self.index.words, text, work),
                Inside::Window => self.contained(&self.index.windows, text, work),
                Inside::Neither => self.phrase(filter, work),
            }
        };
        // Long names are not in the dictionaries.
        let long = self.index.long.iter().copied();
        let long = long.filter(|slot| self.is_match(*slot, filter, work));
        found.extend(long.collect());
        found
    }

    /// The slots of all entries that contain `text`.
    fn contained(self, dictionary: &'a Words, text: &[char], work: &mut Work) -> Found<'a> {
        if let Some(cached) = self.index.cached.get(text) {
            work.text = TextAccess::CachedBitmap;
            return Found::Bitmap {
                bits: Cow::Borrowed(&cached.bits),
                count: cached.count,
            };
        }
        work.text = TextAccess::Words;
        let folded: String = text.iter().collect();
        let (words, examined) = dictionary.containing(text, &folded);
        work.keys += examined;
        let sets: Vec<&SlotSet> = dictionary.sets_of(&words).collect();
        self.union(&sets, work)
    }

    pub(crate) fn union(self, sets: &[&SlotSet], work: &mut Work) -> Found<'a> {
        let entries: usize = sets.iter().map(|set| set.len()).sum();
        work.keys += entries;
        let slots = self.documents.slots();
        if entries <= cost::listed_up_to(slots) {
            let mut list = Vec::with_capacity(entries);
            for set in sets {
                set.for_each(|slot| list.push(slot));
            }
            if sets.len() > 1 {
                list.sort_unstable();
                list.dedup();
            }
            return Found::List(list);
        }
        let mut bits = Bitmap::for_slots(slots);
        for set in sets {
            set.add_to(&mut bits);
        }
        match sets {
            [one] => Found::Bitmap {
                bits: Cow::Owned(bits),
                count: one.len(),
            },
            _ => Found::from_bits(bits),
        }
    }

    /// Whether the name of a unit contains a text. Cost: reading the name.
    pub(crate) fn is_match(self, slot: Slot, text: &TextFilter, work: &mut Work) -> bool {
        work.documents += 1;
        let name = self.documents.name(slot);
        name.is_some_and(|name| text.is_match(&name))
    }
}

#[cfg(test)]
mod tests;
