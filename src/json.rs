//! What this crate asks of JSON beyond the types of `serde_json`: the parts of a
//! text as they were written, with their places, and strings written back.
//!
//! `serde_json` decides what is JSON, and does it without recursion
//! ([`validate`]; [`validate_with_words`] adds four words). Cutting a text that is known to
//! be JSON needs no grammar: a [`Cursor`] passes over blanks, commas and colons and hands out
//! the rest.

use std::borrow::Cow;

use serde_json::value::RawValue;

/// The one JSON value that `text` is, without the blanks around it.
pub(crate) fn validate(text: &str) -> serde_json::Result<&str> {
    serde_json::from_str::<&RawValue>(text).map(RawValue::get)
}

/// The same for a text in which [words for doubles](non_finite) may stand for numbers.
///
/// Cost: the length of the text; a text that is not JSON is read up to three times and
/// copied once.
pub(crate) fn validate_with_words(text: &str) -> serde_json::Result<&str> {
    let error = match validate(text) {
        Ok(valid) => return Ok(valid),
        Err(error) => error,
    };
    let Some(masked) = mask_words(text) else {
        return Err(error);
    };
    validate(&masked)?;
    Ok(text.trim_matches(|c| matches!(c, ' ' | '\t' | '\n' | '\r')))
}

/// The double that a bare word stands for. JSON has no such words, but `mongoexport`
/// wrote them up to version 4.0: the programs in Go `+Infinity`, those in C++ before
/// them `Infinity`, both the other two.
pub(crate) fn non_finite(literal: &str) -> Option<f64> {
    match literal {
        "NaN" => Some(f64::NAN),
        "Infinity" | "+Infinity" => Some(f64::INFINITY),
        "-Infinity" => Some(f64::NEG_INFINITY),
        _ => None,
    }
}

/// `text` with a JSON number of the same length in the place of each word for a double,
/// so that an error in it has the same place; `None` if there is no such word. Strings
/// stay as they are.
fn mask_words(text: &str) -> Option<String> {
    let mut masked = String::new();
    let mut cursor = Cursor::new(text);
    while let Some(token) = cursor.next() {
        let Token::Scalar(word) = token else { continue };
        if non_finite(word).is_none() {
            continue;
        }
        let end = text.len().saturating_sub(cursor.rest.len());
        let start = end.saturating_sub(word.len());
        masked.push_str(text.get(masked.len()..start).unwrap_or_default());
        masked.push_str("1e");
        masked.extend(std::iter::repeat_n('0', word.len().saturating_sub(2)));
    }
    if masked.is_empty() {
        return None;
    }
    masked.push_str(text.get(masked.len()..).unwrap_or_default());
    Some(masked)
}

/// The byte at which `serde_json` gave up on `text`. It tells lines, counted from 1,
/// and in a line the bytes it had read, the offending one included.
pub(crate) fn place(text: &str, error: &serde_json::Error) -> usize {
    let lines = text.split_inclusive('\n').map(str::len);
    let line: usize = lines.take(error.line().saturating_sub(1)).sum();
    let read = line + error.column();
    let place = if error.is_eof() {
        read
    } else {
        read.saturating_sub(1)
    };
    // Inside a scalar there is nothing to show.
    let mut boundaries = (0..=place.min(text.len())).rev();
    boundaries
        .find(|&at| text.is_char_boundary(at))
        .unwrap_or(0)
}

/// A part of a JSON text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Token<'a> {
    BeginObject,
    EndObject,
    BeginArray,
    EndArray,
    /// A string literal, quotes and escapes included.
    String(&'a str),
    /// A number literal, `true`, `false`, `null` or a [word for a double](non_finite).
    Scalar(&'a str),
}

// How many tokens this thread has read.
#[cfg(test)]
thread_local! {
    pub(crate) static TOKENS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// Reads a text that has been [validated](validate) token by token.
#[derive(Clone, Debug)]
pub(crate) struct Cursor<'a> {
    rest: &'a str,
    /// Whether what has been read had no blanks and no escapes. Whoever replaces a part
    /// of it by another notes it here too.
    pub(crate) is_verbatim: bool,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(valid: &'a str) -> Self {
        Self {
            rest: valid,
            is_verbatim: true,
        }
    }

    fn pass_separators(&mut self) {
        let separators = self.rest.bytes().take_while(|b| is_separator(*b));
        let count = separators
            .inspect(|b| self.is_verbatim &= matches!(b, b',' | b':'))
            .count();
        self.rest = self.rest.get(count..).unwrap_or_default();
    }

    /// How many bytes are left from the next token on.
    pub(crate) fn left(&mut self) -> usize {
        self.pass_separators();
        self.rest.len()
    }

    /// Whether an array or an object comes next.
    pub(crate) fn is_at_container(&mut self) -> bool {
        self.pass_separators();
        self.rest.starts_with(['{', '['])
    }

    /// The same as [`raw_value`](Cursor::raw_value) of a value that is known to end where
    /// so many bytes are left.
    pub(crate) fn raw_value_to(&mut self, left: usize) -> &'a str {
        self.pass_separators();
        let length = self.rest.len().saturating_sub(left);
        let (value, rest) = self.rest.split_at_checked(length).unwrap_or_default();
        self.rest = rest;
        value
    }

    /// Passes over the one value that comes next, and returns it as written.
    pub(crate) fn raw_value(&mut self) -> &'a str {
        self.pass_separators();
        let from = self.rest;
        let mut open = 0_usize;
        for token in self.by_ref() {
            match token {
                Token::BeginObject | Token::BeginArray => open += 1,
                Token::EndObject | Token::EndArray => open = open.saturating_sub(1),
                Token::String(_) | Token::Scalar(_) => {}
            }
            if open == 0 {
                break;
            }
        }
        let read = from.len().saturating_sub(self.rest.len());
        from.get(..read).unwrap_or_default()
    }
}

