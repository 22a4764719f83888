//! Text indexes with one contradiction to the names: the check finds each.

use super::*;
use crate::store::memory::tests::faults::{is_sound, store};

/// The unit with a long name is the first by id and the last by name.
fn long(index: &TextIndex) -> Slot {
    *index.long.first().unwrap()
}

type Fault = (&'static str, fn(&mut TextIndex));

const FAULTS: [Fault; 6] = [
    ("a word has another unit", |index| {
        let slot = long(index);
        index.words.insert(WordId(0), slot);
    }),
    ("a window has another unit", |index| {
        let slot = long(index);
        index.windows.insert(WordId(0), slot);
    }),
    ("a short name is listed as long", |index| {
        index.long.insert(Slot(7));
    }),
    ("a plain name is listed as irregular", |index| {
        let name = Folded::of("a\ta");
        index.adjacency.insert(Slot(7), &name, &[]);
    }),
    ("a name begins with another word", |index| {
        let name = Folded::of("unit");
        index.adjacency.insert(Slot(7), &name, &[WordId(2)]);
    }),
    ("an irregular name is listed as plain", |index| {
        let mut irregular = slots_of(index.adjacency.irregular()).into_iter();
        let slot = irregular.next().unwrap();
        index.adjacency.remove(slot, &Folded::of("a\ta"), &[]);
    }),
];

#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn every_fault_of_the_text_index_is_found() {
    let store = store(60);
    for (name, break_it) in FAULTS {
        let mut broken = store.clone();
        break_it(&mut broken.text);
        assert!(!is_sound(&broken), "{name}");
    }
}

#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn neighbours_of_frequent_words_are_checked() {
    let store = store(4_200);
    assert!(store.text.adjacency.pairs() > 0);
    store.internal_validate();
}
