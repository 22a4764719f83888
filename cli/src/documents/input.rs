//! The unread part of a text, with its line and column.

use livechat_units::UnitError;

use super::error::{DocumentError, Problem};

/// The maximum length of an excerpt in a message, in characters: the same as in a [`UnitError`].
const MAX_EXCERPT_CHARS: usize = 80;

/// The unread part of a text.
pub(super) struct Input<'a> {
    rest: &'a str,
    /// The line in which `rest` begins, counted from 1.
    line: usize,
    /// The column at which `rest` begins, in characters, counted from 1.
    column: usize,
}

pub(super) fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r')
}

/// Whether `c` is a blank or a byte order mark. Concatenated files have byte order marks
/// between documents.
pub(super) fn is_blank_or_mark(c: char) -> bool {
    is_blank(c) || c == '\u{FEFF}'
}

/// The length in bytes of the value at the beginning of `text`. An array or object ends with
/// the bracket that closes its first bracket. Any other value ends before a blank, a comma, a
/// colon or a closing bracket. The value may be invalid JSON.
pub(super) fn value_length(text: &str) -> usize {
    let mut open = 0_usize;
    let mut bytes = text.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'"' => {
                while let Some((_, byte)) = bytes.next() {
                    match byte {
                        b'"' => break,
                        b'\\' => drop(bytes.next()),
                        _ => {}
                    }
                }
            }
            b'{' | b'[' => open += 1,
            b'}' | b']' if open <= 1 => return at + open,
            b'}' | b']' => open -= 1,
            b' ' | b'\t' | b'\n' | b'\r' | b',' | b':' if open == 0 => return at,
            _ => {}
        }
    }
    text.len()
}

impl<'a> Input<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            rest: text,
            line: 1,
            column: 1,
        }
    }

    pub(super) fn rest(&self) -> &'a str {
        self.rest
    }

    /// Returns the text of the next value without skipping it: see [`value_length`]. `what`
    /// describes the expected text for the error.
    pub(super) fn peek_value(&mut self, what: &'static str) -> Result<&'a str, DocumentError> {
        self.skip_blanks();
        match self.rest.split_at_checked(value_length(self.rest)) {
            Some((value, _)) if !value.is_empty() => Ok(value),
            _ => Err(self.expected(what)),
        }
    }

    /// Skips blanks and then `wanted`. `what` describes it for the error.
    pub(super) fn expect(&mut self, wanted: char, what: &'static str) -> Result<(), DocumentError> {
        if self.skip_if_next(wanted) {
            Ok(())
        } else {
            Err(self.expected(what))
        }
    }

    /// Skips blanks, and then `wanted` if it is the next character. Returns whether it was.
    pub(super) fn skip_if_next(&mut self, wanted: char) -> bool {
        self.skip_blanks();
        let found = self.rest.starts_with(wanted);
        if found {
            self.skip(wanted.len_utf8());
        }
        found
    }

    pub(super) fn skip_blanks(&mut self) {
        self.skip_while(is_blank);
    }

    pub(super) fn skip_blanks_and_marks(&mut self) {
        self.skip_while(is_blank_or_mark);
    }

    fn skip_while(&mut self, is_skipped: impl Fn(char) -> bool) {
        self.skip(self.rest.len() - self.rest.trim_start_matches(is_skipped).len());
    }

    pub(super) fn skip(&mut self, bytes: usize) {
        let (skipped, rest) = self.rest.split_at(bytes);
        (self.line, self.column) = self.position_after(skipped);
        self.rest = rest;
    }

    /// The line and the column directly after `read`, a prefix of `rest`.
    fn position_after(&self, read: &str) -> (usize, usize) {
        let (line, first, last) = match read.rsplit_once('\n') {
            Some((before, last)) => (self.line + 1 + before.matches('\n').count(), 1, last),
            None => (self.line, self.column, read),
        };
        // A byte order mark has no width.
        let width = last.chars().filter(|&c| c != '\u{FEFF}').count();
        (line, first + width)
    }

    /// The error for `rest`, which does not begin with the text that `what` describes.
    pub(super) fn expected(&self, what: &'static str) -> DocumentError {
        let found = match self.rest {
            "" => "the end of the text".to_owned(),
            rest => {
                let shown: String = rest.chars().take(MAX_EXCERPT_CHARS).collect();
                let cut = if shown.len() < rest.len() { "…" } else { "" };
                format!("{}{cut}", shown.escape_debug()).replace("\\\"", "\"")
            }
        };
        DocumentError::new(self.position_after(""), Problem::Expected { what, found })
    }

    /// The error for the document `text`, a prefix of `rest`.
    pub(super) fn invalid_document(&self, text: &str, error: UnitError) -> DocumentError {
        let read = error.byte().and_then(|at| text.get(..at));
        let position = self.position_after(read.unwrap_or_default());
        let advice = error.byte().map_or("", |at| advice(text, at));
        DocumentError::new(position, Problem::Document { error, advice })
    }
}

/// What to do about `text`, which is not valid JSON at the byte offset `at`. The advice depends
/// on the characters there.
fn advice(text: &str, at: usize) -> &'static str {
    let rest = text.get(at..).unwrap_or_default();
    if at == 0 && !rest.starts_with(['{', '[']) {
        "; a file has one document a line, or an array: mongoexport writes them with --type=json"
    } else if rest.starts_with(|c: char| c.is_alphabetic() || matches!(c, '_' | '$' | '\'' | '/')) {
        "; shells print such values: export with mongoexport, or print with EJSON.stringify"
    } else {
        ""
    }
}
