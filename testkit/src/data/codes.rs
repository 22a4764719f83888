//! Codes: names like those of a package registry. All are different.
//!
//! A name is some runs of letters or digits with separators between them, a few with a scope in
//! front. A run is a frequent prefix or suffix, a common run by Zipf's law, a number, or a run
//! that no other name has.

use std::collections::HashSet;

use super::spelling::{letters, word};
use super::weighted::Weighted;
use crate::random::Random;

/// The number of names for each common run.
const NAMES_FOR_A_RUN: usize = 12;
/// The number of names for each scope.
const NAMES_FOR_A_SCOPE: usize = 60;
/// How many names in a thousand have 1, 2, 3 and so on runs, without the scope.
const LENGTHS: [u64; 14] = [70, 322, 300, 158, 76, 36, 18, 9, 4, 3, 1, 1, 1, 1];
/// Frequent prefixes, and as many frequent suffixes.
const AFFIXES: usize = 200;
/// Of a hundred names, how many begin with a frequent prefix, and how many end with a suffix.
const WITH_AFFIX: usize = 45;
/// Of a hundred names, how many have a scope.
const WITH_SCOPE: usize = 11;
/// The bytes of the longest name.
const LONGEST: usize = 190;

/// An iterator over the names.
pub(super) struct Codes {
    random: Random,
    lengths: Weighted,
    prefixes: Vec<String>,
    suffixes: Vec<String>,
    affix: Weighted,
    runs: Vec<String>,
    run: Weighted,
    scopes: Vec<String>,
    scope: Weighted,
    seen: HashSet<String>,
    /// The number of the name that is as long as [`LONGEST`].
    longest: usize,
}

impl Codes {
    /// The names of a set of `size` units. The iterator does not end.
    pub(super) fn new(size: usize) -> Self {
        let mut random = Random(0xC0DE5);
        let mut affixes = || distinct(AFFIXES, |tries| letters(&mut random, 2 + tries % 3));
        let (prefixes, suffixes) = (affixes(), affixes());
        let count = (size / NAMES_FOR_A_RUN).max(AFFIXES);
        let runs = distinct(count, |tries| common(&mut random, tries));
        let count = (size / NAMES_FOR_A_SCOPE).max(AFFIXES);
        let scopes = distinct(count, |tries| word(&mut random, 1 + tries % 2));
        Self {
            random,
            lengths: Weighted::new(LENGTHS),
            prefixes,
            suffixes,
            affix: Weighted::zipf(AFFIXES, 3),
            run: Weighted::zipf(runs.len(), 20),
            runs,
            scope: Weighted::zipf(scopes.len(), 5),
            scopes,
            seen: HashSet::new(),
            longest: size / 2,
        }
    }

    fn name(&mut self) -> String {
        let mut name = String::new();
        if self.random.below(100) < WITH_SCOPE {
            name.push('@');
            name.push_str(&self.scopes[self.scope.pick(&mut self.random)]);
            name.push('/');
        }
        let length = 1 + self.lengths.pick(&mut self.random);
        for place in 0..length {
            if place > 0 {
                name.push_str(separator(&mut self.random));
            }
            self.push_run(&mut name, place, length);
        }
        // A name that another unit has gets another run.
        while name.len() < 2 || self.seen.contains(&name) {
            name.push('-');
            self.push_run(&mut name, 1, 3);
        }
        while self.seen.len() == self.longest && name.len() < LONGEST - 4 {
            name.push('-');
            self.push_run(&mut name, 1, 3);
        }
        name
    }

    fn push_run(&mut self, name: &mut String, place: usize, length: usize) {
        let random = &mut self.random;
        let affix = length > 1 && random.below(100) < WITH_AFFIX;
        if affix && place == 0 {
            name.push_str(&self.prefixes[self.affix.pick(random)]);
        } else if affix && place + 1 == length {
            name.push_str(&self.suffixes[self.affix.pick(random)]);
        } else {
            match random.below(1_000) {
                0..183 => {
                    let count = 5 + random.below(2);
                    name.push_str(&letters(random, count));
                }
                183..273 if place > 0 => {
                    let most = *random.pick(&[10, 10, 100, 3_000]);
                    name.push_str(&random.below(most).to_string());
                }
                _ => name.push_str(&self.runs[self.run.pick(random)]),
            }
        }
    }
}

impl Iterator for Codes {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        let name = self.name();
        self.seen.insert(name.clone());
        Some(name)
    }
}

/// A run that many names have. It is longer after each try that made a run which exists.
fn common(random: &mut Random, tries: usize) -> String {
    if random.below(8) == 0 {
        return word(random, 1 + tries.min(1));
    }
    let count = 1 + random.below(2) + tries / 8;
    if tries < 2 {
        return letters(random, count);
    }
    let one = |_| char::from(*random.pick(b"0123456789abcdefghijklmnopqrstuvwxyz"));
    (0..count).map(one).collect()
}

fn separator(random: &mut Random) -> &'static str {
    match random.below(100) {
        0..3 => "_",
        3..6 => ".",
        _ => "-",
    }
}

/// `count` different texts. `make` gets the number of tries for one of them.
fn distinct(count: usize, mut make: impl FnMut(usize) -> String) -> Vec<String> {
    let mut seen = HashSet::new();
    let mut all = Vec::with_capacity(count);
    let mut tries = 0;
    while all.len() < count {
        let text = make(tries);
        tries += 1;
        if seen.insert(text.clone()) {
            all.push(text);
            tries = 0;
        }
    }
    all
}
