//! Wrong commands, help and version.

use crate::process::run;

const STORE: &str = "memory, sqlite:FILE, postgres:URL or mongodb:URL";

/// One line on standard error, and no page of usage.
#[test]
fn a_wrong_command_names_the_option_and_the_expected_form() {
    for (args, problem) in [
        (
            &["--nope"][..],
            "expected one of the options that --help lists, found --nope".to_owned(),
        ),
        (
            &["extra"],
            "expected no further argument, found \"extra\"".to_owned(),
        ),
        (
            &["--units"],
            "--units: expected a file, found nothing".to_owned(),
        ),
        (
            &["serve", "--listen", "here"],
            "--listen: expected an address and a port such as 127.0.0.1:3000, found \"here\""
                .to_owned(),
        ),
        (
            &["--token", "a b"],
            "--token: expected ASCII letters, digits and -_.~, found \"a b\"".to_owned(),
        ),
        (
            &["--token", ""],
            "--token: expected ASCII letters, digits and -_.~, found \"\"".to_owned(),
        ),
        (
            &["--store", "redis:x"],
            format!("--store: expected {STORE}, found \"redis:x\""),
        ),
        (
            &["--store", "sqlite:"],
            format!("--store: expected {STORE}, found \"sqlite:\""),
        ),
        (
            &["--max-count", "many"],
            "--max-count: expected a whole number, found \"many\"".to_owned(),
        ),
        (
            &["--log", "loud"],
            "--log: expected error, warn, info, debug or trace, found \"loud\"".to_owned(),
        ),
        (
            &["check"],
            format!("STORE: expected {STORE}, found nothing"),
        ),
        (
            &["check", "redis:x"],
            format!("STORE: expected {STORE}, found \"redis:x\""),
        ),
        (
            &["check", "memory", "units.db"],
            "expected no further argument, found \"units.db\"".to_owned(),
        ),
        (
            &["check", "memory", "--seed", "-1"],
            "--seed: expected a number from 0 to 18446744073709551615, found \"-1\"".to_owned(),
        ),
        (
            &["check", "memory", "--units", "x"],
            "expected one of the options that --help lists, found --units".to_owned(),
        ),
    ] {
        let output = run(args);
        let errors = String::from_utf8(output.stderr).unwrap();
        assert_eq!(errors, format!("error: {problem}\n"), "{args:?}");
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(output.stdout.is_empty(), "{args:?}");
    }
}

#[test]
fn help_and_version_are_on_standard_output() {
    for args in [
        &["--help"][..],
        &["-h"],
        &["serve", "--help"],
        &["check", "--help"],
        &["check", "memory", "--help"],
    ] {
        let output = run(args);
        assert!(
            output.status.success() && output.stderr.is_empty(),
            "{args:?}"
        );
        let help = String::from_utf8(output.stdout).unwrap();
        for option in [
            "--units",
            "--store",
            "--listen",
            "--queries",
            "--seed",
            "--version",
        ] {
            assert!(help.contains(option), "{args:?}: {option}");
        }
    }
    let version = run(&["--version"]);
    let expected = concat!("livechat-units-serve ", env!("CARGO_PKG_VERSION"), "\n");
    assert_eq!(version.stdout, expected.as_bytes());
    assert!(version.status.success());
}
