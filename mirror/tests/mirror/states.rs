//! Every answer is one state that the source had, and states never go back.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use livechat_units::{StoreError, StoreErrorKind, Unit, UnitStore};
use livechat_units_mirror::{BlockingSource, Changes, MirrorOptions, Phase};
use livechat_units_testkit::random::Random;

use crate::history::{History, MAX_STALENESS, Units};

/// A table in memory. It returns snapshots, repeats changes and fails at random.
struct Table {
    history: Arc<History>,
    /// The ids that were written since the last reading.
    written: Arc<Mutex<BTreeSet<String>>>,
    random: Random,
    is_first: bool,
}

impl BlockingSource for Table {
    fn changes(&mut self) -> Result<Changes, StoreError> {
        if self.random.below(20) == 0 {
            return Err(StoreError::new(
                StoreErrorKind::Unavailable,
                "read the table",
            ));
        }
        let is_snapshot = self.is_first || self.random.below(200) == 0;
        let repeated = format!("u{}", self.random.below(IDS));
        let changes = self.history.read(|units| {
            let mut written = std::mem::take(&mut *self.written.lock().unwrap());
            written.insert(repeated);
            if is_snapshot {
                return Changes::All(units.values().cloned().collect());
            }
            let changes = written.into_iter().map(|id| {
                let unit = units.get(&id).cloned();
                (id, unit)
            });
            Changes::Some(changes.collect())
        });
        self.is_first = false;
        Ok(changes)
    }
}

const IDS: usize = 60;
const WRITERS: usize = 3;
const READERS: usize = 2;

/// Renames, adds and removes some units in one step.
fn change(units: &mut Units, random: &mut Random, written: &mut BTreeSet<String>) {
    let largest = if random.below(30) == 0 { 45 } else { 4 };
    for _ in 0..=random.below(largest) {
        let id = format!("u{}", random.below(IDS));
        if random.below(3) == 0 {
            units.remove(&id);
        } else {
            let name = format!("name {}", random.below(1_000_000));
            let unit = Unit::builder(id.as_str()).name(name).build().unwrap();
            units.insert(id.clone(), unit);
        }
        written.insert(id);
    }
}

#[test]
fn every_answer_is_a_state_of_the_source_and_states_never_go_back() {
    let is_full = std::env::var_os("LIVECHAT_UNITS_FULL").is_some();
    let answers = if is_full { 100_000 } else { 5_000 };
    let history = Arc::new(History::new());
    let written = Arc::new(Mutex::new(BTreeSet::new()));
    let table = Table {
        history: Arc::clone(&history),
        written: Arc::clone(&written),
        random: Random(7),
        is_first: true,
    };
    let options = MirrorOptions::new()
        .with_interval(Duration::from_micros(100))
        .with_max_pause(Duration::from_micros(100));
    let (mirror, follow) = options.follow_blocking(table);
    let follower = thread::spawn(follow);
    mirror.ready_within(Duration::from_secs(60)).unwrap();

    let is_over = AtomicBool::new(false);
    let states_seen = AtomicUsize::new(0);
    thread::scope(|scope| {
        for writer in 0..WRITERS {
            let (history, written, is_over) = (&history, &written, &is_over);
            scope.spawn(move || {
                let mut random = Random(writer as u64);
                while !is_over.load(Ordering::Relaxed) {
                    history.write(|units| {
                        change(units, &mut random, &mut written.lock().unwrap());
                    });
                    thread::sleep(Duration::from_micros(random.below(300)));
                }
            });
        }
        let readers = (0..READERS).map(|_| {
            scope.spawn(|| {
                let seen =
                    history.list_while(&mirror, MAX_STALENESS, |seen| seen.answers < answers);
                assert_eq!(seen.refusals, 0);
                states_seen.fetch_add(seen.states, Ordering::Relaxed);
            })
        });
        let readers: Vec<_> = readers.collect();
        for reader in readers {
            reader.join().unwrap();
        }
        is_over.store(true, Ordering::Relaxed);
    });
    assert!(
        states_seen.into_inner() > answers / 100,
        "the mirror stood still"
    );

    mirror.caught_up_within(Duration::from_secs(60)).unwrap();
    let page = mirror.list(&History::query()).unwrap();
    assert_eq!(history.check(&page, history.newest()), history.newest());
    let status = mirror.status();
    assert_eq!(status.phase, Phase::Current, "{status:?}");
    assert!(status.changes > 0 && status.snapshots > 0, "{status:?}");
    drop(mirror);
    follower.join().unwrap();
}
