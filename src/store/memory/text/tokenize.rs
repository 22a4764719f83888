//! Folds a name, and cuts it into words and into a window around every cut.

use std::ops::Range;

use crate::fold::fold;
use crate::store::memory::id::{OrBroken, part};
use crate::store::memory::text::gram::{GRAM, Gram};

/// The longest name, in scalars, that is cut into words.
pub(crate) const MAX_SCALARS: usize = 1_024;

/// How many scalars a window has on either side of its cut.
pub(crate) const REACH: usize = 2;

/// A folded name, as scalars and as UTF-8.
#[derive(Default)]
pub(crate) struct Folded {
    pub(crate) scalars: Vec<char>,
    text: String,
    /// The offset of each scalar in `text`, and the length of `text`.
    bytes: Vec<usize>,
}

impl Folded {
    pub(crate) fn of(name: &str) -> Self {
        let scalars = name.len().min(MAX_SCALARS + 1);
        let mut folded = Self {
            scalars: Vec::with_capacity(scalars),
            text: String::with_capacity(scalars),
            bytes: Vec::with_capacity(scalars + 1),
        };
        folded.set(name);
        folded
    }

    /// Folds a name. Of a long name it folds one scalar more than [`MAX_SCALARS`].
    pub(crate) fn set(&mut self, name: &str) {
        self.scalars.clear();
        self.text.clear();
        self.bytes.clear();
        if name.is_ascii() {
            let name = name.get(..=MAX_SCALARS).unwrap_or(name);
            self.text.push_str(name);
            self.text.make_ascii_lowercase();
            self.scalars.extend(self.text.bytes().map(char::from));
            self.bytes.extend(0..=name.len());
            return;
        }
        for scalar in name.chars().take(MAX_SCALARS + 1).map(fold) {
            self.bytes.push(self.text.len());
            self.scalars.push(scalar);
            self.text.push(scalar);
        }
        self.bytes.push(self.text.len());
    }

    pub(crate) fn part(&self, range: Range<usize>) -> (&[char], &str) {
        let byte = |at| *self.bytes.get(at).or_broken();
        let text = self.text.get(byte(range.start)..byte(range.end));
        (part(&self.scalars, range), text.or_broken())
    }

    pub(crate) fn is_long(&self) -> bool {
        self.scalars.len() > MAX_SCALARS
    }
}

/// The words of a name: its longest parts without whitespace.
pub(crate) fn words(scalars: &[char]) -> impl Iterator<Item = Range<usize>> + '_ {
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
pub(crate) fn windows(scalars: &[char]) -> impl Iterator<Item = Range<usize>> + '_ {
    let cuts = scalars.iter().enumerate();
    cuts.filter(|(_, c)| c.is_whitespace())
        .map(|(at, _)| at.saturating_sub(REACH)..(at + 1 + REACH).min(scalars.len()))
}

