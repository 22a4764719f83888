//! A process that is killed while it writes, and then started again.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Duration;

use livechat_units::{UnitQuery, UnitStore};
use livechat_units_sqlite::{SqliteOptions, SqliteStore};
use livechat_units_testkit::random::Random;

use crate::changes::{Model, change};
use crate::documents::unit;
use crate::{faults_to_cause, file, process};

/// The environment variable with the number of the first change.
const FROM: &str = "LIVECHAT_UNITS_SQLITE_CRASH_FROM";

/// The second test of the pair. It ends only when it is killed.
#[test]
fn writer() {
    let Some(path) = process::path() else {
        return;
    };
    let from: u64 = env::var(FROM).unwrap().parse().unwrap();
    let store = SqliteStore::open(path).unwrap();
    let mut acknowledged = std::io::stdout();
    for number in from.. {
        change(number).make(&store).unwrap();
        // A line for each write that has returned.
        writeln!(acknowledged, "ack {number:08}").unwrap();
        acknowledged.flush().unwrap();
    }
}

fn start(path: &Path, from: u64) -> Child {
    process::command(path, "crash::writer")
        .env(FROM, from.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Starts the writer at this change, and kills it. Returns the number after that of the last
/// acknowledged change.
fn kill_at_random(path: &Path, from: u64, random: &mut Random) -> u64 {
    let mut child = start(path, from);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    // The test harness writes the name of the test into the first line. The last line may be
    // cut.
    let number = |line: String| {
        let (_, number) = line.split_once("ack ")?;
        let whole = (number.len() == 8).then_some(number)?;
        Some(whole.parse::<u64>().unwrap() + 1)
    };
    let (mut next, most_micros) = if random.below(4) == 0 {
        // While it starts, opens the file and recovers the log of the previous writer.
        (from, 20_000)
    } else {
        let wanted = random.below(40);
        let first = lines.by_ref().map_while(Result::ok).filter_map(number);
        // During one of the next writes.
        (first.take(1 + wanted).last().unwrap_or(from), 2_000)
    };
    let micros = u64::try_from(random.below(most_micros)).unwrap();
    std::thread::sleep(Duration::from_micros(micros));
    child.kill().unwrap();
    let status = child.wait().unwrap();
    assert!(
        !matches!(status.code(), Some(0 | 101)),
        "the writer ended before it was killed, from change {from} on"
    );
    // Changes that were acknowledged before the end, and whose lines are not read yet.
    let rest = lines.map_while(Result::ok).filter_map(number);
    next = rest.last().unwrap_or(next);
    next
}

/// After each kill the store has the units of the acknowledged writes. It may also have those
/// of the write that was interrupted: all of them or none. The test reads a copy, so that the
/// next writer finds the file and the log as the killed one has left them.
#[test]
fn every_acknowledged_write_survives_a_kill() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("units.db");
    let mut random = Random(9);
    let (mut model, mut made, mut unacknowledged) = (Model::default(), 0, 0);
    let (mut acknowledged, mut with_log) = (0, 0);
    let kills = faults_to_cause(25);
    for kill in 1..=kills {
        let next = kill_at_random(&path, made, &mut random);
        acknowledged += next - made;
        (made..next).for_each(|number| model.make(&change(number)));
        made = next;

        let copy = tempfile::tempdir().unwrap();
        for name in ["units.db", "units.db-wal"] {
            let file = directory.path().join(name);
            if let Ok(metadata) = fs::metadata(&file) {
                fs::copy(&file, copy.path().join(name)).unwrap();
                with_log += u32::from(name.ends_with("wal") && metadata.len() > 0);
            }
        }
        let copy = copy.path().join("units.db");
        let store = SqliteStore::open(&copy).unwrap();
        if !model.is_in(&store) {
            model.make(&change(made));
            made += 1;
            unacknowledged += 1;
            assert!(model.is_in(&store), "kill {kill}, before change {made}");
        }
        model.assert_listed(&store);
        drop(store);
        file::assert_intact(&copy);
    }
    println!(
        "{kills} kills, {with_log} of which left a log: {acknowledged} acknowledged writes, 0 \
         lost; {unacknowledged} more were whole though not acknowledged; {kills} files intact"
    );
    assert!(acknowledged >= kills && with_log > 0);
}

/// Without a kill the file alone has all units: closing moves the log into it.
#[test]
fn units_survive_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("units.db");
    let store = SqliteOptions::new().open(&path).unwrap();
    store
        .replace_all([unit("a", "Sales"), unit("b", "Support")])
        .unwrap();
    store.upsert(&unit("c", "Training")).unwrap();
    assert!(store.remove("a").unwrap());
    let before = store.list(&UnitQuery::default()).unwrap();
    drop(store);
    assert!(!directory.path().join("units.db-wal").exists());
    let store = SqliteStore::open(&path).unwrap();
    assert!(store.list(&UnitQuery::default()).unwrap() == before);
}
