//! The `text` parameter: a case-insensitive literal (SPEC §2, Text).

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use memchr::{memchr2, memchr3};
use thiserror::Error;

use crate::excerpt::excerpt;
use crate::fold::fold;

/// A literal that a name contains when some run of its characters equals it,
/// character by character, under Unicode simple case folding (SPEC §2, Text). Two filters
/// are equal when they were made of the same text.
///
/// No character is special, nothing is trimmed or normalised. The rule is that of
/// MongoDB's engine (PCRE2, caseless UTF mode), which is not that of `regex`,
/// `to_lowercase` or `ILIKE`:
///
/// | text | matches | does not match |
/// |---|---|---|
/// | `k` | `K`, the Kelvin sign `\u{212A}` | |
/// | `s` | `S`, the long s `ſ` | `ß` |
/// | `ß` | `ẞ` | `ss`, `SS` |
/// | `Σ` | `σ`, `ς` | |
/// | `i` | `I` | `İ`, `ı` |
/// | `é` (one scalar) | `É` | `e` with a combining accent |
///
/// ```
/// use livechat_units::TextFilter;
///
/// let filter: TextFilter = "UNIT".parse()?;
/// assert!(filter.is_match("business unit test"));
/// assert_eq!(filter.find("business unit test"), Some(9..13));
/// assert!(!filter.is_match("Sales"));
/// # Ok::<(), livechat_units::TextError>(())
/// ```
#[doc(alias("search", "contains"))]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TextFilter {
    text: Box<str>,
    folded: Box<[char]>,
    /// For a match of so many scalars that the next one breaks: how many of them
    /// are still a match (Knuth, Morris and Pratt), so that no name is read twice.
    fallback: Box<[usize]>,
    starts: Starts,
}

/// The bytes with which a scalar equal to the text's first one can begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Starts {
    Ascii(u8, u8),
    /// One of the two ASCII letters that a scalar outside ASCII folds to, in both
    /// cases, and the first byte of that scalar.
    AsciiAndBeyond(u8, u8, u8),
    BeyondAscii,
}

/// A text that no name can be searched for.
///
/// ```
/// use livechat_units::TextFilter;
///
/// assert_eq!(
///     TextFilter::new("Sales\0Unit").unwrap_err().to_string(),
///     r#"expected a text without U+0000, which is at byte 5, found "Sales\0Unit""#
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{}, found \"{found}\"", self.problem())]
pub struct TextError {
    kind: TextErrorKind,
    /// The byte of the U+0000, or how many bytes there are.
    number: usize,
    found: String,
}

/// What was wrong with a text.
///
/// ```
/// use livechat_units::{TextErrorKind, TextFilter};
///
/// // A search box: where nothing is typed, nothing is filtered.
/// let filter = |typed: &str| match TextFilter::new(typed) {
///     Ok(text) => Ok(Some(text)),
///     Err(error) if error.kind() == TextErrorKind::Empty => Ok(None),
///     Err(error) => Err(error),
/// };
/// assert_eq!(filter("")?, None);
/// assert_eq!(filter("\0").unwrap_err().kind(), TextErrorKind::Nul);
/// # Ok::<(), livechat_units::TextError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TextErrorKind {
    /// It is empty.
    Empty,
    /// It holds U+0000.
    Nul,
    /// It has more than [`TextFilter::MAX_BYTES`] bytes.
    TooLong,
}

impl TextFilter {
    /// The longest text, in bytes of UTF-8: MongoDB's bound on a pattern.
    pub const MAX_BYTES: usize = 32_764;

    /// A filter for `text`.
    ///
    /// # Errors
    /// When the text is empty (no text is no filter), holds U+0000, or is longer
    /// than [`TextFilter::MAX_BYTES`].
    pub fn new(text: &str) -> Result<Self, TextError> {
        let problem = if text.is_empty() {
            Some((TextErrorKind::Empty, 0))
        } else if text.len() > Self::MAX_BYTES {
            Some((TextErrorKind::TooLong, text.len()))
        } else {
            text.find('\0').map(|at| (TextErrorKind::Nul, at))
        };
        if let Some((kind, number)) = problem {
            return Err(TextError {
                kind,
                number,
                found: excerpt(text),
            });
        }
        let folded: Box<[char]> = text.chars().map(fold).collect();
        let fallback = fallback(&folded);
        let starts = match folded.first() {
            Some('k') => Starts::AsciiAndBeyond(b'k', b'K', 0xE2),
            Some('s') => Starts::AsciiAndBeyond(b's', b'S', 0xC5),
            Some(first) => match u8::try_from(*first) {
                Ok(byte) if byte.is_ascii() => Starts::Ascii(byte, byte.to_ascii_uppercase()),
                _ => Starts::BeyondAscii,
            },
            None => Starts::BeyondAscii,
        };
        Ok(Self {
            text: text.into(),
            folded,
            fallback,
            starts,
        })
    }

