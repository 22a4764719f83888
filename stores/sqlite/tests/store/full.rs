//! A full disk: a small file system in memory that only one process sees.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::process::Command;

use livechat_units::{StoreError, StoreErrorKind};
use livechat_units_sqlite::SqliteStore;
use livechat_units_testkit::random::Random;
use rusqlite::ErrorCode;

use crate::changes::{Model, change};
use crate::faults::code;
use crate::{faults_to_cause, file, process};

/// A process with a disk of 8 MiB at `disk`. `unshare` gives it file systems that no other
/// process sees, and that end with it. After the mount it runs `then`.
fn on_a_small_disk_of_its_own(disk: &Path, then: &str) -> Command {
    let path = process::PATH;
    let script = format!(r#"mount -t tmpfs -o size=8m none "${path}" && {then}"#);
    let unshare = ["unshare", "--mount", "--map-root-user"];
    let program = [&unshare[..], &["sh", "-c", &script, "sh"]].concat();
    process::wrapped(&program, disk, "full::on_a_small_disk")
}

#[test]
fn a_full_disk_loses_nothing() {
    let disk = tempfile::tempdir().unwrap();
    let possible = on_a_small_disk_of_its_own(disk.path(), "true").output();
    if !possible.is_ok_and(|output| output.status.success()) {
        let mut stderr = std::io::stderr();
        // The test harness captures `println!`, but not this.
        let skipped = "SKIPPED: a full disk needs `unshare` and the permission to mount a tmpfs";
        writeln!(stderr, "{skipped}").unwrap();
        return;
    }
    let command = on_a_small_disk_of_its_own(disk.path(), r#"exec "$@""#);
    let output = process::assert_passes(command);
    print!("{output}");
    assert!(output.contains(" times full: "));
}

/// Fills the disk with a file, and leaves this many bytes free.
fn fill(filler: &Path, left: u64) {
    const PIECE: usize = 4_096;
    let mut file = OpenOptions::new()
        .append(true)
        .create(true)
        .open(filler)
        .unwrap();
    while file.write(&[0; PIECE]).is_ok_and(|written| written > 0) {}
    let length = file.metadata().unwrap().len();
    file.set_len(length.saturating_sub(left)).unwrap();
}

/// Checks that the kind is the documented one. Returns whether SQLite reported a full disk:
/// it has two codes for it.
fn is_full(error: &StoreError) -> bool {
    assert_eq!(error.kind(), StoreErrorKind::Failed, "{error:?}");
    assert!(!error.is_transient());
    match code(error) {
        ErrorCode::DiskFull => true,
        // For the index of the log, which is a file of its own.
        ErrorCode::SystemIoFailure => false,
        other => panic!("{other:?}: {error:?}"),
    }
}

#[derive(Default)]
struct Found {
    written: u64,
    refused: u64,
    /// How many of the refused ones as `SQLITE_FULL`.
    full: u64,
    /// How often the store was opened while the disk was full.
    opened: u64,
    /// How often it was not.
    unopened: u64,
}

/// The second test of the pair: it has the disk for itself.
#[test]
fn on_a_small_disk() {
    let Some(disk) = process::path() else {
        return;
    };
    let (path, filler) = (disk.join("units.db"), disk.join("filler"));
    let mut random = Random(11);
    let mut model = Model::default();
    let mut store = SqliteStore::open(&path).unwrap();
    let mut found = Found::default();
    let mut numbers = 0_u64..;
    let times = faults_to_cause(40);
    for time in 1..=times {
        let left = u64::try_from(random.below(1 << 20)).unwrap();
        fill(&filler, left);
        loop {
            let number = numbers.next().unwrap();
            let change = change(number);
            match change.make(&store) {
                Ok(()) => {
                    model.make(&change);
                    found.written += 1;
                }
                Err(error) => {
                    found.refused += 1;
                    found.full += u64::from(is_full(&error));
                    break;
                }
            }
        }
        // The refused write has changed nothing, and everything can be read.
        assert!(model.is_in(&store), "{time}");
        model.assert_listed(&store);

        if random.below(2) == 0 {
            // Closing moves the log into the file, and frees the space of the log.
            drop(store);
            fill(&filler, u64::try_from(random.below(1 << 16)).unwrap());
            match SqliteStore::open(&path) {
                Ok(store) => {
                    assert!(model.is_in(&store), "{time}");
                    found.opened += 1;
                }
                Err(error) => {
                    is_full(&error);
                    found.unopened += 1;
                }
            }
            fs::remove_file(&filler).unwrap();
        } else {
            // There is space again, and the same store writes.
            fs::remove_file(&filler).unwrap();
            let change = change(numbers.next().unwrap());
            change.make(&store).unwrap();
            model.make(&change);
            drop(store);
        }
        // A new log needs space when it grows. An old one would be overwritten from its start.
        store = SqliteStore::open(&path).unwrap();
        assert!(model.is_in(&store), "{time}");
        file::assert_intact(&path);
    }
    let Found {
        written,
        refused,
        full,
        opened,
        unopened,
    } = found;
    println!(
        "{times} times full: {written} acknowledged writes, 0 lost; {refused} refused ({full} as \
         SQLITE_FULL), which changed nothing; opened {opened} times while full, refused \
         {unopened} times; {times} files intact"
    );
    assert_eq!(refused, times);
    assert!(full > 0 && opened + unopened > 0);
}
