//! Faults of a replica set and of a sharded cluster, which a scripted server has. After each the
//! mirror has the units of the collection, and no answer meanwhile was out of bounds.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use ::mongodb::bson::Document;
use livechat_units::{Unit, UnitStore};
use livechat_units_mirror::{Mirror, MirrorOptions, Phase};
use livechat_units_testkit::effort;
use livechat_units_testkit::mongodb::cluster::{Cluster, Model};
use livechat_units_testkit::mongodb::scripted::{Reply, Role};
use livechat_units_testkit::random::Random;

use crate::history::{History, Units};
use crate::mongodb::{PATIENCE, mirror_of};

const MAX_STALENESS: Duration = Duration::from_secs(2);
const MEMBER: Role = Role::Member { wire_version: 21 };

/// A cluster, its mirror, and the states that its collection had.
struct World {
    cluster: Cluster,
    mirror: Mirror,
    history: History,
    /// Held by the writer while it writes.
    writing: Mutex<()>,
    is_over: AtomicBool,
}

fn unit(id: &str, n: i64) -> Unit {
    Unit::from_json(&format!(r#"{{"_id":"{id}","type":"u","n":{n}}}"#)).unwrap()
}

fn put(model: &mut Model, units: &mut Units, id: &str, n: i64) {
    model.put(id, n);
    units.insert(id.to_owned(), unit(id, n));
}

impl World {
    fn new(role: Role) -> Self {
        let cluster = Cluster::new(role);
        if role == Role::Router {
            // After each `getMore` all shards write a no-op, so that the stream moves on.
            cluster.model().hook = Some(Box::new(|model: &mut Model, command: &Document| {
                if command.contains_key("getMore") {
                    model.advance();
                }
            }));
        }
        let options = MirrorOptions::new()
            .with_interval(Duration::from_millis(50))
            .with_max_staleness(MAX_STALENESS);
        let mirror = mirror_of(&cluster.collection(), options);
        mirror.ready_within(PATIENCE).unwrap();
        Self {
            cluster,
            mirror,
            history: History::new(),
            writing: Mutex::new(()),
            is_over: AtomicBool::new(false),
        }
    }

    /// Writes until it is over, each time in one step for commands.
    fn write(&self) {
        let (mut random, mut n) = (Random(9), 0);
        while !self.is_over.load(Ordering::Relaxed) {
            let alone = self.writing.lock().unwrap();
            self.history.write(|units| {
                n += 1;
                let mut model = self.cluster.model();
                let id = ["a", "b", "c", "d", "e"][random.below(5)];
                match random.below(6) {
                    0 => {
                        model.remove(id);
                        units.remove(id);
                    }
                    1 => {
                        model.transact(&[("always", n), (id, n)]);
                        for id in ["always", id] {
                            units.insert(id.to_owned(), unit(id, n));
                        }
                    }
                    _ => put(&mut model, units, id, n),
                }
            });
            drop(alone);
            thread::sleep(Duration::from_micros(random.below(3_000)));
        }
    }

    /// While nobody writes, the mirror has the newest state.
    fn assert_equal(&self, fault: &str) {
        let _alone = self.writing.lock().unwrap();
        self.mirror.caught_up_within(PATIENCE).unwrap();
        let page = self.mirror.list(&History::query()).unwrap();
        let newest = self.history.newest();
        assert_eq!(self.history.check(&page, newest), newest, "{fault}");
        let status = self.mirror.status();
        assert_eq!(status.phase, Phase::Current, "{fault}: {status:?}");
    }
}

/// What goes wrong, in one step for commands and writers.
type Fault = fn(&mut Model, &mut Units, &mut Random);

const FAULTS: [(&str, Fault); 10] = [
    ("election", |model, _, random| {
        model.close_cursors();
        for command in ["find", "aggregate", "getMore"] {
            for _ in 0..random.below(3) {
                let fault = Reply::Error(10107, "not primary");
                model.faults.push_back((command, fault));
            }
        }
    }),
    ("cursor killed", |model, _, random| {
        for _ in 0..=random.below(3) {
            let fault = Reply::Error(237, "the cursor was killed");
            model.faults.push_back(("getMore", fault));
        }
    }),
    ("connections cut", |model, _, random| {
        for _ in 0..=random.below(4) {
            let command = *random.pick(&["find", "aggregate", "getMore"]);
            model.faults.push_back((command, Reply::Close));
        }
    }),
    ("restart", |model, _, _| model.close_cursors()),
    ("token lost", |model, _, _| {
        model.lose_events();
        model.close_cursors();
    }),
    ("drop", |model, units, _| {
        model.end("drop");
        units.clear();
    }),
    ("rename", |model, units, _| {
        model.end("rename");
        units.clear();
    }),
    ("snapshot deleted", |model, _, random| {
        let code = *random.pick(&[239, 246]);
        let fault = Reply::Error(code, "the snapshot is gone");
        model.faults.push_back(("find", fault));
    }),
    ("later deployment", |model, units, random| {
        let last = model.last + 40;
        replace(model, units, random, last);
    }),
    ("earlier deployment", |model, units, random| {
        let last = model.last / 2 + 1;
        replace(model, units, random, last);
    }),
];

/// The address leads to another deployment.
fn replace(model: &mut Model, units: &mut Units, random: &mut Random, last: u32) {
    let n = -1 - random.below(1_000_000_000_i64);
    model.replace(&[("a", n), ("other", n)], last);
    *units = ["a", "other"].map(|id| (id.to_owned(), unit(id, n))).into();
}

#[test]
fn after_every_fault_the_mirror_equals_the_collection() {
    let rounds = effort::choose("rounds of faults of a cluster", 2, 10);
    for role in [MEMBER, Role::Router] {
        let world = World::new(role);
        let mut random = Random(3);
        let mut caused: BTreeMap<&str, usize> = BTreeMap::new();
        let seen = thread::scope(|scope| {
            let world = &world;
            let reader = scope.spawn(|| {
                world.history.list_while(&world.mirror, MAX_STALENESS, |_| {
                    !world.is_over.load(Ordering::Relaxed)
                })
            });
            scope.spawn(|| world.write());
            for _ in 0..rounds {
                for (name, cause) in FAULTS {
                    thread::sleep(Duration::from_millis(random.below(40)));
                    let alone = world.writing.lock().unwrap();
                    world.history.write(|units| {
                        cause(&mut world.cluster.model(), units, &mut random);
                    });
                    drop(alone);
                    thread::sleep(Duration::from_millis(random.below(10)));
                    world.assert_equal(name);
                    *caused.entry(name).or_default() += 1;
                }
            }
            world.is_over.store(true, Ordering::Relaxed);
            reader.join().unwrap()
        });
        let states = world.history.newest();
        println!("{role:?}: {caused:?}, {states} states, {seen:?}");
        assert!(seen.states > 20, "the mirror stood still");
    }
}