    /// The text as it was given.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The text, each scalar folded: a name matches when its own
    /// [fold](TextFilter::fold) has this as a substring.
    #[must_use]
    pub fn folded(&self) -> String {
        self.folded.iter().collect()
    }

    pub(crate) fn folded_scalars(&self) -> &[char] {
        &self.folded
    }

    /// `name` with each scalar replaced by the one that stands for all its equals, for a
    /// store that keeps names so. Never longer than `name`, in bytes or in scalars, and
    /// the same in all versions.
    ///
    /// ```
    /// use livechat_units::TextFilter;
    ///
    /// assert_eq!(TextFilter::fold("Sales 3\u{212A}"), "sales 3k");
    /// assert_eq!(TextFilter::fold("Σας"), TextFilter::fold("σαΣ"));
    /// let filter: TextFilter = "ΑΣ".parse()?;
    /// assert!(TextFilter::fold("Σας").contains(&filter.folded()));
    /// # Ok::<(), livechat_units::TextError>(())
    /// ```
    #[must_use]
    pub fn fold(name: &str) -> String {
        name.chars().map(fold).collect()
    }

    /// Whether `name` contains the text. Reads the name once, from its beginning,
    /// and allocates nothing.
    #[must_use]
    pub fn is_match(&self, name: &str) -> bool {
        self.end_of_match(name).is_some()
    }

    /// The bytes of `name` that the text first matches. Their length can differ
    /// from that of the text: `k` matches the Kelvin sign, which is three bytes.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<Range<usize>> {
        let end = self.end_of_match(name)?;
        let last = self.folded.len().checked_sub(1)?;
        let (start, _) = name.get(..end)?.char_indices().rev().nth(last)?;
        Some(start..end)
    }

    fn end_of_match(&self, name: &str) -> Option<usize> {
        let mut matched = 0;
        let mut rest = name;
        loop {
            if matched == 0 {
                rest = rest.get(self.starts.position(rest.as_bytes())?..)?;
            }
            let mut scalars = rest.chars();
            let scalar = fold(scalars.next()?);
            rest = scalars.as_str();
            while self.folded.get(matched) != Some(&scalar) {
                match matched.checked_sub(1) {
                    Some(previous) => matched = self.fallback.get(previous).copied()?,
                    None => break,
                }
            }
            if self.folded.get(matched) == Some(&scalar) {
                matched += 1;
                if matched == self.folded.len() {
                    return Some(name.len() - rest.len());
                }
            }
        }
    }
}

impl TextError {
    /// What was wrong.
    pub fn kind(&self) -> TextErrorKind {
        self.kind
    }

    /// The message without the text that was found.
    pub(super) fn problem(&self) -> String {
        let number = self.number;
        match self.kind {
            TextErrorKind::Empty => "expected a text of at least one character".to_owned(),
            TextErrorKind::Nul => {
                format!("expected a text without U+0000, which is at byte {number}")
            }
            TextErrorKind::TooLong => format!(
                "expected a text of at most {} bytes, which has {number}",
                TextFilter::MAX_BYTES
            ),
        }
    }
}

impl Starts {
    /// Where the first scalar can begin at the earliest. No byte it looks for is
    /// one inside a scalar.
    fn position(self, bytes: &[u8]) -> Option<usize> {
        match self {
            Self::Ascii(a, b) => memchr2(a, b, bytes),
            Self::AsciiAndBeyond(a, b, c) => memchr3(a, b, c, bytes),
            Self::BeyondAscii => bytes.iter().position(|&x| x >= 0xC0),
        }
    }
}

/// For every prefix of `folded`, the longest shorter one that it ends with.
fn fallback(folded: &[char]) -> Box<[usize]> {
    let mut table: Vec<usize> = Vec::with_capacity(folded.len());
    table.extend(folded.first().map(|_| 0));
    let mut matched = 0;
    for scalar in folded.iter().skip(1) {
        while folded.get(matched) != Some(scalar) {
            match matched
                .checked_sub(1)
                .and_then(|previous| table.get(previous))
            {
                Some(&shorter) => matched = shorter,
                None => break,
            }
        }
        if folded.get(matched) == Some(scalar) {
            matched += 1;
        }
        table.push(matched);
    }
    table.into_boxed_slice()
}

/// See [`TextFilter::new`].
impl FromStr for TextFilter {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::new(text)
    }
}

/// The text as it was given.
impl fmt::Display for TextFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests;
