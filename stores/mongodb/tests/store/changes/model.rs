//! Every state of a feed is one that the collection had, in their order.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use livechat_units_mongodb::ChangedUnits;
use livechat_units_testkit::random::Random;
use mongodb::bson::{Document, doc};
use mongodb::{ClientSession, Collection};
use tokio::sync::Mutex;

use crate::server::{RUNTIME, Scratch, Server};

/// The units by their `_id`, as the number of the write that each of them is from.
type State = BTreeMap<String, i64>;

const IDS: usize = 12;
const WRITERS: u64 = 3;
/// The reader must have read more often than this.
const MIN_STATES: usize = 5;
const WRITES: usize = 250;

/// Writes one or several units, and records the state after it.
async fn write(
    collection: &Collection<Document>,
    session: &mut ClientSession,
    random: &mut Random,
    history: &Mutex<Vec<State>>,
    sizes: &[usize],
) {
    // Other writers wait, so that the order of the states is known.
    let mut history = history.lock().await;
    let number = i64::try_from(history.len()).unwrap();
    let mut state = history.last().unwrap().clone();
    let count = *random.pick(sizes);
    if count > 1 {
        session.start_transaction().await.unwrap();
    }
    for _ in 0..count {
        let id = format!("{}", random.below(IDS));
        let filter = doc! { "_id": &id };
        match random.below(5) {
            0 => {
                collection
                    .delete_one(filter)
                    .session(&mut *session)
                    .await
                    .unwrap();
                state.remove(&id);
            }
            1 => {
                let document = doc! { "type": "u", "n": number };
                let replace = collection.replace_one(filter, document).upsert(true);
                replace.session(&mut *session).await.unwrap();
                state.insert(id, number);
            }
            2 => {
                let update = doc! { "$set": { "type": "d", "n": number } };
                let update = collection.update_one(filter, update).upsert(true);
                update.session(&mut *session).await.unwrap();
                state.remove(&id);
            }
            _ => {
                let update = doc! { "$set": { "type": "u", "n": number } };
                let update = collection.update_one(filter, update).upsert(true);
                update.session(&mut *session).await.unwrap();
                state.insert(id, number);
            }
        }
    }
    if count > 1 {
        session.commit_transaction().await.unwrap();
    }
    history.push(state);
}

#[test]
fn every_state_is_one_of_the_collection() {
    RUNTIME.block_on(async {
        let Some(server) = Server::own() else {
            return;
        };
        let scratch = Scratch::new(&server).await;
        // The events of a transaction have one time in MongoDB. In the stand-in each has its own,
        // from before the commit.
        let sizes: &[usize] = if server.is_stand_in() {
            &[1]
        } else {
            &[1, 1, 1, 3]
        };
        let history = Arc::new(Mutex::new(vec![State::new()]));
        let running = Arc::new(AtomicUsize::new(0));
        let seen = Arc::new(AtomicUsize::new(0));
        for writer in 0..WRITERS {
            let (history, running) = (Arc::clone(&history), Arc::clone(&running));
            let seen = Arc::clone(&seen);
            let collection = scratch.collection.clone();
            running.fetch_add(1, Ordering::Relaxed);
            tokio::spawn(async move {
                let mut random = Random(writer);
                let mut session = collection.client().start_session().await.unwrap();
                // On a busy machine the reader needs more time to see some states.
                for number in 0..20 * WRITES {
                    if number >= WRITES && seen.load(Ordering::Relaxed) > MIN_STATES {
                        break;
                    }
                    write(&collection, &mut session, &mut random, &history, sizes).await;
                    if random.below(4) == 0 {
                        tokio::time::sleep(Duration::from_millis(2)).await;
                    }
                }
                running.fetch_sub(1, Ordering::Relaxed);
            });
        }
        let (mut states, mut state) = (Vec::new(), State::new());
        let mut feed = scratch.store().feed();
        let mut is_last = false;
        while !is_last {
            is_last = running.load(Ordering::Relaxed) == 0;
            let recorded = history.lock().await.len() - 1;
            apply(&mut state, feed.changes().await.unwrap());
            states.push((recorded, state.clone()));
            seen.store(states.len(), Ordering::Relaxed);
            feed.wait(Duration::from_millis(50)).await;
        }
        let history = history.lock().await;
        let mut at = 0;
        for (recorded, state) in &states {
            let found = history[at..].iter().position(|recorded| recorded == state);
            at += found.unwrap_or_else(|| panic!("{state:?} is no state after {at}"));
            let latest = history[at..]
                .iter()
                .rposition(|other| other == state)
                .unwrap();
            assert!(
                at + latest >= *recorded,
                "a write before the call is missing"
            );
        }
        assert_eq!(state, *history.last().unwrap());
        assert!(states.len() > MIN_STATES, "{}", states.len());
    });
}

fn apply(state: &mut State, changes: ChangedUnits) {
    let number = |unit: livechat_units::Unit| {
        let json: serde_json::Value = serde_json::from_str(unit.as_json()).unwrap();
        json["n"].as_i64().unwrap()
    };
    match changes {
        ChangedUnits::All(units) => {
            let units = units.into_iter();
            *state = units
                .map(|unit| (unit.id().to_owned(), number(unit)))
                .collect();
        }
        ChangedUnits::Some(changes) => {
            for (id, unit) in changes {
                match unit {
                    Some(unit) => drop(state.insert(id, number(unit))),
                    None => drop(state.remove(&id)),
                }
            }
        }
    }
}
