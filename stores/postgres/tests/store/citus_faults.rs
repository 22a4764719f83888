//! A worker of Citus that stops while a store is used: no partial list, no lost write, only
//! transient errors, and answers again when the worker runs.

use std::error::Error;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use livechat_units::{Limit, Page, StoreError, StoreErrorKind, TextFilter, Unit, UnitQuery};
use livechat_units_postgres::{Config, PostgresStore};

use crate::citus::{Citus, Worker, alone, new_schema, workers};
use crate::server::eventually;
use crate::under_load::Load;
use crate::{block_on, faults_to_cause, sql};

const CITUS: [Citus; 2] = [Citus::Workers { shards: 4 }, Citus::Workers { shards: 32 }];

fn units(letter: char) -> impl Iterator<Item = Unit> {
    (0..100).map(move |n| {
        let unit = Unit::builder(format!("{letter}{n:02}"));
        unit.name("Sales").build().unwrap()
    })
}

fn everything() -> UnitQuery {
    UnitQuery::default().with_page(Page::new(0, Limit::Unlimited))
}

/// The first letters of the ids.
fn letters(store: &PostgresStore) -> Result<String, StoreErrorKind> {
    let page = block_on(store.list(&everything())).map_err(|error| error.kind())?;
    let letters = page.units().filter_map(|unit| unit.id().chars().next());
    let mut letters: Vec<char> = letters.collect();
    assert_eq!((page.total(), letters.len()), (100, 100));
    letters.dedup();
    Ok(letters.into_iter().collect())
}

/// Commits or rolls back the transactions that Citus has prepared on a lost worker. (Citus does
/// so on its own, once in `citus.recover_2pc_interval`.)
fn recover() {
    let coordinator = CITUS[0].config();
    eventually("the worker takes part again", || {
        let unfinished = sql::number(
            &coordinator,
            "SELECT recover_prepared_transactions()::bigint",
        );
        (unfinished == 0).then_some(())
    });
}

/// Asserts that an error names a worker, and not only the coordinator.
fn assert_names_a_worker(error: &StoreError) {
    let reason = error.source().expect("the error has a source").to_string();
    let mut ports = workers().iter().flat_map(Config::get_ports);
    assert!(
        ports.any(|port| reason.contains(&format!(":{port}"))),
        "{reason}"
    );
}

#[test]
fn a_worker_that_is_down_leaves_no_partial_list() {
    let Some(worker) = Worker::given() else {
        return;
    };
    let _alone = alone();
    for citus in CITUS {
        let store = citus.store(&new_schema());
        block_on(store.replace_all(units('a'))).unwrap();
        // Several connections; each has its own connections to the workers.
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..10).for_each(|_| assert_eq!(letters(&store).unwrap(), "a")));
            }
        });
        let _ = workers();
        worker.stop();
        let mut refused = 0;
        for text in [None, Some("sales"), Some("none")] {
            for sort in [
                r#"{"name":1}"#,
                r#"{"_updatedAt":-1}"#,
                "{}",
                r#"{"region":1}"#,
            ] {
                let text = text.map(|text| text.parse::<TextFilter>().unwrap());
                let query = UnitQuery::default()
                    .with_text(text)
                    .with_sort(sort.parse().unwrap());
                let error = block_on(store.list(&query)).unwrap_err();
                assert_eq!(error.kind(), StoreErrorKind::Unavailable, "{error:?}");
                assert_names_a_worker(&error);
                refused += 1;
            }
        }
        let error = block_on(store.replace_all(units('b'))).unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Unavailable, "{error:?}");
        worker.start();
        // The first list is answered.
        assert_eq!(letters(&store), Ok("a".to_owned()));
        println!("{citus:?}: {refused} of {refused} lists refused, 100 of 100 units after");
    }
}

/// With one writer and several readers.
#[test]
fn a_worker_that_stops_loses_no_write() {
    let Some(worker) = Worker::given() else {
        return;
    };
    let _alone = alone();
    for citus in CITUS {
        let load = Load::on(citus.store(&new_schema()));
        load.meets("stops of a worker", faults_to_cause(3), |_| {
            worker.stop();
            load.wait_for_failures();
            worker.start();
        });
    }
}

/// A replacement happens completely or not at all, after the recovery by Citus.
#[test]
fn a_worker_that_stops_during_a_replacement_leaves_all_old_or_all_new_units() {
    let Some(worker) = Worker::given() else {
        return;
    };
    let _alone = alone();
    for citus in CITUS {
        let store = citus.store(&new_schema());
        block_on(store.replace_all(units('a'))).unwrap();
        let mut failed = 0;
        for fault in 0..faults_to_cause(4) {
            let replaced = AtomicU64::new(0);
            let stopped = AtomicBool::new(false);
            let (last, outcome) = thread::scope(|scope| {
                let writer = scope.spawn(|| {
                    for letter in ('a'..='z').cycle() {
                        let done = block_on(store.replace_all(units(letter)));
                        if done.is_err() || stopped.load(Ordering::SeqCst) {
                            return (letter, done);
                        }
                        replaced.fetch_add(1, Ordering::SeqCst);
                    }
                    unreachable!("the letters come again")
                });
                eventually("replacements", || {
                    (replaced.load(Ordering::SeqCst) > 2 + fault % 3).then_some(())
                });
                worker.stop();
                stopped.store(true, Ordering::SeqCst);
                writer.join().unwrap()
            });
            worker.start();
            recover();
            let found = letters(&store).unwrap();
            let before = match last {
                'a' => 'z',
                other => char::from(u8::try_from(other).unwrap() - 1),
            };
            match outcome {
                Ok(_) => assert_eq!(found, last.to_string(), "{citus:?}"),
                Err(error) => {
                    failed += 1;
                    let kind = error.kind();
                    assert_eq!(kind, StoreErrorKind::Unavailable, "{error:?}");
                    let either = [last.to_string(), before.to_string()];
                    assert!(either.contains(&found), "{citus:?}: {found} of {either:?}");
                }
            }
        }
        println!("{citus:?}: {failed} replacements failed, each list after is of one of them");
    }
}
