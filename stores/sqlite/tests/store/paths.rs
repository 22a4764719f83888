//! The file that a store opens for a path. It never opens another one.

use std::env;
use std::fs;
use std::path::Path;

use livechat_units::{SortSpec, StoreError, StoreErrorKind, UnitQuery, UnitStore};
use livechat_units_sqlite::{SqliteOptions, SqliteStore};

use crate::documents::unit;
use crate::faults::{directory, of_file, refusal};
use crate::process;

/// Runs a test in a process of its own, in this directory.
fn run_in(directory: &Path, test: &str) {
    let mut command = process::command(directory, test);
    command.current_dir(directory);
    process::assert_passes(command);
}

/// Makes a store with one unit.
fn fill(path: &Path, id: &str) {
    let store = SqliteStore::open(path).unwrap();
    store.upsert(&unit(id, id)).unwrap();
}

/// The ids on the first page, sorted.
fn ids(store: &SqliteStore) -> Vec<String> {
    let by_id = r#"{"_id":1}"#.parse::<SortSpec>().unwrap();
    let page = store.list(&UnitQuery::default().with_sort(by_id)).unwrap();
    page.units().map(|unit| unit.id().to_owned()).collect()
}

#[test]
fn a_store_has_the_same_file_in_another_directory() {
    let directory = directory();
    for name in ["a", "b", "empty"] {
        fs::create_dir(directory.path().join(name)).unwrap();
    }
    fill(&directory.path().join("a/units.db"), "a");
    fill(&directory.path().join("b/units.db"), "b");
    run_in(directory.path(), "paths::in_other_directories");
}

/// The directory changes before the first listing opens a connection, and after it.
#[test]
fn in_other_directories() {
    let Some(directory) = process::path() else {
        return;
    };
    let mut written = 1;
    for listed_before in [false, true] {
        for other in ["b", "empty"] {
            env::set_current_dir(directory.join("a")).unwrap();
            let store = SqliteStore::open("units.db").unwrap();
            if listed_before {
                assert_eq!(ids(&store).len(), written);
            }
            env::set_current_dir(directory.join(other)).unwrap();
            // Several connections list at the same time.
            std::thread::scope(|scope| {
                for _ in 0..8 {
                    scope.spawn(|| {
                        for _ in 0..20 {
                            assert_eq!(ids(&store)[0], "a");
                        }
                    });
                }
            });
            store
                .upsert(&unit(&format!("b{written}"), "Sales"))
                .unwrap();
            written += 1;
            assert_eq!(ids(&store).len(), written);
        }
    }
    assert_eq!(fs::read_dir(directory.join("empty")).unwrap().count(), 0);
    let untouched = SqliteStore::open(directory.join("b/units.db")).unwrap();
    assert_eq!(ids(&untouched), ["b"]);
}

#[test]
fn a_path_is_never_a_uri() {
    let directory = directory();
    run_in(directory.path(), "paths::with_names_like_uris");
}

#[test]
fn with_names_like_uris() {
    let Some(directory) = process::path() else {
        return;
    };
    let names = [
        "file:pct%41.db",
        "file:units.db?mode=memory",
        "file:units.db?mode=ro&cache=shared#part",
        "file::memory:",
        "FILE:units.db",
        ":memory",
        "a?b#c%41&d.db",
        "ünits\n\"'.db",
    ];
    for name in names {
        fill(Path::new(name), name);
        assert!(directory.join(name).is_file(), "{name}");
        let again = SqliteStore::open(directory.join(name)).unwrap();
        assert_eq!(ids(&again), [name]);
    }
    fill(Path::new("./:memory:"), "file");
    assert!(directory.join(":memory:").is_file());
    let files = fs::read_dir(directory).unwrap().count();
    assert_eq!(files, names.len() + 1);
}

