//! Random transactions of several writers. Every state of a reader equals the table in the
//! snapshot of its poll.
//!
//! A trigger of the test writes each change to a table `history`, in the same transaction,
//! with a number from a sequence. Changes of one unit have their numbers in the order of their
//! commits, because the row is locked. So the units in a snapshot are the last visible changes
//! in `history`, for every snapshot, afterwards.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use livechat_units_postgres::{Config, PostgresStore};
use livechat_units_testkit::random::Random;

use crate::changes::{Follower, Got, unit, write};
use crate::server::available;
use crate::sql::delete;
use crate::stores::{On, Servers};
use crate::{block_on, faults_to_cause, sql};

const SCHEMA: &str = "modelled";

const HISTORY: &str = "
    CREATE TABLE modelled.history (n bigint GENERATED ALWAYS AS IDENTITY, t xid8, _id text, document text);
    CREATE FUNCTION modelled.remember() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'TRUNCATE' THEN
        INSERT INTO modelled.history (t) VALUES (pg_current_xact_id());
        RETURN NULL;
      END IF;
      IF TG_OP <> 'INSERT' THEN
        INSERT INTO modelled.history (t, _id) VALUES (pg_current_xact_id(), OLD._id);
      END IF;
      IF TG_OP <> 'DELETE' THEN
        INSERT INTO modelled.history (t, _id, document) VALUES (pg_current_xact_id(), NEW._id, NEW.document);
      END IF;
      RETURN NULL;
    END $$;
    CREATE TRIGGER remember AFTER INSERT OR UPDATE OR DELETE ON modelled.units
      FOR EACH ROW EXECUTE FUNCTION modelled.remember();
    CREATE TRIGGER remember_truncate AFTER TRUNCATE ON modelled.units
      FOR EACH STATEMENT EXECUTE FUNCTION modelled.remember();
    ALTER TABLE modelled.units ENABLE ALWAYS TRIGGER remember;";

/// A state of a reader, as documents.
struct State {
    /// In the form of `pg_snapshot`.
    snapshot: String,
    documents: BTreeMap<String, String>,
    got: Got,
}

fn states(store: &PostgresStore, ends: &AtomicBool) -> Vec<State> {
    let mut follower = Follower::new(store);
    let mut states = Vec::new();
    while !ends.load(Ordering::Relaxed) {
        thread::sleep(Duration::from_millis(1));
        let got = follower.poll();
        let revision = format!("{:?}", follower.seen.as_ref().unwrap());
        let (_, rest) = revision.split_once("snapshot: \"").unwrap();
        let (snapshot, _) = rest.split_once('"').unwrap();
        let units = follower.units.iter();
        states.push(State {
            snapshot: snapshot.to_owned(),
            documents: units
                .map(|(id, unit)| (id.clone(), unit.to_extended_json().into_owned()))
                .collect(),
            got,
        });
    }
    states
}

/// The statements of a random transaction. Units are in ascending order, so that few
/// transactions deadlock.
fn transaction(random: &mut Random, number: u32) -> String {
    let level = random.pick(&[
        "READ COMMITTED",
        "READ COMMITTED",
        "REPEATABLE READ",
        "SERIALIZABLE",
    ]);
    let mut sql = format!("BEGIN ISOLATION LEVEL {level};");
    if random.below(300) == 0 {
        return sql + "TRUNCATE modelled.units; COMMIT";
    }
    if random.below(8) == 0 {
        sql += "SET LOCAL session_replication_role = replica;";
    }
    let mut id = 0;
    for _ in 0..=random.below(5) {
        id += random.below(12);
        let id = format!("u{id:02}");
        let change = match random.below(8) {
            0..4 => write(SCHEMA, &id, number),
            4..6 => delete(SCHEMA, &id),
            6 => format!(
                "SAVEPOINT s; {}{} TO s;",
                write(SCHEMA, &id, number),
                random.pick(&["ROLLBACK", "SELECT 1; ROLLBACK"])
            ),
            _ => delete(SCHEMA, &id) + &write(SCHEMA, &id, number) + &delete(SCHEMA, &id),
        };
        sql += &change;
    }
    let pause = match random.below(30) {
        0 => 200,
        _ => random.below(6),
    };
    let end = random.pick(&["COMMIT", "COMMIT", "COMMIT", "ROLLBACK"]);
    format!("{sql}SELECT pg_sleep({pause} / 1000.0); {end}")
}

