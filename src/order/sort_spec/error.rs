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
///
/// ```
/// use livechat_units::{SortErrorKind, SortSpec};
///
/// // A form shows what to write instead:
/// let error = r#"{"name":"asc"}"#.parse::<SortSpec>().unwrap_err();
/// let hint = match error.kind() {
///     SortErrorKind::Malformed | SortErrorKind::NotAnObject => r#"an object, like {"name":1}"#,
///     SortErrorKind::Value => "1 to ascend, -1 to descend",
///     SortErrorKind::TooManyKeys => "fewer fields",
///     _ => "another field",
/// };
/// assert_eq!(hint, "1 to ascend, -1 to descend");
/// ```
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
    /// An error about a key; `position` is `None` where there is no text.
    pub(super) fn of_key(kind: SortErrorKind, key: &str, position: Option<usize>) -> Self {
        Self {
            kind,
            key: Some(excerpt(key)),
            found: None,
            position,
        }
    }

    /// An error about the value of a key.
    pub(super) fn of_value(key: &str, value: &str, position: usize) -> Self {
        Self {
            kind: SortErrorKind::Value,
            key: Some(excerpt(key)),
            found: Some(excerpt(value)),
            position: Some(position),
        }
    }

    /// An error about the text from `position` on.
    pub(super) fn of_text(kind: SortErrorKind, text: &str, position: usize) -> Self {
        let rest = text.get(position..).unwrap_or_default();
        Self {
            kind,
            key: None,
            found: Some(excerpt(rest)),
            position: Some(position),
        }
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
        let key = self.key.as_deref().unwrap_or_default();
        match self.kind {
            SortErrorKind::Malformed => f.write_str("expected JSON")?,
            SortErrorKind::NotAnObject => {
                f.write_str(r#"expected a JSON object like {"name":1}"#)?;
            }
            SortErrorKind::Value => {
                write!(f, "expected 1 or -1 as the direction of the key \"{key}\"")?;
            }
            SortErrorKind::EmptyKey => f.write_str("expected a key that is not empty")?,
            SortErrorKind::EmptySegment => write!(
                f,
                "expected a path without empty segments, found the key \"{key}\""
            )?,
            SortErrorKind::DollarSegment => write!(
                f,
                "expected a path without a segment that starts with $, found the key \"{key}\""
            )?,
            SortErrorKind::NulInKey => {
                write!(f, "expected a key without U+0000, found the key \"{key}\"")?;
            }
            SortErrorKind::TooManyKeys => write!(
                f,
                "expected at most {} keys, found the key \"{key}\" beyond them",
                SortSpec::MAX_KEYS
            )?,
            SortErrorKind::TooManySegments => write!(
                f,
                "expected a path of at most {} segments, found the key \"{key}\"",
                SortSpec::MAX_SEGMENTS
            )?,
        }
        match self.found.as_deref() {
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