impl<'a> Iterator for Cursor<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        self.pass_separators();
        let literal = |bytes: usize| self.rest.split_at_checked(bytes);
        let (token, rest) = match self.rest.bytes().next()? {
            b'{' => (Token::BeginObject, literal(1)?.1),
            b'}' => (Token::EndObject, literal(1)?.1),
            b'[' => (Token::BeginArray, literal(1)?.1),
            b']' => (Token::EndArray, literal(1)?.1),
            b'"' => {
                let (length, is_escaped) = measure_string(self.rest.as_bytes());
                self.is_verbatim &= !is_escaped;
                let (string, rest) = self.rest.split_at_checked(length)?;
                (Token::String(string), rest)
            }
            _ => {
                let mut bytes = self.rest.bytes();
                let end = bytes.position(|b| is_separator(b) || matches!(b, b']' | b'}'));
                let (scalar, rest) = literal(end.unwrap_or(self.rest.len()))?;
                (Token::Scalar(scalar), rest)
            }
        };
        self.rest = rest;
        #[cfg(test)]
        TOKENS.set(TOKENS.get() + 1);
        Some(token)
    }
}

fn is_separator(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b',' | b':')
}

/// The bytes of the string literal that `text` begins with.
fn string_length(text: &[u8]) -> usize {
    measure_string(text).0
}

/// The same, and whether it has escapes.
fn measure_string(text: &[u8]) -> (usize, bool) {
    let mut at = 1;
    let mut is_escaped = false;
    while let Some(found) = text
        .get(at..)
        .and_then(|rest| memchr::memchr2(b'"', b'\\', rest))
    {
        at += found + 1;
        if text.get(at - 1) == Some(&b'"') {
            return (at, is_escaped);
        }
        // Whatever is escaped, its first byte does not end the string.
        is_escaped = true;
        at += 1;
    }
    (text.len(), is_escaped)
}

/// The value under `key` in an object that this crate has written, so without blanks,
/// and the byte at which it begins. `key` must need no escape.
pub(crate) fn member<'a>(object: &'a [u8], key: &str) -> Option<(usize, &'a [u8])> {
    let mut at = 1;
    loop {
        let rest = object.get(at..)?;
        let name = rest.get(..string_length(rest))?;
        at += name.len() + 1;
        let rest = object.get(at..)?;
        let value = rest.get(..value_length(rest))?;
        let name = name.strip_prefix(b"\"").and_then(|s| s.strip_suffix(b"\""));
        if name? == key.as_bytes() {
            return Some((at, value));
        }
        at += value.len() + 1;
    }
}

/// The bytes of the value that `text`, which has no blanks, begins with.
fn value_length(text: &[u8]) -> usize {
    let mut at = 0;
    let mut open = 0_usize;
    while let Some(byte) = text.get(at) {
        match byte {
            b'"' => at += string_length(text.get(at..).unwrap_or_default()),
            b'{' | b'[' => {
                open += 1;
                at += 1;
            }
            b'}' | b']' if open > 0 => {
                open -= 1;
                at += 1;
            }
            b'}' | b']' | b',' if open == 0 => return at,
            _ => {
                at += 1;
                continue;
            }
        }
        if open == 0 {
            return at;
        }
    }
    at
}

/// The string literal that `text` begins with.
pub(crate) fn leading_string(text: &[u8]) -> Option<&str> {
    std::str::from_utf8(text.get(..string_length(text))?).ok()
}

/// The string that a valid JSON string literal stands for; borrowed when nothing in
/// it is escaped. Half of a surrogate pair becomes U+FFFD: JavaScript has such
/// strings, and MongoDB's driver stores them so.
pub(crate) fn string(literal: &str) -> Cow<'_, str> {
    let inner = literal.strip_prefix('"').and_then(|s| s.strip_suffix('"'));
    let inner = inner.unwrap_or(literal);
    if !inner.contains('\\') {
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

/// The scalar of a leading `uXXXX` or `uXXXX\uXXXX`, and the bytes it takes.
fn utf16_escape(text: &str) -> (char, usize) {
    let unit = |from: usize| {
        let digits = text.get(from..from + 4)?;
        u16::from_str_radix(digits, 16).ok()
    };
    let low = (text.get(5..7) == Some("\\u")).then(|| unit(7)).flatten();
    let units = [unit(1).unwrap_or_default(), low.unwrap_or_default()];
    match char::decode_utf16(units).next() {
        Some(Ok(scalar)) if scalar > '\u{FFFF}' => (scalar, 11),
        Some(Ok(scalar)) => (scalar, 5),
        _ => (char::REPLACEMENT_CHARACTER, 5),
    }
}

/// Appends `text` as a JSON string literal, escaped as `JSON.stringify` does it.
pub(crate) fn push_string(out: &mut String, text: &str) {
    out.push('"');
    // Nearly every string; worth a loop of its own that the compiler makes wide.
    if !text.bytes().fold(false, |any, b| any | needs_escape(b)) {
        out.push_str(text);
        out.push('"');
        return;
    }
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{08}' => out.push_str("\\b"),
            '\u{0C}' => out.push_str("\\f"),
            '\0'..='\u{1F}' => {
                out.push_str(if c < '\u{10}' { "\\u000" } else { "\\u001" });
                out.extend(char::from_digit(u32::from(c) & 0xF, 16));
            }
            _ => out.push(c),
        }
    }
    out.push('"');
}

/// Whether `text` is written otherwise than it is.
pub(crate) fn is_escaped(text: &str) -> bool {
    text.bytes().any(needs_escape)
}

const fn needs_escape(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

#[cfg(test)]
mod tests;
