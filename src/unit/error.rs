//! Why a document could not be read as a unit.

use std::fmt;

use thiserror::Error;

use super::Unit;
use crate::excerpt::excerpt;

/// A document that cannot be a [`Unit`]: what was wrong with it and how it began.
///
/// ```
/// use livechat_units::{Unit, UnitErrorKind};
///
/// let error = Unit::from_json(r#"{"_id": 7, "type": "u"}"#).unwrap_err();
/// assert_eq!(error.kind(), UnitErrorKind::IdNotAString);
/// assert_eq!(
///     error.to_string(),
///     r#"expected a string `_id`, found 7, in the document {"_id":7,"type":"u"}"#
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub struct UnitError {
    kind: UnitErrorKind,
    /// What there was instead.
    found: Option<String>,
    document: Option<String>,
    position: Option<usize>,
}

/// What was wrong with a document.
///
/// ```
/// use livechat_units::{Unit, UnitErrorKind};
///
/// // An import goes on past a document without an id, and stops at a file that is no JSON:
/// let read = |line: &str| match Unit::from_json(line) {
///     Err(error) if error.kind() == UnitErrorKind::MissingId => Ok(None),
///     read => read.map(Some),
/// };
/// assert_eq!(read(r#"{"type":"u"}"#)?, None);
/// assert_eq!(read("_id,type").unwrap_err().kind(), UnitErrorKind::Malformed);
/// # Ok::<(), livechat_units::UnitError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UnitErrorKind {
    /// The text is not JSON.
    Malformed,
    /// The JSON is not an object.
    NotAnObject,
    /// There is no `_id`.
    MissingId,
    /// `_id` is not a string, nor an `$oid` that reads as one.
    IdNotAString,
    /// Arrays and objects nest deeper than [`Unit::MAX_DEPTH`].
    TooDeep,
}

impl UnitError {
    /// An error about the document that `text` is or begins.
    pub(super) fn in_document(kind: UnitErrorKind, text: &str) -> Self {
        Self {
            kind,
            found: None,
            document: Some(excerpt(text)),
            position: None,
        }
    }

    /// An error of reading `text`, which is not JSON from `position` on.
    pub(super) fn malformed(text: &str, position: usize) -> Self {
        let rest = text.get(position..).unwrap_or_default();
        Self {
            kind: UnitErrorKind::Malformed,
            found: Some(match rest {
                "" => "the end of the text".to_owned(),
                _ => excerpt(rest),
            }),
            document: Some(excerpt(text)),
            position: Some(position),
        }
    }

    /// An error about something that is no document at all.
    pub(super) fn not_an_object(found: &str) -> Self {
        Self {
            kind: UnitErrorKind::NotAnObject,
            found: Some(excerpt(found)),
            document: None,
            position: None,
        }
    }

    /// Adds what there was instead of what was expected.
    pub(super) fn with_found(mut self, found: &str) -> Self {
        self.found = Some(excerpt(found));
        self
    }

    /// What was wrong.
    pub fn kind(&self) -> UnitErrorKind {
        self.kind
    }

    /// Where the text stops being JSON, in bytes from its beginning; `None` for any
    /// other kind.
    pub fn position(&self) -> Option<usize> {
        self.position
    }

    /// The beginning of the document, escaped and cut to a bound.
    pub fn document(&self) -> Option<&str> {
        self.document.as_deref()
    }
}

impl fmt::Display for UnitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            UnitErrorKind::Malformed => f.write_str("expected JSON")?,
            UnitErrorKind::NotAnObject => f.write_str("expected a JSON object")?,
            UnitErrorKind::MissingId => f.write_str("expected a string `_id`, found none")?,
            UnitErrorKind::IdNotAString => f.write_str("expected a string `_id`")?,
            UnitErrorKind::TooDeep => write!(
                f,
                "expected arrays and objects to nest at most {} deep",
                Unit::MAX_DEPTH
            )?,
        }
        if let Some(found) = &self.found {
            write!(f, ", found {found}")?;
        }
        if let Some(position) = self.position {
            write!(f, " at byte {position}")?;
        }
        match &self.document {
            Some(document) => write!(f, ", in the document {document}"),
            None => Ok(()),
        }
    }
}
