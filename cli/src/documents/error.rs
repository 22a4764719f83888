//! What is wrong with a document, and where.

use std::error::Error;
use std::fmt;

use livechat_units::{UnitError, UnitErrorKind};

/// A text that is not JSON, or a document that cannot be a unit: what was expected and
/// found, and the line and the column in the whole text.
#[derive(Debug)]
pub struct DocumentError {
    line: usize,
    column: usize,
    problem: Problem,
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
}

impl DocumentError {
    pub(super) fn new((line, column): (usize, usize), problem: Problem) -> Self {
        Self {
            line,
            column,
            problem,
        }
    }

    /// Whether the text is JSON at this position, and only the document cannot be a unit.
    pub fn is_of_a_document(&self) -> bool {
        matches!(&self.problem, Problem::Document { error, .. } if error.byte().is_none())
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
        }
    }
}

impl Error for DocumentError {}
