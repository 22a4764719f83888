use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::store::memory::cost::OPEN_SET;
use crate::store::memory::text::tokenize::{Folded, windows, words};

/// A word of more texts than are counted at once, one whose texts are just worth a list,
/// and one whose own are just not.
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

/// The texts of up to four letters of a word whose slots take so much to join, each place
/// of a text in a word being a list.
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
            let places = (0..word.len()).filter(|from| word[*from..].starts_with(text));
            places.count() * (OPEN_SET + slots)
        };
        words.iter().map(cost).sum()
    };
    let costly = texts.filter(|text| cost(text) >= worth);
    costly.map(ToOwned::to_owned).collect()
}

/// Every text of the names that could have a list.
fn short_texts_of(names: &[&str]) -> BTreeMap<Gram, String> {
    let names: BTreeSet<&&str> = names.iter().collect();
    let parts = names.into_iter().flat_map(|name| {
        let ends = |from| (from + 1..=name.len()).take(GRAM);
        (0..name.len()).flat_map(move |from| ends(from).map(move |to| &name[from..to]))
    });
    let texts = parts.map(|text| (Gram::new(&scalars(text)), text.to_owned()));
    texts.collect()
}

fn check(ready: &CachedBitmaps, names: &[&str]) {
    let texts = short_texts_of(names);
    for (gram, list) in ready.iter() {
        let text = &texts[&gram];
        let slots = (0..).zip(names).filter(|(_, name)| name.contains(text));
        let slots: Vec<Slot> = slots.map(|(slot, _)| Slot(slot)).collect();
        assert_eq!(list.count, slots.len(), "{text}");
        let mut found = Vec::new();
        list.bits.for_each(|slot| found.push(slot));
        assert_eq!(found, slots, "{text}");
        assert_eq!(ready.get(&scalars(text)).unwrap().count, list.count);
    }
}

#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn what_is_costly_to_join_has_its_slots_ready() {
    let mut names = names();
    let [in_words, in_windows] = dictionaries(&names);
    let mut ready = CachedBitmaps::new(&in_words, &in_windows, names.len());
    check(&ready, &names);
    let texts = short_texts_of(&names);
    let listed = |ready: &CachedBitmaps| -> BTreeSet<String> {
        let listed = ready.iter().map(|(gram, _)| texts[&gram].clone());
        listed.filter(|text| !text.contains(' ')).collect()
    };
    assert_eq!(listed(&ready), costly_texts(cost::cached_from(0)));
    assert_eq!(ready.bitmaps.len(), ready.iter().count());
    assert!(listed(&ready).len() > 64 && ready.bitmaps.len() > listed(&ready).len());
    assert!(ready.get(&scalars("dge")).is_some() && ready.get(&scalars("ve")).is_none());
    assert!(ready.get(&scalars("e v")).is_none() && ready.get(&scalars("r ed")).is_some());
    assert!(ready.get(&scalars("abcd")).is_some() && ready.get(&scalars("abcde")).is_none());

    // Where there are many more, less is worth a list.
    let cost = 33_008;
    for (slots, worth) in [(16 * cost, cost), (16 * cost + 16, cost + 1)] {
        let ready = CachedBitmaps::new(&in_words, &in_windows, slots);
        assert_eq!(listed(&ready), costly_texts(worth));
    }

    // Names that give way to others, that come and that go.
    for (slot, new) in [
        (5, ALL),
        (32_900, NEARLY),
        (32_759, ""),
        (7, NEARLY),
        (9, MOST),
    ] {
        let old = std::mem::replace(&mut names[slot], new);
        let slot = Slot(u32::try_from(slot).unwrap());
        ready.change(slot, &scalars(old), &scalars(new));
    }
    for (slot, new) in (SLOTS..).zip([MOST, ALL]) {
        ready.change(Slot(slot), &[], &scalars(new));
        names.push(new);
    }
    check(&ready, &names);

    let mut none = CachedBitmaps::default();
    none.change(Slot(0), &scalars(ALL), &scalars(MOST));
    assert!(none.bitmaps.is_empty() && none.get(&scalars("a")).is_none());
}
