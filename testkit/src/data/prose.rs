//! Prose: names like the summaries of a bug tracker.
//!
//! The number of occurrences of every word is fixed before the first name is made, so the
//! frequencies are those of [`SHARES`] at any size. All occurrences lie shuffled in a bag. A
//! name draws its words from the bag, and sometimes takes a usual successor of the last word
//! instead. For a word that was taken, one of its occurrences in the bag is skipped later.

use std::collections::HashSet;
use std::fmt::Debug;

use super::spelling::{capitalized, ending, letters, skewed, word};
use super::weighted::Weighted;
use crate::random::Random;

/// The share of all words that the word of a rank has. Between two ranks the share is a
/// power of the rank. Beyond the last one, the exponent is chosen so that the shares add up
/// to one.
const SHARES: [(f64, f64); 5] = [
    (1.0, 0.058),
    (2.0, 0.032),
    (10.0, 0.0085),
    (100.0, 0.001),
    (1_000.0, 0.000_12),
];
/// Words that occur once in the bag, for ten others. Fewer are left in the names, because some
/// names are repeated.
const ONCE_FOR_TEN_OTHERS: usize = 25;
/// How many names in a thousand have 1, 2, 3 and so on words.
const LENGTHS: [u64; 25] = [
    12, 38, 80, 110, 120, 118, 106, 89, 74, 58, 45, 35, 27, 21, 16, 12, 9, 7, 6, 5, 4, 4, 4, 4, 4,
];
/// Of a thousand names, the number that repeat an earlier one.
const REPEATED: usize = 76;
/// The most words in a name that is repeated.
const REPEATED_WORDS: usize = 12;
/// Of a hundred words, the number that follow from the word before.
const CHAINED: usize = 60;
/// The smallest number of names for which the shares are fixed.
const LEAST: usize = 10_000;

/// An iterator over the names.
pub(super) struct Prose {
    random: Random,
    words: Vec<String>,
    counts: Weighted,
    lengths: Weighted,
    bag: Vec<usize>,
    /// For each word, its occurrences in the bag.
    left: Vec<u64>,
    /// For each word, how many of these will be skipped.
    skipped: Vec<u64>,
    /// Names that can be repeated.
    earlier: Vec<String>,
}

impl Prose {
    /// The names of a set of `size` units. The iterator does not end.
    pub(super) fn new(size: usize) -> Self {
        let mut random = Random(0x9_605E);
        let lengths = Weighted::new(LENGTHS);
        let occurrences = counts(bag_size(size.max(LEAST)));
        let words = vocabulary(&mut random, &occurrences);
        let mut bag = Vec::new();
        for (rank, count) in occurrences.iter().enumerate() {
            bag.extend((0..*count).map(|_| rank));
        }
        for end in (1..bag.len()).rev() {
            bag.swap(end, random.below(end + 1));
        }
        Self {
            random,
            words,
            counts: Weighted::new(occurrences.iter().copied()),
            lengths,
            bag,
            skipped: vec![0; occurrences.len()],
            left: occurrences,
            earlier: Vec::new(),
        }
    }

    fn next_word(&mut self, before: Option<usize>) -> usize {
        if let Some(before) = before
            && self.random.below(100) < CHAINED
        {
            let next = self.successor(before);
            if self.skipped[next] * 2 < self.left[next] {
                self.skipped[next] += 1;
                return next;
            }
        }
        while let Some(word) = self.bag.pop() {
            self.left[word] -= 1;
            if self.skipped[word] == 0 {
                return word;
            }
            self.skipped[word] -= 1;
        }
        self.counts.pick(&mut self.random)
    }

    /// A random word out of those that usually follow `word`. Their number is about the square root
    /// of the occurrences of `word`. The first are the most frequent.
    fn successor(&mut self, word: usize) -> usize {
        let many = 1 + self.left[word].isqrt();
        let many = usize::try_from(many).expect("a root of a number of words");
        let below = skewed(&mut self.random, many) + 1;
        let which = skewed(&mut self.random, below);
        let seed = u64::try_from(word * 1_024 + which).expect("a small number");
        self.counts.at(Random(seed).below(self.counts.sum()))
    }

    fn name(&mut self) -> String {
        let length = 1 + self.lengths.pick(&mut self.random);
        let mut name = String::new();
        let mut before = None;
        for place in 0..length {
            let word = self.next_word(before);
            before = Some(word);
            if place > 0 {
                name.push(' ');
            }
            let capital = if place == 0 { 82 } else { 28 };
            let capital = self.random.below(100) < capital;
            let spelled = &self.words[word];
            let opened = self.random.below(100) == 0;
            if opened {
                name.push('(');
            }
            if capital {
                name.push_str(&capitalized(spelled));
            } else {
                name.push_str(spelled);
            }
            name.push_str(if opened {
                ")"
            } else {
                punctuation(&mut self.random, place + 1 == length)
            });
        }
        if length <= REPEATED_WORDS {
            self.earlier.push(name.clone());
        }
        name
    }
}

