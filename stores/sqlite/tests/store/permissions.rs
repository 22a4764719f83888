//! Missing permissions, and too many open files.

use std::env;
use std::fs::{self, File, Permissions};
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use livechat_units::{StoreErrorKind, UnitQuery, UnitStore};
use livechat_units_sqlite::SqliteStore;
use rusqlite::{Connection, ErrorCode};

use crate::documents::unit;
use crate::faults::{code, directory, of_file, refusal};
use crate::following::Reader;
use crate::older::FIRST;
use crate::process;

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// Root has every permission, so as root the second test runs as another user.
#[test]
fn a_missing_permission_is_refused() {
    /// `nobody` on most systems. Every number except 0 would do.
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
    fs::create_dir(path("older")).unwrap();
    fs::write(path("older/units.db"), FIRST).unwrap();
    set_mode(&path("older/units.db"), 0o444);
    for name in ["closed", "fixed", "wrong", "older"] {
        set_mode(&path(name), 0o777);
    }
    set_mode(&path("full"), 0o555);
    let is_root = fs::write(path("full/probe"), "").is_ok();
    let mut command = process::command(directory.path(), "permissions::as_another_user");
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
            let skipped = "SKIPPED: a user other than root must be able to run this program";
            writeln!(std::io::stderr(), "{skipped}").unwrap();
            return;
        }
    }
    process::assert_passes(command);
    set_mode(&path("full"), 0o755);
}

#[test]
fn as_another_user() {
    const ADVICE: &str = "the file and its directory must be readable and writable";
    let Some(directory) = process::path() else {
        return;
    };
    for (name, expected) in [
        ("closed/units.db", ErrorCode::CannotOpen),
        ("full/new.db", ErrorCode::CannotOpen),
        ("full/units.db", ErrorCode::ReadOnly),
        // It cannot be upgraded.
        ("older/units.db", ErrorCode::ReadOnly),
    ] {
        let path = directory.join(name);
        let error = SqliteStore::open(&path).unwrap_err();
        assert!(!error.is_transient(), "{name}");
        assert_eq!(code(&error), expected, "{name}");
        let words = refusal(&error, StoreErrorKind::Failed);
        let named = words.starts_with(&of_file(&path, ""));
        assert!(named && words.ends_with(ADVICE), "{words}");
    }
    // A file without the permission to write can be listed and followed.
    let path = directory.join("fixed/units.db");
    let store = SqliteStore::open(&path).unwrap();
    assert_eq!(store.list(&UnitQuery::default()).unwrap().total(), 1);
    Reader::new(&store).advance(&store, Some(0));
    let error = store.upsert(&unit("b", "Sales")).unwrap_err();
    assert!(!error.is_transient());
    assert_eq!(
        refusal(&error, StoreErrorKind::Failed),
        of_file(
            &path,
            &format!("attempt to write a readonly database: {ADVICE}")
        )
    );
    // If its total is wrong, listings report that, because they cannot repair it.
    let store = SqliteStore::open(directory.join("wrong/units.db")).unwrap();
    let error = store.list(&UnitQuery::default()).unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Corrupt);
    assert_eq!(store.len().unwrap_err().kind(), StoreErrorKind::Corrupt);
    assert_eq!(store.get("a").unwrap_err().kind(), StoreErrorKind::Corrupt);
}

/// SQLite reports this as a file that cannot be opened. Here a retry helps.
#[test]
fn too_many_open_files_are_transient() {
    let directory = directory();
    process::assert_passes(process::shell(
        r#"ulimit -n 64 && exec "$@""#,
        directory.path(),
        "permissions::with_few_open_files",
    ));
}

#[test]
fn with_few_open_files() {
    let Some(directory) = process::path() else {
        return;
    };
    let path = directory.join("units.db");
    let all = || -> Vec<File> {
        std::iter::repeat_with(|| File::open("/dev/null"))
            .map_while(Result::ok)
            .collect()
    };
    // The store needs three: the file, its log and the index of the log.
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
