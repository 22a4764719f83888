//! Reading a document in one pass: its compact JSON, and where the fields of SPEC §1 are in it.
//!
//! ```text
//! text   {"_id": "a", "name":"B\u00e9", "numMonitors":{"$numberInt":"3"}}
//! json   {"_id":"a","name":"Bé","numMonitors":3}
//! spans         └─┘        └──┘               │
//! ```
//!
//! The pass checks the grammar of JSON and builds no values. It copies `text` piece by piece and
//! replaces what differs in compact JSON: blanks, escapes and extended-JSON wrappers. Cost: linear
//! in the length of the text, and a sort of the keys of each object.
//!
//! Few documents need more than this pass: [`Scanned`] names them. [`read`] reads their values.

use std::borrow::Cow;
use std::hash::BuildHasher;

use hashbrown::DefaultHashBuilder;

use super::Unit;
use super::error::{UnitError, UnitErrorKind};
use super::number::Number;
use super::spans::{ID_INDEX, Spans, UPDATED_AT_INDEX, index_of};
use super::value::Value;
use super::{Form, read};
use crate::json;

/// The initial capacity for hashes of keys.
const USUAL_KEYS: usize = 32;

/// A valid document.
pub(super) enum Scanned<'a> {
    /// The compact JSON of a document with a string `_id`. It preserves all values.
    Compact(Cow<'a, str>, Spans),
    /// [`read`] has to read the document: it has a repeated key, a long form of an escape, a value
    /// that JSON does not preserve, or no string `_id`.
    Other {
        /// Whether compact JSON preserves all values. It may be false although JSON does.
        is_preserved: bool,
    },
}

/// Checks and reads a document.
pub(super) fn document(text: &str) -> Result<Scanned<'_>, UnitError> {
    let mut scanner = Scanner {
        text,
        json: String::new(),
        copied: 0,
        spans: Spans::default(),
        keys: Vec::new(),
        hasher: DefaultHashBuilder::default(),
        date_at: 0,
        is_dollar: false,
        is_compact: true,
        is_preserved: true,
        // A text that ends too early.
        failure: (UnitErrorKind::Malformed, text.len()),
    };
    let Some(valid) = scanner.whole() else {
        return Err(match scanner.failure {
            (UnitErrorKind::Malformed, at) => UnitError::malformed(text, at),
            (kind, _) => UnitError::in_document(kind, text.trim_start()),
        });
    };
    if !valid.starts_with('{') {
        return Err(UnitError::not_an_object(valid));
    }
    let json = if scanner.copied == 0 {
        Cow::Borrowed(text)
    } else {
        scanner.replace(text.len(), text.len());
        Cow::Owned(scanner.json)
    };
    let id = scanner.spans.literal(ID_INDEX, &json);
    let has_id = id.is_some_and(|id| id.starts_with('"'));
    if scanner.is_preserved && scanner.is_compact && has_id {
        return Ok(Scanned::Compact(json, scanner.spans));
    }
    let is_preserved = scanner.is_preserved;
    Ok(Scanned::Other { is_preserved })
}

/// The text and the JSON that has been written. Methods take the offset of a byte in the text,
/// and return the offset behind what they have read, or `None` after a failure.
struct Scanner<'a> {
    text: &'a str,
    /// The compact JSON of `text[..copied]`.
    json: String,
    copied: usize,
    spans: Spans,
    /// The hashes of the keys of all objects that are open. The keys of the document that have a
    /// span are not among them. Two keys with the same hash count as repeated.
    keys: Vec<u64>,
    hasher: DefaultHashBuilder,
    /// Where the value of `_updatedAt` begins: the only date that JSON preserves.
    date_at: usize,
    /// Whether the last key that was read, of those without a span, begins with `$` or an escape.
    is_dollar: bool,
    /// Whether `json` is the compact JSON of the document.
    is_compact: bool,
    /// Whether compact JSON preserves all values.
    is_preserved: bool,
    /// The error after a failure, and the offset of the invalid byte.
    failure: (UnitErrorKind, usize),
}

