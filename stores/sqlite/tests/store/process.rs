//! Tests in a process of their own: with another user, directory or disk, with few open
//! files, or until they are killed.
//!
//! Such a test is a pair. The first one runs this program again with the name of the second
//! one, and names a path in the environment. Without that path the second one does nothing.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The environment variable with the path.
pub(crate) const PATH: &str = "LIVECHAT_UNITS_SQLITE_TEST_PATH";

/// The path, in the process of a second test.
pub(crate) fn path() -> Option<PathBuf> {
    env::var_os(PATH).map(PathBuf::from)
}

/// This program, which runs one test.
pub(crate) fn command(path: &Path, test: &str) -> Command {
    let program = env::current_exe().unwrap();
    with_arguments(Command::new(program), path, test)
}

/// A shell that runs `script`, in which `"$@"` is the command.
#[cfg(unix)]
pub(crate) fn shell(script: &str, path: &Path, test: &str) -> Command {
    wrapped(&["sh", "-c", script, "sh"], path, test)
}

/// A program whose last arguments are the command.
pub(crate) fn wrapped(program: &[impl AsRef<OsStr>], path: &Path, test: &str) -> Command {
    let mut command = Command::new(&program[0]);
    command.args(&program[1..]);
    command.arg(env::current_exe().unwrap());
    with_arguments(command, path, test)
}

fn with_arguments(mut command: Command, path: &Path, test: &str) -> Command {
    command
        .args(["--exact", test, "--nocapture", "--test-threads", "1"])
        .env(PATH, path);
    command
}

/// Runs the command to its end. The test must have run and passed. Returns its output.
pub(crate) fn assert_passes(mut command: Command) -> String {
    let output = command.output().unwrap();
    let stdout = String::from_utf8_lossy(&output.stdout);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stdout}{stderr}");
    assert!(stdout.contains(" 1 passed"), "{stdout}{stderr}");
    stdout.into_owned()
}
