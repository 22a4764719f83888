//! What must hold between the indexes and the units.
#![allow(
    clippy::panic,
    reason = "to panic is what a check is for; no answer depends on it"
)]

use std::collections::BTreeMap;

use crate::store::memory::MemoryStore;
use crate::store::memory::documents::Documents;
use crate::store::memory::documents::ids::Ids;
use crate::store::memory::set::bitmap::Bitmap;
use crate::store::memory::set::id_set::IdSet;
use crate::store::memory::sort::key::Key;
use crate::store::memory::sort::orders::Order;
use crate::store::memory::text::TextIndex;
use crate::store::memory::text::gram::Gram;
use crate::store::memory::text::tokenize::{Folded, short_texts};
use crate::store::memory::text::words::Words;

impl MemoryStore {
    /// Checks every index against the units, and costs more than making them anew.
    ///
    /// # Panics
    /// When one does not say what the units say. For tests and fuzzing.
    #[doc(hidden)]
    pub fn internal_validate(&self) {
        documents(&self.documents, &self.ids);
        for kept in self.orders.iter() {
            order(kept, &self.documents);
        }
        text(&self.text, &self.documents);
    }
}

fn documents(documents: &Documents, ids: &Ids) {
    assert_eq!(documents.iter().count(), documents.len());
    assert_eq!(ids.len(), documents.len());
    for slot in documents.iter() {
        assert_eq!(ids.find(&documents.id(slot), documents), Some(slot));
        let unit = documents.unit(slot);
        assert!(unit.as_ref().is_some_and(|unit| {
            unit.is_unit()
                && unit.as_json().as_bytes() == documents.json(slot)
                && unit.name() == documents.name(slot).as_deref()
                && unit.get("numMonitors") == documents.field(slot, "numMonitors").as_ref()
        }));
    }
}

fn order(order: &Order, documents: &Documents) {
    let ranked = &order.ranked;
    ranked.validate();
    assert_eq!(ranked.len() + order.arrays.len(), documents.len());
    for slot in &order.arrays {
        assert!(Key::of_slot(&order.fields, documents, *slot).is_none());
    }
    let mut last: Option<Key> = None;
    for place in 0..ranked.chunks() {
        if let Some(low) = ranked.low(place) {
            let below = last.as_ref().map(|last| last.compare(low, &order.fields));
            assert!(below.is_none_or(std::cmp::Ordering::is_lt));
            let first = ranked.chunk(place).first();
            let above = first.and_then(|first| Key::of_slot(&order.fields, documents, *first));
            assert!(above.is_some_and(|above| above.compare(low, &order.fields).is_ge()));
        }
        for slot in ranked.chunk(place) {
            let unit = documents.unit(*slot);
            let key = unit.and_then(|unit| Key::of_unit(&order.fields, &unit));
            let stored = Key::of_slot(&order.fields, documents, *slot);
            assert!(
                key.as_ref()
                    .zip(stored)
                    .is_some_and(|(key, stored)| { key.compare(&stored, &order.fields).is_eq() })
            );
            let in_order = last.zip(key.as_ref());
            let in_order = in_order.map(|(last, key)| last.compare(key, &order.fields));
            assert!(in_order.is_none_or(std::cmp::Ordering::is_lt));
            last = key;
        }
    }
}

fn text(index: &TextIndex, documents: &Documents) {
    let mut anew = TextIndex::default();
    let mut ready: BTreeMap<Gram, Bitmap> = index
        .cached
        .iter()
        .map(|(gram, _)| (gram, Bitmap::default()))
        .collect();
    for slot in documents.iter() {
        let Some(name) = documents.name(slot) else {
            continue;
        };
        let name = Folded::of(&name);
        anew.note(slot, &name);
        if !index.long.contains(&slot) {
            for text in short_texts(&name.scalars) {
                if let Some(bits) = ready.get_mut(&text) {
                    bits.insert(slot);
                }
            }
        }
    }
    anew.settle(documents);
    assert_eq!(anew.long, index.long);
    same_words(&anew.words, &index.words);
    same_words(&anew.windows, &index.windows);
    same_phrases(&anew, index, documents);
    for (gram, list) in index.cached.iter() {
        assert_eq!(list.count, list.bits.count());
        assert!(ready.get(&gram).is_some_and(|bits| *bits == list.bits));
    }
}

/// Whether first and last words, irregular names and neighbours are those of the names.
fn same_phrases(anew: &TextIndex, kept: &TextIndex, documents: &Documents) {
    assert_eq!(
        listed(anew.adjacency.irregular()),
        listed(kept.adjacency.irregular())
    );
    for number in 0..u32::try_from(kept.words.numbers()).unwrap_or(u32::MAX) {
        let text = std::str::from_utf8(kept.words.bytes_of(number)).unwrap_or_default();
        let same = anew.words.find(text);
        let sets = [
            (
                kept.adjacency.first(number),
                same.and_then(|same| anew.adjacency.first(same)),
            ),
            (
                kept.adjacency.last(number),
                same.and_then(|same| anew.adjacency.last(same)),
            ),
        ];
        for (kept, anew) in sets {
            assert_eq!(
                kept.map(listed).unwrap_or_default(),
                anew.map(listed).unwrap_or_default()
            );
        }
    }
    let mut pairs: BTreeMap<(u32, u32), Vec<u32>> = BTreeMap::new();
    for slot in documents.iter().filter(|slot| !kept.long.contains(slot)) {
        let name = documents.name(slot).map(|name| Folded::of(&name));
        let pairs_of_name = name.map(|name| kept.adjacency.pairs_of(&name, &kept.words));
        for pair in pairs_of_name.unwrap_or_default() {
            let slots = pairs.entry(pair).or_default();
            if slots.last() != Some(&slot) {
                slots.push(slot);
            }
        }
    }
    assert_eq!(pairs.len(), kept.adjacency.pairs());
    for ((a, b), slots) in pairs {
        assert_eq!(kept.adjacency.pair(a, b).map(listed), Some(slots));
    }
}

fn listed(set: &IdSet) -> Vec<u32> {
    let mut list = Vec::new();
    set.for_each(|slot| list.push(slot));
    list
}

/// Whether two dictionaries have the same words with the same slots and the same grams,
/// by whatever number.
fn same_words(anew: &Words, kept: &Words) {
    let words = |words: &Words| -> BTreeMap<Vec<u8>, Vec<u32>> {
        let listed = words.iter().map(|(text, slots)| {
            let list = listed(slots);
            assert_eq!(list.len(), slots.len());
            (text.to_vec(), list)
        });
        listed.collect()
    };
    assert_eq!(words(anew), words(kept));
    assert_eq!(anew.len(), kept.len());
    let grams = |words: &Words| -> Vec<(Gram, Vec<Vec<u8>>)> {
        let listed = words.grams().map(|(gram, numbers)| {
            let mut texts = Vec::new();
            numbers.for_each(|number| texts.push(words.bytes_of(number).to_vec()));
            texts.sort();
            (gram, texts)
        });
        listed.collect()
    };
    assert_eq!(grams(anew), grams(kept));
}

#[cfg(test)]
mod tests;
