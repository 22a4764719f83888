//! The index over folded names, from which the names that contain a text are found
//! without looking at them.
//!
//! Names are cut at whitespace into words, and a dictionary of the distinct words has
//! the slots of each. A text without a cut matches a name exactly when it matches one
//! of its words, so its answer is the union of a few sets. A second dictionary has the
//! window around every cut, up to two scalars on either side, which makes short texts
//! across a cut exact as well.

use std::collections::BTreeSet;
use std::hint::black_box;
use std::ops::Range;

use super::ready::Ready;
use super::words::{GRAM, Words};
use crate::fold::fold;

#[derive(Clone, Debug, Default)]
pub(super) struct TextIndex {
    pub(super) words: Words,
    /// Every cut of a name with what is within [`REACH`] of it.
    pub(super) windows: Words,
    pub(super) ready: Ready,
    /// Units whose names are too long for the dictionary: they are read instead.
    pub(super) long: BTreeSet<u32>,
    /// What has changed since `ready` was made, and how many names there were.
    changes: usize,
    names_then: usize,
}

/// The longest name, in scalars, that is cut into words.
pub(super) const MAX_SCALARS: usize = 1_024;

/// How many scalars a window has on either side of its cut.
pub(super) const REACH: usize = 2;

/// As many names as make it worth to look for frequent texts.
const MANY_NAMES: usize = 4_096;

/// A folded name, as scalars and as UTF-8.
#[derive(Default)]
pub(super) struct Folded {
    pub(super) scalars: Vec<char>,
    text: String,
    /// By scalar: where it begins in `text`; and the end.
    bytes: Vec<usize>,
}

impl Folded {
    pub(super) fn of(name: &str) -> Self {
        let scalars = name.len().min(MAX_SCALARS + 1);
        let mut folded = Self {
            scalars: Vec::with_capacity(scalars),
            text: String::with_capacity(scalars),
            bytes: Vec::with_capacity(scalars + 1),
        };
        folded.set(name);
        folded
    }

    /// Folds a name, or the beginning of a very long one.
    pub(super) fn set(&mut self, name: &str) {
        self.scalars.clear();
        self.text.clear();
        self.bytes.clear();
        for scalar in name.chars().take(MAX_SCALARS + 1).map(fold) {
            self.bytes.push(self.text.len());
            self.scalars.push(scalar);
            self.text.push(scalar);
        }
        self.bytes.push(self.text.len());
    }

    fn part(&self, range: Range<usize>) -> (&[char], &str) {
        let byte = |at| self.bytes.get(at).copied().unwrap_or_default();
        let text = self.text.get(byte(range.start)..byte(range.end));
        (
            self.scalars.get(range).unwrap_or_default(),
            text.unwrap_or_default(),
        )
    }

    fn is_long(&self) -> bool {
        self.scalars.len() > MAX_SCALARS
    }

    /// The distinct words, sorted.
    fn words(&self) -> Vec<(&[char], &str)> {
        self.distinct(words(&self.scalars))
    }

    /// The distinct windows, sorted.
    fn windows(&self) -> Vec<(&[char], &str)> {
        self.distinct(windows(&self.scalars))
    }

    fn distinct(&self, parts: impl Iterator<Item = Range<usize>>) -> Vec<(&[char], &str)> {
        let mut parts: Vec<_> = parts.map(|part| self.part(part)).collect();
        parts.sort_unstable();
        parts.dedup();
        parts
    }
}

impl TextIndex {
    /// Notes a name of a load, in the order of the slots.
    pub(super) fn note(&mut self, slot: u32, name: &Folded) {
        if name.is_long() {
            self.long.insert(slot);
            return;
        }
        for word in words(&name.scalars) {
            let (scalars, text) = name.part(word);
            self.words.note(scalars, text, slot);
        }
        for window in windows(&name.scalars) {
            let (scalars, text) = name.part(window);
            self.windows.note(scalars, text, slot);
        }
    }

