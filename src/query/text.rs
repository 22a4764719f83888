//! The text filter: a case-insensitive literal (SPEC §2, Text).
//!
//! A [`TextFilter`] has the folded scalars of the text, their failure function (Knuth, Morris
//! and Pratt), and the bytes that can begin a match. A search skips to such a byte with
//! `memchr` and then follows the failure function, so it reads each name once. Memory: 12
//! bytes for each scalar of the text, and the text.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use memchr::{memchr2, memchr3};
use thiserror::Error;

use crate::excerpt::excerpt;
use crate::fold::fold;

/// A literal text to search names for, case-insensitively (SPEC §2, Text).
///
/// A name matches if a run of its characters equals the text under Unicode simple case folding. No
/// character is special, and nothing is trimmed or normalised. MongoDB 6.1 and later have this rule
/// (PCRE2 in caseless UTF mode). `regex`, `to_lowercase` and `ILIKE` have other rules:
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
/// Two filters are equal if their texts are equal, without folding.
///
/// ```
/// use livechat_units::TextFilter;
///
/// let filter: TextFilter = "UNIT".parse()?;
/// assert!(filter.is_match("business unit test"));
/// assert_eq!(filter.find("business unit test"), Some(9..13));
/// assert!(!filter.is_match("Sales"));
///
/// // A store with a column of folded names:
/// assert_eq!(TextFilter::fold("Σας 3\u{212A}"), TextFilter::fold("σαΣ 3k"));
/// assert!(TextFilter::fold("Business Unit").contains(&filter.folded()));
/// # Ok::<(), livechat_units::TextError>(())
/// ```
#[doc(alias("search", "contains"))]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TextFilter {
    text: Box<str>,
    folded: Box<[char]>,
    /// For each prefix of `folded`, the length of the longest shorter prefix that is its suffix.
    failure: Box<[usize]>,
    start_bytes: StartBytes,
}

/// The bytes that can begin a match: the first bytes of all scalars that fold to the
/// first folded scalar of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum StartBytes {
    /// Both cases of an ASCII character.
    Ascii(u8, u8),
    /// Both cases of `k` or `s`, and the first byte of the scalar outside ASCII that equals it.
    AsciiAndNonAscii(u8, u8, u8),
    /// Every byte that begins a scalar outside ASCII.
    NonAscii,
}

/// An invalid text for a [`TextFilter`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{expected}, found \"{found}\"")]
pub struct TextError {
    kind: TextErrorKind,
    expected: String,
    /// The beginning of the text, escaped.
    found: String,
}

/// What is wrong with a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TextErrorKind {
    /// The text is empty.
    Empty,
    /// The text contains U+0000.
    Nul,
    /// The text has more than [`TextFilter::MAX_BYTES`] bytes.
    TooLong,
}

impl TextFilter {
    /// The maximum length of a text, in bytes of UTF-8: MongoDB's limit for a regular expression.
    pub const MAX_BYTES: usize = 32_764;

    /// Compiles a filter for `text`. Cost: linear in the length of the text.
    ///
    /// # Errors
    /// If the text is empty, contains U+0000, or is longer than [`TextFilter::MAX_BYTES`].
    /// [`UnitQuery::with_text`](crate::UnitQuery::with_text) takes `None` for all names.
    pub fn new(text: &str) -> Result<Self, TextError> {
        let (length, max) = (text.len(), Self::MAX_BYTES);
        let (kind, rule) = if length == 0 {
            (TextErrorKind::Empty, "of at least one character".to_owned())
        } else if length > max {
            let rule = format!("of at most {max} bytes, which has {length}");
            (TextErrorKind::TooLong, rule)
        } else if let Some(byte) = text.find('\0') {
            let rule = format!("without U+0000, which is at byte {byte}");
            (TextErrorKind::Nul, rule)
        } else {
            let folded: Box<[char]> = text.chars().map(fold).collect();
            return Ok(Self {
                text: text.into(),
                failure: failure_function(&folded),
                start_bytes: StartBytes::new(folded.first().copied()),
                folded,
            });
        };
        Err(TextError {
            kind,
            expected: format!("expected a text {rule}"),
            found: excerpt(text),
        })
    }

    /// The text as it was passed to [`new`](TextFilter::new).
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The folded text. A name matches if its [folded](TextFilter::fold) form contains this string.
    #[must_use]
    pub fn folded(&self) -> String {
        self.folded.iter().collect()
    }