impl Iterator for Prose {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        if self.random.below(1_000) < REPEATED && !self.earlier.is_empty() {
            return Some(self.random.pick(&self.earlier).clone());
        }
        Some(self.name())
    }
}

/// The number of words in the names that are not repeated.
fn bag_size(size: usize) -> f64 {
    let (names, words) = (LENGTHS.iter().sum::<u64>(), (1..).zip(LENGTHS));
    let words: u64 = words.map(|(words, names): (u64, u64)| words * names).sum();
    float(size) * float(1_000 - REPEATED) / 1_000.0 * float(words) / float(names)
}

/// How often the word of each rank occurs, the most frequent first.
fn counts(total: f64) -> Vec<u64> {
    // The sum falls when the exponent grows.
    let (mut low, mut high) = (0.8, 3.0);
    for _ in 0..30 {
        let middle = f64::midpoint(low, high);
        let sum: u64 = counts_with(total, middle).iter().sum();
        if float(sum) > total {
            low = middle;
        } else {
            high = middle;
        }
    }
    counts_with(total, high)
}

fn counts_with(total: f64, exponent: f64) -> Vec<u64> {
    let mut counts = Vec::new();
    for rank in 1_u32.. {
        let expected = share(f64::from(rank), exponent) * total;
        if expected < 2.2 {
            break;
        }
        counts.push(rounded(expected));
    }
    let once = counts.len() * ONCE_FOR_TEN_OTHERS / 10;
    counts.extend((0..once).map(|_| 1));
    counts
}

fn share(rank: f64, exponent: f64) -> f64 {
    for pair in SHARES.windows(2) {
        let [(from, more), (to, less)] = [pair[0], pair[1]];
        if rank <= to {
            let slope = (less / more).ln() / (to / from).ln();
            return more * (rank / from).powf(slope);
        }
    }
    let (last, share) = SHARES[SHARES.len() - 1];
    share * (rank / last).powf(-exponent)
}

/// A spelling for each rank. Frequent words are short.
fn vocabulary(random: &mut Random, counts: &[u64]) -> Vec<String> {
    let mut seen = HashSet::new();
    let mut words = Vec::with_capacity(counts.len());
    let mut tries = 0;
    while words.len() < counts.len() {
        let rank = words.len();
        // A spelling that is taken is tried longer.
        let word = spelling(random, rank, counts[rank] == 1, tries);
        if seen.insert(word.clone()) {
            words.push(word);
            tries = 0;
        } else {
            tries += 1;
        }
    }
    words
}

fn spelling(random: &mut Random, rank: usize, once: bool, tries: usize) -> String {
    // A few words are as long as a path or a mangled name.
    if once && rank.is_multiple_of(5_003) {
        let count = 60 + random.below(275);
        return letters(random, count);
    }
    if rank >= 200 && random.below(100) < 6 {
        return (1 + random.below(rank * 4)).to_string();
    }
    let more = random.below(3);
    let mut spelled = match rank {
        0..40 => letters(random, 1 + tries.min(2) + more / 2 + usize::from(rank > 6)),
        40..600 => word(random, 1 + (tries + more).div_ceil(2)),
        600..8_000 => word(random, 2 + tries / 4 + more.div_ceil(2)),
        _ => word(random, 2 + more.div_ceil(2)),
    };
    if rank >= 200 && random.below(100) < 45 {
        spelled.push_str(ending(random));
    }
    if rank >= 1_000 {
        match random.below(1_000) {
            0..5 => return spelled.replace('e', "é").replace('o', "ö"),
            5 | 6 => {
                let letter = |_| char::from_u32(0x430 + random.below(32_u32)).expect("Cyrillic");
                return (0..7).map(letter).collect();
            }
            _ => {}
        }
    }
    spelled
}

fn punctuation(random: &mut Random, last: bool) -> &'static str {
    match random.below(1_000) {
        0..30 if !last => ",",
        30..45 if !last => ":",
        45 if !last => "–",
        46..50 => "'s",
        0..60 if last => ".",
        60..75 if last => "?",
        75..80 if last => "!",
        _ => "",
    }
}

fn float<N: TryInto<u32, Error: Debug>>(number: N) -> f64 {
    f64::from(number.try_into().expect("a number below 2^32"))
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the number is positive and far below 2^64"
)]
fn rounded(number: f64) -> u64 {
    number.round() as u64
}
