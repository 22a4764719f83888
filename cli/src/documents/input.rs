//! The part of a text that has not been read, with its line and column.

use livechat_units::UnitError;

use super::error::{DocumentError, Problem};

/// How many characters of the text a message shows.
const MAX_SHOWN: usize = 80;

/// What has not been read of a text.
pub(super) struct Input<'a> {
    rest: &'a str,
    /// Where `rest` begins, counted from 1.
    line: usize,
    column: usize,
}

pub(super) fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r')
}

/// Files that were joined have byte order marks between documents.
pub(super) fn is_blank_or_mark(c: char) -> bool {
    is_blank(c) || c == '\u{FEFF}'
}

/// The length in bytes of the value at the beginning of `text`: up to the bracket that
/// closes its first one or, if the value has no bracket, up to a character that cannot
/// belong to it. Whether that is a value is not decided here.
pub(super) fn extent(text: &str) -> usize {
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
    pub(super) fn of(text: &'a str) -> Self {
        Self {
            rest: text,
            line: 1,
            column: 1,
        }
    }

    pub(super) fn rest(&self) -> &'a str {
        self.rest
    }

    /// The value that comes next, as far as brackets and quotes show.
    pub(super) fn value(&mut self, what: &'static str) -> Result<&'a str, DocumentError> {
        self.skip_blanks();
        match self.rest.split_at_checked(extent(self.rest)) {
            Some((value, _)) if !value.is_empty() => Ok(value),
            _ => Err(self.expected(what)),
        }
    }

    pub(super) fn expect(&mut self, wanted: char, what: &'static str) -> Result<(), DocumentError> {
        if self.passes(wanted) {
            Ok(())
        } else {
            Err(self.expected(what))
        }
    }

    /// Skips this character if it comes next.
    pub(super) fn passes(&mut self, wanted: char) -> bool {
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

    fn skip_while(&mut self, skipped: impl Fn(char) -> bool) {
        self.skip(self.rest.len() - self.rest.trim_start_matches(skipped).len());
    }

    pub(super) fn skip(&mut self, bytes: usize) {
        let (skipped, rest) = self.rest.split_at(bytes);
        (self.line, self.column) = self.position_after(skipped);
        self.rest = rest;
    }

    /// The line and the column behind `read`, with which `rest` begins.
    fn position_after(&self, read: &str) -> (usize, usize) {
        let (line, first, last) = match read.rsplit_once('\n') {
            Some((before, last)) => (self.line + 1 + before.matches('\n').count(), 1, last),
            None => (self.line, self.column, read),
        };
        // A byte order mark has no width.
        let width = last.chars().filter(|&c| c != '\u{FEFF}').count();
        (line, first + width)
    }

    /// An error at the beginning of the rest.
    pub(super) fn expected(&self, what: &'static str) -> DocumentError {
        let found = match self.rest {
            "" => "the end of the text".to_owned(),
            rest => {
                let shown: String = rest.chars().take(MAX_SHOWN).collect();
                let cut = if shown.len() < rest.len() { "…" } else { "" };
                format!("{}{cut}", shown.escape_debug()).replace("\\\"", "\"")
            }
        };
        DocumentError::new(self.position_after(""), Problem::Expected { what, found })
    }

    /// The error of the document `text`, with which the rest begins.
    pub(super) fn not_a_unit(&self, text: &str, error: UnitError) -> DocumentError {
        let read = error.position().and_then(|at| text.get(..at));
        let position = self.position_after(read.unwrap_or_default());
        let advice = error.position().map_or("", |at| advice(text, at));
        DocumentError::new(position, Problem::Document { error, advice })
    }
}

/// What to do about a text that is not JSON from `at` on, judged by how it looks there.
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
