//! The program `livechat-units` as a process: its output, its messages, its exit codes.

#![allow(clippy::unwrap_used, clippy::panic)]

mod list;
mod replay;

use std::io::Write;
use std::process::{Command, Stdio};

/// The exit code of one run, and the texts of its standard output and standard error.
struct Run {
    code: i32,
    output: String,
    errors: String,
}

fn run(arguments: &[&str]) -> Run {
    run_with(arguments, "")
}

/// Runs the program with this text on standard input.
fn run_with(arguments: &[&str], input: &str) -> Run {
    let mut child = Command::new(env!("CARGO_BIN_EXE_livechat-units"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A program that refuses its arguments does not read its input.
    let _may_be_closed = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    Run {
        code: output.status.code().unwrap(),
        output: String::from_utf8(output.stdout).unwrap(),
        errors: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Checks that the program refuses the command with one line on standard error.
fn assert_refused(arguments: &[&str], problem: &str) {
    let run = run(arguments);
    let expected = format!("error: {problem}\n");
    assert_eq!(
        (run.code, &*run.output, &*run.errors),
        (2, "", &*expected),
        "{arguments:?}"
    );
}

#[test]
fn help_and_version_are_on_standard_output() {
    for arguments in [
        &["--help"][..],
        &["-h"],
        &["list", "--help"],
        &["replay", "--help"],
        &["--caller", "user", "--help"],
    ] {
        let run = run(arguments);
        assert_eq!((run.code, &*run.errors), (0, ""), "{arguments:?}");
        for option in [
            "--units",
            "--caller",
            "--server-version",
            "--access-policy",
            "--store",
            "--version",
        ] {
            assert!(run.output.contains(option), "{arguments:?}: {option}");
        }
    }
    let version = run(&["--version"]);
    let expected = format!("livechat-units {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!((version.code, version.output), (0, expected));
}
