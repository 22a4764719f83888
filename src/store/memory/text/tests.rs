//! Text indexes with one contradiction to the names: the check finds each.

use super::*;
use crate::store::memory::tests::faults::{is_sound, store};

type Fault = (&'static str, fn(&mut TextIndex));

fn gram(index: &TextIndex, text: &str) -> GramId {
    let scalars: Vec<char> = text.chars().collect();
    index.grams.find(Key::of(&scalars)).unwrap()
}

const FAULTS: [Fault; 6] = [
    ("a gram has another unit", |index| {
        let slot = *index.long_names.first().unwrap();
        let gram = gram(index, "eas");
        assert!(index.grams.stored_slots_mut(gram).insert(slot));
    }),
    ("a gram lacks a unit", |index| {
        let gram = gram(index, "eas");
        assert!(index.grams.stored_slots_mut(gram).remove(Slot(7)));
    }),
    ("a short name is listed as long", |index| {
        index.long_names.insert(Slot(7));
    }),
    ("a long name is not listed", |index| {
        index.long_names.clear();
    }),
    ("a name is another", |index| {
        index.names.replace(Slot(7), "unit east");
    }),
    ("a gram of a name is missing", |index| {
        index.grams = Grams::default();
    }),
];

#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
#[cfg_attr(target_family = "wasm", ignore = "WebAssembly cannot catch a panic")]
fn every_fault_of_the_text_index_is_found() {
    let store = store(60);
    assert!(is_sound(&store));
    for (name, break_it) in FAULTS {
        let mut broken = store.clone();
        break_it(&mut broken.text);
        assert!(!is_sound(&broken), "{name}");
    }
}

/// Long grams are checked too, and the differences to them.
#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
#[cfg_attr(target_family = "wasm", ignore = "WebAssembly cannot catch a panic")]
fn every_fault_of_a_long_gram_is_found() {
    let store = store(1_100);
    let long = store.text.grams.iter().filter(|(_, key, _)| key.is_long());
    let long: Vec<GramId> = long.map(|(gram, ..)| gram).collect();
    assert!(long.len() > 3);
    for gram in long {
        let mut broken = store.clone();
        let set = broken.text.grams.stored_slots_mut(gram);
        let _ = set.insert(Slot(7)) || set.remove(Slot(7));
        assert!(!is_sound(&broken), "{gram:?}");
    }
}

#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn grams_are_chosen_again_after_as_many_changes_as_names() {
    let mut store = store(200);
    let grams = store.text.grams.count();
    for at in 0..cost::NAMES_BEFORE_REFRESH {
        assert_eq!(store.text.changes, at);
        let name = char::from_u32(0x4E00 + u32::try_from(at).unwrap()).unwrap();
        let unit = Unit::builder("0007").name(name.to_string().repeat(9));
        store.upsert(unit.build().unwrap());
    }
    assert_eq!(store.text.changes, 0);
    // Nothing is left of the names in between.
    assert!(store.text.grams.count() < grams + 9);
    assert!(store.text.grams.iter().all(|(.., slots)| slots.len() > 0));
    assert!(store.text.names.bytes() < 200 * 20);
    store.internal_validate();
}
