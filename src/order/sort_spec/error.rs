//! The error of a `sort` that is not valid.

use std::fmt;

use thiserror::Error;

use super::SortSpec;
use crate::excerpt::excerpt;

/// A `sort` that is not valid: what was expected, what was found, and where.
///
/// ```
/// use livechat_units::{SortErrorKind, SortSpec};
///
/// let error = r#"{"name":1,"rank":"up"}"#.parse::<SortSpec>().unwrap_err();
/// assert_eq!(error.kind(), SortErrorKind::Value);
/// assert_eq!(error.key(), Some("rank"));
/// assert_eq!(error.position(), Some(17));
/// assert_eq!(
///     error.to_string(),
///     r#"expected 1 or -1 as the direction of the key "rank", found "up" at byte 17"#
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub struct SortError {
    kind: SortErrorKind,
    key: Option<String>,
    found: Option<String>,
    position: Option<usize>,
}

/// The rule that a `sort` breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SortErrorKind {
    /// The text is not JSON.
    Malformed,
    /// The JSON is not an object.
    NotAnObject,
    /// A value is not a number equal to 1 or -1.
    Value,
    /// A key is empty.
    EmptyKey,
    /// A path has an empty segment.
    EmptySegment,
    /// A segment of a path starts with `$`.
    DollarSegment,
    /// A key holds U+0000.
    NulInKey,
    /// There are more than [`SortSpec::MAX_KEYS`] keys.
    TooManyKeys,
    /// A path has more than [`SortSpec::MAX_SEGMENTS`] segments.
    TooManySegments,
}

impl SortError {
    pub(super) fn new(kind: SortErrorKind, key: Option<&str>, found: Option<&str>) -> Self {
        Self {
            kind,
            key: key.map(excerpt),
            found: found.map(excerpt),
            position: None,
        }
    }

    pub(super) fn at(mut self, position: usize) -> Self {
        self.position = Some(position);
        self
    }

    /// The rule that was broken.
    pub fn kind(&self) -> SortErrorKind {
        self.kind
    }

    /// The offending key, escaped and cut to 80 characters.
    pub fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    /// The text that was found, escaped and cut to 80 characters; `None` if it is the key.
    pub fn found(&self) -> Option<&str> {
        self.found.as_deref()
    }

    /// The position in the text, in bytes from its beginning; `None` from a builder.
    pub fn position(&self) -> Option<usize> {
        self.position
    }
}

impl fmt::Display for SortError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use SortErrorKind as Kind;
        let (max_keys, max_segments) = (SortSpec::MAX_KEYS, SortSpec::MAX_SEGMENTS);
        let key = format!("the key \"{}\"", self.key().unwrap_or_default());
        f.write_str("expected ")?;
        match self.kind {
            Kind::Malformed => write!(f, "JSON"),
            Kind::NotAnObject => write!(f, r#"a JSON object like {{"name":1}}"#),
            Kind::Value => write!(f, "1 or -1 as the direction of {key}"),
            Kind::EmptyKey => write!(f, "a key that is not empty"),
            Kind::EmptySegment => write!(f, "a path without empty segments, found {key}"),
            Kind::DollarSegment => {
                write!(
                    f,
                    "a path without a segment that starts with $, found {key}"
                )
            }
            Kind::NulInKey => write!(f, "a key without U+0000, found {key}"),
            Kind::TooManyKeys => write!(f, "at most {max_keys} keys, found {key} beyond them"),
            Kind::TooManySegments => {
                write!(f, "a path of at most {max_segments} segments, found {key}")
            }
        }?;
        match self.found() {
            Some("") => f.write_str(", found the end of the text")?,
            Some(found) => write!(f, ", found {found}")?,
            None => {}
        }
        match self.position {
            Some(position) => write!(f, " at byte {position}"),
            None => Ok(()),
        }
    }
}
