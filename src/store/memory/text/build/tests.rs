//! Which grams exist, and which slots they have, for names of many shapes.

use std::collections::BTreeSet;

use livechat_units_testkit::random::Random;

use super::*;
use crate::store::memory::id::Id;
use crate::store::memory::text::grams::Occurrence;

fn text(random: &mut Random, alphabet: &[char], len: usize) -> String {
    (0..len).map(|_| random.pick(alphabet)).collect()
}

const NAMES: usize = 4_000;

/// Names of many shapes. Each shape has grams of more than [`cost::RARE`] names.
fn shapes() -> Vec<(&'static str, Vec<String>)> {
    let mut random = Random(0x5EED);
    let letters: Vec<char> = ('a'..='z').collect();
    let words: Vec<String> = (0..40)
        .map(|at| text(&mut random, &letters, 3 + at % 9))
        .collect();
    let mut all = |name: &mut dyn FnMut(&mut Random, usize) -> String| {
        (0..NAMES)
            .map(|at| name(&mut random, at))
            .collect::<Vec<_>>()
    };
    let prefix = "a common beginning of more than 32 letters ";
    vec![
        (
            "words",
            all(&mut |random, at| {
                let word = |random: &mut Random| {
                    words[random.below(words.len()).min(random.below(40))].clone()
                };
                format!("{} {} {at}", word(random), word(random))
            }),
        ),
        ("codes", all(&mut |_, at| format!("unit-{at:05}"))),
        (
            "two letters",
            all(&mut |random, _| text(random, &['a', 'b'], 40)),
        ),
        (
            "one letter",
            all(&mut |random, _| "a".repeat(random.below(60))),
        ),
        ("equal", all(&mut |_, _| "the same name".to_owned())),
        ("a common prefix", all(&mut |_, at| format!("{prefix}{at}"))),
        (
            "any scalar",
            all(&mut |random, at| {
                let scalar = char::from_u32(u32::try_from(random.below(0x11_0000)).unwrap());
                format!("東京{}{at}", scalar.unwrap_or('\0'))
            }),
        ),
        (
            "short",
            all(&mut |random, _| {
                let len = random.below(4);
                text(random, &['x', 'é'], len)
            }),
        ),
    ]
}

fn built(names: &[String]) -> Grams {
    let mut stored = Names::default();
    for name in names {
        stored.push(name.as_bytes());
    }
    build(&stored, names.len())
}

fn scalars(text: &str) -> Vec<char> {
    text.chars().collect()
}

/// The slots of the names that contain a text.
fn matches(names: &[String], text: &str) -> Vec<Slot> {
    let slots = names
        .iter()
        .enumerate()
        .filter(|(_, name)| name.contains(text));
    slots.map(|(at, _)| Slot::at(at)).collect()
}

/// Texts of every length that are in a name, and some that are in none.
fn texts(names: &[String]) -> Vec<String> {
    let mut random = Random(7);
    let mut texts = Vec::new();
    for len in (1..=34).flat_map(|len| [len; 6]) {
        let name = scalars(&names[random.below(names.len())]);
        if let Some(last) = name.len().checked_sub(len) {
            let from = random.below(last + 1);
            texts.push(name[from..from + len].iter().collect());
        }
        texts.push(text(&mut random, &['a', 'b', ' ', '0', 'é'], len));
    }
    texts
}

