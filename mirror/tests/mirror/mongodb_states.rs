//! Every answer of a mirror of MongoDB is one state of the collection, and states never go back.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use ::mongodb::Collection;
use ::mongodb::bson::{Document, doc};
use livechat_units::{Unit, UnitStore};
use livechat_units_testkit::effort;
use livechat_units_testkit::mongodb::RUNTIME;
use livechat_units_testkit::mongodb::server::Server;
use livechat_units_testkit::random::Random;

use crate::history::{History, MAX_STALENESS, Units};
use crate::mongodb::{Mirrored, PATIENCE, remove, upsert};

const IDS: usize = 40;
const WRITERS: u64 = 3;
const READERS: usize = 2;

/// Makes one write in the collection and in the units.
fn write(collection: &Collection<Document>, units: &mut Units, random: &mut Random) {
    let id = format!("u{}", random.below(IDS));
    let name = format!("name {}", random.below(1_000_000));
    let unit = Unit::builder(&*id).name(name.as_str()).build().unwrap();
    match random.below(6) {
        0 => {
            remove(collection, &id);
            units.remove(&id);
        }
        1 => {
            // It is no unit any more.
            let update = doc! { "$set": { "type": "d" } };
            let update = collection.update_one(doc! { "_id": &id }, update);
            RUNTIME.block_on(async { update.await.unwrap() });
            units.remove(&id);
        }
        2 if units.contains_key(&id) => {
            let update = doc! { "$set": { "name": name } };
            let update = collection.update_one(doc! { "_id": &id }, update);
            RUNTIME.block_on(async { update.await.unwrap() });
            units.insert(id, unit);
        }
        _ => {
            upsert(collection, &unit);
            units.insert(id, unit);
        }
    }
}

#[test]
fn every_answer_is_a_state_of_the_collection() {
    let Some(server) = Server::own() else {
        return;
    };
    let answers = effort::choose("answers of a mirror of MongoDB", 3_000, 120_000);
    let mirrored = Mirrored::new(&server, &[]);
    let (collection, mirror) = (&mirrored.collection, &mirrored.mirror);
    let history = History::new();
    let (answered, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
    thread::scope(|scope| {
        for seed in 0..WRITERS {
            let (history, is_over) = (&history, &is_over);
            scope.spawn(move || {
                let mut random = Random(seed);
                while !is_over.load(Ordering::Relaxed) {
                    history.write(|units| write(collection, units, &mut random));
                    if random.below(50) == 0 {
                        // A host reads its own writes.
                        let newest = history.newest();
                        mirror.caught_up_within(PATIENCE).unwrap();
                        let page = mirror.list(&History::query()).unwrap();
                        history.check(&page, newest);
                    }
                }
            });
        }
        let readers = (0..READERS).map(|_| {
            scope.spawn(|| {
                history.list_while(mirror, MAX_STALENESS, |seen| {
                    let is_enough = answered.fetch_add(1, Ordering::Relaxed) >= answers;
                    seen.refusals == 0 && !(is_enough && seen.states > 0)
                })
            })
        });
        let readers: Vec<_> = readers.collect();
        let mut seen = Vec::new();
        for reader in readers {
            seen.push(reader.join());
        }
        is_over.store(true, Ordering::Relaxed);
        for seen in seen {
            let seen = seen.unwrap();
            assert!(seen.states > 0 && seen.refusals == 0, "{seen:?}");
        }
    });
    mirror.caught_up_within(PATIENCE).unwrap();
    let page = mirror.list(&History::query()).unwrap();
    assert_eq!(history.check(&page, history.newest()), history.newest());
    let status = mirror.status();
    assert_eq!(status.snapshots, 1, "{status:?}");
}
