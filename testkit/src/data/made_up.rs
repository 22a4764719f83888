//! The names of the invented units.

use std::collections::HashSet;

use crate::random::Random;

const WORDS: usize = 2_000;

/// The names alone. The iterator does not end.
pub(super) fn names() -> impl Iterator<Item = String> {
    let mut random = Random(0x5EED);
    let words = words(&mut random);
    std::iter::from_fn(move || Some(name(&words, &mut random)))
}

/// Two to four words and a number. Most words are capitalized, some are in lower or upper
/// case.
pub(super) fn name(words: &[String], random: &mut Random) -> String {
    let mut name = String::new();
    for _ in 0..2 + random.below(3) {
        let word = match random.below(1_000) {
            0..17 => "sales",
            17..22 => "отдел",
            22..27 => "ünïtê",
            27..32 => "東京",
            _ => random.pick(words),
        };
        match random.below(10) {
            0 => name.push_str(&word.to_uppercase()),
            1 | 2 => name.push_str(word),
            _ => {
                let mut letters = word.chars();
                name.extend(letters.next().into_iter().flat_map(char::to_uppercase));
                name.push_str(letters.as_str());
            }
        }
        name.push(' ');
    }
    name.push_str(&(1 + random.below(9_999)).to_string());
    name
}

/// Words of two or three syllables. No syllable has a `q` or makes a `sales`.
pub(super) fn words(random: &mut Random) -> Vec<String> {
    const ONSETS: [&str; 20] = [
        "b", "c", "d", "f", "g", "h", "j", "k", "m", "n", "p", "r", "t", "v", "w", "br", "cl",
        "dr", "pl", "tr",
    ];
    const NUCLEI: [&str; 7] = ["a", "e", "i", "o", "u", "ie", "ou"];
    const CODAS: [&str; 8] = ["", "", "", "", "n", "r", "l", "st"];
    let mut words = Vec::with_capacity(WORDS);
    let mut seen = HashSet::new();
    while words.len() < WORDS {
        let mut word = String::new();
        for _ in 0..2 + random.below(2) {
            word.push_str(random.pick::<&str>(&ONSETS));
            word.push_str(random.pick::<&str>(&NUCLEI));
            word.push_str(random.pick::<&str>(&CODAS));
        }
        if seen.insert(word.clone()) {
            words.push(word);
        }
    }
    words
}
