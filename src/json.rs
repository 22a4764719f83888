//! JSON as text: tokens with their literals, and strings in both directions.
//!
//! The types of `serde_json` lose the digits of numbers, positions and repeated keys, so [`Tokens`]
//! reads a valid text: it skips blanks, commas and colons and returns the literals between them.
//!
//! ```text
//! {"name": "Sales", "n": 1.50}
//! │└─────┘ └─────┘  └─┘ └──┘│
//! │String  String   │  Bare  EndObject
//! BeginObject       String
//! ```
//!
//! [`find_member`] and [`leading_string`] read one value from JSON that this crate has written,
//! and [`push_string`] writes a string as `JSON.stringify` does. Every function here is
//! linear in the length of the text that it reads, and none recurses.

use std::borrow::Cow;

use serde_json::value::RawValue;

/// Checks that `text` is one JSON value, and returns it without the blanks around it. The error is
/// the offset of the first invalid byte. Nesting is not bounded, and nothing recurses.
pub(crate) fn validate(text: &str) -> Result<&str, usize> {
    let valid = serde_json::from_str::<&RawValue>(text).map(RawValue::get);
    valid.map_err(|error| {
        // Lines count from 1. The column is the number of bytes up to the invalid one, included.
        let lines = text.split_inclusive('\n').map(str::len);
        let line: usize = lines.take(error.line().saturating_sub(1)).sum();
        let read = line + error.column();
        let position = read.saturating_sub(usize::from(!error.is_eof()));
        let mut offsets = (0..=position.min(text.len())).rev();
        offsets.find(|&at| text.is_char_boundary(at)).unwrap_or(0)
    })
}

/// NaN and the infinities without quotes. JSON has none, but `mongoexport` wrote them up to
/// version 4.0, `+Infinity` in Go and `Infinity` in C++.
pub(crate) const NON_FINITE: [&str; 4] = ["NaN", "Infinity", "+Infinity", "-Infinity"];

/// A token of a JSON text. Commas and colons are not tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Token<'a> {
    BeginObject,
    EndObject,
    BeginArray,
    EndArray,
    /// A string literal with its quotes and escapes.
    String(&'a str),
    /// A literal without quotes: a number, `true`, `false`, `null` or a
    /// [non-finite literal](NON_FINITE).
    Bare(&'a str),
}

// The number of tokens that this thread has read. Tests measure work with it.
#[cfg(test)]
thread_local! {
    pub(crate) static TOKENS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// An iterator over the tokens of a valid text. It holds the part that is not yet read.
pub(crate) struct Tokens<'a>(&'a str);

impl<'a> Tokens<'a> {
    pub(crate) fn new(valid: &'a str) -> Self {
        Self(valid)
    }

    fn skip_separators(&mut self) {
        let separators = self.0.bytes().take_while(|b| is_separator(*b));
        self.0 = self.0.get(separators.count()..).unwrap_or_default();
    }

    /// Skips the next value and returns its text. Cost: linear in the length of the value.
    pub(crate) fn raw_value(&mut self) -> &'a str {
        self.skip_separators();
        let length = value_length(self.0.as_bytes());
        let (value, rest) = self.0.split_at_checked(length).unwrap_or_default();
        self.0 = rest;
        value.trim_end()
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        self.skip_separators();
        let literal = |bytes: usize| self.0.split_at_checked(bytes);
        let (token, rest) = match self.0.bytes().next()? {
            b'{' => (Token::BeginObject, literal(1)?.1),
            b'}' => (Token::EndObject, literal(1)?.1),
            b'[' => (Token::BeginArray, literal(1)?.1),
            b']' => (Token::EndArray, literal(1)?.1),
            b'"' => {
                let (string, rest) = literal(string_length(self.0.as_bytes()))?;
                (Token::String(string), rest)
            }
            _ => {
                let mut bytes = self.0.bytes();
                let end = bytes.position(|b| is_separator(b) || matches!(b, b']' | b'}'));
                let (bare, rest) = literal(end.unwrap_or(self.0.len()))?;
                (Token::Bare(bare), rest)
            }
        };
        self.0 = rest;
        #[cfg(test)]
        TOKENS.set(TOKENS.get() + 1);
        Some(token)
    }
}

fn is_separator(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b',' | b':')
}

/// The length in bytes of the string literal at the beginning of `text`.
fn string_length(text: &[u8]) -> usize {
    let mut at = 1;
    while let Some(found) = text
        .get(at..)
        .and_then(|rest| memchr::memchr2(b'"', b'\\', rest))
    {
        at += found + 1;
        if text.get(at - 1) == Some(&b'"') {
            return at;
        }
        // The byte after a backslash does not end the string.
        at += 1;
    }
    text.len()
}

