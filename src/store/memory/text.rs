//! The index over folded names, from which the names that contain a text are found
//! without looking at them.
//!
//! Names are cut at whitespace into words, and a dictionary of the distinct words has
//! the slots of each. A text without a cut matches a name exactly when it matches one
//! of its words, so its answer is the union of a few sets. A second dictionary has the
//! window around every cut, up to a scalar on either side, which makes short texts
//! across a cut exact as well.

use std::collections::BTreeSet;
use std::ops::Range;

use super::ready::Ready;
use super::words::{GRAM, Words};
use crate::fold::fold;

#[derive(Clone, Debug, Default)]
pub(super) struct TextIndex {
    pub(super) words: Words,
    /// Every cut of a name with the scalar before and after it, where there is one.
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
        let mut folded = Self::default();
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
}

impl TextIndex {
    pub(super) fn insert(&mut self, slot: u32, name: &Folded) {
        self.changes += 1;
        if name.is_long() {
            self.long.insert(slot);
            return;
        }
        for word in words(&name.scalars) {
            let (scalars, text) = name.part(word);
            self.words.add(scalars, text, slot);
        }
        for window in windows(&name.scalars) {
            let (scalars, text) = name.part(window);
            self.windows.add(scalars, text, slot);
        }
        if !self.ready.is_empty() {
            for text in short_texts(&name.scalars) {
                self.ready.insert(text, slot);
            }
        }
    }

    pub(super) fn remove(&mut self, slot: u32, name: &Folded) {
        self.changes += 1;
        if self.long.remove(&slot) {
            return;
        }
        // A word that is in the name twice is gone after the first time.
        for word in words(&name.scalars) {
            let (scalars, text) = name.part(word);
            self.words.remove(scalars, text, slot);
        }
        for window in windows(&name.scalars) {
            let (scalars, text) = name.part(window);
            self.windows.remove(scalars, text, slot);
        }
        for text in short_texts(&name.scalars) {
            self.ready.remove(text, slot);
        }
    }

    /// To be called once all names of a load are in.
    pub(super) fn loaded(&mut self, names: usize, slots: usize) {
        self.words.shrink();
        self.windows.shrink();
        self.make_ready(names, slots);
    }

    /// Looks for frequent texts again when as many names have changed as there were.
    pub(super) fn refresh(&mut self, names: usize, slots: usize) {
        if self.changes >= self.names_then.max(MANY_NAMES) {
            self.make_ready(names, slots);
        }
    }

    fn make_ready(&mut self, names: usize, slots: usize) {
        self.ready = Ready::new([&self.words, &self.windows], slots);
        self.changes = 0;
        self.names_then = names;
    }
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

/// The windows around the cuts of a name.
pub(super) fn windows(scalars: &[char]) -> impl Iterator<Item = Range<usize>> + '_ {
    let cuts = scalars.iter().enumerate();
    cuts.filter(|(_, c)| c.is_whitespace())
        .map(|(at, _)| at.saturating_sub(1)..(at + 2).min(scalars.len()))
}

/// Whether some word or window contains the text in every name that contains it.
pub(super) fn is_inside(text: &[char]) -> Inside {
    let cuts = text.iter().filter(|c| c.is_whitespace()).count();
    match text {
        _ if cuts == 0 => Inside::Word,
        [_] | [_, _] => Inside::Window,
        [_, middle, _] if middle.is_whitespace() => Inside::Window,
        _ => Inside::Neither,
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
        let texts = (1..=GRAM).map_while(move |len| scalars.get(from..from + len));
        texts.filter(|text| is_inside(text) != Inside::Neither)
    })
}
