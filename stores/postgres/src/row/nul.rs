//! Finds U+0000 in a document, which PostgreSQL cannot store. In JSON it is always an escape.

/// The first top-level field of this JSON object whose name or value contains U+0000.
pub(crate) fn field_with_nul(json: &str) -> Option<String> {
    if !json.contains("\\u0000") {
        return None;
    }
    let mut field = String::new();
    let mut depth = 0_usize;
    let mut rest = json;
    let mut expects_key = false;
    while let Some(byte) = rest.bytes().next() {
        let mut length = 1;
        match byte {
            b'{' | b'[' => {
                depth += 1;
                expects_key = depth == 1;
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            b',' => expects_key = depth == 1,
            b'"' => {
                let (literal, has_nul) = string(rest);
                if expects_key {
                    literal.clone_into(&mut field);
                    expects_key = false;
                }
                if has_nul {
                    return Some(field);
                }
                // The literal and its quotes.
                length = literal.len() + 2;
            }
            _ => length = rest.chars().next().map_or(1, char::len_utf8),
        }
        rest = rest.get(length..).unwrap_or_default();
    }
    None
}

/// The string literal at the beginning of `text`, without its quotes, and whether it contains
/// U+0000.
fn string(text: &str) -> (&str, bool) {
    let inner = text.get(1..).unwrap_or_default();
    let mut has_nul = false;
    let mut escaped = false;
    for (at, byte) in inner.bytes().enumerate() {
        match byte {
            b'"' if !escaped => return (inner.get(..at).unwrap_or_default(), has_nul),
            b'u' if escaped => {
                let digits = inner.get(at + 1..at + 5);
                has_nul |= digits == Some("0000");
            }
            _ => {}
        }
        escaped = byte == b'\\' && !escaped;
    }
    (inner, has_nul)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_top_level_field_is_named() {
        for (json, field) in [
            (r#"{"_id":"a","x":1}"#, None),
            (r#"{"_id":"a\u0000"}"#, Some("_id")),
            (r#"{"_id":"a","b":[{"c":"\u0000"}],"d":1}"#, Some("b")),
            (r#"{"_id":"a","b":[{"c\u0000":1}],"d":1}"#, Some("b")),
            (r#"{"_id":"a","d\u0000":1}"#, Some("d\\u0000")),
            (r#"{"_id":"a","b":{"c":1},"é":"{\"\u0000"}"#, Some("é")),
            // An escaped backslash and five characters.
            (r#"{"_id":"a","b":"\\u0000"}"#, None),
            (r#"{"_id":"a","b":"\\\\u0000"}"#, None),
            (r#"{"_id":"a","b":"\\\u0000"}"#, Some("b")),
            (r#"{"_id":"a\\u0000","b":["x","\u0000"]}"#, Some("b")),
        ] {
            assert_eq!(field_with_nul(json).as_deref(), field, "{json}");
        }
    }
}
