//! Documents in a text: JSON lines, values one after another, or one array.

use std::error::Error;
use std::fmt;

use livechat_units::{Unit, UnitError};
use serde_json::value::RawValue;

/// Reads one document after another, and ends with the first that is wrong.
pub(crate) struct Documents<'a> {
    rest: &'a str,
    /// The line where `rest` begins, from 1.
    line: usize,
    length: usize,
    place: Place,
}

#[derive(Clone, Copy)]
enum Place {
    Start,
    AmongLines,
    AfterBracket,
    AfterElement,
    End,
}

/// What is wrong with a document, and where.
#[derive(Debug)]
pub(crate) struct Malformed {
    line: usize,
    problem: Problem,
}

#[derive(Debug)]
enum Problem {
    Expected(&'static str),
    Json(serde_json::Error),
    Document(UnitError),
}

impl<'a> Documents<'a> {
    pub(crate) fn of(text: &'a str) -> Self {
        Self {
            rest: text,
            line: 1,
            length: text.len(),
            place: Place::Start,
        }
    }

    /// How many hundredths of the text have been read.
    pub(crate) fn percent(&self) -> usize {
        (self.length - self.rest.len()) * 100 / self.length.max(1)
    }

    fn read(&mut self) -> Result<Option<Unit>, Malformed> {
        if let Place::Start = self.place {
            self.rest = self.rest.trim_start_matches('\u{FEFF}');
            let array = self.take('[');
            self.place = if array {
                Place::AfterBracket
            } else {
                Place::AmongLines
            };
        }
        if let Place::AfterBracket | Place::AfterElement = self.place {
            if self.take(']') {
                self.place = Place::End;
            } else if matches!(self.place, Place::AfterElement) && !self.take(',') {
                return Err(self.expected("a comma or a bracket after the document"));
            } else {
                self.place = Place::AfterElement;
            }
        }
        self.skip_space();
        match (self.place, self.rest.is_empty()) {
            (Place::AmongLines | Place::End, true) => Ok(None),
            (Place::End, false) => Err(self.expected("nothing after the array")),
            _ => self.document().map(Some),
        }
    }

    fn document(&mut self) -> Result<Unit, Malformed> {
        let mut values = serde_json::Deserializer::from_str(self.rest).into_iter::<&RawValue>();
        let value = match values.next() {
            None => return Err(self.expected("a document")),
            Some(Ok(value)) => value,
            Some(Err(error)) => {
                return Err(Malformed {
                    line: self.line + error.line().saturating_sub(1),
                    problem: Problem::Json(error),
                });
            }
        };
        let unit = value.get().parse().map_err(|error| Malformed {
            line: self.line,
            problem: Problem::Document(error),
        })?;
        self.skip(values.byte_offset());
        Ok(unit)
    }

    fn take(&mut self, wanted: char) -> bool {
        self.skip_space();
        let found = self.rest.starts_with(wanted);
        if found {
            self.skip(wanted.len_utf8());
        }
        found
    }

    fn skip_space(&mut self) {
        let space = |c| matches!(c, ' ' | '\t' | '\n' | '\r');
        self.skip(self.rest.len() - self.rest.trim_start_matches(space).len());
    }

    fn skip(&mut self, bytes: usize) {
        let (skipped, rest) = self.rest.split_at(bytes);
        self.line += skipped.bytes().filter(|&byte| byte == b'\n').count();
        self.rest = rest;
    }

    fn expected(&self, what: &'static str) -> Malformed {
        Malformed {
            line: self.line,
            problem: Problem::Expected(what),
        }
    }
}

impl Iterator for Documents<'_> {
    type Item = Result<Unit, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        let read = self.read().transpose();
        if let Some(Err(_)) = read {
            (self.rest, self.place) = ("", Place::End);
        }
        read
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: ", self.line)?;
        match &self.problem {
            Problem::Expected(what) => write!(f, "expected {what}"),
            Problem::Json(error) => {
                // Its own line counts from this document on.
                let place = format!(" at line {} column {}", error.line(), error.column());
                let text = error.to_string();
                f.write_str(text.strip_suffix(&place).unwrap_or(&text))
            }
            Problem::Document(error) => error.fmt(f),
        }
    }
}

impl Error for Malformed {}
