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
//! A document is refused if it is invalid, or if its JSON does not preserve all of its values.
//! [`read`] then reads it and finds the error. An object with a repeated key is
//! refused too, because the text of a member cannot be moved.

use std::borrow::Cow;
use std::hash::BuildHasher;

use hashbrown::DefaultHashBuilder;

use super::Unit;
use super::number::Number;
use super::value::Value;
use super::{Form, read};
use crate::field::Field;
use crate::json;

/// The fields whose spans are recorded: `_id`, `type` and every [`Field`].
const RECORDED: usize = 2 + Field::ALL.len();

/// The initial capacity for hashes of keys.
const USUAL_KEYS: usize = 32;

/// The byte ranges of values in the compact JSON of a document.
#[derive(Clone, Copy, Default)]
pub(super) struct Spans([Span; RECORDED]);

/// The start and the end of a literal; both are 0 if the document has no such field.
type Span = (u32, u32);

impl Spans {
    /// The JSON literal of a field. `None` if the document does not have the field.
    pub(super) fn literal<'a>(&self, index: usize, json: &'a str) -> Option<&'a str> {
        let (start, end) = *self.0.get(index)?;
        let span = usize::try_from(start).ok()?..usize::try_from(end).ok()?;
        json.get(span).filter(|literal| !literal.is_empty())
    }
}

/// The index of the span of a field. `None` for a field whose span is not recorded.
#[inline]
pub(super) fn index_of(key: &str) -> Option<usize> {
    // A comparison with constants is faster than a search among `Field::ALL`.
    Some(match key {
        "name" => 0,
        "visibility" => 1,
        "numMonitors" => 2,
        "numDepartments" => 3,
        "_updatedAt" => UPDATED_AT,
        "_id" => ID,
        "type" => 6,
        _ => return None,
    })
}

const UPDATED_AT: usize = 4;
const ID: usize = 5;

/// Reads a document from a text that need not be valid. `None` if the document is refused.
pub(super) fn document(text: &str) -> Option<(Cow<'_, str>, Spans)> {
    let mut scanner = Scanner {
        text,
        json: String::new(),
        copied: 0,
        spans: Spans::default(),
        keys: Vec::new(),
        hasher: DefaultHashBuilder::default(),
        date_at: 0,
        is_dollar: false,
    };
    let open = scanner.skip_blanks(0);
    if scanner.byte(open)? != b'{' {
        return None;
    }
    let close = scanner.object(open, 1)?;
    let end = scanner.skip_blanks(close);
    if end != text.len() {
        return None;
    }
    let json = if scanner.copied == 0 {
        Cow::Borrowed(text)
    } else {
        scanner.replace(end, end)?;
        Cow::Owned(scanner.json)
    };
    let id = scanner.spans.literal(ID, &json)?;
    id.starts_with('"').then_some((json, scanner.spans))
}

/// The text and the JSON that has been written. Methods take the offset of a byte in the text,
/// and return the offset behind what they have read.
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
    /// Whether the last key that was read, of those without a span, begins with `$`.
    is_dollar: bool,
}

