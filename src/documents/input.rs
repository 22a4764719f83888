//! The unread part of a text, with its line and column.

use std::fmt;
use std::io::{self, Read};

use memchr::{memchr, memchr_iter, memrchr};

use super::Documents;
use super::error::{DocumentError, Problem};
use crate::excerpt::excerpt;
use crate::unit::{Unit, UnitError};

/// The bytes that are read at once.
const PART: usize = 64 << 10;
/// A value that has no end in so many bytes is checked there, and again at each doubling. Units have
/// some hundred bytes; a check costs as much as reading them.
const CHECKED: usize = 4 << 10;
/// The bytes of an excerpt: 81 scalars, one more than an excerpt shows.
const EXCERPT: usize = 81 * 4;
const MARK: &[u8] = "\u{FEFF}".as_bytes();

/// The unread part of a text: `buffer[start..]`, and what `reader` has not read yet.
pub(super) struct Input<R> {
    reader: R,
    buffer: Vec<u8>,
    start: usize,
    /// The bytes before `start` in the whole text.
    bytes: u64,
    is_at_end: bool,
    /// Byte order marks that were skipped.
    marks: usize,
    /// The line in which the unread part begins, counted from 1.
    line: usize,
    /// The column at which it begins, in scalars, counted from 1.
    column: usize,
}

/// What is skipped.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Before {
    Blanks,
    /// Joined files have byte order marks between documents.
    BlanksAndMarks,
}

/// Finds the end of a value, whose bytes come in parts. An array or object ends with the bracket
/// that closes its first bracket. Any other value ends before a blank, a comma, a colon or a
/// closing bracket. The value may be invalid JSON.
#[derive(Default)]
struct ValueEnd {
    open: usize,
    is_in_string: bool,
    is_escaped: bool,
}

impl ValueEnd {
    /// The number of `bytes` up to the end of the value; `None` if the value goes on after them.
    fn find(&mut self, bytes: &[u8]) -> Option<usize> {
        for (at, byte) in bytes.iter().enumerate() {
            if self.is_in_string {
                match byte {
                    _ if self.is_escaped => self.is_escaped = false,
                    b'\\' => self.is_escaped = true,
                    b'"' => self.is_in_string = false,
                    _ => {}
                }
                continue;
            }
            match byte {
                b'"' => self.is_in_string = true,
                b'{' | b'[' => self.open += 1,
                b'}' | b']' if self.open <= 1 => return Some(at + self.open),
                b'}' | b']' => self.open -= 1,
                b' ' | b'\t' | b'\n' | b'\r' | b',' | b':' if self.open == 0 => return Some(at),
                _ => {}
            }
        }
        None
    }
}

impl<R: Read> Input<R> {
    pub(super) fn new(reader: R) -> Self {
        Self {
            reader,
            buffer: Vec::new(),
            start: 0,
            bytes: 0,
            is_at_end: false,
            marks: 0,
            line: 1,
            column: 1,
        }
    }

    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(super) fn marks(&self) -> usize {
        self.marks
    }

    fn rest(&self) -> &[u8] {
        self.buffer.split_at(self.start).1
    }

