//! Faults of an SQLite file. Afterwards the mirror has the units of the file, and meanwhile no
//! answer is out of bounds.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use livechat_units::{StoreError, UnitStore};
use livechat_units_mirror::{BlockingSource, Changes, Mirror, MirrorOptions, Phase, SqliteSource};
use livechat_units_sqlite::SqliteStore;
use livechat_units_testkit::random::Random;
use rusqlite::Connection;
use tempfile::TempDir;

use crate::history::History;
use crate::sqlite::{PATIENCE, open, path_in, unit};

const MAX_STALENESS: Duration = Duration::from_millis(300);

/// A file whose readings can be delayed.
struct Delayed {
    source: SqliteSource,
    /// The milliseconds by which the next reading is delayed.
    delay: Arc<AtomicU64>,
}

impl BlockingSource for Delayed {
    fn changes(&mut self) -> Result<Changes, StoreError> {
        thread::sleep(Duration::from_millis(self.delay.swap(0, Ordering::Relaxed)));
        self.source.changes()
    }
}

/// A file, its mirror, and the states that the file had.
struct World {
    directory: TempDir,
    mirror: Mirror,
    delay: Arc<AtomicU64>,
    history: History,
    written: AtomicU64,
}

impl World {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = path_in(&directory);
        let store = Arc::new(open(&path));
        let delay = Arc::new(AtomicU64::new(0));
        let source = Delayed {
            source: SqliteSource::new(store),
            delay: Arc::clone(&delay),
        };
        let options = MirrorOptions::new()
            .with_interval(Duration::from_millis(1))
            .with_max_pause(Duration::from_millis(20))
            .with_max_staleness(MAX_STALENESS);
        let (mirror, follow) = options.follow_blocking(source);
        thread::spawn(follow);
        mirror.ready_within(PATIENCE).unwrap();
        Self {
            directory,
            mirror,
            delay,
            history: History::new(),
            written: AtomicU64::new(0),
        }
    }

    fn path(&self) -> PathBuf {
        path_in(&self.directory)
    }

    fn delete_log(&self) {
        for log in ["units.db-wal", "units.db-shm"] {
            fs::remove_file(self.directory.path().join(log)).ok();
        }
    }

    /// A name that no state before this one had.
    fn name(&self) -> String {
        format!("name {}", self.written.fetch_add(1, Ordering::Relaxed))
    }

    /// Some writes, each of some units.
    fn write(&self, store: &SqliteStore, random: &mut Random) {
        for _ in 0..random.below(5) {
            let ids = (0..=random.below(40)).map(|_| random.below(40));
            let ids: Vec<i32> = ids.collect();
            let ids = ids.into_iter();
            let units: Vec<_> = ids
                .map(|id| unit(&format!("u{id}"), &self.name()))
                .collect();
            self.history.write(|states| {
                store.upsert_all(&units).unwrap();
                states.extend(units.into_iter().map(|unit| (unit.id().to_owned(), unit)));
            });
            thread::sleep(Duration::from_micros(random.below(3_000)));
        }
    }

    /// Waits until the mirror has an error.
    fn wait_for_an_error(&self) {
        let start = Instant::now();
        while self.mirror.status().error.is_none() {
            assert!(start.elapsed() < PATIENCE);
            thread::yield_now();
        }
    }

    fn assert_equal(&self) {
        self.mirror.caught_up_within(PATIENCE).unwrap();
        let page = loop {
            // On a slow machine the state is too old again.
            if let Ok(page) = self.mirror.list(&History::query()) {
                break page;
            }
        };
        let newest = self.history.newest();
        assert_eq!(self.history.check(&page, newest), newest);
    }
}

/// The file is locked. Readers need no lock, so the mirror stays current.
fn lock(world: &World, random: &mut Random) {
    let program = Connection::open(world.path()).unwrap();
    let lock = random.pick(&["BEGIN IMMEDIATE", "BEGIN EXCLUSIVE"]);
    program
        .execute_batch(&format!("{lock}; UPDATE tally SET units = 1_000"))
        .unwrap();
    thread::sleep(Duration::from_millis(random.below(60)));
    world.assert_equal();
    assert_eq!(world.mirror.status().error.map(|error| error.kind()), None);
    program.execute_batch("ROLLBACK").unwrap();
}