impl<'a> Scanner<'a> {
    /// Reads the whole text, and returns it without the blanks around it.
    fn whole(&mut self) -> Option<&'a str> {
        let open = self.skip_blanks(0);
        let close = self.value(open, 1)?;
        let end = self.skip_blanks(close);
        if end != self.text.len() {
            self.fail(end)?;
        }
        self.text.get(open..close)
    }

    /// Records that the byte at `at` is invalid.
    #[cold]
    fn fail(&mut self, at: usize) -> Option<usize> {
        self.failure.1 = at;
        None
    }

    #[inline]
    fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    /// The offset in the JSON of the byte at `at`.
    #[inline]
    fn written(&self, at: usize) -> Option<u32> {
        u32::try_from(self.json.len() + (at - self.copied)).ok()
    }

    /// Copies the text up to `from`; the caller appends to the JSON what replaces the text up to
    /// `to`.
    #[inline(never)]
    fn replace(&mut self, from: usize, to: usize) -> Option<&mut String> {
        if self.copied == 0 {
            self.json.reserve_exact(self.text.len());
        }
        self.json.push_str(self.text.get(self.copied..from)?);
        self.copied = to;
        Some(&mut self.json)
    }

    #[inline]
    fn skip_blanks(&mut self, from: usize) -> usize {
        let mut at = from;
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.byte(at) {
            at += 1;
        }
        if at > from {
            self.replace(from, at);
        }
        at
    }

    fn value(&mut self, at: usize, depth: usize) -> Option<usize> {
        match self.byte(at)? {
            b'"' => self.string(at),
            b'-' if self.byte(at + 1) == Some(b'I') => self.non_finite(at),
            b'-' | b'0'..=b'9' => match self.number(at) {
                Ok(end) => Some(end),
                Err(at) => self.fail(at),
            },
            b'{' => self.object(at, depth),
            b'[' => self.items(at, depth, b']'),
            b't' => self.word(at, b"true"),
            b'f' => self.word(at, b"false"),
            b'n' => self.word(at, b"null"),
            _ => self.non_finite(at),
        }
    }

    fn word(&mut self, at: usize, word: &[u8]) -> Option<usize> {
        let rest = self.text.as_bytes().get(at..)?;
        if rest.starts_with(word) {
            return Some(at + word.len());
        }
        let valid = rest.iter().zip(word).take_while(|(a, b)| a == b);
        self.fail(at + valid.count())
    }

    fn non_finite(&mut self, at: usize) -> Option<usize> {
        let rest = self.text.get(at..)?;
        let mut words = json::NON_FINITE.into_iter();
        let Some(word) = words.find(|word| rest.starts_with(word)) else {
            return self.fail(at);
        };
        self.is_preserved = false;
        Some(at + word.len())
    }

    /// The offset behind a number, or that of the first invalid byte.
    fn number(&self, at: usize) -> Result<usize, usize> {
        let at = at + usize::from(self.byte(at) == Some(b'-'));
        let mut at = match self.byte(at) {
            Some(b'0') => at + 1,
            _ => self.digits(at)?,
        };
        if self.byte(at) == Some(b'.') {
            at = self.digits(at + 1)?;
        }
        if let Some(b'e' | b'E') = self.byte(at) {
            let is_signed = matches!(self.byte(at + 1), Some(b'+' | b'-'));
            at = self.digits(at + 1 + usize::from(is_signed))?;
        }
        Ok(at)
    }

    /// Reads at least one digit.
    fn digits(&self, from: usize) -> Result<usize, usize> {
        let mut at = from;
        while let Some(b'0'..=b'9') = self.byte(at) {
            at += 1;
        }
        if at > from { Ok(at) } else { Err(at) }
    }

    fn string(&mut self, open: usize) -> Option<usize> {
        let mut at = open + 1;
        loop {
            at = self.special(at)?;
            match self.byte(at)? {
                b'"' => return Some(at + 1),
                b'\\' => at = self.escape(at)?,
                _ => return self.fail(at),
            }
        }
    }

    /// The offset of the next quote, backslash or control character.
    #[inline]
    fn special(&self, from: usize) -> Option<usize> {
        let mut at = from;
        let bytes = self.text.as_bytes();
        while let Some(word) = bytes.get(at..)?.first_chunk() {
            let found = json::special_bytes(u64::from_le_bytes(*word));
            if found != 0 {
                return Some(at + usize::try_from(found.trailing_zeros() / 8).ok()?);
            }
            at += 8;
        }
        let mut rest = bytes.get(at..)?.iter();
        Some(at + rest.position(|byte| json::must_escape(*byte))?)
    }

    /// Reads an escape, and replaces it unless compact JSON has it too.
    fn escape(&mut self, at: usize) -> Option<usize> {
        match self.byte(at + 1)? {
            b'"' | b'\\' | b'b' | b'f' | b'n' | b'r' | b't' => Some(at + 2),
            b'/' => {
                self.replace(at, at + 1)?;
                Some(at + 2)
            }
            b'u' => {
                let digits = self.text.as_bytes().get(at + 2..at + 6)?;
                if !digits.iter().all(u8::is_ascii_hexdigit) {
                    return self.fail(at);
                }
                let (scalar, read) = json::utf16_escape(self.text.get(at + 1..)?);
                let end = at + 1 + read;
                match digits {
                    // The short escapes are the compact ones.
                    _ if matches!(scalar, '\u{8}'..='\n' | '\u{C}' | '\r' | '"' | '\\') => {
                        self.is_compact = false;
                    }
                    [b'0', b'0', b'0' | b'1', b'0'..=b'9' | b'a'..=b'f'] => {}
                    _ if scalar < ' ' => self.is_compact = false,
                    _ => self.replace(at, end)?.push(scalar),
                }
                Some(end)
            }
            _ => self.fail(at + 1),
        }
    }

    /// Not a part of `value`, which most often reads a string and then needs no stack.
    #[inline(never)]
    fn object(&mut self, open: usize, depth: usize) -> Option<usize> {
        let (written, copied, outer_keys) = (self.json.len(), self.copied, self.keys.len());
        let end = self.items(open, depth, b'}')?;
        let keys = self.keys.get_mut(outer_keys..)?;
        let is_wrapper = depth > 1 && keys.len() == 1 && self.is_dollar;
        keys.sort_unstable();
        if keys.windows(2).any(|pair| pair.first() == pair.last()) {
            self.is_compact = false;
        }
        self.keys.truncate(outer_keys);
        if is_wrapper && !(self.is_compact && self.is_preserved) {
            self.is_preserved = false;
        } else if is_wrapper {
            self.json.truncate(written);
            self.copied = copied;
            self.replace_wrapper(open, end)?;
        }
        Some(end)
    }

    /// Reads the elements of an array or the members of an object, up to the byte `close`.
    fn items(&mut self, open: usize, depth: usize, close: u8) -> Option<usize> {
        if depth > Unit::MAX_DEPTH {
            self.failure = (UnitErrorKind::TooDeep, open);
            return None;
        }
        let mut at = self.skip_blanks(open + 1);
        if self.byte(at)? == close {
            return Some(at + 1);
        }
        loop {
            at = match close {
                b'}' => self.member(at, depth)?,
                _ => self.value(at, depth + 1)?,
            };
            at = self.skip_blanks(at);
            match self.byte(at)? {
                b',' => at = self.skip_blanks(at + 1),
                byte if byte == close => return Some(at + 1),
                _ => return self.fail(at),
            }
        }
    }

    /// Reads a member of an object.
    fn member(&mut self, open: usize, depth: usize) -> Option<usize> {
        if self.byte(open)? != b'"' {
            return self.fail(open);
        }
        let end = self.string(open)?;
        // Other keys could be the same, but for their escapes.
        if self.copied > open {
            self.is_compact = false;
        }
        let key = self.text.get(open + 1..end - 1)?;
        let colon = self.skip_blanks(end);
        if self.byte(colon)? != b':' {
            return self.fail(colon);
        }
        let at = self.skip_blanks(colon + 1);
        let Some(index) = index_of(key).filter(|_| depth == 1) else {
            if self.keys.capacity() == 0 {
                self.keys.reserve(USUAL_KEYS);
            }
            self.keys.push(self.hasher.hash_one(key));
            let end = self.value(at, depth + 1);
            self.is_dollar = key.starts_with(['$', '\\']);
            return end;
        };
        if index == UPDATED_AT_INDEX {
            self.date_at = at;
        }
        let start = self.written(at);
        let end = self.value(at, depth + 1)?;
        // JSON of 4 GiB has no spans.
        let span = start.zip(self.written(end)).unwrap_or_default();
        if !self.spans.set(index, span) {
            self.is_compact = false;
        }
        Some(end)
    }

    /// Replaces an extended-JSON wrapper, which has been read, by its value.
    fn replace_wrapper(&mut self, open: usize, end: usize) -> Option<()> {
        let value = read::field(self.text.get(open..end)?);
        match &value {
            Value::Object(_) => self.is_preserved = false,
            Value::Date(_) => self.is_preserved = open == self.date_at,
            Value::Number(number @ Number::Double { text, .. }) => {
                self.is_preserved = number.reads_back();
                // The text of the double 7 would be read as an integer.
                let read = Number::from_literal(text);
                self.is_compact = matches!(read, Some(Number::Double { .. }));
            }
            _ => {}
        }
        value.push_json(Form::Plain, self.replace(open, end)?);
        Some(())
    }
}

#[cfg(test)]
mod tests;