/// Whether in every name that contains the text, a word or a window contains it.
pub(crate) fn is_inside(text: &[char]) -> Inside {
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
pub(crate) enum Inside {
    Word,
    Window,
    Neither,
}

/// Whether every cut is one space between two words.
pub(crate) fn has_plain_cuts(name: &[char]) -> bool {
    let is_cut = |scalar: Option<&char>| scalar.is_none_or(|c| c.is_whitespace());
    let mut at = 0;
    while let Some(scalar) = name.get(at) {
        at += 1;
        if scalar.is_whitespace() {
            let is_plain = *scalar == ' ' && at > 1 && !is_cut(name.get(at));
            if !is_plain {
                return false;
            }
        }
    }
    true
}

/// Every text that could have a cached bitmap and that the name contains.
pub(crate) fn short_texts(scalars: &[char]) -> impl Iterator<Item = Gram> {
    (0..scalars.len()).flat_map(move |from| {
        let longest = part(scalars, from..scalars.len().min(from + GRAM));
        let gram = Gram::new(longest);
        let is_word = !longest.iter().any(|c| c.is_whitespace());
        let is_inside =
            move |len: &usize| is_word || is_inside(part(longest, 0..*len)) != Inside::Neither;
        let lengths = (1..=longest.len()).filter(is_inside);
        lengths.map(move |len| gram.prefix(len))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scalars(text: &str) -> Vec<char> {
        text.chars().collect()
    }

    #[test]
    fn parts_are_the_same_in_scalars_and_in_utf_8() {
        for name in ["Sales UNIT", "Ünït Σας \u{212A}x"] {
            let folded = Folded::of(name);
            assert!(!folded.is_long());
            let whole = folded.scalars.len();
            assert_eq!(whole, name.chars().count());
            for start in 0..=whole {
                for end in start..=whole {
                    let (part, text) = folded.part(start..end);
                    assert_eq!(scalars(text), part);
                    assert!(part.iter().eq(&folded.scalars[start..end]));
                }
            }
        }
        assert_eq!(Folded::of("Σας \u{212A}").part(0..5).1, "ΣΑΣ k");
    }

    /// ASCII names have a faster path, with the same result.
    #[test]
    fn ascii_folds_as_each_scalar_does() {
        let name: String = ('\0'..='\x7F').collect();
        let folded = Folded::of(&name);
        assert!(folded.scalars.iter().copied().eq(name.chars().map(fold)));
        assert_eq!(
            folded.part(0..128).1,
            name.chars().map(fold).collect::<String>()
        );
    }

    #[test]
    fn long_names_are_truncated_after_the_bound() {
        for (scalar, folds_to) in [("X", "x"), ("é", "É")] {
            let folded = Folded::of(&scalar.repeat(MAX_SCALARS));
            assert!(!folded.is_long());
            let folded = Folded::of(&scalar.repeat(3 * MAX_SCALARS));
            assert!(folded.is_long());
            assert_eq!(folded.scalars.len(), MAX_SCALARS + 1);
            let (_, text) = folded.part(0..MAX_SCALARS + 1);
            assert_eq!(text, folds_to.repeat(MAX_SCALARS + 1));
        }
    }

    #[test]
    fn words_and_windows_are_cut_at_whitespace() {
        let name = scalars(" ab  cde\tf");
        let words: Vec<_> = words(&name).collect();
        assert_eq!(words, [1..3, 5..8, 9..10]);
        let windows: Vec<_> = windows(&name).collect();
        assert_eq!(windows, [0..3, 1..6, 2..7, 6..10]);
        assert_eq!(super::words(&scalars("  ")).count(), 0);
    }

    #[test]
    fn a_text_is_inside_a_word_a_window_or_neither() {
        for (text, expected) in [
            ("business", Inside::Word),
            (" ", Inside::Window),
            ("ab cd", Inside::Window),
            ("ab c", Inside::Window),
            ("abc d", Inside::Neither),
            ("a bcd", Inside::Neither),
            (" ab", Inside::Window),
            ("ab ", Inside::Window),
            (" abc", Inside::Neither),
            ("abc ", Inside::Neither),
            // The window of the second space contains the whole text.
            (" a b", Inside::Window),
            ("  b ", Inside::Window),
            ("a   b", Inside::Window),
            ("a b c d", Inside::Neither),
        ] {
            assert_eq!(is_inside(&scalars(text)), expected, "{text:?}");
        }
    }

    #[test]
    fn cuts_are_plain_when_each_is_one_space_between_words() {
        for name in ["", "a", "ab cd", "a b c"] {
            assert!(has_plain_cuts(&scalars(name)), "{name:?}");
        }
        for name in [" ", " a", "a ", "a  b", "a\tb", "a b  c", "a b "] {
            assert!(!has_plain_cuts(&scalars(name)), "{name:?}");
        }
    }

    #[test]
    fn short_texts_are_within_a_word_or_a_window() {
        let texts = |name: &str| short_texts(&scalars(name)).collect::<Vec<_>>();
        let grams = |texts: &[&str]| -> Vec<Gram> {
            texts.iter().map(|text| Gram::new(&scalars(text))).collect()
        };
        assert_eq!(texts("ab"), grams(&["a", "ab", "b"]));
        assert_eq!(texts("a b"), grams(&["a", "a ", "a b", " ", " b", "b"]));
        let long: Vec<char> = scalars("abcdefgh");
        assert_eq!(
            short_texts(&long).count(),
            (0..8).map(|from| GRAM.min(8 - from)).sum::<usize>()
        );
    }
}