    /// Reads more of the text. Returns false at its end.
    fn fill(&mut self) -> Result<bool, DocumentError> {
        if self.is_at_end {
            return Ok(false);
        }
        self.buffer.drain(..self.start);
        self.start = 0;
        let filled = self.buffer.len();
        self.buffer.resize(filled + PART, 0);
        let read = loop {
            match self.reader.read(self.buffer.split_at_mut(filled).1) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read,
            }
        };
        self.buffer.truncate(filled + *read.as_ref().unwrap_or(&0));
        match read {
            Ok(0) => self.is_at_end = true,
            // The first two bytes show whether the text is UTF-16.
            Ok(_) if self.bytes == 0 && self.buffer.len() < 2 => return self.fill().map(|_| true),
            Ok(_) if self.bytes == 0 => self.refuse_utf16()?,
            Ok(_) => {}
            Err(error) => return Err(self.error(Problem::Io(error))),
        }
        Ok(!self.is_at_end)
    }

    /// UTF-16 is recognised by its byte order mark or, because JSON begins with an ASCII character, by
    /// the zero beside its first byte.
    fn refuse_utf16(&self) -> Result<(), DocumentError> {
        match self.rest() {
            [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] | [0, ..] | [_, 0, ..] => {
                let found = "UTF-16; convert it with iconv -f UTF-16 -t UTF-8".to_owned();
                let what = "UTF-8";
                Err(self.error(Problem::Expected { what, found }))
            }
            _ => Ok(()),
        }
    }

    /// Skips blanks, and returns the next byte.
    pub(super) fn peek(&mut self, before: Before) -> Result<Option<u8>, DocumentError> {
        loop {
            match self.rest() {
                [b'\n', ..] => {
                    (self.line, self.column) = (self.line + 1, 1);
                    self.forward(1);
                }
                [b' ' | b'\t' | b'\r', ..] => {
                    self.column += 1;
                    self.forward(1);
                }
                rest if before == Before::BlanksAndMarks && rest.starts_with(MARK) => {
                    self.marks += 1;
                    self.forward(MARK.len());
                }
                rest => {
                    let byte = rest.first().copied();
                    let is_cut_mark = rest.len() < MARK.len() && MARK.starts_with(rest);
                    if !(is_cut_mark && self.fill()?) {
                        return Ok(byte);
                    }
                }
            }
        }
    }

    fn forward(&mut self, bytes: usize) {
        self.start += bytes;
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        self.bytes = self.bytes.saturating_add(bytes);
    }

    /// Skips blanks, and then `wanted` if it is the next byte. Returns whether it was.
    pub(super) fn skip_if_next(&mut self, wanted: u8) -> Result<bool, DocumentError> {
        let is_next = self.peek(Before::Blanks)? == Some(wanted);
        if is_next {
            self.column += 1;
            self.forward(1);
        }
        Ok(is_next)
    }

    /// Skips blanks and then `wanted`. `what` describes it for the error.
    pub(super) fn expect(&mut self, wanted: u8, what: &'static str) -> Result<(), DocumentError> {
        if self.skip_if_next(wanted)? {
            Ok(())
        } else {
            Err(self.expected(what))
        }
    }

    /// Skips blanks, and returns the length of the next value. `what` describes it for the error.
    ///
    /// A long value is checked while its end is searched. So the end of a document that lacks a
    /// bracket or a quote is not searched in all documents after it. A value that is too long is
    /// skipped as far as it was searched.
    pub(super) fn value(&mut self, what: &'static str) -> Result<usize, DocumentError> {
        self.peek(Before::Blanks)?;
        let (mut end, mut searched, mut checked) = (ValueEnd::default(), 0, CHECKED);
        let length = loop {
            let (bytes, _) = self.rest().split_at(checked.min(self.rest().len()));
            if let Some(more) = end.find(bytes.split_at(searched).1) {
                break searched + more;
            }
            searched = bytes.len();
            if searched > Documents::<R>::MAX_BYTES {
                break searched;
            }
            if searched == checked {
                self.check(searched)?;
                checked = (2 * checked).min(Documents::<R>::MAX_BYTES + 1);
            } else if !self.fill()? {
                break searched;
            }
        };
        match length {
            0 => Err(self.expected(what)),
            1..=Documents::<&[u8]>::MAX_BYTES => Ok(length),
            _ => {
                let error = self.error(Problem::TooLong);
                self.skip(length);
                Err(error)
            }
        }
    }

    /// Fails if the next bytes are not JSON, whatever follows them: they are not UTF-8, or the first
    /// byte that is not valid JSON is in an earlier line than the last, because no token of JSON
    /// spans lines.
    fn check(&self, length: usize) -> Result<(), DocumentError> {
        let (bytes, _) = self.rest().split_at(length);
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text,
            // The last scalar is cut.
            Err(error) if error.error_len().is_none() => self.text(error.valid_up_to())?,
            Err(_) => return self.text(length).map(|_| ()),
        };
        match Unit::from_json(text) {
            Err(error)
                if error
                    .byte()
                    .is_some_and(|at| text.split_at(at).1.contains('\n')) =>
            {
                Err(self.malformed(length, error))
            }
            _ => Ok(()),
        }
    }

    /// The text of the next bytes.
    pub(super) fn text(&self, length: usize) -> Result<&str, DocumentError> {
        self.text_from(self.start, length)
    }

    /// Skips the next bytes, and returns their text.
    pub(super) fn take(&mut self, length: usize) -> Result<&str, DocumentError> {
        self.text(length)?;
        let from = self.start;
        self.skip(length);
        self.text_from(from, length)
    }

    fn text_from(&self, from: usize, length: usize) -> Result<&str, DocumentError> {
        let (bytes, _) = self.buffer.split_at(from).1.split_at(length);
        std::str::from_utf8(bytes).map_err(|error| {
            let (before, rest) = bytes.split_at(error.valid_up_to());
            let found = match rest {
                [byte, ..] => format!("the byte 0x{byte:02X}"),
                [] => String::new(),
            };
            let what = "UTF-8";
            DocumentError::new(
                self.position_after(before),
                Problem::Expected { what, found },
            )
        })
    }

    pub(super) fn skip(&mut self, length: usize) {
        let (skipped, _) = self.rest().split_at(length);
        (self.line, self.column) = self.position_after(skipped);
        self.forward(length);
    }

    /// Skips the rest of the line. Returns whether another line follows.
    pub(super) fn skip_line(&mut self) -> Result<bool, DocumentError> {
        loop {
            if let Some(end) = memchr(b'\n', self.rest()) {
                self.skip(end + 1);
                return Ok(true);
            }
            self.forward(self.rest().len());
            if !self.fill()? {
                return Ok(false);
            }
        }
    }

    /// The line and the column directly after `read`, a prefix of the unread part.
    fn position_after(&self, read: &[u8]) -> (usize, usize) {
        let (line, first, last) = match memrchr(b'\n', read) {
            Some(at) => {
                let lines = memchr_iter(b'\n', read).count();
                (self.line + lines, 1, read.get(at + 1..).unwrap_or_default())
            }
            None => (self.line, self.column, read),
        };
        let is_first_byte = |byte: &&u8| **byte & 0xC0 != 0x80;
        (line, first + last.iter().filter(is_first_byte).count())
    }

    fn error(&self, problem: Problem) -> DocumentError {
        DocumentError::new((self.line, self.column), problem)
    }

    /// The error for the unread part, which does not begin with the text that `what` describes.
    fn expected(&mut self, what: &'static str) -> DocumentError {
        while self.rest().len() < EXCERPT {
            match self.fill() {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => return error,
            }
        }
        let found = match self.rest() {
            [] => "the end of the text".to_owned(),
            rest => {
                let shown = rest.get(..EXCERPT).unwrap_or(rest);
                excerpt(&String::from_utf8_lossy(shown))
            }
        };
        self.error(Problem::Expected { what, found })
    }

    /// The error for the next document, which is JSON.
    pub(super) fn invalid_document(&self, error: UnitError) -> DocumentError {
        let advice = "";
        self.error(Problem::Document { error, advice })
    }

    /// The error for the next document, which is not JSON.
    pub(super) fn malformed(&self, length: usize, error: UnitError) -> DocumentError {
        let (text, _) = self.rest().split_at(length);
        let at = error.byte().unwrap_or_default();
        let (before, rest) = text.split_at(at);
        let advice = advice(at, rest);
        let position = self.position_after(before);
        DocumentError::new(position, Problem::Document { error, advice })
    }
}

/// What to do about a document that is not valid JSON at the offset `at`. The advice depends on the
/// bytes there.
fn advice(at: usize, rest: &[u8]) -> &'static str {
    let rest = String::from_utf8_lossy(rest.get(..EXCERPT).unwrap_or(rest));
    if at == 0 && !rest.starts_with(['{', '[']) {
        "; a file has one document a line, or an array: mongoexport writes them with --type=json"
    } else if rest.starts_with(|c: char| c.is_alphabetic() || matches!(c, '_' | '$' | '\'' | '/')) {
        "; shells print such values: export with mongoexport, or print with EJSON.stringify"
    } else {
        ""
    }
}

/// Without the bytes, which may be many and secret.
impl<R> fmt::Debug for Input<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Input");
        shown
            .field("line", &self.line)
            .field("column", &self.column);
        shown.finish_non_exhaustive()
    }
}
