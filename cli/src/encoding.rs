//! Decodes the bytes of a file: UTF-8, or UTF-16 as PowerShell's `>` writes it.

use std::error::Error;
use std::fmt;

/// Bytes that are not text. The message says what was expected and found, where, and what
/// to do.
#[derive(Debug)]
pub struct EncodingError(String);

/// Decodes `bytes`. UTF-16 is recognised by its byte order mark or, because a JSON text
/// begins with an ASCII character, by the zero beside its first byte. Byte order marks
/// stay in the text.
///
/// Cost: linear in the length. UTF-8 is not copied.
pub fn decode(bytes: Vec<u8>) -> Result<String, EncodingError> {
    match *bytes.as_slice() {
        [0x1F, 0x8B, ..] => Err(EncodingError::other(
            "data that gzip has compressed",
            "decompress it with gunzip",
        )),
        [_, _, _, _, _, b'_', b'i', b'd', 0, ..] => Err(EncodingError::other(
            "BSON, as mongodump writes it",
            "export with mongoexport, or convert the file with bsondump",
        )),
        [0xFF, 0xFE, 0, 0, ..]
        | [0, 0, 0xFE, 0xFF, ..]
        | [0, 0, 0, 1..=0x7F, ..]
        | [1..=0x7F, 0, 0, 0, ..] => Err(EncodingError::other(
            "UTF-32",
            "convert it with iconv -f UTF-32 -t UTF-8",
        )),
        [0xFF, 0xFE, ..] => utf16(&bytes, u16::from_le_bytes),
        [0xFE, 0xFF, ..] => utf16(&bytes, u16::from_be_bytes),
        [first, 0, ..] if first != 0 => utf16(&bytes, u16::from_le_bytes),
        [0, second, ..] if second != 0 => utf16(&bytes, u16::from_be_bytes),
        _ => String::from_utf8(bytes).map_err(|error| not_utf8(&error)),
    }
}

const ADVICE_IF_CUT: &str = "the file is damaged or was cut: write it again";
const ADVICE_IF_JOINED: &str = "files of two encodings were joined: convert each to UTF-8 first";

fn not_utf8(error: &std::string::FromUtf8Error) -> EncodingError {
    let at = error.utf8_error().valid_up_to();
    let (before, rest) = error.as_bytes().split_at(at);
    let before = String::from_utf8_lossy(before);
    if error.utf8_error().error_len().is_none() {
        let problem = "expected UTF-8, found the end of the file within a character";
        return EncodingError::at(&before, at, problem, ADVICE_IF_CUT);
    }
    match *rest {
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => EncodingError::at(
            &before,
            at,
            "expected UTF-8, found a byte order mark of UTF-16",
            ADVICE_IF_JOINED,
        ),
        [byte, ..] => EncodingError::at(
            &before,
            at,
            &format!("expected UTF-8, found the byte 0x{byte:02X}"),
            "convert the file, with iconv -f WINDOWS-1252 -t UTF-8 if it is from Windows",
        ),
        [] => EncodingError::at(&before, at, "expected UTF-8", "convert the file"),
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, EncodingError> {
    let (pairs, odd) = bytes.as_chunks::<2>();
    let mut text = String::with_capacity(pairs.len());
    let mut read = 0;
    for scalar in char::decode_utf16(pairs.iter().map(|&pair| unit(pair))) {
        let Ok(scalar) = scalar else {
            let problem = "expected UTF-16, found half of a surrogate pair";
            return Err(EncodingError::at(&text, read, problem, ADVICE_IF_CUT));
        };
        if scalar == '\u{FFFE}' {
            let problem = "expected UTF-16, found a byte order mark of the other byte order";
            return Err(EncodingError::at(&text, read, problem, ADVICE_IF_JOINED));
        }
        read += 2 * scalar.len_utf16();
        text.push(scalar);
    }
    if odd.is_empty() {
        Ok(text)
    } else {
        Err(EncodingError::at(
            &text,
            read,
            "expected UTF-16, found a single byte",
            ADVICE_IF_CUT,
        ))
    }
}

impl EncodingError {
    fn other(found: &str, advice: &str) -> Self {
        Self(format!("expected UTF-8 or UTF-16, found {found}: {advice}"))
    }

    /// A problem after the text `before`. Lines and columns count from 1, bytes from 0.
    fn at(before: &str, byte: usize, problem: &str, advice: &str) -> Self {
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|&c| c != '\n').count() + 1;
        Self(format!(
            "line {line}, column {column}: {problem} at byte {byte}: {advice}"
        ))
    }
}

impl fmt::Display for EncodingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for EncodingError {}
