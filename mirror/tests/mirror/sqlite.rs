//! Mirrors of SQLite files: the conformance suite, and what a host sees of the file.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use livechat_units::{Unit, UnitQuery, UnitStore};
use livechat_units_conformance::{Change, Fixture};
use livechat_units_mirror::{Mirror, MirrorOptions, Phase, SqliteSource};
use livechat_units_sqlite::{Durability, SqliteOptions, SqliteStore};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::soak;

pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

livechat_units_conformance::conformance_tests!(fixture());

/// Listings wait for the last write.
fn fixture() -> Fixture {
    Fixture::lists(|documents| {
        let (directory, store) = new();
        store.upsert_all(documents).unwrap();
        let mirror = mirror_of(&store);
        move |query: &UnitQuery| {
            // Moved into the closure, so that the file exists as long as the mirror.
            let _ = &directory;
            mirror.list(query)
        }
    })
    .with_writes(|documents: &[Unit]| {
        let (directory, store) = new();
        store.upsert_all(documents).unwrap();
        let mirror = mirror_of(&store);
        let reader = mirror.clone();
        (
            move |query: &UnitQuery| reader.list(query),
            move |change| {
                let _ = &directory;
                match change {
                    Change::Upsert(unit) => drop(store.upsert(&unit).unwrap()),
                    Change::Remove(id) => drop(store.remove(&id).unwrap()),
                }
                mirror.caught_up_within(PATIENCE).unwrap();
            },
        )
    })
}

/// Opens the store in this file. No test here cuts the power, so it does not wait for the disk.
pub(crate) fn open(path: &Path) -> SqliteStore {
    let options = SqliteOptions::new().with_durability(Durability::ProcessCrash);
    options.open(path).unwrap()
}

pub(crate) fn path_in(directory: &TempDir) -> PathBuf {
    directory.path().join("units.db")
}

pub(crate) fn unit(id: &str, name: &str) -> Unit {
    Unit::builder(id).name(name).build().unwrap()
}

fn new() -> (TempDir, Arc<SqliteStore>) {
    let directory = tempfile::tempdir().unwrap();
    let store = open(&path_in(&directory));
    (directory, Arc::new(store))
}

/// A mirror that is ready. Its thread ends with it.
fn mirror_of(store: &Arc<SqliteStore>) -> Mirror {
    let options = MirrorOptions::new().with_max_pause(Duration::from_millis(10));
    let (mirror, follow) = options.follow_blocking(SqliteSource::new(Arc::clone(store)));
    thread::spawn(follow);
    mirror.ready_within(PATIENCE).unwrap();
    mirror
}

#[track_caller]
fn assert_lists(mirror: &Mirror, names: &[&str]) {
    mirror.caught_up_within(PATIENCE).unwrap();
    let page = mirror.list(&UnitQuery::default()).unwrap();
    let found: Vec<Unit> = page.units().collect();
    let found: Vec<&str> = found.iter().filter_map(Unit::name).collect();
    assert_eq!(found, names);
}

/// The words of the error that the mirror has.
fn words(mirror: &Mirror) -> String {
    loop {
        if let Some(error) = mirror.status().error {
            return format!("{error}: {}", error.source().unwrap());
        }
        thread::yield_now();
    }
}

#[test]
fn a_mirror_reads_changes_and_not_all_units() {
    let (directory, store) = new();
    store
        .upsert_all(&[unit("a", "Sales"), unit("b", "Support")])
        .unwrap();
    let mirror = mirror_of(&store);
    assert_lists(&mirror, &["Sales", "Support"]);
    store.upsert(&unit("a", "Care")).unwrap();
    assert_lists(&mirror, &["Care", "Support"]);
    store.remove("b").unwrap();
    assert_lists(&mirror, &["Care"]);
    let program = Connection::open(path_in(&directory)).unwrap();
    program
        .execute_batch(
            "BEGIN; DELETE FROM unit; DELETE FROM document; UPDATE tally SET units = 0; COMMIT",
        )
        .unwrap();
    assert_lists(&mirror, &[]);
    let status = mirror.status();
    assert_eq!((status.changes, status.snapshots), (3, 1), "{status:?}");
    store.replace_all([unit("c", "Sales")]).unwrap();
    assert_lists(&mirror, &["Sales"]);
    assert_eq!(mirror.status().snapshots, 2);
}

/// SQLite would read the old log into the new file.
#[cfg(unix)]
#[test]
fn a_file_that_was_replaced_is_followed_when_the_old_log_is_gone() {
    let (directory, store) = new();
    let path = path_in(&directory);
    store.upsert(&unit("a", "Sales")).unwrap();
    let mirror = mirror_of(&store);
    let other = directory.path().join("other.db");
    open(&other).upsert(&unit("b", "Support")).unwrap();
    fs::rename(&other, &path).unwrap();
    assert_eq!(
        words(&mirror),
        format!(
            "cannot open the store: the store failed: {path:?}: expected a file without the log of \
             another one, found that of the file that was replaced: close the old file everywhere, \
             and delete its log (-wal and -shm)"
        )
    );
    assert_eq!(mirror.status().phase, Phase::Behind);
    drop(store);
    for log in ["units.db-wal", "units.db-shm"] {
        fs::remove_file(directory.path().join(log)).unwrap();
    }
    assert_lists(&mirror, &["Support"]);
    open(&path).upsert(&unit("c", "Care")).unwrap();
    assert_lists(&mirror, &["Care", "Support"]);
}

#[test]
#[ignore = "measures times for minutes"]
fn soak() {
    let (_directory, store) = new();
    let mirror = mirror_of(&store);
    soak::soak("SQLite", &mirror, |unit| drop(store.upsert(unit).unwrap()));
}
