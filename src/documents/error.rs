//! What is wrong with a document, and where.

use std::error::Error;
use std::{fmt, io};

use super::Documents;
use crate::unit::{UnitError, UnitErrorKind};

/// A text that is not JSON, or a document that cannot be a unit: what was expected and found, and
/// the line and the column in the whole text.
///
/// `Display` shows them. `source` is the [`UnitError`] or the [`io::Error`] behind it, if any.
#[derive(Debug)]
pub struct DocumentError {
    line: usize,
    column: usize,
    problem: Problem,
}

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DocumentErrorKind {
    /// The text is JSON, but this document cannot be a unit. The next document can be read.
    Document,
    /// The text is not JSON, or not UTF-8.
    Malformed,
    /// A document is longer than [`Documents::MAX_BYTES`].
    TooLong,
    /// The reader failed.
    Io,
}

#[derive(Debug)]
pub(super) enum Problem {
    Expected {
        what: &'static str,
        found: String,
    },
    Document {
        error: UnitError,
        advice: &'static str,
    },
    TooLong,
    Io(io::Error),
}

impl DocumentError {
    pub(super) fn new((line, column): (usize, usize), problem: Problem) -> Self {
        Self {
            line,
            column,
            problem,
        }
    }

    /// What is wrong.
    pub fn kind(&self) -> DocumentErrorKind {
        match &self.problem {
            Problem::Document { error, .. } if error.byte().is_none() => {
                DocumentErrorKind::Document
            }
            Problem::Expected { .. } | Problem::Document { .. } => DocumentErrorKind::Malformed,
            Problem::TooLong => DocumentErrorKind::TooLong,
            Problem::Io(_) => DocumentErrorKind::Io,
        }
    }

    /// The line, counted from 1. Of a document that cannot be a unit, the line in which it begins.
    pub fn line(&self) -> usize {
        self.line
    }

    /// The column in Unicode scalars, counted from 1. A byte order mark between documents has no width.
    pub fn column(&self) -> usize {
        self.column
    }
}

impl fmt::Display for DocumentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: ", self.line, self.column)?;
        match &self.problem {
            Problem::Expected { what, found } => write!(f, "expected {what}, found {found}"),
            Problem::Document { error, advice } => match (error.kind(), error.found()) {
                // The error's own message has the byte in the document. Line and column
                // name the same character.
                (UnitErrorKind::Malformed, Some(found)) => {
                    let document = error.document().unwrap_or_default();
                    write!(
                        f,
                        "expected JSON, found {found}, in the document {document}{advice}"
                    )
                }
                _ => write!(f, "{error}{advice}"),
            },
            Problem::TooLong => {
                let most = Documents::<&[u8]>::MAX_BYTES;
                write!(
                    f,
                    "expected a document of at most {most} bytes, found a longer one"
                )
            }
            Problem::Io(error) => write!(f, "reading failed: {error}"),
        }
    }
}

impl Error for DocumentError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.problem {
            Problem::Expected { .. } | Problem::TooLong => None,
            Problem::Document { error, .. } => Some(error),
            Problem::Io(error) => Some(error),
        }
    }
}
