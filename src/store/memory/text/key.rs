//! What identifies a gram: its scalars, or its two parts.

use crate::store::memory::id::GramId;

/// The number of scalars of the shortest grams that exist for every name.
pub(crate) const TRIGRAM: usize = 3;

/// Bits for a scalar. Its code is one more, so that 0 stands for no scalar, and the largest code
/// for the end of a name.
const BITS: u32 = 21;
const MASK: u64 = (1 << BITS) - 1;
const END: u64 = MASK;
const LONG: u64 = 1 << 63;

/// ```text
/// up to three scalars   0 | code, 21 bits | code or 0 | code or 0
/// more                  1 | number of the left part, 31 bits | number of the right part, 32 bits
/// ```
///
/// The keys of the grams that begin with the same scalars are a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Key(u64);

impl Key {
    /// The largest number of a gram that can be a part of a longer one.
    pub(crate) const MAX_PART: u32 = (1 << 31) - 1;

    /// The gram of the first three scalars, or of all if there are fewer.
    pub(crate) fn of(scalars: &[char]) -> Self {
        let codes = scalars.iter().map(|scalar| code(*scalar));
        let codes = codes.chain(std::iter::repeat(0)).take(TRIGRAM);
        Self(codes.fold(0, |key, code| key << BITS | code))
    }

    /// The grams of three scalars of a name and two end marks, one for each scalar of the name.
    pub(crate) fn trigrams(name: impl Iterator<Item = char>) -> impl Iterator<Item = Self> {
        let mut codes = name.map(code).chain([END, END]);
        let first = codes.by_ref().take(TRIGRAM - 1);
        let mut window = first.fold(0, |window, code| window << BITS | code);
        codes.map(move |code| {
            window = (window << BITS | code) & !LONG;
            Self(window)
        })
    }

    /// The gram of two parts: the gram without its last scalar, and without its first one.
    pub(crate) fn joined(left: GramId, right: GramId) -> Self {
        Self(LONG | u64::from(left.0) << 32 | u64::from(right.0))
    }

    /// The last gram that begins with the same one or two scalars.
    pub(crate) fn last(self) -> Self {
        let below = self.0.trailing_zeros() / BITS * BITS;
        Self(self.0 | ((1 << below) - 1))
    }

    /// The gram of the first one or two scalars.
    pub(crate) fn prefix(self, scalars: u32) -> Self {
        let below = (3 - scalars) * BITS;
        Self(self.0 >> below << below)
    }

    /// Whether the gram reaches over the end of a name. No text has such a gram.
    pub(crate) fn is_padded(self) -> bool {
        let codes = [0, BITS, 2 * BITS].map(|at| self.0 >> at & MASK);
        !self.is_long() && codes.contains(&END)
    }

    /// Whether the gram has one or two scalars.
    pub(crate) fn is_short(self) -> bool {
        self.0 & MASK == 0 && !self.is_long()
    }

    /// Whether the gram has three scalars, end marks included.
    pub(crate) fn is_trigram(self) -> bool {
        !self.is_short() && !self.is_long()
    }

    pub(crate) fn is_long(self) -> bool {
        self.0 & LONG != 0
    }
}

fn code(scalar: char) -> u64 {
    u64::from(scalar) + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> Key {
        Key::of(&text.chars().collect::<Vec<_>>())
    }

    fn trigrams(name: &str) -> Vec<Key> {
        Key::trigrams(name.chars()).collect()
    }

    #[test]
    fn every_scalar_of_a_name_begins_a_gram() {
        assert_eq!(trigrams("abcd")[..2], [key("abc"), key("bcd")]);
        for name in ["", "a", "é", "ab", "東京", "abc", "\0\u{10FFFF}\0\0"] {
            let keys = trigrams(name);
            assert_eq!(keys.len(), name.chars().count(), "{name:?}");
            let padded = keys.iter().filter(|key| key.is_padded());
            assert_eq!(padded.count(), keys.len().min(2), "{name:?}");
        }
    }

    #[test]
    fn no_two_grams_have_one_key() {
        let texts = ["a", "ab", "abc", "a\0", "a\0\0", "b", "\0", "\u{10FFFF}"];
        for text in texts {
            for other in texts {
                assert_eq!(key(text) == key(other), text == other, "{text:?} {other:?}");
            }
        }
        let [a, b] = [GramId(0), GramId(Key::MAX_PART)];
        let joined = [Key::joined(a, b), Key::joined(b, a), Key::joined(a, a)];
        for (at, key) in joined.into_iter().enumerate() {
            assert!(!joined[..at].contains(&key));
            assert!(key > trigrams("\u{10FFFF}")[0]);
            assert!(!key.is_padded());
        }
    }

    #[test]
    fn grams_that_begin_with_a_text_are_a_range() {
        for (text, with, without) in [
            (
                "a",
                ["a", "ab", "azz", "a\u{10FFFF}\u{10FFFF}"],
                ["b", "`zz", "é"],
            ),
            (
                "ab",
                ["ab", "ab\0", "abz", "ab\u{10FFFF}"],
                ["a", "ac", "aa\u{10FFFF}"],
            ),
            (
                "東京",
                ["東京", "東京都", "東京\0", "東京\u{10FFFF}"],
                ["東", "東亭", "京東"],
            ),
        ] {
            let range = key(text)..=key(text).last();
            assert!(with.iter().all(|with| range.contains(&key(with))), "{text}");
            assert!(
                without.iter().all(|text| !range.contains(&key(text))),
                "{text}"
            );
            assert!(range.contains(&trigrams(text)[0]), "{text}");
        }
    }

    #[test]
    fn the_prefix_of_a_gram_is_the_gram_of_the_prefix() {
        for (gram, one, two) in [("aé東", "a", "aé"), ("\0ab", "\0", "\0a")] {
            assert_eq!(key(gram).prefix(1), key(one));
            assert_eq!(key(gram).prefix(2), key(two));
        }
    }
}
