use proptest::prelude::*;
use serde_json::Value;

use super::*;

fn all_tokens(text: &str) -> Vec<Token<'_>> {
    Tokens::new(validate(text).unwrap()).collect()
}

#[test]
fn tokens_are_the_literals_of_the_text() {
    use Token::{Bare, BeginArray, BeginObject, EndArray, EndObject, String};
    assert_eq!(
        all_tokens("\t{ \"a\\\"\\\\\" :[1.50 ,-0,true],\n\"é,:]\":{}}\r "),
        [
            BeginObject,
            String(r#""a\"\\""#),
            BeginArray,
            Bare("1.50"),
            Bare("-0"),
            Bare("true"),
            EndArray,
            String("\"é,:]\""),
            BeginObject,
            EndObject,
            EndObject,
        ]
    );
}

#[test]
fn a_raw_value_is_the_text_of_the_value() {
    let mut tokens = Tokens::new(r#"[ {"a":[1,{"b":"]"}]} , 2 ,"x"]"#);
    assert_eq!(tokens.next(), Some(Token::BeginArray));
    assert_eq!(tokens.raw_value(), r#"{"a":[1,{"b":"]"}]}"#);
    assert_eq!(tokens.raw_value(), "2");
    assert_eq!(tokens.raw_value(), r#""x""#);
    assert_eq!(tokens.next(), Some(Token::EndArray));
    assert_eq!(tokens.next(), None);
}

#[test]
fn the_position_of_an_error_is_that_of_the_invalid_byte() {
    for (text, expected) in [
        ("", 0),
        ("tru", 3),
        ("[1,]", 3),
        ("[1]x", 3),
        ("[1,\n2,\n é]", 8),
        ("{\"a\":1,\n\"b\" 2}", 12),
        ("[1,\n", 4),
    ] {
        assert_eq!(validate(text), Err(expected), "{text:?}");
    }
}

#[test]
fn escapes_are_decoded_as_in_javascript() {
    for (literal, text) in [
        (r#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"),
        (r#""\u0041\u00e9\uD83E\uDD80x""#, "Aé🦀x"),
        (r#""\uD83E""#, "\u{FFFD}"),
        (r#""\uDD80\uD83E""#, "\u{FFFD}\u{FFFD}"),
        (
            r#""\uD83E\u0041\uD83Ex\uD83E\n""#,
            "\u{FFFD}A\u{FFFD}x\u{FFFD}\n",
        ),
        (r#""\uD83E\uD83E\uDD80""#, "\u{FFFD}🦀"),
        (r#""\uFFFFx\uffff\u0000y""#, "\u{FFFF}x\u{FFFF}\0y"),
    ] {
        assert_eq!(decode_string(validate(literal).unwrap()), text, "{literal}");
    }
}

#[test]
fn members_are_found_by_key() {
    let object = r#"{"a":"x,\"b\":1","c":{"b":[1,{"d":"]"}]},"b":-1.5,"e":null,"é":[]}"#;
    for (key, value) in [
        ("a", r#""x,\"b\":1""#),
        ("c", r#"{"b":[1,{"d":"]"}]}"#),
        ("b", "-1.5"),
        ("e", "null"),
        ("é", "[]"),
    ] {
        let (at, found) = find_member(object.as_bytes(), key).unwrap();
        assert_eq!(found, value.as_bytes());
        assert!(object[at..].starts_with(value));
    }
    assert_eq!(find_member(object.as_bytes(), "d"), None);
    assert_eq!(find_member(b"{}", ""), None);
}

#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn deep_nesting_does_not_recurse() {
    let deep = format!("{}1{}", "[".repeat(200_000), "]".repeat(200_000));
    assert_eq!(Tokens::new(validate(&deep).unwrap()).raw_value(), deep);
}

/// Builds a `serde_json` value from `token` and the tokens that follow.
fn build(tokens: &mut Tokens<'_>, token: Token<'_>) -> Value {
    match token {
        Token::String(literal) => decode_string(literal).into(),
        Token::Bare(literal) => serde_json::from_str(literal).unwrap(),
        Token::BeginArray => {
            let mut elements = Vec::new();
            loop {
                match tokens.next().unwrap() {
                    Token::EndArray => return elements.into(),
                    token => elements.push(build(tokens, token)),
                }
            }
        }
        Token::BeginObject => {
            let mut map = serde_json::Map::new();
            loop {
                match tokens.next().unwrap() {
                    Token::EndObject => return map.into(),
                    Token::String(key) => {
                        let token = tokens.next().unwrap();
                        let value = build(tokens, token);
                        map.insert(decode_string(key).into_owned(), value);
                    }
                    other => panic!("{other:?}"),
                }
            }
        }
        Token::EndArray | Token::EndObject => panic!("{token:?}"),
    }
}

proptest! {
    #[test]
    fn tokens_agree_with_serde_json(text in r#"[\[\]{}",:0-9a\\ untrlfse.-]{0,24}"#) {
        if let Ok(valid) = validate(&text)
            && let Ok(expected) = serde_json::from_str::<Value>(&text)
        {
            let mut tokens = Tokens::new(valid);
            let token = tokens.next().unwrap();
            prop_assert_eq!(build(&mut tokens, token), expected);
            prop_assert_eq!(tokens.next(), None);
        }
    }

    #[test]
    fn strings_are_read_as_serde_json_reads_them(
        inner in r#"([a"\\]|é|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4}|\\ud83e\\udd80){0,12}"#,
    ) {
        let literal = format!("\"{inner}\"");
        if let Ok(expected) = serde_json::from_str::<String>(&literal) {
            prop_assert_eq!(decode_string(&literal), expected);
        }
    }

    #[test]
    fn strings_are_written_as_serde_json_writes_them(text in "[\\x00-\\x7fé🦀]{0,40}") {
        let mut ours = String::new();
        push_string(&mut ours, &text);
        prop_assert_eq!(&ours, &serde_json::to_string(&text).unwrap());
        prop_assert_eq!(decode_string(&ours), text);
    }
}