#[cfg(unix)]
#[test]
fn a_path_need_not_be_text() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let directory = directory();
    let path = directory.path().join(OsStr::from_bytes(b"units\xFF.db"));
    match fs::write(&path, "") {
        Ok(()) => {
            fill(&path, "a");
            assert_eq!(ids(&SqliteStore::open(&path).unwrap()), ["a"]);
        }
        // Not every file system allows such names.
        Err(error) => println!("skipped: {error}"),
    }
}

#[cfg(unix)]
#[test]
fn a_symbolic_link_is_followed_once() {
    use std::os::unix::fs::symlink;

    let directory = directory();
    let path = |name: &str| directory.path().join(name);
    fill(&path("first.db"), "first");
    fill(&path("second.db"), "second");
    symlink("first.db", path("units.db")).unwrap();
    let store = SqliteStore::open(path("units.db")).unwrap();
    let beside = SqliteStore::open(path("first.db")).unwrap();
    store.upsert(&unit("more", "Sales")).unwrap();
    assert_eq!(ids(&beside), ["first", "more"]);

    fs::remove_file(path("units.db")).unwrap();
    symlink("second.db", path("units.db")).unwrap();
    assert_eq!(ids(&store), ["first", "more"]);
    store.upsert(&unit("still", "Sales")).unwrap();
    assert_eq!(ids(&beside), ["first", "more", "still"]);
    assert_eq!(
        ids(&SqliteStore::open(path("units.db")).unwrap()),
        ["second"]
    );
    // Opening a link to a missing file makes that file.
    symlink("third.db", path("dangling.db")).unwrap();
    fill(&path("dangling.db"), "third");
    assert_eq!(
        ids(&SqliteStore::open(path("third.db")).unwrap()),
        ["third"]
    );
}

/// A write to a file without a name would be lost. Open connections still list the units of
/// the first file; a further connection is refused.
#[cfg(unix)]
#[test]
fn a_file_that_is_replaced_is_never_mixed_with_the_new_one() {
    let directory = directory();
    let path = |name: &str| directory.path().join(name);
    fill(&path("new.db"), "new");
    let store = SqliteOptions::new()
        .with_readers(2)
        .open(path("units.db"))
        .unwrap();
    store.upsert(&unit("old", "Sales")).unwrap();
    assert_eq!(ids(&store), ["old"]);

    fs::rename(path("units.db"), path("away.db")).unwrap();
    let refused = |store: &SqliteStore| {
        let error = store.upsert(&unit("lost", "Sales")).unwrap_err();
        assert!(!error.is_transient());
        refusal(&error, StoreErrorKind::Failed)
    };
    let file = path("units.db");
    assert_eq!(
        refused(&store),
        of_file(
            &file,
            "expected the file that was opened, found none: it was renamed or deleted; put it \
             back, or open the store again"
        )
    );
    fs::rename(path("away.db"), path("units.db")).unwrap();
    store.upsert(&unit("older", "Sales")).unwrap();

    fs::rename(path("new.db"), path("units.db")).unwrap();
    let other = of_file(
        &file,
        "expected the file that was opened, found another one: it was replaced; close the old \
         one everywhere, delete its log (-wal and -shm), and open the store again",
    );
    assert_eq!(refused(&store), other);
    for change in [
        store.remove("old").map(drop),
        store.replace_all([]).map(drop),
        store.rebuild(),
    ] {
        assert_eq!(refusal(&change.unwrap_err(), StoreErrorKind::Failed), other);
    }
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..50 {
                    match store.list(&UnitQuery::default()) {
                        Ok(page) => assert_eq!(page.total(), 2),
                        Err(error) => assert_eq!(refusal(&error, StoreErrorKind::Failed), other),
                    }
                }
            });
        }
    });
}

