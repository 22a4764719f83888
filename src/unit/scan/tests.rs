//! The scanner beside `serde_json`, which checks the grammar, and beside [`read`], which builds all
//! values.

use proptest::prelude::*;

use super::*;
use crate::field::{self, Field};
use crate::unit::value::push_object;
use crate::unit::{Unit, get};

/// The keys whose spans are recorded.
fn recorded() -> impl Iterator<Item = &'static str> {
    let documented = Field::ALL.map(Field::path).into_iter();
    documented.chain([field::ID, field::TYPE])
}

/// Whether the JSON of a value preserves it, and its type in sort keys.
fn is_preserved(value: &Value) -> bool {
    match value {
        Value::Number(number @ Number::Double { text, .. }) => {
            let read = Number::from_literal(text);
            matches!(&read, Some(read @ Number::Double { .. }) if read == number)
        }
        Value::Date(_) => false,
        Value::Array(elements) => elements.iter().all(is_preserved),
        Value::Object(fields) => match fields.as_slice() {
            [(key, _)] if key.starts_with('$') => false,
            fields => fields.iter().all(|(_, value)| is_preserved(value)),
        },
        _ => true,
    }
}

/// The compact JSON of a text that the scanner alone reads.
fn compact(text: &str) -> Option<(Cow<'_, str>, Spans)> {
    match document(text) {
        Ok(Scanned::Compact(json, spans)) => Some((json, spans)),
        _ => None,
    }
}

/// Asserts that the scanner finds the errors of `serde_json` and returns the JSON of what [`read`]
/// returns. Returns whether the scanner alone reads the text.
fn agrees(text: &str) -> bool {
    let is_object = json::validate(text).is_ok_and(|valid| valid.starts_with('{'));
    let has_words = json::NON_FINITE.iter().any(|word| text.contains(word));
    assert!(has_words || document(text).is_ok() == is_object, "{text}");
    if document(text).is_err() {
        return false;
    }
    let fields = read::document(text);
    let has_id = matches!(get(&fields, field::ID), Some(Value::String(_)));
    let Some((json, spans)) = compact(text) else {
        // Each colon is that of a top-level member, so no key is repeated.
        let is_plain = !text.contains(['$', '\\']) && text.matches(':').count() == fields.len();
        assert!(!(has_id && is_plain && !has_words), "{text}");
        return false;
    };
    let mut expected = String::new();
    push_object(&fields, Form::Plain, &mut expected);
    assert_eq!(json, expected, "{text}");
    assert_eq!(matches!(json, Cow::Borrowed(_)), text == &*json);
    assert_eq!(read::document(&json), fields, "{text}");
    assert!(has_id, "{text}");
    for (key, value) in &fields {
        let is_date = key == Field::UpdatedAt.path() && matches!(value, Value::Date(_));
        assert!(is_date || is_preserved(value), "{text}");
    }
    for key in recorded() {
        let literal = spans.literal(index_of(key).unwrap(), &json);
        let value = literal.map(|literal| {
            let mut value = read::field(literal);
            read::convert_if_updated_at(key, &mut value);
            value
        });
        assert_eq!(value.as_ref(), get(&fields, key), "{key} in {text}");
    }
    true
}

