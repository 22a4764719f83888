//! [`UnitError`]: why a document cannot be read as a unit.

use std::fmt;

use thiserror::Error;

use super::value::Value;
use super::{Form, Unit};
use crate::excerpt::excerpt;

/// A document that cannot be read as a [`Unit`].
///
/// `Display` shows what was expected, the invalid text, its byte offset if the document is
/// not JSON, and the document. Excerpts are escaped and have at most 80 characters.
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
    /// An offset in the document.
    byte: Option<usize>,
}

/// What is wrong with a document.
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
    /// Arrays and objects nest deeper than [`Unit::MAX_DEPTH`]. The text after the first that
    /// does is not checked.
    TooDeep,
    /// A value of the host does not serialise as JSON. `Display` shows the reason.
    NotSerializable,
}

impl UnitError {
    /// An error in the document `text`, without an excerpt of an invalid value.
    pub(super) fn in_document(kind: UnitErrorKind, text: &str) -> Self {
        Self {
            kind,
            found: None,
            document: Some(excerpt(text)),
            byte: None,
        }
    }

    /// The error for a text that is not JSON because of the byte at this offset.
    pub(super) fn malformed(text: &str, byte: usize) -> Self {
        let rest = text.get(byte..).filter(|rest| !rest.is_empty());
        let found = rest.unwrap_or("the end of the text");
        let error = Self::in_document(UnitErrorKind::Malformed, text);
        let byte = Some(byte);
        Self {
            byte,
            ..error.with_found(found)
        }
    }

    /// The error for a JSON value that is not an object.
    pub(super) fn not_an_object(found: &str) -> Self {
        Self {
            document: None,
            ..Self::in_document(UnitErrorKind::NotAnObject, found).with_found(found)
        }
    }

    /// The error for a document whose `_id` is not a string.
    pub(super) fn invalid_id(id: Option<&Value>, json: &str) -> Self {
        let Some(id) = id else {
            return Self::in_document(UnitErrorKind::MissingId, json);
        };
        let mut found = String::new();
        id.push_json(Form::Plain, &mut found);
        Self::in_document(UnitErrorKind::IdNotAString, json).with_found(&found)
    }

    /// The error for a value that does not serialise as JSON.
    pub(super) fn not_serializable(error: &serde_json::Error) -> Self {
        Self {
            document: None,
            ..Self::in_document(UnitErrorKind::NotSerializable, "").with_found(&error.to_string())
        }
    }

    /// Adds an excerpt of the invalid value.
    fn with_found(mut self, found: &str) -> Self {
        self.found = Some(excerpt(found));
        self
    }

    /// What is wrong with the document.
    pub fn kind(&self) -> UnitErrorKind {
        self.kind
    }

    /// The offset in bytes of the first byte that is not valid JSON. `None` for every kind
    /// but [`UnitErrorKind::Malformed`].
    pub fn byte(&self) -> Option<usize> {
        self.byte
    }

    /// The invalid text, escaped and cut to 80 characters. `None` for
    /// [`UnitErrorKind::MissingId`] and [`UnitErrorKind::TooDeep`].
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
        let max = Unit::MAX_DEPTH;
        f.write_str("expected ")?;
        match self.kind {
            UnitErrorKind::Malformed => f.write_str("JSON"),
            UnitErrorKind::NotAnObject => f.write_str("a JSON object"),
            UnitErrorKind::MissingId => f.write_str("a string `_id`, found none"),
            UnitErrorKind::IdNotAString => f.write_str("a string `_id`"),
            UnitErrorKind::NotSerializable => f.write_str("a value that serialises as JSON"),
            UnitErrorKind::TooDeep => write!(f, "arrays and objects to nest at most {max} deep"),
        }?;
        if let Some(found) = &self.found {
            write!(f, ", found {found}")?;
        }
        if let Some(byte) = self.byte {
            write!(f, " at byte {byte}")?;
        }
        let Some(document) = &self.document else {
            return Ok(());
        };
        write!(f, ", in the document {document}")
    }
}
