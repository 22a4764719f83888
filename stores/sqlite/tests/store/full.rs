//! A disk without room: a small file system of its own, in the memory of the machine.

use std::env;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use livechat_units::{StoreError, StoreErrorKind};
use livechat_units_sqlite::SqliteStore;
use livechat_units_testkit::random::Random;
use rusqlite::ErrorCode;

use crate::changes::{Model, change};
use crate::faults::code;
use crate::{faults_to_cause, file};

/// Names the disk to whoever is to fill it.
const DISK: &str = "LIVECHAT_UNITS_SQLITE_DISK";

/// `unshare` gives a process file systems that no other sees, which are gone with it.
fn on_a_disk_of_its_own(disk: &Path, then: &str) -> Command {
    let script = format!(r#"mount -t tmpfs -o size=8m none "$1" && exec {then}"#);
    let mut command = Command::new("unshare");
    command
        .args(["--mount", "--map-root-user", "sh", "-c", &script, "sh"])
        .arg(disk)
        .arg(env::current_exe().unwrap())
        .env(DISK, disk);
    command
}

#[test]
fn a_full_disk_loses_nothing() {
    let disk = tempfile::tempdir().unwrap();
    let possible = on_a_disk_of_its_own(disk.path(), "true").output();
    if !possible.is_ok_and(|output| output.status.success()) {
        let mut stderr = std::io::stderr();
        // Past the capture of the harness.
        let skipped = "SKIPPED: a full disk needs `unshare`, and leave to mount a tmpfs";
        writeln!(stderr, "{skipped}").unwrap();
        return;
    }
    let then = r#""$2" --exact full::on_a_small_disk --nocapture --test-threads 1"#;
    let output = on_a_disk_of_its_own(disk.path(), then).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    print!("{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && said.contains(" times full: "));
}

/// Takes all room but so many bytes.
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

/// The documented kind, and which of the two ways SQLite has to say so.
fn is_full(error: &StoreError) -> bool {
    assert_eq!(error.kind(), StoreErrorKind::Failed, "{error:?}");
    assert!(!error.is_transient());
    match code(error) {
        ErrorCode::DiskFull => true,
        // The index of the log, which lies in a file of its own.
        ErrorCode::SystemIoFailure => false,
        other => panic!("{other:?}: {error:?}"),
    }
}

#[derive(Default)]
struct Found {
    written: u64,
    refused: u64,
    /// Of those refused, as `SQLITE_FULL`.
    full: u64,
    /// Opened, or not opened, while the disk was full.
    opened: u64,
    unopened: u64,
}

/// The one who fills the disk: this test in another process, whose disk it is.
#[test]
fn on_a_small_disk() {
    let Some(disk) = env::var_os(DISK).map(PathBuf::from) else {
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
        // What was refused has changed nothing, and everything can be read.
        assert!(model.is_in(&store), "{time}");
        model.assert_listed(&store);

        if random.below(2) == 0 {
            // Which takes the log into the file, and leaves its room.
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
            // There is room again, and the same store goes on.
            fs::remove_file(&filler).unwrap();
            let change = change(numbers.next().unwrap());
            change.make(&store).unwrap();
            model.make(&change);
            drop(store);
        }
        // Without the log, which would be written from its beginning again.
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