/// The value of `key`, which needs no escapes, in a compact JSON object, and the byte offset
/// at which the value begins. Cost: linear in the bytes up to the end of the value.
pub(crate) fn find_member<'a>(object: &'a [u8], key: &str) -> Option<(usize, &'a [u8])> {
    let mut at = 1;
    loop {
        let rest = object.get(at..)?;
        let literal = rest.get(..string_length(rest))?;
        at += literal.len() + 1;
        let rest = object.get(at..)?;
        let value = rest.get(..value_length(rest))?;
        let inner = literal.get(1..literal.len().checked_sub(1)?)?;
        if inner == key.as_bytes() {
            return Some((at, value));
        }
        at += value.len() + 1;
    }
}

/// The length in bytes of the value at the beginning of `text`, and of the blanks after it.
fn value_length(text: &[u8]) -> usize {
    let mut at = 0;
    let mut open = 0_usize;
    while let Some(byte) = text.get(at) {
        match byte {
            b'}' | b']' | b',' if open == 0 => return at,
            b'{' | b'[' => open += 1,
            b'}' | b']' => open -= 1,
            _ => {}
        }
        at += match byte {
            b'"' => string_length(text.get(at..).unwrap_or_default()),
            _ => 1,
        };
    }
    at
}

/// The string literal at the beginning of `text`; `None` if it is not UTF-8.
pub(crate) fn leading_string(text: &[u8]) -> Option<&str> {
    std::str::from_utf8(text.get(..string_length(text))?).ok()
}

/// Decodes a valid JSON string literal. The result is borrowed if the literal has no
/// escapes. An unpaired surrogate becomes U+FFFD: MongoDB's driver for JavaScript stores
/// such strings with this replacement.
pub(crate) fn decode_string(literal: &str) -> Cow<'_, str> {
    let inner = literal.strip_prefix('"').and_then(|s| s.strip_suffix('"'));
    let inner = inner.unwrap_or(literal);
    if memchr::memchr(b'\\', inner.as_bytes()).is_none() {
        return Cow::Borrowed(inner);
    }
    let mut text = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some((clean, escaped)) = rest.split_once('\\') {
        text.push_str(clean);
        let mut after = escaped.chars();
        text.push(match after.next() {
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('b') => '\u{08}',
            Some('f') => '\u{0C}',
            Some('u') => {
                let (scalar, read) = utf16_escape(escaped);
                after = escaped.get(read..).unwrap_or_default().chars();
                scalar
            }
            Some(itself) => itself,
            None => '\\',
        });
        rest = after.as_str();
    }
    text.push_str(rest);
    Cow::Owned(text)
}

/// The scalar of the escape `uXXXX` or `uXXXX\uXXXX` at the beginning of `text`, and the
/// length of the escape in bytes.
pub(crate) fn utf16_escape(text: &str) -> (char, usize) {
    let code_unit = |from: usize| {
        let digits = text.get(from..from + 4)?;
        u16::from_str_radix(digits, 16).ok()
    };
    let low = code_unit(7).filter(|_| text.get(5..7) == Some("\\u"));
    let code_units = [code_unit(1).unwrap_or_default(), low.unwrap_or_default()];
    match char::decode_utf16(code_units).next() {
        Some(Ok(scalar)) if scalar > '\u{FFFF}' => (scalar, 11),
        Some(Ok(scalar)) => (scalar, 5),
        _ => (char::REPLACEMENT_CHARACTER, 5),
    }
}

/// Appends `text` as a JSON string literal with the escapes of `JSON.stringify`.
pub(crate) fn push_string(out: &mut String, text: &str) {
    // Few strings need an escape. The compiler vectorises this test.
    if !text.bytes().fold(false, |any, b| any | must_escape(b)) {
        out.push('"');
        out.push_str(text);
        out.push('"');
        return;
    }
    // Appends nothing in case of an error, which strings do not cause.
    out.push_str(&serde_json::to_string(text).unwrap_or_default());
}

/// Whether the JSON string literal of `text` has escapes.
pub(crate) fn needs_escapes(text: &str) -> bool {
    text.bytes().any(must_escape)
}

pub(crate) const fn must_escape(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

/// Finds quotes, backslashes and control characters among the eight bytes of `word`, lowest byte
/// first. The lowest set bit of the result is in the first such byte; 0 if there is none.
#[inline]
pub(crate) fn special_bytes(word: u64) -> u64 {
    const ONES: u64 = u64::MAX / 255;
    // A byte that is found can borrow from the next byte, so only the lowest set bit counts.
    let below = |bytes: u64, bound: u64| bytes.wrapping_sub(ONES * bound) & !bytes;
    let equal = |byte: u8| below(word ^ (ONES * u64::from(byte)), 1);
    (below(word, 0x20) | equal(b'"') | equal(b'\\')) & (ONES << 7)
}

#[cfg(test)]
mod tests;
