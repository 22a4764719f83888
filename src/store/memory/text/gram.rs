//! Grams: the keys by which the words that contain a text are found.

use crate::store::memory::id::widen;

/// The number of scalars of a gram. One gram distinguishes numbers of four digits; longer grams
/// would take more memory.
pub(crate) const GRAM: usize = 4;

/// Up to four scalars of 21 bits, the first in the highest bits, so that the grams that begin with
/// a text are a range. Zeros follow the end of a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Gram(u128);

impl Gram {
    /// The gram of the first scalars of `text`.
    pub(crate) fn new(text: &[char]) -> Self {
        let scalars = text.iter().copied().chain(std::iter::repeat('\0'));
        let scalars = scalars.take(GRAM);
        Self(scalars.fold(0, |gram, c| gram << 21 | u128::from(u32::from(c))))
    }

    /// The last gram that begins with the same `len` scalars.
    pub(crate) fn last_of(self, len: usize) -> Self {
        let below = GRAM.saturating_sub(len) * 21;
        Self(self.0 | ((1 << below) - 1))
    }

    /// The gram of only its first `len` scalars.
    pub(crate) fn prefix(self, len: usize) -> Self {
        let below = GRAM.saturating_sub(len) * 21;
        Self(self.0 >> below << below)
    }

    /// Whether one of its scalars is whitespace.
    pub(crate) fn has_cut(self) -> bool {
        (0..GRAM).any(|at| {
            let scalar = u32::try_from(self.0 >> (at * 21) & 0x1F_FFFF);
            let scalar = scalar.ok().and_then(char::from_u32);
            scalar.is_some_and(char::is_whitespace)
        })
    }

    /// The number of scalars before the zeros.
    pub(crate) fn len(self) -> usize {
        let below = widen(self.0.trailing_zeros()).min(GRAM * 21) / 21;
        GRAM - below
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gram(text: &str) -> Gram {
        let scalars: Vec<char> = text.chars().collect();
        Gram::new(&scalars)
    }

    #[test]
    fn a_cut_is_found_at_every_index() {
        for text in [
            " abc",
            "a bc",
            "ab c",
            "abc ",
            " ",
            "a ",
            "\u{3000}b",
            "é\u{2003}é",
        ] {
            assert!(gram(text).has_cut(), "{text:?}");
        }
        for text in ["", "a", "abcd", "東京", "\u{10FFFF}\u{10FFFF}", "\u{200B}"] {
            assert!(!gram(text).has_cut(), "{text:?}");
        }
        // Only the first four scalars are part of the gram.
        assert!(!gram("abcd e").has_cut());
    }

    #[test]
    fn grams_that_begin_with_a_text_are_a_range() {
        let last = |text: &str| gram(text).last_of(text.chars().count());
        for (text, with, without) in [
            ("a", ["a", "a\u{10FFFF}", "azzz"], ["A", "b", "é"]),
            (
                "ab",
                ["ab", "abab", "ab\u{10FFFF}\u{10FFFF}"],
                ["a", "ac", "aa\u{10FFFF}"],
            ),
            (
                "東京",
                ["東京", "東京都", "東京\u{10FFFF}"],
                ["東", "東亭", "京東"],
            ),
        ] {
            let all = gram(text)..=last(text);
            assert!(with.iter().all(|with| all.contains(&gram(with))), "{text}");
            assert!(
                without.iter().all(|without| !all.contains(&gram(without))),
                "{text}"
            );
        }
    }

    #[test]
    fn the_prefix_of_a_gram_is_the_gram_of_the_prefix() {
        let scalars = ['a', 'é', '東', '\u{10FFFF}'];
        for length in 1..=GRAM {
            let prefix = Gram::new(&scalars).prefix(length);
            assert_eq!(prefix, Gram::new(&scalars[..length]));
            assert_eq!(prefix.len(), length);
        }
    }
}
