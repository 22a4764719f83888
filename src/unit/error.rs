//! [`UnitError`]: why a document cannot be read as a unit.

use std::fmt;

use thiserror::Error;

use super::Unit;
use crate::excerpt::excerpt;

/// A document that cannot be read as a [`Unit`].
///
/// `Display` shows the expected value, an excerpt of the invalid text, the byte offset of
/// that text if the document is not JSON, and the beginning of the document. Each excerpt
/// is escaped and has at most 80 characters.
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
    /// An excerpt of the invalid text.
    found: Option<String>,
    /// An excerpt of the document.
    document: Option<String>,
    /// A byte offset in the document.
    position: Option<usize>,
}

/// What is wrong with a document.
///
/// ```
/// use livechat_units::{Unit, UnitErrorKind};
///
/// // An import skips documents without an id and stops at text that is not JSON:
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
    /// The document has no `_id`.
    MissingId,
    /// `_id` is neither a string nor a valid `$oid`.
    IdNotAString,
    /// Arrays and objects nest deeper than [`Unit::MAX_DEPTH`].
    TooDeep,
}

impl UnitError {
    /// An error in the document `text`, without an excerpt of an invalid value.
    pub(super) fn in_document(kind: UnitErrorKind, text: &str) -> Self {
        Self {
            kind,
            found: None,
            document: Some(excerpt(text)),
            position: None,
        }
    }

    /// The error for a text that is not JSON because of the byte at offset `position`.
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

    /// The error for a JSON value that is not an object.
    pub(super) fn not_an_object(found: &str) -> Self {
        Self {
            kind: UnitErrorKind::NotAnObject,
            found: Some(excerpt(found)),
            document: None,
            position: None,
        }
    }

    /// Adds an excerpt of the invalid value.
    pub(super) fn with_found(mut self, found: &str) -> Self {
        self.found = Some(excerpt(found));
        self
    }

    /// What is wrong with the document.
    pub fn kind(&self) -> UnitErrorKind {
        self.kind
    }

    /// The offset in bytes of the first byte that is not valid JSON. `None` for every kind
    /// but [`UnitErrorKind::Malformed`].
    pub fn position(&self) -> Option<usize> {
        self.position
    }

    /// The invalid text, escaped and cut to 80 characters. `None` for
    /// [`UnitErrorKind::MissingId`] and [`UnitErrorKind::TooDeep`].
    ///
    /// ```
    /// use livechat_units::Unit;
    ///
    /// // A message about a file of documents can add the line to these two:
    /// let error = Unit::from_json(r#"{"_id":"a",}"#).unwrap_err();
    /// assert_eq!(error.found(), Some("}"));
    /// assert_eq!(error.position(), Some(11));
    /// ```
    pub fn found(&self) -> Option<&str> {
        self.found.as_deref()
    }

    /// The beginning of the document, escaped and cut to 80 characters. `None` for
    /// [`UnitErrorKind::NotAnObject`].
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
