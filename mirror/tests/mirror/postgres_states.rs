//! Every answer of a mirror is one state that PostgreSQL had, and states never go back.

use std::sync::RwLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use livechat_units::{StoreError, UnitStore};
use livechat_units_mirror::{Mirror, MirrorOptions, Phase};
use livechat_units_postgres::PostgresStore;
use livechat_units_testkit::postgres::server::{Server, available};
use livechat_units_testkit::postgres::{block_on, sql};
use livechat_units_testkit::random::Random;

use crate::history::{History, MAX_STALENESS, Units};
use crate::postgres::{PATIENCE, mirror_of, shared, store, unit};

const WRITERS: usize = 3;
const READERS: usize = 2;

/// The units of each writer. They have ids of their own, so that nobody waits for a transaction
/// of another one.
const IDS: usize = 25;

/// A store with writers, and the states that it had.
pub(crate) struct World<'a> {
    pub(crate) server: &'a Server,
    pub(crate) schema: &'static str,
    pub(crate) store: PostgresStore,
    pub(crate) history: History,
    /// Writers hold it together for each transaction. Who holds it alone sees no open one.
    pub(crate) transactions: RwLock<()>,
    pub(crate) is_over: AtomicBool,
    pub(crate) committed: AtomicUsize,
}

/// What a transaction does to the units.
type Made = Vec<(String, Option<String>)>;

impl<'a> World<'a> {
    pub(crate) fn new(server: &'a Server, schema: &'static str) -> Self {
        Self {
            server,
            schema,
            store: store(server, schema),
            history: History::new(),
            transactions: RwLock::new(()),
            is_over: AtomicBool::new(false),
            committed: AtomicUsize::new(0),
        }
    }

    /// Writes until the end: single units, and transactions that are open for a while.
    pub(crate) fn write_on(&self, writer: usize) {
        let mut random = Random(writer as u64 + 1);
        let mut client = None;
        while !self.is_over.load(Ordering::Relaxed) {
            let written = match random.below(20) {
                0 if writer == 0 => self.replace_all(&mut random),
                1..8 => self.write_one(writer, &mut random).is_ok(),
                _ => self.transact(writer, &mut random, &mut client),
            };
            self.committed
                .fetch_add(usize::from(written), Ordering::Relaxed);
        }
    }

    fn replace_all(&self, random: &mut Random) -> bool {
        let _alone = self.transactions.write().unwrap();
        let size = random.below(60);
        let all = (0..size).map(|n| unit(&format!("w{}n{}", n % WRITERS, n), "Replaced"));
        let all: Vec<_> = all.collect();
        self.history.write(|units| {
            let replaced = block_on(self.store.replace_all(all.clone()));
            if replaced.is_ok() {
                *units = all
                    .into_iter()
                    .map(|unit| (unit.id().to_owned(), unit))
                    .collect();
            }
            replaced.is_ok()
        })
    }

    fn write_one(&self, writer: usize, random: &mut Random) -> Result<(), StoreError> {
        let _together = self.transactions.read().unwrap();
        let (id, name) = change(writer, random);
        self.history.write(|units| {
            match &name {
                Some(name) => drop(block_on(self.store.upsert(&unit(&id, name)))?),
                None => drop(block_on(self.store.remove(&id))?),
            }
            apply(units, vec![(id, name)]);
            Ok(())
        })
    }

    /// A transaction of another client. After a fault, the next one has a new connection.
    fn transact(&self, writer: usize, random: &mut Random, client: &mut Option<sql::Open>) -> bool {
        let _together = self.transactions.read().unwrap();
        let Some(open) = client
            .take()
            .or_else(|| sql::Open::try_new(&self.server.config()))
        else {
            thread::sleep(Duration::from_millis(10));
            return false;
        };
        let made: Made = (0..=random.below(5))
            .map(|_| change(writer, random))
            .collect();
        let statements = made.iter().map(|(id, name)| match name {
            Some(name) => sql::upsert(self.schema, &unit(id, name)),
            None => sql::delete(self.schema, id),
        });
        if !open.try_run(&format!("BEGIN; {}", statements.collect::<String>())) {
            return false;
        }
        let pause = match random.below(40) {
            0 => 200,
            _ => random.below(6_u64),
        };
        thread::sleep(Duration::from_millis(pause));
        let is_committed = if random.below(6) == 0 {
            open.try_run("ROLLBACK");
            false
        } else {
            self.history.write(|units| {
                let is_committed = open.try_run("COMMIT");
                if is_committed {
                    apply(units, made);
                }
                is_committed
            })
        };
        *client = Some(open);
        is_committed
    }

    /// Reads this many answers. Returns how often the state was another one.
    pub(crate) fn read(&self, mirror: &Mirror, max_staleness: Duration, answers: usize) -> usize {
        let seen = self.history.list_while(mirror, max_staleness, |seen| {
            thread::sleep(Duration::from_micros(100));
            seen.answers < answers && !self.is_over.load(Ordering::Relaxed)
        });
        seen.states
    }

    /// While nobody writes, the mirror has the newest state.
    pub(crate) fn is_equal(&self, mirror: &Mirror) {
        let _alone = self.transactions.write().unwrap();
        mirror.caught_up_within(PATIENCE).unwrap();
        let page = mirror.list(&History::query()).unwrap();
        let newest = self.history.newest();
        assert_eq!(self.history.check(&page, newest), newest);
    }
}

/// A random change of a unit of this writer: another name, or none for a removal.
fn change(writer: usize, random: &mut Random) -> (String, Option<String>) {
    let id = format!("w{writer}n{}", random.below(IDS));
    let name = (random.below(3) > 0).then(|| format!("name {}", random.below(1_000_000)));
    (id, name)
}

fn apply(units: &mut Units, made: Made) {
    for (id, name) in made {
        match name {
            Some(name) => drop(units.insert(id.clone(), unit(&id, &name))),
            None => drop(units.remove(&id)),
        }
    }
}

#[test]
fn every_answer_is_a_state_of_postgresql_and_states_never_go_back() {
    if !available() {
        return;
    }
    let is_full = std::env::var_os("LIVECHAT_UNITS_FULL").is_some();
    let answers = if is_full { 100_000 } else { 10_000 };
    let world = World::new(shared(), "states");
    let mirror = mirror_of(&world.store, MirrorOptions::new());
    thread::scope(|scope| {
        let world = &world;
        for writer in 0..WRITERS {
            scope.spawn(move || world.write_on(writer));
        }
        let readers =
            (0..READERS).map(|_| scope.spawn(|| world.read(&mirror, MAX_STALENESS, answers)));
        let readers: Vec<_> = readers.collect();
        let seen = readers.into_iter().map(|reader| reader.join().unwrap());
        let seen: usize = seen.sum();
        world.is_over.store(true, Ordering::Relaxed);
        println!("{} answers, {seen} new states", READERS * answers);
        assert!(seen > 100, "the mirror stood still");
    });
    world.is_equal(&mirror);
    let status = mirror.status();
    println!(
        "{} commits, {status:?}",
        world.committed.load(Ordering::Relaxed)
    );
    assert_eq!(status.phase, Phase::Current, "{status:?}");
    assert_eq!(status.snapshots, 1, "{status:?}");
}
