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
#[error("{problem}, in the document {document}")]
pub struct UnitError {
    kind: UnitErrorKind,
    problem: Problem,
    document: String,
}

/// What was wrong with a document.
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

impl UnitErrorKind {
    pub(super) fn from_json(error: &serde_json::Error) -> Self {
        if error.is_data() {
            Self::NotAnObject
        } else {
            Self::Malformed
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Problem {
    kind: UnitErrorKind,
    /// The value found instead of a string `_id`.
    found: Option<String>,
}

impl fmt::Display for Problem {
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
        match &self.found {
            Some(found) => write!(f, ", found {found}"),
            None => Ok(()),
        }
    }
}

impl UnitError {
    /// An error about the document that `text` is, or begins.
    pub(super) fn new(kind: UnitErrorKind, found: Option<&str>, text: &str) -> Self {
        let found = found.map(excerpt);
        Self {
            kind,
            problem: Problem { kind, found },
            document: excerpt(text),
        }
    }

    /// What was wrong.
    pub fn kind(&self) -> UnitErrorKind {
        self.kind
    }

    /// The beginning of the document, escaped and cut to a bound.
    pub fn document(&self) -> &str {
        &self.document
    }
}