/// Another file takes the place of the file.
fn replace(world: &World, random: &mut Random) {
    let other = world.directory.path().join("other.db");
    let units = [unit("other", &world.name()), unit("u1", &world.name())];
    open(&other).upsert_all(&units).unwrap();
    let deletes_log_first = random.below(2) == 0;
    world.history.write(|states| {
        if deletes_log_first {
            world.delete_log();
        }
        fs::rename(&other, world.path()).unwrap();
        *states = units.map(|unit| (unit.id().to_owned(), unit)).into();
    });
    if !deletes_log_first {
        world.wait_for_an_error();
        thread::sleep(Duration::from_millis(random.below(20)));
        world.delete_log();
    }
}

/// The file is deleted, and later restored from a copy.
fn delete(world: &World, random: &mut Random) {
    let copy = world.directory.path().join("copy.db");
    let program = Connection::open(world.path()).unwrap();
    program
        .execute("VACUUM INTO ?1", [copy.to_str().unwrap()])
        .unwrap();
    drop(program);
    fs::remove_file(world.path()).unwrap();
    world.wait_for_an_error();
    thread::sleep(Duration::from_millis(random.below(20)));
    assert!(!world.path().exists(), "the mirror has made a file");
    world.delete_log();
    fs::rename(&copy, world.path()).unwrap();
}

/// The environment variable with the path of the file, in the process of [`writer`].
const WRITER: &str = "LIVECHAT_UNITS_MIRROR_WRITER";

/// Writes pages of a transaction into the log, and never commits it.
#[test]
fn writer() {
    let Some(path) = env::var_os(WRITER) else {
        return;
    };
    let program = Connection::open(path).unwrap();
    program
        .execute_batch(
            "PRAGMA cache_size = 1; BEGIN IMMEDIATE;
             UPDATE document SET json = json || hex(zeroblob(2000)); UPDATE tally SET units = 7;
             DELETE FROM unit;",
        )
        .unwrap();
    println!("written");
    thread::sleep(PATIENCE);
}

/// A process is killed in a transaction.
fn kill_a_writer(world: &World, random: &mut Random) {
    let mut child = Command::new(env::current_exe().unwrap())
        .args(["--exact", "sqlite_faults::writer", "--nocapture"])
        .env(WRITER, world.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut lines = lines.map_while(Result::ok);
    assert!(lines.any(|line| line.ends_with("written")));
    thread::sleep(Duration::from_millis(random.below(20)));
    world.assert_equal();
    child.kill().unwrap();
    child.wait().unwrap();
}

/// A reading takes so long that the state is too old.
fn delay(world: &World, random: &mut Random) {
    let delay = MAX_STALENESS.as_millis() + 50;
    world
        .delay
        .store(u64::try_from(delay).unwrap(), Ordering::Relaxed);
    while world.mirror.list(&History::query()).is_ok() {
        thread::yield_now();
    }
    let writer = open(&world.path());
    world.write(&writer, random);
    assert!(matches!(
        world.mirror.status().phase,
        Phase::Behind | Phase::Current
    ));
}

#[test]
fn after_every_fault_the_mirror_equals_the_file() {
    type Fault = fn(&World, &mut Random);
    let faults: [Fault; 5] = [lock, replace, delete, kill_a_writer, delay];
    let is_full = env::var_os("LIVECHAT_UNITS_FULL").is_some();
    let rounds = if is_full { 40 } else { 3 };
    let world = World::new();
    let is_over = AtomicBool::new(false);
    let mut random = Random(5);
    let seen = thread::scope(|scope| {
        let reader = scope.spawn(|| {
            world.history.list_while(&world.mirror, MAX_STALENESS, |_| {
                !is_over.load(Ordering::Relaxed)
            })
        });
        for _ in 0..rounds {
            for fault in faults {
                let store = open(&world.path());
                world.write(&store, &mut random);
                // Whoever replaces a file must close it before.
                drop(store);
                fault(&world, &mut random);
                world.assert_equal();
                assert_eq!(world.mirror.status().phase, Phase::Current);
            }
        }
        is_over.store(true, Ordering::Relaxed);
        reader.join().unwrap()
    });
    let states = world.history.newest();
    println!(
        "{} faults, {states} states, {} answers, {} refusals",
        rounds * faults.len(),
        seen.answers,
        seen.refusals
    );
    assert!(seen.answers > 0 && seen.refusals > 0);
}
