//! Percent encoding, without the library.

/// The bytes that an encoded text stands for. A malformed escape is not changed.
pub(super) fn decode_leniently(encoded: &[u8]) -> Vec<u8> {
    decode(encoded, |_| true).unwrap_or_default()
}

/// The text of a value, in which `+` is a space. `None` if an escape is malformed or the
/// bytes are not UTF-8.
pub(super) fn decode_value(encoded: &[u8]) -> Option<String> {
    let spaced: Vec<u8> = encoded
        .iter()
        .map(|&byte| if byte == b'+' { b' ' } else { byte })
        .collect();
    String::from_utf8(decode(&spaced, |_| false)?).ok()
}

/// A value that decodes to `text`. Only letters are not escaped.
pub(super) fn encode(text: &str) -> String {
    let escape = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' => char::from(byte).to_string(),
        b' ' => "+".to_owned(),
        _ => format!("%{byte:02x}"),
    };
    text.bytes().map(escape).collect()
}

fn decode(encoded: &[u8], keep_malformed: impl Fn(u8) -> bool) -> Option<Vec<u8>> {
    let digit = |at: usize| char::from(*encoded.get(at)?).to_digit(16);
    let mut decoded = Vec::new();
    let mut at = 0;
    while let Some(&byte) = encoded.get(at) {
        at += 1;
        if byte != b'%' {
            decoded.push(byte);
        } else if let (Some(high), Some(low)) = (digit(at), digit(at + 1)) {
            decoded.push(u8::try_from(high * 16 + low).ok()?);
            at += 2;
        } else if keep_malformed(byte) {
            decoded.push(byte);
        } else {
            return None;
        }
    }
    Some(decoded)
}
