//! A process that is killed while it writes, and started again.

use std::env;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use livechat_units::{UnitQuery, UnitStore};
use livechat_units_sqlite::{SqliteOptions, SqliteStore};

use crate::documents::unit;
use crate::file;
use crate::random::Random;

/// Names the file to whoever is to write to it.
const FILE: &str = "LIVECHAT_UNITS_SQLITE_CRASH_FILE";
const KILLS: usize = 25;

/// The writer: this test in another process, which ends only when it is killed.
#[test]
fn writer() {
    let Some(path) = env::var_os(FILE) else {
        return;
    };
    let store = SqliteStore::open(path).unwrap();
    let mut acknowledged = std::io::stdout();
    for number in store.len().unwrap().. {
        let id = format!("{number:08}");
        store
            .upsert(&unit(&id, &format!("Sales {number}")))
            .unwrap();
        // A line for each write that has returned.
        writeln!(acknowledged, "ack {id}").unwrap();
        acknowledged.flush().unwrap();
    }
}

fn start(path: &Path) -> Child {
    Command::new(env::current_exe().unwrap())
        .args([
            "--exact",
            "crash::writer",
            "--nocapture",
            "--test-threads",
            "1",
        ])
        .env(FILE, path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

#[test]
fn every_acknowledged_write_survives_a_kill() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("units.db");
    let mut random = Random(9);
    let mut acknowledged = Vec::new();
    for kill in 0..KILLS {
        let mut child = start(&path);
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let wanted = 1 + random.below(40);
        // Before the first one, in its line, the harness has named the test.
        let acks = |line: String| line.split_once("ack ").map(|(_, id)| id.to_owned());
        let first = lines.by_ref().map_while(Result::ok).filter_map(acks);
        acknowledged.extend(first.take(wanted));
        // Anywhere in the writes that follow.
        let micros = u64::try_from(random.below(2_000)).unwrap();
        std::thread::sleep(Duration::from_micros(micros));
        child.kill().unwrap();
        child.wait().unwrap();
        // What was acknowledged before the end and not read yet; its last line may be cut.
        let rest = lines.map_while(Result::ok).filter_map(acks);
        acknowledged.extend(rest.filter(|id| id.len() == 8));

        let store = SqliteStore::open(&path).unwrap();
        for id in &acknowledged {
            assert!(
                store.get(id).unwrap().is_some(),
                "{id} is lost, kill {kill}"
            );
        }
        let units = store.len().unwrap();
        let known = u64::try_from(acknowledged.len()).unwrap();
        // Each time one more may have been written than acknowledged.
        assert!(units >= known, "{units} of {known}, kill {kill}");
        assert!(units <= known + u64::try_from(kill).unwrap() + 1);
        let text = "sales".parse::<livechat_units::TextFilter>().unwrap();
        let found = store.list(&UnitQuery::default().with_text(text)).unwrap();
        assert_eq!(found.total(), units, "kill {kill}");
        drop(store);
        file::assert_intact(&path);
    }
    println!("{KILLS} kills, {} acknowledged writes", acknowledged.len());
    assert!(acknowledged.len() >= KILLS);
}

/// Without a kill: the file alone is enough, its log was taken in.
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
