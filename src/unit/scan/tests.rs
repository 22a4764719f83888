//! The scanner beside [`read`], which builds all values from a text that `serde_json` has validated.

use proptest::prelude::*;

use super::*;
use crate::field;
use crate::unit::value::{Fields, compact_json};
use crate::unit::{Unit, get};

/// The keys whose spans are recorded.
fn recorded() -> impl Iterator<Item = &'static str> {
    let documented = Field::ALL.map(Field::path).into_iter();
    documented.chain([field::ID, field::TYPE])
}

/// Whether the JSON of these fields preserves all of them, and their types in sort keys.
fn is_preserved(fields: &Fields) -> bool {
    fn is_exact(value: &Value) -> bool {
        match value {
            Value::Number(number @ Number::Double { text, .. }) => {
                let read = Number::from_literal(text);
                matches!(&read, Some(read @ Number::Double { .. }) if read == number)
            }
            Value::Array(elements) => elements.iter().all(is_exact),
            Value::Object(fields) => fields.iter().all(|(_, value)| is_exact(value)),
            _ => true,
        }
    }
    fields.iter().all(|(key, value)| {
        let is_date = key == Field::UpdatedAt.path() && matches!(value, Value::Date(_));
        is_date || value.reads_back() && is_exact(value)
    })
}

/// Asserts that the scanner returns what [`read`] does, or refuses the text. Returns whether the
/// text was read.
fn agrees(text: &str) -> bool {
    let scanned = document(text);
    let valid = json::validate(text).ok();
    let Some(fields) = valid.and_then(|valid| read::document(valid).ok()) else {
        assert!(scanned.is_none(), "{text}");
        return false;
    };
    let has_id = matches!(get(&fields, field::ID), Some(Value::String(_)));
    let Some((json, spans)) = scanned else {
        // With two members and no `$`, nothing is a wrapper and no key is repeated.
        let is_plain = !text.contains(['$', '\\']) && text.matches(':').count() <= 2;
        assert!(!(has_id && is_plain), "{text}");
        return false;
    };
    assert!(has_id && is_preserved(&fields), "{text}");
    assert_eq!(&*json, &*compact_json(&fields, 0), "{text}");
    assert_eq!(matches!(json, Cow::Borrowed(_)), text == &*json);
    assert_eq!(read::document(&json).as_ref(), Ok(&fields), "{text}");
    for key in recorded() {
        let literal = spans.literal(index_of(key).unwrap(), &json);
        let value = literal.map(|literal| {
            let mut value = read::field(literal).unwrap();
            read::convert_if_updated_at(key, &mut value);
            value
        });
        assert_eq!(value.as_ref(), get(&fields, key), "{key} in {text}");
    }
    true
}

#[test]
fn documents_are_read_or_refused() {
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
        let scanned = document(&text);
        assert_eq!(scanned.is_some(), is_read, "{text}");
        if is_read {
            assert!(agrees(&text));
        }
    }
    for text in [
        r#"{"_id":7}"#,
        "{}",
        "[]",
        "",
        r#"{"_id":"a"} x"#,
        r#"{"_id":NaN}"#,
    ] {
        assert!(document(text).is_none(), "{text}");
    }
    assert!(agrees(" \n{ \"_id\":\"a\"}\t\r"));
}

#[test]
fn many_keys_are_compared() {
    for count in [1, 31, 32, 33, 1000] {
        let members = (0..count).map(|key| format!(r#","customField{key}":[{{"a":1,"b":2}}]"#));
        let members: String = members.collect();
        assert!(agrees(&format!(r#"{{"_id":"a"{members}}}"#)));
        let repeated = format!(r#"{{"_id":"a"{members},"customField0":0}}"#);
        assert!(document(&repeated).is_none());
    }
}

/// The document itself is level 1.
#[test]
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
            assert_eq!(document(&text).is_some(), is_read, "{levels}");
        }
    }
}

/// Removes each byte, replaces it and adds another one.
#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn damaged_documents_are_read_as_before_or_refused() {
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
fn every_recorded_field_has_its_own_index() {
    let mut indexes: Vec<usize> = recorded().filter_map(index_of).collect();
    indexes.sort_unstable();
    assert!(indexes.into_iter().eq(0..RECORDED));
    assert_eq!(index_of(field::ID), Some(ID));
    assert_eq!(index_of(Field::UpdatedAt.path()), Some(UPDATED_AT));
    for key in ["", "Name", "name.", "ids"] {
        assert_eq!(index_of(key), None);
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
        let found = special_bytes(u64::from_le_bytes(word));
        let first = word.iter().position(|byte| json::must_escape(*byte));
        prop_assert_eq!(found == 0, first.is_none());
        prop_assert!(first.is_none_or(|first| found.trailing_zeros() / 8 == u32::try_from(first).unwrap()));
    }
}