impl Scanner<'_> {
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
            b'-' | b'0'..=b'9' => self.number(at),
            b'{' => self.object(at, depth),
            b'[' => self.items(at, depth, b']'),
            b't' => self.word(at, b"true"),
            b'f' => self.word(at, b"false"),
            b'n' => self.word(at, b"null"),
            _ => None,
        }
    }

    fn word(&self, at: usize, word: &[u8]) -> Option<usize> {
        let rest = self.text.as_bytes().get(at..)?;
        rest.starts_with(word).then_some(at + word.len())
    }

    fn number(&self, at: usize) -> Option<usize> {
        let at = at + usize::from(self.byte(at)? == b'-');
        let mut at = match self.byte(at)? {
            b'0' => at + 1,
            _ => self.digits(at)?,
        };
        if self.byte(at) == Some(b'.') {
            at = self.digits(at + 1)?;
        }
        if let Some(b'e' | b'E') = self.byte(at) {
            let is_signed = matches!(self.byte(at + 1), Some(b'+' | b'-'));
            at = self.digits(at + 1 + usize::from(is_signed))?;
        }
        Some(at)
    }

    /// Reads at least one digit.
    fn digits(&self, from: usize) -> Option<usize> {
        let mut at = from;
        while let Some(b'0'..=b'9') = self.byte(at) {
            at += 1;
        }
        (at > from).then_some(at)
    }

    fn string(&mut self, open: usize) -> Option<usize> {
        let mut at = open + 1;
        loop {
            at = self.special(at)?;
            match self.byte(at)? {
                b'"' => return Some(at + 1),
                b'\\' => at = self.escape(at)?,
                _ => return None,
            }
        }
    }

    /// The offset of the next quote, backslash or control character.
    #[inline]
    fn special(&self, from: usize) -> Option<usize> {
        let mut at = from;
        let bytes = self.text.as_bytes();
        while let Some(word) = bytes.get(at..)?.first_chunk() {
            let found = special_bytes(u64::from_le_bytes(*word));
            if found != 0 {
                return Some(at + usize::try_from(found.trailing_zeros() / 8).ok()?);
            }
            at += 8;
        }
        let mut rest = bytes.get(at..)?.iter();
        let found = rest.position(|byte| json::must_escape(*byte))?;
        Some(at + found)
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
                let (scalar, read) = json::utf16_escape(self.text.get(at + 1..)?);
                let end = at + 1 + read;
                match (digits, scalar) {
                    // The short escapes are the compact ones.
                    (_, '\u{8}' | '\t' | '\n' | '\u{C}' | '\r' | '"' | '\\') => None,
                    ([b'0', b'0', b'0' | b'1', b'0'..=b'9' | b'a'..=b'f'], _) => Some(end),
                    _ if !digits.iter().all(u8::is_ascii_hexdigit) || scalar < ' ' => None,
                    _ => {
                        self.replace(at, end)?.push(scalar);
                        Some(end)
                    }
                }
            }
            _ => None,
        }
    }

    fn object(&mut self, open: usize, depth: usize) -> Option<usize> {
        let (written, copied, outer_keys) = (self.json.len(), self.copied, self.keys.len());
        let end = self.items(open, depth, b'}')?;
        let keys = self.keys.get_mut(outer_keys..)?;
        let is_wrapper = depth > 1 && keys.len() == 1 && self.is_dollar;
        keys.sort_unstable();
        if keys.windows(2).any(|pair| pair.first() == pair.last()) {
            return None;
        }
        self.keys.truncate(outer_keys);
        if is_wrapper {
            self.json.truncate(written);
            self.copied = copied;
            self.replace_wrapper(open, end)?;
        }
        Some(end)
    }

    /// Reads the elements of an array or the members of an object, up to the byte `close`.
    fn items(&mut self, open: usize, depth: usize, close: u8) -> Option<usize> {
        if depth > Unit::MAX_DEPTH {
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
                byte => return (byte == close).then_some(at + 1),
            }
        }
    }

    /// Reads a member of an object.
    fn member(&mut self, open: usize, depth: usize) -> Option<usize> {
        if self.byte(open)? != b'"' {
            return None;
        }
        let end = self.string(open)?;
        if self.copied > open {
            // Other keys could be the same, but for their escapes.
            return None;
        }
        let key = self.text.get(open + 1..end - 1)?;
        let colon = self.skip_blanks(end);
        if self.byte(colon)? != b':' {
            return None;
        }
        let at = self.skip_blanks(colon + 1);
        let Some(index) = index_of(key).filter(|_| depth == 1) else {
            if self.keys.capacity() == 0 {
                self.keys.reserve(USUAL_KEYS);
            }
            self.keys.push(self.hasher.hash_one(key));
            let end = self.value(at, depth + 1);
            self.is_dollar = key.starts_with('$');
            return end;
        };
        if index == UPDATED_AT {
            self.date_at = at;
        }
        let start = self.written(at)?;
        let end = self.value(at, depth + 1)?;
        let span = (start, self.written(end)?);
        let earlier = std::mem::replace(self.spans.0.get_mut(index)?, span);
        (earlier == Span::default()).then_some(end)
    }

    /// Replaces an extended-JSON wrapper, which has been read, by its value.
    fn replace_wrapper(&mut self, open: usize, end: usize) -> Option<()> {
        let value = read::field(self.text.get(open..end)?).ok()?;
        let is_preserved = match &value {
            Value::Object(_) => false,
            Value::Date(_) => open == self.date_at,
            // The text of the double 7 would be read as an integer.
            Value::Number(Number::Double { text, .. }) => {
                matches!(Number::from_literal(text), Some(Number::Double { .. }))
            }
            _ => true,
        };
        is_preserved.then_some(())?;
        value.push_json(Form::Plain, self.replace(open, end)?);
        Some(())
    }
}

/// A word whose lowest set bit is in the first byte of `word` that is a quote, a backslash or a
/// control character; 0 if there is none.
#[inline]
fn special_bytes(word: u64) -> u64 {
    const ONES: u64 = u64::MAX / 255;
    // The subtraction borrows from the next byte only above a byte that is found.
    let below = |bytes: u64, bound: u64| bytes.wrapping_sub(ONES * bound) & !bytes;
    let equal = |byte: u8| below(word ^ (ONES * u64::from(byte)), 1);
    (below(word, 0x20) | equal(b'"') | equal(b'\\')) & (ONES << 7)
}

#[cfg(test)]
mod tests;
