//! The documents in a text.

use livechat_units::{DocumentErrorKind, Documents, Unit};
use livechat_units_cli::documents::{read, survey};
use livechat_units_cli::members::members;

fn ids(text: &str) -> Result<Vec<String>, String> {
    let units: Result<Vec<Unit>, _> = Documents::new(text.as_bytes()).collect();
    match units {
        Ok(units) => Ok(units.iter().map(|unit| unit.id().to_owned()).collect()),
        Err(malformed) => Err(malformed.to_string()),
    }
}

#[test]
fn lines_arrays_and_values_one_after_another() {
    for (text, expected) in [
        ("", vec![]),
        (" \r\n\t", vec![]),
        ("[]", vec![]),
        (" [ ] \n", vec![]),
        (r#"{"_id":"a"}"#, vec!["a"]),
        ("{\"_id\":\"a\"}\n{\"_id\":\"b\"}\n", vec!["a", "b"]),
        ("{\"_id\":\"a\"}\r\n\r\n{\"_id\":\"b\"}", vec!["a", "b"]),
        ("{\n \"_id\":\n \"a\"}{\"_id\":\"b\"}", vec!["a", "b"]),
        ("[{\"_id\":\"a\"},\n{\"_id\":\"b\"}]\n", vec!["a", "b"]),
        (
            "[{\"_id\":\"a\"}]\n[]\n[{\"_id\":\"b\"}]{\"_id\":\"c\"}",
            vec!["a", "b", "c"],
        ),
        (
            r#"[{"_id":{"$oid":"0123456789abcdef01234567"}}]"#,
            vec!["0123456789abcdef01234567"],
        ),
        (
            r#"{"_id":"}{\"]","x":["\\",{"y":"["}]}{"_id":"b"}"#,
            vec!["}{\"]", "b"],
        ),
    ] {
        let expected = expected.iter().map(ToString::to_string).collect();
        assert_eq!(ids(text), Ok(expected), "{text:?}");
    }
}

/// `cat` joins files with their marks.
#[test]
fn byte_order_marks_stand_between_documents() {
    for text in [
        "\u{FEFF}{\"_id\":\"a\"}\n{\"_id\":\"b\"}",
        "{\"_id\":\"a\"}\n\u{FEFF}{\"_id\":\"b\"}\n",
        "\u{FEFF}{\"_id\":\"a\"}\u{FEFF}\u{FEFF}\n{\"_id\":\"b\"}\u{FEFF}",
        "\u{FEFF}[{\"_id\":\"a\"}]\n\u{FEFF}[{\"_id\":\"b\"}]\n",
    ] {
        assert_eq!(
            ids(text),
            Ok(vec!["a".to_owned(), "b".to_owned()]),
            "{text:?}"
        );
    }
    let inside = ids("[{\"_id\":\"a\"},\u{FEFF}{\"_id\":\"b\"}]").unwrap_err();
    assert!(
        inside.starts_with("line 1, column 14: expected JSON, found \\u{feff}"),
        "{inside}"
    );
    let mark = "\u{FEFF}";
    let text = format!("{mark}{{\"_id\":\"{mark}a\"}}");
    assert_eq!(ids(&text), Ok(vec![format!("{mark}a")]));
}

/// `mongoexport` up to 4.0 wrote them.
#[test]
fn words_for_doubles_are_read() {
    let text = "{\"_id\":\"NaN\",\"x\":NaN}\n[{\"_id\":\"b\",\"x\":[+Infinity,-Infinity]}]\n";
    let units: Vec<Unit> = Documents::new(text.as_bytes())
        .map(Result::unwrap)
        .collect();
    assert_eq!(units[0].as_json(), r#"{"_id":"NaN","x":null}"#);
    assert_eq!(
        units[0].to_extended_json(),
        r#"{"_id":"NaN","x":{"$numberDouble":"NaN"}}"#
    );
    assert_eq!(units[1].as_json(), r#"{"_id":"b","x":[null,null]}"#);
}

#[test]
fn an_error_names_line_column_and_what_was_found() {
    for (text, expected) in [
        (
            "{\"_id\":\"a\"}\n{\"_id\":\"b\"\n",
            "line 3, column 1: expected JSON, found the end of the text, \
             in the document {\"_id\":\"b\"\\n",
        ),
        (
            "{\"_id\":\"a\"}\n  x\n",
            "line 2, column 3: expected JSON, found x, in the document x; \
             a file has one document a line, or an array: mongoexport writes them with --type=json",
        ),
        (
            "\n\n{\"é\":NaN,\"_id\":\"a\",}",
            "line 3, column 20: expected JSON, found }, \
             in the document {\"é\":NaN,\"_id\":\"a\",}",
        ),
        (
            "{\"_id\":\"a\"},{\"_id\":\"b\"}",
            "line 1, column 12: expected a document, found ,{\"_id\":\"b\"}",
        ),
        (
            "[",
            "line 1, column 2: expected a document, found the end of the text",
        ),
        (
            "[{\"_id\":\"a\"}",
            "line 1, column 13: expected a comma or a bracket after the document, \
             found the end of the text",
        ),
        (
            "[{\"_id\":\"a\"}\n{\"_id\":\"b\"}]",
            "line 2, column 1: expected a comma or a bracket after the document, \
             found {\"_id\":\"b\"}]",
        ),
        (
            "[{\"_id\":\"a\"},\n]",
            "line 2, column 1: expected a document, found ]",
        ),
        (
            "[,{\"_id\":\"a\"}]",
            "line 1, column 2: expected a document, found ,{\"_id\":\"a\"}]",
        ),
        (
            "[{\"_id\":\"a\"}]\n ]",
            "line 2, column 2: expected a document, found ]",
        ),
        (
            "{\"_id\":\"a\"}\n{}\n",
            "line 2, column 1: expected a string `_id`, found none, in the document {}",
        ),
        (
            "[{\"_id\":\"a\"},\n 7]",
            "line 2, column 2: expected a JSON object, found 7",
        ),
        (
            "[{\"_id\":\"a\"},\n{\"_id\":7}]",
            "line 2, column 1: expected a string `_id`, found 7, in the document {\"_id\":7}",
        ),
    ] {
        assert_eq!(ids(text), Err(expected.to_owned()), "{text:?}");
    }
    let long = ids(&format!("{{\"_id\":\"a\"}},{}", "x".repeat(10_000))).unwrap_err();
    assert!(long.len() < 200, "{long}");
}

/// Forms that `mongoexport` does not write, though they look like its.
#[test]
fn what_shells_print_and_tables_are_refused_with_what_to_do() {
    let shell = "shells print such values: export with mongoexport, or print with EJSON.stringify";
    let table = "mongoexport writes them with --type=json";
    for (text, column, advice) in [
        (r#"{"_id":ObjectId("0123456789abcdef01234567")}"#, 8, shell),
        (
            r#"{"_id":"a","at":ISODate("2022-09-15T11:44:32Z")}"#,
            17,
            shell,
        ),
        (r#"{"_id":"a","n":NumberLong(7)}"#, 16, shell),
        (r#"{"_id":"a","n":NumberInt(7)}"#, 16, shell),
        (r#"{"_id":"a","n":NumberDecimal("7")}"#, 16, shell),
        (r#"{"_id":"a","n":Timestamp(1, 2)}"#, 16, shell),
        (r#"{"_id":"a","n":Date(1)}"#, 16, shell),
        (r#"{"_id":"a","n":[undefined]}"#, 17, shell),
        (r#"{"_id":"a","n":/x/i}"#, 16, shell),
        ("{ _id: 'a' }", 3, shell),
        ("_id,name\na,Sales", 1, table),
    ] {
        let error = ids(text).unwrap_err();
        let position = format!("line 1, column {column}: expected JSON, found ");
        assert!(
            error.starts_with(&position) && error.ends_with(advice),
            "{text}: {error}"
        );
    }
}

#[test]
fn an_array_that_is_cut_is_no_array() {
    let whole = "[{\"_id\":\"a\"},\n{\"_id\":\"b\"}]";
    for length in 1..whole.len() {
        assert!(ids(&whole[..length]).is_err(), "{:?}", &whole[..length]);
    }
}

#[test]
fn after_a_document_that_is_no_unit_the_next_is_read_and_after_no_json_none() {
    let text = "{\"_id\":\"a\"}\n{}\n7\n{\"_id\":\"b\"}\n?\n{\"_id\":\"c\"}";
    let mut documents = Documents::new(text.as_bytes());
    assert_eq!(documents.bytes(), 0);
    assert!(documents.next().unwrap().is_ok());
    assert_eq!(documents.bytes(), 11);
    for kind in [DocumentErrorKind::Document, DocumentErrorKind::Document] {
        assert_eq!(documents.next().unwrap().unwrap_err().kind(), kind);
    }
    assert_eq!(documents.next().unwrap().unwrap().id(), "b");
    let error = documents.next().unwrap().unwrap_err();
    assert_eq!(error.kind(), DocumentErrorKind::Malformed);
    assert!(documents.next().is_none());
}

#[test]
fn of_the_documents_with_one_id_the_last_counts() {
    let text =
        r#"{"_id":"a","n":1}{"_id":"b","type":"u"}{}{"_id":"a","n":2}{"_id":"b","type":"d"}"#;
    let units = read("here", text).unwrap();
    let json: Vec<&str> = units.iter().map(Unit::as_json).collect();
    assert_eq!(json, [r#"{"_id":"a","n":2}"#, r#"{"_id":"b","type":"d"}"#]);
    let error = read("here.json", "{\"_id\":\"a\"}\n{").unwrap_err();
    assert!(
        error.starts_with("here.json: line 2, column 2: "),
        "{error}"
    );
}

#[test]
fn the_members_of_an_object() {
    let read = members(r#" { "a" : [1,{"b":NaN}] , "c\"": "}" ,"d":-1.5e3,"a":null} "#).unwrap();
    let mut all: Vec<(&str, &str)> = read.iter().map(|(key, value)| (&**key, *value)).collect();
    all.sort_unstable();
    assert_eq!(all, [("a", "null"), ("c\"", "\"}\""), ("d", "-1.5e3")]);
    assert!(members("{}").unwrap().is_empty());
    for (text, expected) in [
        (
            "",
            "line 1, column 1: expected an object, found the end of the text",
        ),
        ("[]", "line 1, column 1: expected an object, found []"),
        (
            "{",
            "line 1, column 2: expected a key, found the end of the text",
        ),
        ("{a:1}", "line 1, column 2: expected a key, found a:1}"),
        (
            "{\u{1b}[2J}",
            "line 1, column 2: expected a key, found \\u{1b}[2J}",
        ),
        (
            "{\"a\" 1}",
            "line 1, column 6: expected a colon after the key, found 1}",
        ),
        ("{\"a\":}", "line 1, column 6: expected a value, found }"),
        (
            "{\"a\":1 2}",
            "line 1, column 8: expected a comma or a brace after the member, found 2}",
        ),
        ("{\"a\":1,}", "line 1, column 8: expected a key, found }"),
        (
            "{} {}",
            "line 1, column 4: expected nothing after the object, found {}",
        ),
    ] {
        assert_eq!(members(text).unwrap_err().to_string(), expected, "{text}");
    }
}

#[test]
fn documents_are_counted_without_being_read() {
    for (text, documents, is_array) in [
        ("", 0, false),
        ("\u{FEFF}\n", 0, false),
        ("[]", 0, true),
        ("\u{FEFF} [{},{\"a\":[1,2]},3] \r\n", 3, true),
        ("[{\"a\":[1]", 1, false),
        ("[{\"a\":[1]}", 1, false),
        ("[[1]", 1, false),
        ("[{}]\n{}", 2, false),
        ("[][]", 0, false),
        ("[{}]\u{FEFF}", 1, false),
        ("{\"_id\":\"a\"}\n{\"x\":\"}{\"}\n", 2, false),
        ("{\"_id\":\"a\"}\n{\"_id\":", 2, false),
        ("[{}][{}]{}", 3, false),
        ("{},{}", 1, false),
    ] {
        let survey = survey(text);
        assert_eq!(
            (survey.documents, survey.is_array),
            (documents, is_array),
            "{text}"
        );
    }
}