    pub(crate) fn folded_scalars(&self) -> &[char] {
        &self.folded
    }

    /// The folded form of `name`, for stores that have a column of folded names. All
    /// scalars that are equal under case folding are replaced by the same one of them.
    ///
    /// The result has as many scalars as `name` and at most as many bytes. Every version of
    /// this crate folds alike, so stored names stay valid.
    #[must_use]
    pub fn fold(name: &str) -> String {
        name.chars().map(fold).collect()
    }

    /// Whether `name` contains the text. Cost: linear in the length of `name`, without allocation.
    #[must_use]
    pub fn is_match(&self, name: &str) -> bool {
        self.find_match_end(name).is_some()
    }

    /// The byte range of the first match in `name`. Its length can differ from the text's:
    /// `k` matches the Kelvin sign, which has three bytes. Cost: as [`is_match`](Self::is_match).
    #[must_use]
    pub fn find(&self, name: &str) -> Option<Range<usize>> {
        let end = self.find_match_end(name)?;
        let last = self.folded.len().checked_sub(1)?;
        let (start, _) = name.get(..end)?.char_indices().rev().nth(last)?;
        Some(start..end)
    }

    /// The byte offset of the end of the first match.
    fn find_match_end(&self, name: &str) -> Option<usize> {
        // The number of scalars before `rest` that equal the beginning of the text.
        let mut matched = 0;
        let mut rest = name;
        loop {
            if matched == 0 {
                rest = rest.get(self.start_bytes.find(rest.as_bytes())?..)?;
            }
            let mut scalars = rest.chars();
            let scalar = fold(scalars.next()?);
            rest = scalars.as_str();
            matched = match_next(&self.folded, &self.failure, matched, scalar);
            if matched == self.folded.len() {
                return Some(name.len() - rest.len());
            }
        }
    }
}

impl TextError {
    /// What is wrong with the text.
    pub fn kind(&self) -> TextErrorKind {
        self.kind
    }

    /// The message without the excerpt of the text. The response to an invalid `text` contains it.
    pub(super) fn expected(&self) -> &str {
        &self.expected
    }
}

impl StartBytes {
    fn new(first_folded: Option<char>) -> Self {
        match first_folded {
            // The Kelvin sign, E2 84 AA.
            Some('k') => Self::AsciiAndNonAscii(b'k', b'K', 0xE2),
            // The long s, C5 BF.
            Some('s') => Self::AsciiAndNonAscii(b's', b'S', 0xC5),
            Some(first) => match u8::try_from(first) {
                Ok(byte) if byte.is_ascii() => Self::Ascii(byte, byte.to_ascii_uppercase()),
                _ => Self::NonAscii,
            },
            None => Self::NonAscii,
        }
    }

    /// The offset of the first of these bytes. It is the beginning of a scalar, because
    /// none of these bytes is a continuation byte of UTF-8.
    fn find(self, bytes: &[u8]) -> Option<usize> {
        match self {
            Self::Ascii(a, b) => memchr2(a, b, bytes),
            Self::AsciiAndNonAscii(a, b, c) => memchr3(a, b, c, bytes),
            Self::NonAscii => bytes.iter().position(|&x| x >= 0xC0),
        }
    }
}

/// The number of scalars of `folded` that match after `scalar`, if `matched` matched before it.
fn match_next(folded: &[char], failure: &[usize], mut matched: usize, scalar: char) -> usize {
    while folded.get(matched) != Some(&scalar) {
        let previous = matched.checked_sub(1).and_then(|last| failure.get(last));
        let Some(&shorter) = previous else { return 0 };
        matched = shorter;
    }
    matched + 1
}

/// The failure function of `folded` (see [`TextFilter::failure`]). Cost: linear.
fn failure_function(folded: &[char]) -> Box<[usize]> {
    let mut table: Vec<usize> = Vec::with_capacity(folded.len());
    table.extend(folded.first().map(|_| 0));
    let mut matched = 0;
    for scalar in folded.iter().skip(1) {
        matched = match_next(folded, &table, matched, *scalar);
        table.push(matched);
    }
    table.into_boxed_slice()
}

/// Compiles a filter as [`TextFilter::new`] does.
impl FromStr for TextFilter {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::new(text)
    }
}

/// Writes [`TextFilter::as_str`].
impl fmt::Display for TextFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests;