/// The guarantee on which the index rests: a text of 3 to 32 scalars is a gram, or at most so
/// many names contain it.
#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn a_text_is_a_gram_or_matches_few_names() {
    for (shape, names) in shapes() {
        let grams = built(&names);
        let is_limited = shape == "two letters";
        let mut known = 0;
        for text in texts(&names) {
            let expected = matches(&names, &text);
            let text = scalars(&text);
            if text.len() < TRIGRAM || text.len() > cost::LONGEST_GRAM {
                continue;
            }
            let gram = match grams.longest(&text).as_deref() {
                Some([Occurrence { gram, len, .. }]) if *len == text.len() => *gram,
                longest => {
                    assert!(
                        expected.len() <= cost::RARE || is_limited,
                        "{shape}: {text:?}"
                    );
                    assert!(
                        longest.is_some() || expected.is_empty(),
                        "{shape}: {text:?}"
                    );
                    continue;
                }
            };
            known += 1;
            assert_eq!(grams.len(gram), expected.len(), "{shape}: {text:?}");
            assert_eq!(grams.list(gram), expected, "{shape}: {text:?}");
            let mut bits = Vec::new();
            grams.bitmap(gram, NAMES).for_each(|slot| bits.push(slot));
            assert_eq!(bits, expected, "{shape}: {text:?}");
        }
        assert!(known > 3 || shape == "short", "{shape}: {known}");
    }
}

/// A text of one or two scalars is a gram, or the grams that begin with it have few slots.
#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn a_short_text_is_a_gram_or_a_cheap_union() {
    let mut known = 0;
    for (shape, names) in shapes() {
        let names: Vec<String> = names
            .iter()
            .flat_map(|name| [name.clone(), format!("{name}!")])
            .collect();
        let grams = built(&names);
        for text in texts(&names) {
            let expected = matches(&names, &text);
            let key = Key::of(&scalars(&text));
            if text.chars().count() >= TRIGRAM {
                continue;
            }
            let sets: Vec<&SlotSet> = grams.beginning_with(key).collect();
            let entries: usize = sets.iter().map(|set| set.len() + cost::OPEN_SET).sum();
            let united = grams.union(key, names.len());
            assert_eq!(united.count(), expected.len(), "{shape}: {text:?}");
            let gram = grams.find(key);
            assert_eq!(
                gram.is_some(),
                entries >= cost::SHORT_GRAM,
                "{shape}: {text:?}"
            );
            if let Some(gram) = gram {
                known += 1;
                assert_eq!(grams.list(gram), expected, "{shape}: {text:?}");
            }
        }
    }
    assert!(known > 10, "{known}");
}

#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn a_name_of_one_beginning_is_stored_once() {
    let (_, names) = shapes().swap_remove(5);
    let grams = built(&names);
    let prefix = scalars(&names[0][..32]);
    let [whole] = *grams.longest(&prefix).unwrap() else {
        panic!("expected one gram of 32 scalars");
    };
    assert_eq!((whole.len, grams.len(whole.gram)), (32, NAMES));
    assert!(grams.slots(whole.gram).is_none(), "expected a difference");
    assert_eq!(grams.stored_slots(whole.gram).bytes(), 0);
    // Nothing is longer than that.
    let longest = grams.longest(&scalars(&names[0][..40])).unwrap();
    assert!(longest.iter().all(|occurrence| occurrence.len == 32));
}

/// Names of two letters would have grams of a dozen lengths.
#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn the_memory_of_long_grams_is_limited() {
    let (_, names) = shapes().swap_remove(2);
    let mut random = Random(3);
    let names: Vec<String> = names
        .iter()
        .map(|name| name.clone() + &text(&mut random, &['a', 'b'], 200))
        .collect();
    let grams = built(&names);
    let long = grams.iter().filter(|(_, key, _)| key.is_long());
    let bytes: usize = long.map(|(_, _, slots)| slots.bytes()).sum();
    // The last length can take more.
    assert!(bytes > NAMES * cost::LONG_GRAM_BYTES);
    assert!(bytes < NAMES * cost::LONG_GRAM_BYTES * 3, "{bytes}");
}

/// Distinct names at random have no grams of more than three scalars.
#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn rare_grams_have_no_longer_ones() {
    let mut random = Random(11);
    let alphabet: Vec<char> = ('\u{4E00}'..'\u{5E00}').collect();
    let names: Vec<String> = (0..2_000)
        .map(|_| text(&mut random, &alphabet, 12))
        .collect();
    let grams = built(&names);
    let keys: BTreeSet<Key> = names
        .iter()
        .flat_map(|name| Key::trigrams(name.chars()))
        .collect();
    assert_eq!(grams.count(), keys.len());
}
