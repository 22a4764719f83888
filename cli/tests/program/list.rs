//! `list`.

use std::fs;

use crate::{assert_refused, run};

#[test]
fn the_documented_units_are_listed_with_and_without_the_subcommand() {
    let plain = run(&[]);
    assert_eq!((plain.code, &*plain.errors), (0, "200\n"));
    let end = r#"],"count":7,"offset":0,"total":7,"success":true}"#;
    assert!(plain.output.trim_end().ends_with(end), "{}", plain.output);
    assert_eq!(run(&["list"]).output, plain.output);
}

#[test]
fn a_query_string_and_options_need_no_subcommand() {
    let one = run(&["text=unit&sort={\"name\":-1}&count=1"]);
    assert_eq!(one.code, 0);
    assert!(one.output.contains(r#""name":"business unit test""#));
    assert!(one.output.contains(r#""count":1,"offset":0,"total":2,"#));
    for arguments in [
        &["text=unit&count=1", "--caller", "user"][..],
        &["--caller=user", "text=unit&count=1"],
        &["list", "text=unit&count=1", "--caller", "user"],
    ] {
        let refused = run(arguments);
        assert_eq!(refused.code, 1, "{arguments:?}");
        assert!(
            refused.output.contains("[error-unauthorized]"),
            "{}",
            refused.output
        );
        assert!(refused.errors.starts_with("403\n"), "{}", refused.errors);
    }
}

#[test]
fn each_caller_gets_its_answer() {
    for (caller, status) in [
        ("manager", 200),
        ("user", 403),
        ("anonymous", 401),
        ("refused", 403),
        ("unlicensed", 400),
        ("monitor:a,b", 200),
    ] {
        let run = run(&["--caller", caller]);
        assert!(
            run.errors.starts_with(&status.to_string()),
            "{caller}: {}",
            run.errors
        );
    }
    // A monitor sees units by the policy that the command names.
    let refused = run(&[
        "--caller",
        "monitor:a",
        "--access-policy",
        "permission-required",
    ]);
    assert_eq!(refused.code, 1);
    assert!(refused.errors.starts_with("403\n"));
    let user = run(&["--caller", "user", "--server-version", "8.6.1"]);
    assert!(user.output.contains(r#""total":0"#), "{}", user.output);
}

#[test]
fn units_come_from_a_file() {
    let name = format!("livechat-units-cli-{}.json", std::process::id());
    let file = std::env::temp_dir().join(name);
    let path = file.to_str().unwrap();
    fs::write(&file, r#"[{"_id":"a","type":"u"},{"name":"x"}]"#).unwrap();
    let listed = run(&["--units", path]);
    fs::write(&file, "{\"_id\":\"a\"}\n{\"_id\":\"b\",}").unwrap();
    let malformed = run(&["--units", path]);
    fs::remove_file(&file).unwrap();
    let missing = run(&["--units", path]);

    assert_eq!(listed.code, 0);
    assert!(
        listed
            .output
            .starts_with(r#"{"units":[{"_id":"a","type":"u"}],"#)
    );
    assert_eq!(
        listed.errors,
        format!(
            "left out: {path}: line 1, column 25: expected a string `_id`, found none, in the \
             document {{\"name\":\"x\"}}\n200\n"
        )
    );
    assert_eq!((malformed.code, &*malformed.output), (2, ""));
    assert_eq!(
        malformed.errors,
        format!(
            "error: {path}: line 2, column 12: expected JSON, found }}, in the document \
             {{\"_id\":\"b\",}}\n"
        )
    );
    assert_eq!(missing.code, 2);
    assert!(missing.errors.starts_with(&format!("error: {path}: ")));
}

#[test]
fn a_wrong_command_names_the_option_and_the_expected_form() {
    assert_refused(
        &["--nope"],
        "expected one of the options that --help lists, found --nope",
    );
    assert_refused(
        &["--store", "memory"],
        "expected one of the options that --help lists, found --store",
    );
    assert_refused(
        &["text=a", "replay"],
        "expected no further argument, found \"replay\"",
    );
    assert_refused(&["--units"], "--units: expected a file, found nothing");
    assert_refused(
        &["--caller", "admin"],
        "--caller: expected manager, user, anonymous, refused, unlicensed or monitor:ID,ID, \
         found \"admin\"",
    );
    assert_refused(
        &["--server-version", "latest"],
        "--server-version: expected \"documented\" or a release such as 8 or 7.4.1, found \
         \"latest\"",
    );
    assert_refused(
        &["--access-policy=all"],
        "--access-policy: expected permission-required or own-units, found \"all\"",
    );
}
