//! Invented words that can be pronounced, with the frequent letters and endings of English.

use crate::random::Random;

/// The beginnings of syllables, the frequent ones first.
const ONSETS: [&str; 44] = [
    "t", "s", "c", "r", "d", "m", "p", "l", "n", "b", "f", "", "h", "w", "st", "g", "pr", "v",
    "tr", "th", "k", "ch", "sh", "j", "gr", "cl", "fr", "pl", "cr", "br", "y", "sp", "dr", "wh",
    "fl", "bl", "sc", "qu", "gl", "sl", "str", "z", "sw", "kn",
];
const NUCLEI: [&str; 12] = [
    "e", "a", "i", "o", "u", "io", "ea", "ou", "ee", "ai", "y", "oo",
];
const CODAS: [&str; 24] = [
    "", "", "", "n", "r", "", "s", "t", "l", "d", "m", "c", "nt", "st", "ck", "p", "ng", "ll",
    "ss", "g", "x", "rt", "b", "nd",
];
const ENDINGS: [&str; 12] = [
    "s", "ed", "ing", "er", "ion", "ly", "ment", "able", "al", "ity", "ive", "ness",
];

/// A random index below `count`. Index 0 is the most frequent.
pub(super) fn skewed(random: &mut Random, count: usize) -> usize {
    let below = random.below(count);
    random.below(below + 1)
}

/// A word of `syllables` syllables.
pub(super) fn word(random: &mut Random, syllables: usize) -> String {
    let mut word = String::new();
    for _ in 0..syllables {
        word.push_str(ONSETS[skewed(random, ONSETS.len())]);
        word.push_str(NUCLEI[skewed(random, NUCLEI.len())]);
        word.push_str(CODAS[skewed(random, CODAS.len())]);
    }
    word
}

/// One of the frequent endings.
pub(super) fn ending(random: &mut Random) -> &'static str {
    ENDINGS[skewed(random, ENDINGS.len())]
}

/// `count` letters, the frequent ones of English first.
pub(super) fn letters(random: &mut Random, count: usize) -> String {
    const LETTERS: &[u8; 26] = b"etaoinsrhldcumfpgwybvkxjqz";
    let letter = |_| char::from(LETTERS[skewed(random, LETTERS.len())]);
    (0..count).map(letter).collect()
}

/// The word with a capital at its front.
pub(super) fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters.as_str().chars()).collect()
}
