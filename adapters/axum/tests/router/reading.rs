//! What `serve` reads from a file or a request.

#[path = "../../examples/serve/documents.rs"]
mod documents;

use self::documents::Documents;

fn ids(text: &str) -> Result<Vec<String>, String> {
    let units: Result<Vec<livechat_units::Unit>, _> = Documents::of(text).collect();
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
        (
            "\u{FEFF}[{\"_id\":\"a\"},\n{\"_id\":\"b\"}]\n",
            vec!["a", "b"],
        ),
        ("\u{FEFF}{\"_id\":\"a\"}", vec!["a"]),
        (
            r#"[{"_id":{"$oid":"0123456789abcdef01234567"}}]"#,
            vec!["0123456789abcdef01234567"],
        ),
    ] {
        assert_eq!(
            ids(text),
            Ok(expected.iter().map(ToString::to_string).collect()),
            "{text:?}"
        );
    }
}

#[test]
fn an_error_names_the_line() {
    for (text, expected) in [
        (
            "{\"_id\":\"a\"}\n{\"_id\":\"b\"\n",
            "line 3: EOF while parsing an object",
        ),
        ("{\"_id\":\"a\"}\nx\n", "line 2: expected value"),
        ("\n\n{\"_id\":\"a\",}", "line 3: key must be a string"),
        ("{\"_id\":\"a\"},{\"_id\":\"b\"}", "line 1: expected value"),
        ("[", "line 1: expected a document"),
        (
            "[{\"_id\":\"a\"}",
            "line 1: expected a comma or a bracket after the document",
        ),
        (
            "[{\"_id\":\"a\"}\n{\"_id\":\"b\"}]",
            "line 2: expected a comma or a bracket after the document",
        ),
        ("[{\"_id\":\"a\"},\n]", "line 2: expected value"),
        ("[,{\"_id\":\"a\"}]", "line 1: expected value"),
        (
            "[{\"_id\":\"a\"}]\n]",
            "line 2: expected nothing after the array",
        ),
    ] {
        assert_eq!(ids(text), Err(expected.to_owned()), "{text:?}");
    }
    for text in [
        "{\"_id\":\"a\"}\n{}\n",
        "[{\"_id\":\"a\"},\n7]",
        "[{\"_id\":\"a\"},\n{\"_id\":7}]",
    ] {
        let error = ids(text).unwrap_err();
        assert!(error.starts_with("line 2: "), "{text:?}: {error}");
    }
}

#[test]
fn nothing_follows_an_error_and_the_share_that_is_read_is_known() {
    let mut documents = Documents::of("{\"_id\":\"a\"}\n?\n{\"_id\":\"b\"}");
    assert_eq!(documents.percent(), 0);
    assert!(documents.next().unwrap().is_ok());
    assert_eq!(documents.percent(), 44);
    assert!(documents.next().unwrap().is_err());
    assert!(documents.next().is_none());
}
