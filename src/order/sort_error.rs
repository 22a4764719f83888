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
/// assert_eq!((error.kind(), error.byte()), (SortErrorKind::Value, Some(17)));
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
    byte: Option<usize>,
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
            byte: None,
        }
    }

    pub(super) fn at(mut self, byte: usize) -> Self {
        self.byte = Some(byte);
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

    /// The offset in bytes of what was found in the text; `None` from a builder.
    pub fn byte(&self) -> Option<usize> {
        self.byte
    }
}

impl fmt::Display for SortError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use SortErrorKind as Kind;
        let key = self.key().unwrap_or_default();
        f.write_str("expected ")?;
        match self.kind {
            Kind::Malformed => write!(f, "JSON"),
            Kind::NotAnObject => write!(f, r#"a JSON object like {{"name":1}}"#),
            Kind::Value => write!(f, r#"1 or -1 as the direction of the key "{key}""#),
            Kind::EmptyKey => write!(f, "a key that is not empty"),
            Kind::EmptySegment => write!(f, "a path without empty segments"),
            Kind::DollarSegment => write!(f, "a path without a segment that starts with $"),
            Kind::NulInKey => write!(f, "a key without U+0000"),
            Kind::TooManyKeys => write!(f, "at most {} keys", SortSpec::MAX_KEYS),
            Kind::TooManySegments => {
                write!(f, "a path of at most {} segments", SortSpec::MAX_SEGMENTS)
            }
        }?;
        match self.found() {
            Some("") => write!(f, ", found the end of the text"),
            Some(found) => write!(f, ", found {found}"),
            None => write!(f, r#", found the key "{key}""#),
        }?;
        self.byte
            .map_or(Ok(()), |byte| write!(f, " at byte {byte}"))
    }
}
