//! Names that are the worst of their kind for an index of texts.

use livechat_units::TextFilter;

use super::spelling::{capitalized, word};
use crate::random::Random;

/// Which names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hostile {
    /// All names are equal.
    Equal,
    /// One letter, 1 to 256 times.
    OneLetter,
    /// A hundred letters, each of them `a` or `b`.
    TwoLetters,
    /// The same 200 letters, then eight that differ.
    SharedPrefix,
    /// Twenty random letters and digits. Almost surely, no name is repeated.
    Random,
    /// Names of two words, and one name of a megabyte.
    Megabyte,
    /// Each scalar value in one name, for as many names as that takes; then numbers. Left out
    /// are the values that JSON escapes and those whose lower case is not their case folding.
    Scalars,
}

/// The bytes of the one long name of [`Hostile::Megabyte`].
const MEGABYTE: usize = 1_000_000;
/// The scalar values in a name of [`Hostile::Scalars`].
const SCALARS: usize = 12;

impl Hostile {
    /// The names of a set of `size` units. The iterator does not end.
    pub(super) fn names(self, size: usize) -> Box<dyn Iterator<Item = String>> {
        let mut random = Random(0xBAD);
        let prefix: String = pick(&mut random, b"abcdefghijklmnopqrstuvwxyz", 200);
        if self == Self::Scalars {
            return Box::new(scalars());
        }
        Box::new((0_usize..).map(move |number| match self {
            Self::Equal | Self::Scalars => "Sales Department".to_owned(),
            Self::OneLetter => "a".repeat(1 + random.below(256)),
            Self::TwoLetters => pick(&mut random, b"ab", 100),
            Self::SharedPrefix => format!("{prefix}{}", pick(&mut random, ALPHABET, 8)),
            Self::Random => pick(&mut random, ALPHABET, 20),
            Self::Megabyte => {
                let mut name = words(&mut random);
                while number == size / 2 && name.len() < MEGABYTE {
                    name.push(' ');
                    name.push_str(&words(&mut random));
                }
                name
            }
        }))
    }
}

const ALPHABET: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

fn pick(random: &mut Random, letters: &[u8], count: usize) -> String {
    (0..count)
        .map(|_| char::from(*random.pick(letters)))
        .collect()
}

fn words(random: &mut Random) -> String {
    let (first, second) = (word(random, 2), word(random, 2));
    format!("{} {second}", capitalized(&first))
}

fn scalars() -> impl Iterator<Item = String> {
    let mut rest = ('!'..=char::MAX).filter(|scalar| is_plain(*scalar));
    let chunks = std::iter::from_fn(move || {
        let name: String = rest.by_ref().take(SCALARS).collect();
        (!name.is_empty()).then_some(name)
    });
    chunks.chain((0_usize..).map(|number| number.to_string()))
}

/// Whether a lower case that depends on nothing else is the case folding of this scalar value.
/// The lower case of a capital sigma depends on the letters beside it.
fn is_plain(scalar: char) -> bool {
    let same = || {
        let text = scalar.to_string();
        TextFilter::fold(&text) == text.to_lowercase()
    };
    !matches!(scalar, '"' | '\\' | '\u{7F}' | 'Σ' | ' ') && same()
}