    /// Enters a name in place of another, either of which may be none. What is in both
    /// is left alone.
    pub(super) fn replace(&mut self, slot: u32, old: Option<&Folded>, new: Option<&Folded>) {
        self.changes += 1;
        self.long.remove(&slot);
        if new.is_some_and(Folded::is_long) {
            self.long.insert(slot);
        }
        let empty = Folded::default();
        let old = old.filter(|name| !name.is_long()).unwrap_or(&empty);
        let new = new.filter(|name| !name.is_long()).unwrap_or(&empty);
        let (words_of_old, words_of_new) = (old.words(), new.words());
        for (word, text) in without(&words_of_old, &words_of_new) {
            self.words.remove(word, text, slot);
        }
        for (word, text) in without(&words_of_new, &words_of_old) {
            self.words.add(word, text, slot);
        }
        let (windows_of_old, windows_of_new) = (old.windows(), new.windows());
        for (window, text) in without(&windows_of_old, &windows_of_new) {
            self.windows.remove(window, text, slot);
        }
        for (window, text) in without(&windows_of_new, &windows_of_old) {
            self.windows.add(window, text, slot);
        }
        self.ready.change(slot, &old.scalars, &new.scalars);
    }

    /// Reads what replacing a name will read.
    pub(super) fn prefetch(&self, slot: Option<u32>, old: Option<&Folded>, new: Option<&Folded>) {
        let slot = slot.unwrap_or_default();
        for name in old.into_iter().chain(new).filter(|name| !name.is_long()) {
            for (dictionary, parts) in
                [(&self.words, name.words()), (&self.windows, name.windows())]
            {
                for (_, text) in parts {
                    let slots = dictionary
                        .find(text)
                        .and_then(|word| dictionary.slots(word));
                    black_box(slots.map(|slots| slots.contains(slot)));
                }
            }
            self.ready.prefetch(slot, &name.scalars);
        }
    }

    /// Enters the names that have been noted.
    pub(super) fn settle(&mut self, names: usize, slots: usize) {
        self.words.settle();
        self.windows.settle();
        self.make_ready(names, slots);
    }

    /// Looks for frequent texts again when as many names have changed as there were.
    pub(super) fn refresh(&mut self, names: usize, slots: usize) {
        if self.changes >= self.names_then.max(MANY_NAMES) {
            self.make_ready(names, slots);
        }
    }

    fn make_ready(&mut self, names: usize, slots: usize) {
        self.ready = Ready::new(&self.words, &self.windows, slots);
        self.changes = 0;
        self.names_then = names;
    }
}

/// The parts that are not among `others`, both sorted.
fn without<'a>(
    parts: &'a [(&'a [char], &'a str)],
    others: &'a [(&'a [char], &'a str)],
) -> impl Iterator<Item = (&'a [char], &'a str)> {
    let parts = parts.iter().copied();
    parts.filter(|part| others.binary_search(part).is_err())
}

/// The words of a name: its longest parts without whitespace.
pub(super) fn words(scalars: &[char]) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut from = 0;
    std::iter::from_fn(move || {
        let rest = scalars.get(from..)?;
        let start = from + rest.iter().position(|c| !c.is_whitespace())?;
        let rest = scalars.get(start..)?;
        let len = rest.iter().position(|c| c.is_whitespace());
        let end = len.map_or(scalars.len(), |len| start + len);
        from = end;
        Some(start..end)
    })
}

/// The windows around the cuts of a name or text.
pub(super) fn windows(scalars: &[char]) -> impl Iterator<Item = Range<usize>> + '_ {
    let cuts = scalars.iter().enumerate();
    cuts.filter(|(_, c)| c.is_whitespace())
        .map(|(at, _)| at.saturating_sub(REACH)..(at + 1 + REACH).min(scalars.len()))
}

/// Whether some word or window contains the text in every name that contains it.
pub(super) fn is_inside(text: &[char]) -> Inside {
    let mut cuts = text.iter().enumerate().filter(|(_, c)| c.is_whitespace());
    let Some((first, _)) = cuts.next() else {
        return Inside::Word;
    };
    let reaches = |at: usize| at <= REACH && text.len() <= at + 1 + REACH;
    if reaches(first) || cuts.any(|(at, _)| reaches(at)) {
        Inside::Window
    } else {
        Inside::Neither
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Inside {
    Word,
    Window,
    Neither,
}

/// Every text that could have a ready list and that the name contains.
pub(super) fn short_texts(scalars: &[char]) -> impl Iterator<Item = &[char]> {
    (0..scalars.len()).flat_map(move |from| {
        let longest = scalars.get(from..).unwrap_or_default();
        let longest = longest.get(..GRAM).unwrap_or(longest);
        let is_word = !longest.iter().any(|c| c.is_whitespace());
        let texts = (1..=longest.len()).filter_map(|len| longest.get(..len));
        texts.filter(move |text| is_word || is_inside(text) != Inside::Neither)
    })
}
