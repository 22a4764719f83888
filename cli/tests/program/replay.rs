//! `replay`.

use crate::{assert_refused, run_with};

const REQUESTS: &str = r#"{"caller":{"kind":"anonymous"},"documents":[],"query_string":""}
{"caller":{"kind":"user","permissions":["manage-livechat-units"]},"documents":[{"_id":"a","type":"u","x":NaN}],"query_string":"count=1"}
"#;
const RESPONSES: &str = r#"{"status":401,"body":{"status":"error","message":"You must be logged in to do this."}}
{"status":200,"body":{"units":[{"_id":"a","type":"u","x":null}],"count":1,"offset":0,"total":1,"success":true}}
"#;

#[test]
fn each_line_is_answered_by_one_line_from_both_stores() {
    for arguments in [
        &["replay"][..],
        &["replay", "--store", "reference"],
        &["replay", "--store", "memory"],
    ] {
        let run = run_with(arguments, REQUESTS);
        assert_eq!((run.code, &*run.output), (0, RESPONSES), "{}", run.errors);
    }
}

#[test]
fn a_request_that_cannot_be_read_is_named_by_its_number() {
    for (line, problem) in [
        ("[]", "line 1, column 1: expected an object, found []"),
        (
            r#"{"caller":{"kind":"admin"},"documents":[],"query_string":""}"#,
            "caller: expected the kind anonymous, refused, unlicensed, user or monitor, found \
             {\"kind\":\"admin\"}",
        ),
        (
            r#"{"settings":{"access_policy":"all"},"documents":[],"query_string":""}"#,
            "access_policy: expected permission-required or own-units, found \"all\"",
        ),
    ] {
        let run = run_with(&["replay"], &format!("{REQUESTS}{line}\n"));
        assert_eq!((run.code, &*run.output), (2, RESPONSES), "{line}");
        assert_eq!(run.errors, format!("error: request 3: {problem}\n"));
    }
}

#[test]
fn a_wrong_command_names_the_option_and_the_expected_form() {
    assert_refused(
        &["replay", "--store", "sqlite"],
        "--store: expected reference or memory, found \"sqlite\"",
    );
    assert_refused(
        &["replay", "requests.jsonl"],
        "expected no further argument, found \"requests.jsonl\"",
    );
    assert_refused(
        &["replay", "--caller", "user"],
        "expected one of the options that --help lists, found --caller",
    );
}
