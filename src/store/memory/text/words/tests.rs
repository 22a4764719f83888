//! The dictionary agrees with a map from each word to its slots.

use std::collections::{BTreeMap, BTreeSet};

use super::*;

type Model = BTreeMap<String, BTreeSet<Slot>>;

const TEXTS: [&str; 14] = [
    "a",
    "s",
    "sa",
    "sal",
    "sale",
    "sales",
    "salesman",
    "wholesale",
    "ales",
    "lesson",
    "é",
    "ésale",
    "sales man",
    "東京",
];

fn scalars(text: &str) -> Vec<char> {
    text.chars().collect()
}

fn enter(words: &mut Words, model: &mut Model, text: &str, slot: Slot) {
    let number = words.id_of(&scalars(text), text);
    words.insert(number, slot);
    model.entry(text.to_owned()).or_default().insert(slot);
}

fn leave(words: &mut Words, model: &mut Model, text: &str, slot: Slot) {
    words.remove(words.find(text).unwrap(), slot);
    let slots = model.get_mut(text).unwrap();
    slots.remove(&slot);
    if slots.is_empty() {
        model.remove(text);
    }
}

/// The texts of words, sorted.
fn texts_of(words: &Words, numbers: impl IntoIterator<Item = WordId>) -> Vec<String> {
    let text_of = |number| String::from_utf8(words.bytes_of(number).to_vec()).unwrap();
    let mut texts: Vec<String> = numbers.into_iter().map(text_of).collect();
    texts.sort();
    texts
}

/// The number of words with each gram.
fn grams(words: &Words) -> Vec<(Gram, usize)> {
    let grams = words.grams();
    grams.map(|(gram, words)| (gram, words.len())).collect()
}

fn check(words: &Words, model: &Model) {
    let slots_of = |slots: &SlotSet| {
        let mut all = BTreeSet::new();
        slots.for_each(|slot| all.extend([slot]));
        all
    };
    let text_of = |text: &[u8]| String::from_utf8(text.to_vec()).unwrap();
    let found: Model = words
        .iter()
        .map(|(_, text, slots)| (text_of(text), slots_of(slots)))
        .collect();
    assert_eq!((&found, words.numbers.len()), (model, model.len()));

    let numbers: Vec<WordId> = model.keys().map(|text| words.find(text).unwrap()).collect();
    let sets = words.sets_of(&numbers).map(slots_of);
    assert!(sets.eq(model.values().cloned()));

    for least in 1..4 {
        let frequent = model.iter().filter(|(_, slots)| slots.len() >= least);
        let frequent: Vec<String> = frequent.map(|(text, _)| text.clone()).collect();
        assert_eq!(texts_of(words, words.frequent(least)), frequent);
    }

    let (mut rebuilt, mut same) = (Words::default(), Model::new());
    for text in model.keys() {
        enter(&mut rebuilt, &mut same, text, Slot(0));
    }
    assert_eq!(grams(words), grams(&rebuilt));

    for text in TEXTS.iter().chain(&["ale", "le", "sal", "esal", "alesm"]) {
        let (numbers, examined) = words.containing(&scalars(text), text);
        assert!(numbers.is_sorted_by(|a, b| a < b), "{text}: {numbers:?}");
        let containing = model.keys().filter(|word| word.contains(text));
        assert_eq!(
            texts_of(words, numbers),
            containing.cloned().collect::<Vec<_>>(),
            "{text}"
        );
        if scalars(text).len() > GRAM {
            let with = |gram: &[char]| {
                let gram: String = gram.iter().collect();
                model.keys().filter(|word| word.contains(&gram)).count()
            };
            let rarest = scalars(text).windows(GRAM).map(with).min().unwrap();
            assert_eq!(examined, rarest, "{text}");
        }
    }
}

#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn a_word_is_found_while_a_slot_has_it() {
    let (mut words, mut model) = (Words::default(), Model::new());
    check(&words, &model);
    for round in 0..3 {
        for (slot, text) in (0..).zip(TEXTS) {
            for slot in slot..slot + 1 + slot % 4 {
                enter(&mut words, &mut model, text, Slot(slot));
            }
            check(&words, &model);
        }
        // Numbers are used again.
        assert_eq!(words.numbers(), TEXTS.len());
        for (slot, text) in (0..).zip(TEXTS) {
            for slot in slot..slot + 1 + slot % 4 {
                leave(&mut words, &mut model, text, Slot(slot));
            }
            check(&words, &model);
        }
        assert_eq!(
            (words.numbers.len(), words.grams().count()),
            (0, 0),
            "{round}"
        );
    }
}

/// When the rarest gram has more than eight words, the second rarest is compared too.
#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn texts_whose_rarest_gram_has_many_words_are_found() {
    let (mut words, mut model) = (Words::default(), Model::new());
    for slot in 0..20 {
        let letter = char::from(b'a' + u8::try_from(slot).unwrap());
        enter(
            &mut words,
            &mut model,
            &format!("{letter}sales"),
            Slot(slot),
        );
        enter(
            &mut words,
            &mut model,
            &format!("sal{letter}les"),
            Slot(slot),
        );
        check(&words, &model);
    }
}

/// The words have a kilobyte each, so they fill three segments of the arena.
#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn the_space_of_forgotten_words_is_given_back() {
    let (mut words, mut model) = (Words::default(), Model::new());
    let text = |slot: u32| format!("{slot}-{}", "🦀".repeat(250));
    for slot in 0..2_300 {
        enter(&mut words, &mut model, &text(slot), Slot(slot));
    }
    let mut fuller = words.clone();
    for slot in 0..2_250 {
        leave(&mut words, &mut model, &text(slot), Slot(slot));
        assert!(!words.texts.is_sparse(), "after {slot}");
    }
    check(&words, &model);
    // The same removals without compaction leave a sparse arena.
    for slot in 0..2_250 {
        let number = fuller.find(&text(slot)).unwrap();
        fuller.texts.remove(fuller.entries[number].text);
    }
    assert!(fuller.texts.is_sparse());
}