/// SQLite would read the old log into the new file.
#[cfg(unix)]
#[test]
fn a_file_that_was_replaced_is_opened_again_without_the_old_log() {
    let directory = directory();
    let path = |name: &str| directory.path().join(name);
    fill(&path("new.db"), "new");
    let store = SqliteStore::open(path("units.db")).unwrap();
    store.upsert(&unit("old", "Sales")).unwrap();
    assert_eq!(ids(&store), ["old"]);
    assert!(store.reopen_if_replaced().unwrap().is_none());
    fs::remove_file(path("units.db")).unwrap();
    assert!(store.reopen_if_replaced().unwrap().is_none());

    let words = || {
        let error = store.reopen_if_replaced().unwrap_err();
        assert_eq!(error.operation(), "open the store");
        refusal(&error, StoreErrorKind::Failed)
    };
    let old_log = "expected a file without the log of another one, found that of the file that \
        was replaced: close the old file everywhere, and delete its log (-wal and -shm)";
    fs::write(path("units.db"), "").unwrap();
    assert_eq!(words(), of_file(&path("units.db"), old_log));
    for log in ["units.db-wal", "units.db-shm"] {
        fs::remove_file(path(log)).unwrap();
    }
    // The file is still copied.
    let empty = "expected a file with a store, found none or an empty one";
    assert_eq!(words(), of_file(&path("units.db"), empty));
    assert!(fs::read(path("units.db")).unwrap().is_empty());

    fs::rename(path("new.db"), path("units.db")).unwrap();
    let new = store.reopen_if_replaced().unwrap().unwrap();
    assert_eq!(ids(&new), ["new"]);
    new.upsert(&unit("newer", "Sales")).unwrap();
    assert_eq!(ids(&new), ["new", "newer"]);
    assert_eq!(ids(&store), ["old"]);
    assert!(new.reopen_if_replaced().unwrap().is_none());
    // A log that somebody else has made is not the old one.
    assert!(store.reopen_if_replaced().unwrap().is_some());
}

/// The file is renamed while the iterator yields the units.
#[cfg(unix)]
#[test]
fn a_write_into_a_file_that_loses_its_name_fails() {
    let directory = directory();
    let path = |name: &str| directory.path().join(name);
    let store = SqliteStore::open(path("units.db")).unwrap();
    let stored = unit("a", "Sales");
    store.upsert(&stored).unwrap();
    let lost = unit("lost", "Sales");
    let rename = || fs::rename(path("units.db"), path("away.db")).unwrap();
    let writes: [&dyn Fn() -> Result<(), StoreError>; 2] = [
        &|| {
            store
                .replace_all(std::iter::once_with(|| {
                    rename();
                    lost.clone()
                }))
                .map(drop)
        },
        &|| {
            store
                .upsert_all([&stored, &lost].into_iter().inspect(|unit| {
                    if unit.id() == "lost" {
                        rename();
                    }
                }))
                .map(drop)
        },
    ];
    for write in writes {
        let words = refusal(&write().unwrap_err(), StoreErrorKind::Failed);
        assert!(words.contains("found none: it was renamed"), "{words}");
        fs::rename(path("away.db"), path("units.db")).unwrap();
        assert_eq!(ids(&store), ["a"]);
    }
    store.upsert(&lost).unwrap();
    assert_eq!(ids(&store), ["a", "lost"]);
}

/// SQLite would have a log for each name.
#[cfg(unix)]
#[test]
fn a_file_with_two_names_is_refused() {
    let directory = directory();
    let path = |name: &str| directory.path().join(name);
    let store = SqliteStore::open(path("units.db")).unwrap();
    store.upsert(&unit("a", "Sales")).unwrap();
    fs::hard_link(path("units.db"), path("link.db")).unwrap();
    for name in ["link.db", "units.db"] {
        let error = SqliteStore::open(path(name)).unwrap_err();
        assert_eq!(
            refusal(&error, StoreErrorKind::Failed),
            of_file(
                &path(name),
                "expected a file with one name, found 2 hard links: SQLite keeps a log for each \
                 name; remove the others"
            )
        );
    }
    // A store that is already open continues.
    store.upsert(&unit("b", "Sales")).unwrap();
    assert_eq!(ids(&store), ["a", "b"]);
    fs::remove_file(path("link.db")).unwrap();
    assert_eq!(
        ids(&SqliteStore::open(path("units.db")).unwrap()),
        ["a", "b"]
    );
}