fn write_randomly(config: &Config, seed: u64, ends: &AtomicBool) -> (u32, u32) {
    let client = sql::Open::new(config);
    client.run("SET deadlock_timeout = '10ms'");
    let mut random = Random(seed);
    let (mut done, mut failed) = (0, 0);
    while !ends.load(Ordering::Relaxed) {
        if client.try_run(&transaction(&mut random, done)) {
            done += 1;
        } else {
            failed += 1;
            client.run("ROLLBACK");
        }
    }
    (done, failed)
}

/// Whether a snapshot shows a transaction.
fn shows(snapshot: &str, transaction: u64) -> bool {
    let mut parts = snapshot.split(':');
    let mut number = || parts.next().unwrap().parse::<u64>().unwrap();
    let (first, end) = (number(), number());
    let open = parts.next().unwrap();
    let is_open = || open.split(',').any(|open| open == transaction.to_string());
    transaction < first || (transaction < end && !is_open())
}

/// The transactions before this one have ended.
fn first_open(snapshot: &str) -> u64 {
    let (first, _) = snapshot.split_once(':').unwrap();
    first.parse().unwrap()
}

/// A row of `history`: the transaction, the unit or `-` for all, and the new document.
type Change<'a> = (u64, &'a str, Option<&'a str>);

fn apply<'a>(documents: &mut BTreeMap<&'a str, &'a str>, (_, id, document): &Change<'a>) {
    match document {
        Some(document) => drop(documents.insert(id, document)),
        None if *id == "-" => documents.clear(),
        None => drop(documents.remove(id)),
    }
}

#[test]
fn every_state_of_a_reader_is_the_table_in_one_snapshot() {
    if !available() {
        return;
    }
    let servers = Servers::shared();
    let store = servers.store(On::One, servers.options().with_schema(SCHEMA));
    let config = servers.first.config();
    sql::run(&config, HISTORY);
    let seconds = Duration::from_secs(faults_to_cause(6));
    let ends = AtomicBool::new(false);
    let polled = thread::scope(|scope| {
        let readers: Vec<_> = (0..2)
            .map(|_| scope.spawn(|| states(&store, &ends)))
            .collect();
        let writers: Vec<_> = (1..6)
            .map(|seed| {
                let (config, ends) = (&config, &ends);
                scope.spawn(move || write_randomly(config, seed, ends))
            })
            .collect();
        let begin = Instant::now();
        let (mut number, mut replaced) = (0, 0);
        while begin.elapsed() < seconds {
            thread::sleep(Duration::from_millis(300));
            number += 1;
            let units = (0..30).map(|n| unit(&format!("u{n:02}"), number));
            // The other writers do not take the lock of the schema, so a conflict may remain.
            replaced += usize::from(block_on(store.replace_all(units)).is_ok());
        }
        ends.store(true, Ordering::Relaxed);
        assert!(replaced > 0);
        for writer in writers {
            let (done, failed) = writer.join().unwrap();
            assert!(done > failed, "{done} done, {failed} failed");
            println!("a writer: {done} transactions, {failed} conflicts");
        }
        let readers = readers.into_iter().map(|reader| reader.join().unwrap());
        readers.collect::<Vec<_>>()
    });
    let history = sql::Open::new(&config).texts(
        "SELECT concat_ws(' ', t, coalesce(_id, '-'), document) FROM modelled.history ORDER BY n",
    );
    let history: Vec<Change<'_>> = history
        .iter()
        .map(|row| {
            let (transaction, rest) = row.split_once(' ').unwrap();
            let (id, document) = match rest.split_once(' ') {
                Some((id, document)) => (id, Some(document)),
                None => (rest, None),
            };
            (transaction.parse().unwrap(), id, document)
        })
        .collect();
    let (mut checked, mut all) = (0, 0);
    for states in &polled {
        // What each state of this reader shows.
        let mut shown: BTreeMap<&str, &str> = BTreeMap::new();
        let mut rest = history.as_slice();
        for state in states {
            while let Some((change, after)) = rest.split_first()
                && change.0 < first_open(&state.snapshot)
            {
                apply(&mut shown, change);
                rest = after;
            }
            let mut right = shown.clone();
            for change in rest
                .iter()
                .filter(|change| shows(&state.snapshot, change.0))
            {
                apply(&mut right, change);
            }
            let found = state.documents.iter();
            let found: BTreeMap<&str, &str> = found
                .map(|(id, document)| (id.as_str(), document.as_str()))
                .collect();
            assert_eq!(found, right, "{:?} in {}", state.got, state.snapshot);
            checked += 1;
            all += usize::from(state.got == Got::All);
        }
    }
    println!(
        "{checked} polls, {all} of all units, {} changes",
        history.len()
    );
    assert!(all * 10 < checked, "{all} of {checked}");
}
