//! Which units a query matches: from the indexes, each name looked at only where they
//! cannot decide.

use std::borrow::Cow;

use crate::query::scope::Scope;
use crate::query::text::TextFilter;
use crate::store::memory::documents::Documents;
use crate::store::memory::documents::ids::Ids;
use crate::store::memory::set::bitmap::Bitmap;
use crate::store::memory::set::id_set::IdSet;
use crate::store::memory::text::TextIndex;
use crate::store::memory::text::tokenize::{Inside, MAX_SCALARS, is_inside};
use crate::store::memory::text::words::Words;
use crate::store::memory::work::{TextAccess, Work};

/// The slots that match.
#[derive(Clone, Debug)]
pub(crate) enum Matches<'a> {
    All(usize),
    /// A bitmap and how many are in it.
    Bits(Cow<'a, Bitmap>, usize),
    /// Ascending.
    Few(Vec<u32>),
}

/// Sets with fewer entries in all than this are joined by sorting.
const FEW: usize = 2_048;
/// The same as a share of all slots: above it, a bitmap is less work.
const FEW_SHARE: usize = 256;
impl Matches<'_> {
    /// The slots of a bitmap over so many.
    pub(crate) fn of_bits(bits: Bitmap) -> Self {
        let count = bits.count();
        Matches::Bits(Cow::Owned(bits), count)
    }

    pub(crate) fn total(&self) -> usize {
        match self {
            Self::All(total) | Self::Bits(_, total) => *total,
            Self::Few(slots) => slots.len(),
        }
    }

    /// Calls `each` with every slot, ascending; not where all match.
    pub(crate) fn for_each(&self, mut each: impl FnMut(u32)) {
        match self {
            Self::All(_) => {}
            Self::Bits(bits, _) => bits.for_each(each),
            Self::Few(slots) => slots.iter().for_each(|slot| each(*slot)),
        }
    }

    /// Adds every slot to `bits`; not where all match.
    pub(crate) fn add_to(&self, into: &mut Bitmap) {
        match self {
            Self::All(_) => {}
            Self::Bits(bits, _) => into.unite(bits),
            Self::Few(slots) => {
                for slot in slots {
                    into.insert(*slot);
                }
            }
        }
    }

    pub(crate) fn contains(&self, slot: u32) -> bool {
        match self {
            Self::All(_) => true,
            Self::Bits(bits, _) => bits.contains(slot),
            Self::Few(slots) => slots.binary_search(&slot).is_ok(),
        }
    }
}

/// What is searched.
#[derive(Clone, Copy)]
pub(crate) struct Search<'a> {
    pub(crate) documents: &'a Documents,
    pub(crate) ids: &'a Ids,
    pub(crate) index: &'a TextIndex,
}

impl<'a> Search<'a> {
    /// The units of `scope` whose names contain `text`.
    pub(crate) fn matches(
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
        let text = filter.folded_scalars();
        if text.len() > MAX_SCALARS {
            return self.with_long(Matches::Few(Vec::new()), filter, work);
        }
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
        if let Some(list) = self.index.cached.get(text) {
            work.text = TextAccess::Ready;
            return Matches::Bits(Cow::Borrowed(&list.bits), list.count);
        }
        work.text = TextAccess::Words;
        let folded: String = text.iter().collect();
        let (numbers, looked_at) = dictionary.containing(text, &folded);
        work.keys += looked_at;
        self.union(&sets(dictionary, numbers), work)
    }

    pub(crate) fn union(self, sets: &[&IdSet], work: &mut Work) -> Matches<'a> {
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
        let mut bits = Bitmap::for_slots(slots);
        for set in sets {
            set.add_to(&mut bits);
        }
        let count = match sets {
            [one] => one.len(),
            _ => bits.count(),
        };
        Matches::Bits(Cow::Owned(bits), count)
    }

    pub(crate) fn is_match(self, slot: u32, text: &TextFilter, work: &mut Work) -> bool {
        work.documents += 1;
        let name = self.documents.name(slot);
        name.is_some_and(|name| text.is_match(&name))
    }
}

pub(crate) fn sets(dictionary: &Words, numbers: impl IntoIterator<Item = u32>) -> Vec<&IdSet> {
    let numbers = numbers.into_iter();
    numbers
        .filter_map(|number| dictionary.slots(number))
        .collect()
}

#[cfg(test)]
mod tests;
