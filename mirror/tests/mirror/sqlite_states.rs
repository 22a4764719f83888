//! Every answer of a mirror of an SQLite file is one state that the file had, and states never
//! go back.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use livechat_units::{Unit, UnitStore};
use livechat_units_mirror::{MirrorOptions, Phase, SqliteSource};
use livechat_units_sqlite::SqliteStore;
use livechat_units_testkit::random::Random;
use rusqlite::Connection;

use crate::history::{History, MAX_STALENESS, Units};
use crate::sqlite::{PATIENCE, open, path_in, unit};

const IDS: usize = 60;
const READERS: usize = 2;

fn id(random: &mut Random) -> String {
    format!("u{}", random.below(IDS))
}

fn random_units(random: &mut Random, most: usize) -> Vec<Unit> {
    let count = 1 + random.below(most);
    let mut one = || unit(&id(random), &format!("name {}", random.below(1_000_000)));
    (0..count).map(|_| one()).collect()
}

fn insert(units: &mut Units, new: Vec<Unit>) {
    units.extend(new.into_iter().map(|unit| (unit.id().to_owned(), unit)));
}

/// One transaction of a store.
fn write(store: &SqliteStore, random: &mut Random, units: &mut Units) {
    match random.below(60) {
        0 => {
            let new = random_units(random, IDS);
            units.clear();
            store.replace_all(new.iter().cloned()).unwrap();
            insert(units, new);
        }
        1 => store.rebuild().unwrap(),
        2..20 => {
            let id = id(random);
            let was_there = units.remove(&id).is_some();
            assert_eq!(store.remove(&id).unwrap(), was_there);
        }
        number => {
            let most = if number == 20 { 45 } else { 4 };
            let new = random_units(random, most);
            store.upsert_all(&new).unwrap();
            insert(units, new);
        }
    }
}

/// One transaction of another program: it removes a unit, and often does not number its write.
fn write_as_a_program(program: &Connection, random: &mut Random, units: &mut Units) {
    let id = id(random);
    let difference = usize::from(units.remove(&id).is_some());
    let numbered = random.pick(&["", "UPDATE tally SET rowid = rowid + 1;"]);
    let slot = format!("(SELECT slot FROM unit WHERE id = CAST('{id}' AS BLOB))");
    program
        .execute_batch(&format!(
            "BEGIN IMMEDIATE;
             DELETE FROM document WHERE slot = {slot};
             DELETE FROM unit WHERE slot = {slot};
             UPDATE tally SET units = units - {difference}; {numbered}
             COMMIT"
        ))
        .unwrap();
    if random.below(100) == 0 {
        program.execute_batch("VACUUM").unwrap();
    }
}

/// Makes one transaction.
type Write = Box<dyn FnMut(&mut Random, &mut Units) + Send>;

/// Two stores and a program.
fn writers(path: &Path) -> Vec<Write> {
    let (first, second) = (open(path), open(path));
    let program = Connection::open(path).unwrap();
    vec![
        Box::new(move |random, units| write(&first, random, units)),
        Box::new(move |random, units| write(&second, random, units)),
        Box::new(move |random, units| write_as_a_program(&program, random, units)),
    ]
}

#[test]
fn every_answer_is_a_state_of_the_file_and_states_never_go_back() {
    let is_full = std::env::var_os("LIVECHAT_UNITS_FULL").is_some();
    let answers = if is_full { 50_000 } else { 2_000 };
    let directory = tempfile::tempdir().unwrap();
    let path = path_in(&directory);
    let writers = writers(&path);
    let history = Arc::new(History::new());
    let options = MirrorOptions::new().with_interval(Duration::from_millis(1));
    let (mirror, follow) = options.follow_blocking(SqliteSource::new(Arc::new(open(&path))));
    let follower = thread::spawn(follow);
    mirror.ready_within(PATIENCE).unwrap();

    let is_over = AtomicBool::new(false);
    let (checked_answers, states_seen) = (AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| {
        for (number, mut write) in (0..).zip(writers) {
            let (history, is_over) = (&history, &is_over);
            scope.spawn(move || {
                let mut random = Random(number);
                while !is_over.load(Ordering::Relaxed) {
                    history.write(|units| write(&mut random, units));
                    thread::sleep(Duration::from_micros(random.below(6_000)));
                }
            });
        }
        let readers = [(); READERS].map(|()| {
            scope.spawn(|| {
                let seen = history.list_while(&mirror, MAX_STALENESS, |seen| {
                    seen.answers < answers || seen.states < answers / 100
                });
                assert_eq!(seen.refusals, 0);
                checked_answers.fetch_add(seen.answers, Ordering::Relaxed);
                states_seen.fetch_add(seen.states, Ordering::Relaxed);
            })
        });
        for reader in readers {
            reader.join().unwrap();
        }
        is_over.store(true, Ordering::Relaxed);
    });

    mirror.caught_up_within(PATIENCE).unwrap();
    let page = mirror.list(&History::query()).unwrap();
    assert_eq!(history.check(&page, history.newest()), history.newest());
    let status = mirror.status();
    assert_eq!(status.phase, Phase::Current, "{status:?}");
    println!(
        "{} answers, {} new states seen, of {}; {} changes and {} snapshots",
        checked_answers.into_inner(),
        states_seen.into_inner(),
        history.newest(),
        status.changes,
        status.snapshots
    );
    assert!(status.changes > 0 && status.snapshots > 1, "{status:?}");
    drop(mirror);
    follower.join().unwrap();
    open(&path).rebuild().unwrap();
}
