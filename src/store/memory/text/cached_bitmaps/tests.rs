//! Which texts get a bitmap, and bitmaps under writes.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::store::memory::cost::OPEN_SET;
use crate::store::memory::text::tokenize::{Folded, windows, words};

/// Names of up to three words. The texts of the first word alone are more than 64. Those of
/// "edge" alone cost just enough for a bitmap, and those of "verge" alone just too little.
const ALL: &str = "abcdefghijklmnopqr";
const MOST: &str = "abcdefghijklmnopqr edge";
const NEARLY: &str = "abcdefghijklmnopqr edge verge";
const SLOTS: u32 = 33_000;

/// The names by slot.
fn names() -> Vec<&'static str> {
    let name = |slot| match slot {
        0..32_759 => NEARLY,
        32_759 => MOST,
        _ => ALL,
    };
    (0..SLOTS).map(name).collect()
}

/// The words and the windows of names.
fn dictionaries(names: &[&str]) -> [Words; 2] {
    let [mut in_words, mut in_windows] = [Words::default(), Words::default()];
    for name in [NEARLY, MOST, ALL] {
        let folded = Folded::of(name);
        let slots = (0..).zip(names).filter(|(_, other)| **other == name);
        for (slot, _) in slots {
            let slot = Slot(slot);
            for word in words(&folded.scalars) {
                let (scalars, text) = folded.part(word);
                in_words.note(scalars, text, slot);
            }
            for window in windows(&folded.scalars) {
                let (scalars, text) = folded.part(window);
                in_windows.note(scalars, text, slot);
            }
        }
    }
    in_words.settle();
    in_windows.settle();
    [in_words, in_windows]
}

fn scalars(text: &str) -> Vec<char> {
    text.chars().collect()
}

/// The texts of up to four letters within a word whose slot sets cost at least `worth` to unite.
/// Each occurrence of a text in a word opens one set.
fn costly_texts(worth: usize) -> BTreeSet<String> {
    let words = [(ALL, 33_000), ("edge", 32_760), ("verge", 32_759)];
    let texts = words.iter().flat_map(|(word, _)| {
        let parts =
            (0..word.len()).flat_map(|from| (from + 1..=word.len()).map(move |to| from..to));
        parts
            .map(|part| &word[part])
            .filter(|text| text.len() <= GRAM)
    });
    let cost = |text: &str| -> usize {
        let cost = |(word, slots): &(&str, usize)| {
            let occurrences = (0..word.len()).filter(|from| word[*from..].starts_with(text));
            occurrences.count() * (OPEN_SET + slots)
        };
        words.iter().map(cost).sum()
    };
    let costly = texts.filter(|text| cost(text) >= worth);
    costly.map(ToOwned::to_owned).collect()
}

/// Every text of the names that could have a bitmap.
fn short_texts_of(names: &[&str]) -> BTreeMap<Gram, String> {
    let names: BTreeSet<&&str> = names.iter().collect();
    let parts = names.into_iter().flat_map(|name| {
        let ends = |from| (from + 1..=name.len()).take(GRAM);
        (0..name.len()).flat_map(move |from| ends(from).map(move |to| &name[from..to]))
    });
    let texts = parts.map(|text| (Gram::new(&scalars(text)), text.to_owned()));
    texts.collect()
}

fn check(cached: &CachedBitmaps, names: &[&str]) {
    let texts = short_texts_of(names);
    for (gram, bitmap) in cached.iter() {
        let text = &texts[&gram];
        let slots = (0..).zip(names).filter(|(_, name)| name.contains(text));
        let slots: Vec<Slot> = slots.map(|(slot, _)| Slot(slot)).collect();
        assert_eq!(bitmap.count, slots.len(), "{text}");
        let mut found = Vec::new();
        bitmap.bits.for_each(|slot| found.push(slot));
        assert_eq!(found, slots, "{text}");
        assert_eq!(cached.get(&scalars(text)).unwrap().count, bitmap.count);
    }
}

#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn texts_that_are_costly_to_unite_have_bitmaps() {
    let mut names = names();
    let [in_words, in_windows] = dictionaries(&names);
    let mut cached = CachedBitmaps::new(&in_words, &in_windows, names.len());
    check(&cached, &names);
    let texts = short_texts_of(&names);
    let listed = |cached: &CachedBitmaps| -> BTreeSet<String> {
        let listed = cached.iter().map(|(gram, _)| texts[&gram].clone());
        listed.filter(|text| !text.contains(' ')).collect()
    };
    assert_eq!(listed(&cached), costly_texts(cost::cached_from(0)));
    assert_eq!(cached.bitmaps.len(), cached.iter().count());
    assert!(listed(&cached).len() > 64 && cached.bitmaps.len() > listed(&cached).len());
    assert!(cached.get(&scalars("dge")).is_some() && cached.get(&scalars("ve")).is_none());
    assert!(cached.get(&scalars("e v")).is_none() && cached.get(&scalars("r ed")).is_some());
    assert!(cached.get(&scalars("abcd")).is_some() && cached.get(&scalars("abcde")).is_none());

    // With more slots a bitmap costs more, so fewer texts are worth one.
    let cost = 33_008;
    for (slots, worth) in [(16 * cost, cost), (16 * cost + 16, cost + 1)] {
        let cached = CachedBitmaps::new(&in_words, &in_windows, slots);
        assert_eq!(listed(&cached), costly_texts(worth));
    }

    // Names that are replaced, removed and added.
    for (slot, new) in [
        (5, ALL),
        (32_900, NEARLY),
        (32_759, ""),
        (7, NEARLY),
        (9, MOST),
    ] {
        let old = std::mem::replace(&mut names[slot], new);
        let slot = Slot(u32::try_from(slot).unwrap());
        cached.change(slot, &scalars(old), &scalars(new));
    }
    for (slot, new) in (SLOTS..).zip([MOST, ALL]) {
        cached.change(Slot(slot), &[], &scalars(new));
        names.push(new);
    }
    check(&cached, &names);

    let mut none = CachedBitmaps::default();
    none.change(Slot(0), &scalars(ALL), &scalars(MOST));
    assert!(none.bitmaps.is_empty() && none.get(&scalars("a")).is_none());
}
