//! What a process may not do to a file, and how many files it may have open.

use std::env;
use std::fs::{self, File, Permissions};
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use livechat_units::{StoreErrorKind, UnitQuery, UnitStore};
use livechat_units_sqlite::SqliteStore;

use crate::documents::unit;
use crate::faults::{code, directory, of_file, refusal};
use rusqlite::{Connection, ErrorCode};

/// Names the directory to a test in a process of its own.
const DIRECTORY: &str = "LIVECHAT_UNITS_SQLITE_PERMISSIONS";

fn directory_of_this_process() -> Option<PathBuf> {
    env::var_os(DIRECTORY).map(PathBuf::from)
}

/// This test program, to run one test in a process of its own.
fn process(program: &str, directory: &Path, test: &str) -> Command {
    let mut command = Command::new("sh");
    command
        .args(["-c", program, "sh"])
        .arg(env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture", "--test-threads", "1"])
        .env(DIRECTORY, directory);
    command
}

fn assert_passes(mut command: Command) {
    let output = command.output().unwrap();
    let stdout = String::from_utf8_lossy(&output.stdout);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stdout}{stderr}");
    assert!(stdout.contains(" 1 passed"), "{stdout}{stderr}");
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// Permissions bind everybody but root, so root has another user look.
#[test]
fn a_missing_permission_is_refused_for_good() {
    /// `nobody`, on most systems. Any number but 0 does.
    const USER: u32 = 65_534;
    let directory = directory();
    let path = |name: &str| directory.path().join(name);
    set_mode(directory.path(), 0o755);
    for name in ["closed", "fixed", "full", "wrong"] {
        fs::create_dir(path(name)).unwrap();
        let store = SqliteStore::open(path(name).join("units.db")).unwrap();
        store.upsert(&unit("a", "Sales")).unwrap();
    }
    set_mode(&path("closed/units.db"), 0o000);
    set_mode(&path("fixed/units.db"), 0o444);
    let program = Connection::open(path("wrong/units.db")).unwrap();
    program.execute("UPDATE tally SET units = 7", []).unwrap();
    drop(program);
    set_mode(&path("wrong/units.db"), 0o444);
    for name in ["closed", "fixed", "wrong"] {
        set_mode(&path(name), 0o777);
    }
    set_mode(&path("full"), 0o555);
    let is_root = fs::write(path("full/probe"), "").is_ok();
    let mut command = process(
        r#"exec "$@""#,
        directory.path(),
        "permissions::as_another_user",
    );
    if is_root {
        fs::remove_file(path("full/probe")).unwrap();
        chown(path("full/units.db"), Some(USER), None).unwrap();
        command.uid(USER).gid(USER);
        let reachable = Command::new("test")
            .arg("-x")
            .arg(env::current_exe().unwrap())
            .uid(USER)
            .gid(USER)
            .status();
        if !reachable.is_ok_and(|status| status.success()) {
            let skipped = "SKIPPED: another user than root must be able to run this program";
            writeln!(std::io::stderr(), "{skipped}").unwrap();
            return;
        }
    }
    assert_passes(command);
    set_mode(&path("full"), 0o755);
}

#[test]
fn as_another_user() {
    const ADVICE: &str = "the file and its directory must be readable and writable";
    let Some(directory) = directory_of_this_process() else {
        return;
    };
    for (name, expected) in [
        ("closed/units.db", ErrorCode::CannotOpen),
        ("full/new.db", ErrorCode::CannotOpen),
        ("full/units.db", ErrorCode::ReadOnly),
    ] {
        let path = directory.join(name);
        let error = SqliteStore::open(&path).unwrap_err();
        assert!(!error.is_transient(), "{name}");
        assert_eq!(code(&error), expected, "{name}");
        let words = refusal(&error, StoreErrorKind::Failed);
        let named = words.starts_with(&of_file(&path, ""));
        assert!(named && words.ends_with(ADVICE), "{words}");
    }
    // A file that can only be read is listed.
    let path = directory.join("fixed/units.db");
    let store = SqliteStore::open(&path).unwrap();
    assert_eq!(store.list(&UnitQuery::default()).unwrap().total(), 1);
    let error = store.upsert(&unit("b", "Sales")).unwrap_err();
    assert!(!error.is_transient());
    assert_eq!(
        refusal(&error, StoreErrorKind::Failed),
        of_file(
            &path,
            &format!("attempt to write a readonly database: {ADVICE}")
        )
    );
    // Its listings report a wrong total, which they cannot repair.
    let store = SqliteStore::open(directory.join("wrong/units.db")).unwrap();
    let error = store.list(&UnitQuery::default()).unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Corrupt);
    assert_eq!(store.len().unwrap_err().kind(), StoreErrorKind::Corrupt);
    assert_eq!(store.get("a").unwrap_err().kind(), StoreErrorKind::Corrupt);
}

/// The one thing for which SQLite says that a file cannot be opened and a retry helps.
#[test]
fn too_many_open_files_are_worth_a_retry() {
    let directory = directory();
    assert_passes(process(
        r#"ulimit -n 64 && exec "$@""#,
        directory.path(),
        "permissions::with_few_open_files",
    ));
}

#[test]
fn with_few_open_files() {
    let Some(directory) = directory_of_this_process() else {
        return;
    };
    let path = directory.join("units.db");
    let all = || -> Vec<File> {
        std::iter::repeat_with(|| File::open("/dev/null"))
            .map_while(Result::ok)
            .collect()
    };
    // The file, its log and the index of the log take one each.
    for left in 0..3 {
        let mut open = all();
        open.truncate(open.len() - left);
        let error = SqliteStore::open(&path).unwrap_err();
        assert!(error.is_transient(), "{left}: {error:?}");
        assert_eq!(
            refusal(&error, StoreErrorKind::Unavailable),
            of_file(
                &path,
                "unable to open database file: too many files are open"
            )
        );
    }
    let store = SqliteStore::open(&path).unwrap();
    let open = all();
    let error = store.list(&UnitQuery::default()).unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unavailable);
    drop(open);
    assert_eq!(store.list(&UnitQuery::default()).unwrap().total(), 0);
}