#[test]
fn documents_are_read_in_one_pass_or_two() {
    for (members, is_read) in [
        (r#""x":1,"y":[true,null,{"a":"b","c":[]},{}]"#, true),
        (r#" "x" : [ 1 , 2 ] , "y" : { "a" : 1 } "#, true),
        (r#""x":"\n\t\r\b\f\"\\\u0000\u001f""#, true),
        (
            r#""x":"\/\u00e9\u007F\ud83e\udd80\ud83e\udd80x\udd80""#,
            true,
        ),
        (r#""a\n":1,"a\t":2,"é":3"#, true),
        (
            r#""x":-0.5e+7,"y":1e400,"z":123456789012345678901234567890"#,
            true,
        ),
        (
            r#""x":{"$numberInt":"7"},"y":[{"$oid":"0123456789abcdef01234567"}]"#,
            true,
        ),
        (
            r#""x": { "$numberDouble" : "1.5" },"y":{"\u0024numberLong":"7"}"#,
            false,
        ),
        (
            r#""x": { "$numberDouble" : "1.5" },"y":{"$numberLong":"7"}"#,
            true,
        ),
        (r#""_updatedAt":{"$date":{"$numberLong":"0"}}"#, true),
        (
            r#""_updatedAt":{"$date":"2022-09-15T11:44:32Z"},"x":{"$a":1,"b":2}"#,
            true,
        ),
        // Control characters and quotes have shorter escapes.
        (r#""x":"\u000a""#, false),
        (r#""x":"\u001F""#, false),
        (r#""x":"\u0022""#, false),
        // JSON does not preserve these.
        (r#""x":{"$date":0}"#, false),
        (r#""_updatedAt":[{"$date":0}]"#, false),
        (r#""x":{"$date":"soon"}"#, false),
        (r#""x":{"$a":1}"#, false),
        (r#""x":{"$numberDouble":"7"}"#, false),
        (r#""x":{"$numberDouble":"NaN"}"#, false),
        // Repeated keys are merged elsewhere.
        (r#""x":1,"x":2"#, false),
        (r#""x":1,"\u0078":2"#, false),
        (r#""name":1,"name":2"#, false),
        (r#""_id":"b""#, false),
        (r#""x":[{"a":1,"b":2,"a":3}]"#, false),
    ] {
        let text = format!(r#"{{"_id":"a",{members}}}"#);
        assert_eq!(agrees(&text), is_read, "{text}");
    }
    for text in [
        r#"{"_id":7}"#,
        "{}",
        "[]",
        "",
        r#"{"_id":"a"} x"#,
        r#"{"_id":NaN}"#,
    ] {
        assert!(compact(text).is_none(), "{text}");
    }
    assert!(agrees(" \n{ \"_id\":\"a\"}\t\r"));
}

#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn many_keys_are_compared() {
    for count in [1, 31, 32, 33, 1000] {
        let members = (0..count).map(|key| format!(r#","customField{key}":[{{"a":1,"b":2}}]"#));
        let members: String = members.collect();
        assert!(agrees(&format!(r#"{{"_id":"a"{members}}}"#)));
        let repeated = format!(r#"{{"_id":"a"{members},"customField0":0}}"#);
        assert!(compact(&repeated).is_none());
    }
}

/// The document itself is level 1.
#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn nesting_is_bounded() {
    for (open, close) in [("[", "]"), (r#"{"a":"#, "}"), (r#"[1,{"a":{},"b":"#, "}]")] {
        let each = open.matches(['[', '{']).count() - open.matches("{}").count();
        for levels in [
            1,
            100,
            (Unit::MAX_DEPTH - 1) / each,
            (Unit::MAX_DEPTH - 1) / each + 1,
        ] {
            let (open, close) = (open.repeat(levels), close.repeat(levels));
            let is_read = levels * each < Unit::MAX_DEPTH;
            let text = format!(r#"{{"_id":"a","x":{open}0{close}}}"#);
            assert_eq!(compact(&text).is_some(), is_read, "{levels}");
            let kind = document(&text).err().map(|error| error.kind());
            assert_eq!(kind, (!is_read).then_some(UnitErrorKind::TooDeep));
        }
    }
}

/// Removes each byte, replaces it and adds another one.
#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn damaged_documents_are_read_or_refused() {
    let texts = [
        r#"{"_id":"aé","name":"a\n\u00e9🦀","type":"u","numMonitors":-1.50e+3,"x":[true,{"a":null}]}"#,
        r#"{ "_id" : "a", "_updatedAt":{"$date":"2022-09-15T11:44:32.103Z"}, "n":{"$numberInt":"-7"}}"#,
        r#"{"numDepartments":0,"visibility":"private","_id":"17 characters ..","y":{"b":{},"c":[false]}}"#,
    ];
    let mut read = 0;
    for text in texts {
        assert!(agrees(text));
        for at in 0..text.len() {
            for byte in b"\x00\n \"\\{}[]:,0-+.eEtfnuNx/$\x1f\x7f" {
                let bytes = text.as_bytes();
                let (before, from, after) = (&bytes[..at], &bytes[at..], &bytes[at + 1..]);
                for damaged in [
                    [before, after].concat(),
                    [before, &[*byte], after].concat(),
                    [before, &[*byte], from].concat(),
                ] {
                    if let Ok(damaged) = std::str::from_utf8(&damaged) {
                        let plain = damaged.matches("\":").count() > 1;
                        read += usize::from(plain && agrees(damaged));
                    }
                }
            }
        }
        let cut = (0..text.len()).filter_map(|end| text.get(..end));
        cut.for_each(|cut| assert!(!agrees(cut), "{cut}"));
    }
    assert!(read > 1_000, "{read}");
}

#[test]
fn an_error_is_at_the_first_invalid_byte() {
    for (text, byte) in [
        ("", 0),
        ("tru", 3),
        ("trux", 3),
        ("[1,]", 3),
        ("[1]x", 3),
        ("[-]", 2),
        ("[1.]", 3),
        ("[1,\n2,\n é]", 8),
        ("{\"a\":1,\n\"b\" 2}", 12),
        ("{a:1}", 1),
        ("[\"a\n\"]", 3),
        ("[\"\\x\"]", 3),
        ("[\"\\u00g0\"]", 2),
        ("[1,\n", 4),
    ] {
        let error = document(text).err().unwrap();
        assert_eq!(error.byte(), Some(byte), "{text:?}");
    }
}

/// The value of a repeated key is read even if a later value replaces it.
#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn a_replaced_value_may_not_nest_too_deep() {
    let (open, close) = ("[".repeat(Unit::MAX_DEPTH), "]".repeat(Unit::MAX_DEPTH));
    for text in [
        format!(r#"{{"_id":"a","x":{open}{close},"x":1}}"#),
        format!(r#"{{"_id":"a","x":{{"$oid":{open}{close},"$oid":1}}}}"#),
    ] {
        let error = document(&text).err().map(|error| error.kind());
        assert_eq!(error, Some(UnitErrorKind::TooDeep));
    }
}

/// Members of an object, some of them not in compact form.
fn members() -> impl Strategy<Value = Vec<String>> {
    let key = r"[a-c]|\\u0061|\\n|\$date|\$numberInt|\$oid|_updatedAt|name|type";
    let value = prop_oneof![
        "-?[0-9]{1,20}(\\.[0-9]{1,3})?([eE][+-]?[0-9]{1,3})?",
        r#""[a:, {}]{0,12}(\\n|\\/|\\"|\\\\|é|\\u00e9|\\u0009|\\ud83e\\udd80)?""#,
        r#""2022-09-15T11:44:32(\.103)?Z"|"7""#,
        "null|true|false|\\[\\]|\\[1,2\\]|\\[ \\]|\\{\\}|\\{\"\\$numberInt\":\"7\"\\}",
        "\\{\"\\$date\":(1|\"soon\"|\"2022-09-15T11:44:32Z\")\\}|\\{\"a\": ?\\{\"b\":1\\}\\}",
    ];
    let blank = "[ \t\n\r]?";
    let member = (key, value, blank, blank);
    let member =
        member.prop_map(|(key, value, after, before)| format!("\"{key}\"{after}:{before}{value}"));
    prop::collection::vec(member, 0..5)
}

proptest! {
    #[test]
    #[cfg_attr(miri, ignore = "too slow under Miri")]
    fn a_verbatim_text_is_the_compact_json_of_its_document(members in members(), blank in " ?") {
        let separator = format!(",{blank}");
        let members = std::iter::once(r#""_id":"a""#.to_owned()).chain(members);
        agrees(&format!("{{{}}}", members.collect::<Vec<_>>().join(&separator)));
    }

    #[test]
    fn values_are_read_as_serde_json_reads_them(value in r#"[\[\]{}",:0-9a\\ untrlfse.-]{0,24}"#) {
        agrees(&format!(r#"{{"_id":"a","x":{value}}}"#));
    }

    #[test]
    fn special_bytes_are_found_in_words(word in prop::array::uniform8(
        prop_oneof![any::<u8>(), 0x1E_u8..0x24, Just(b'\\'), Just(b'[')],
    )) {
        let found = json::special_bytes(u64::from_le_bytes(word));
        let first = word.iter().position(|byte| json::must_escape(*byte));
        prop_assert_eq!(found == 0, first.is_none());
        prop_assert!(first.is_none_or(|first| found.trailing_zeros() / 8 == u32::try_from(first).unwrap()));
    }
}
