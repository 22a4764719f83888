//! Writes: accepted and refused documents, and several writers.

use std::error::Error;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use livechat_units::{QueryPart, StoreError, StoreErrorKind, Unit, UnitQuery, Unsupported};
use livechat_units_postgres::PostgresStore;

use crate::server::available;
use crate::stores::{On, Servers, store_of};
use crate::under_load::End;
use crate::{block_on, sql};

fn unit(id: &str) -> Unit {
    Unit::builder(id).name("Sales").build().unwrap()
}

fn total(store: &PostgresStore) -> u64 {
    block_on(store.list(&UnitQuery::default())).unwrap().total()
}

fn refusal(error: &StoreError) -> String {
    assert_eq!(error.kind(), StoreErrorKind::Unsupported, "{error:?}");
    error.source().unwrap().to_string()
}

#[test]
fn a_refused_document_changes_nothing() {
    if available() {
        refuses_what_cannot_be_kept(On::One);
    }
}

pub(crate) fn refuses_what_cannot_be_kept(on: On) {
    let store = store_of(on, &[unit("a")]);
    let nul: Unit = r#"{"_id":"b","type":"u","name":"x","note":["\u0000"]}"#
        .parse()
        .unwrap();
    let long = unit(&"i".repeat(PostgresStore::MAX_ID_BYTES + 1));
    let longest = unit(&"i".repeat(PostgresStore::MAX_ID_BYTES));
    let expected = "the field \"note\" holds U+0000, which PostgreSQL does not store, in the \
                    document with the _id \"b\"";
    assert_eq!(
        refusal(&block_on(store.upsert(&nul)).unwrap_err()),
        expected
    );
    let replaced = block_on(store.replace_all([unit("c"), nul]));
    assert_eq!(refusal(&replaced.unwrap_err()), expected);
    let error = block_on(store.upsert(&long)).unwrap_err();
    assert!(refusal(&error).starts_with("expected an _id of at most 1024 bytes, found 1025"));
    assert_eq!(total(&store), 1);
    // The longest `_id` and keys that an index has, in letters that do not compress.
    let name: String = (0..300_u32)
        .filter_map(|n| char::from_u32(0x4E00 + n * 7))
        .collect();
    let id: String = (0..341_u32)
        .filter_map(|n| char::from_u32(0x5000 + n * 11))
        .collect();
    let widest = Unit::builder(id)
        .name(name.as_str())
        .visibility(name.as_str());
    let widest = widest
        .field("numMonitors", name.as_str())
        .field("numDepartments", name);
    let widest = widest.build().unwrap();
    for unit in [longest, widest] {
        block_on(store.upsert(&unit)).unwrap();
        assert_eq!(block_on(store.get(unit.id())).unwrap(), Some(unit));
    }
    // No stored unit can have this id.
    assert_eq!(block_on(store.get("\0")).unwrap(), None);
    assert!(!block_on(store.remove("\0")).unwrap());
}

#[test]
fn a_sort_without_a_column_has_a_bound() {
    if !available() {
        return;
    }
    let servers = Servers::shared();
    let store = servers.store(On::One, servers.options().with_max_sorted(2));
    let query = UnitQuery::default().with_sort(r#"{"a.b":1}"#.parse().unwrap());
    for (id, listed) in [("a", true), ("b", true), ("c", false)] {
        block_on(store.upsert(&unit(id))).unwrap();
        match block_on(store.list(&query)) {
            Ok(_) => assert!(listed),
            Err(error) => {
                assert!(!listed);
                let source = error.source().unwrap();
                let unsupported: &Unsupported = source.downcast_ref().unwrap();
                assert_eq!(unsupported.part(), QueryPart::Sort);
                assert_eq!(
                    refusal(&error),
                    r#"expected at most 2 matches for a sort by "a.b", which has no index, found 3"#
                );
            }
        }
    }
    // Every unit has the same `type`: the index of `_id` has this order.
    let by_type = UnitQuery::default().with_sort(r#"{"type":-1}"#.parse().unwrap());
    let page = block_on(store.list(&by_type)).unwrap();
    let ids: Vec<String> = page.units().map(|unit| unit.id().to_owned()).collect();
    assert_eq!(ids, ["c", "b", "a"]);
}

/// Several writers insert, replace and remove units at once.
#[test]
fn the_total_is_right_under_several_writers() {
    if available() {
        [On::One, On::Distributed, On::Three]
            .into_iter()
            .for_each(writes_by_several);
    }
}

pub(crate) fn writes_by_several(on: On) {
    let store = store_of(on, &[]);
    thread::scope(|scope| {
        for writer in 0..4 {
            let store = &store;
            scope.spawn(move || {
                for number in 0..30 {
                    block_on(store.upsert(&unit(&format!("{writer}-{number}")))).unwrap();
                    // All writers write this one.
                    block_on(store.upsert(&unit("same"))).unwrap();
                    if number % 3 == 0 {
                        let id = format!("{writer}-{number}");
                        assert!(block_on(store.remove(&id)).unwrap());
                    }
                }
            });
        }
    });
    assert_eq!(total(&store), 4 * 20 + 1, "{on:?}");
    let all = livechat_units::Page::new(0, livechat_units::Limit::Unlimited);
    let page = block_on(store.list(&UnitQuery::default().with_page(all))).unwrap();
    assert_eq!(page.len() as u64, page.total(), "{on:?}");
}

#[test]
fn other_clients_may_write() {
    if !available() {
        return;
    }
    let servers = Servers::shared();
    let config = servers.first.config();
    let store = servers.store(On::One, servers.options().with_schema("others"));
    block_on(store.replace_all((0..10).map(|n| unit(&format!("u{n}"))))).unwrap();
    sql::run(&config, "DELETE FROM others.units WHERE _id < 'u4'");
    assert_eq!(total(&store), 6);
    sql::run(
        &config,
        "UPDATE others.units SET document = '{' WHERE _id = 'u5'",
    );
    let error = block_on(store.list(&UnitQuery::default())).unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Corrupt);
    sql::run(&config, "TRUNCATE others.units");
    assert_eq!(total(&store), 0);
    block_on(store.upsert(&unit("a"))).unwrap();
    assert_eq!(total(&store), 1);
}

/// A list has all old units or all new ones.
#[test]
fn a_replacement_is_one_step() {
    if available() {
        for on in [On::One, On::Distributed, On::Three] {
            lists_beside_replacements(on, 20);
        }
    }
}

/// Runs at least `least` lists. Each must have the units of one replacement.
pub(crate) fn lists_beside_replacements(on: On, least: usize) {
    let many = |letter: char| (0..100).map(move |n| unit(&format!("{letter}{n}")));
    let store = store_of(on, &many('a').collect::<Vec<_>>());
    let (mut listed, mut mixed) = (0, 0);
    let replaced = AtomicUsize::new(0);
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for letter in ['b', 'c', 'd', 'e'].into_iter().cycle() {
                if done.load(Ordering::SeqCst) {
                    break;
                }
                block_on(store.replace_all(many(letter))).unwrap();
                replaced.fetch_add(1, Ordering::SeqCst);
            }
        });
        let end = End(&done);
        let all = livechat_units::Page::new(0, livechat_units::Limit::Unlimited);
        let enough = |listed| listed >= least && replaced.load(Ordering::SeqCst) >= 4;
        while !enough(listed) && !writer.is_finished() {
            let page = block_on(store.list(&UnitQuery::default().with_page(all))).unwrap();
            let mut letters: Vec<_> = page.units().map(|u| u.id().as_bytes()[0]).collect();
            letters.dedup();
            let whole = (letters.len(), page.len(), page.total()) == (1, 100, 100);
            mixed += usize::from(!whole);
            listed += 1;
        }
        drop(end);
    });
    println!("{on:?}: {listed} lists beside {replaced:?} replacements, {mixed} mixed");
    assert_eq!(mixed, 0, "{on:?}: of {listed} lists");
    assert_eq!(total(&store), 100);
}

/// A server with several threads can await every method.
#[test]
fn futures_may_move_between_threads() {
    fn moves<F: Future + Send>(_: F) {}
    let store = PostgresStore::new(livechat_units_postgres::Config::new()).unwrap();
    let query = UnitQuery::default();
    let unit = unit("a");
    moves(store.list(&query));
    moves(store.explain(&query));
    moves(store.get("a"));
    moves(store.upsert(&unit));
    moves(store.remove("a"));
    moves(store.replace_all(vec![]));
    moves(store.migrate(&livechat_units_postgres::Layout::one_server()));
}

#[test]
fn a_write_reports_what_it_did_with_its_documents() {
    if available() {
        for on in [On::One, On::Distributed, On::Three] {
            reports(on);
        }
    }
}

fn reports(on: On) {
    let store = store_of(on, &[unit("a")]);
    let department: Unit = r#"{"_id":"a","type":"d"}"#.parse().unwrap();
    let upsert = |unit: &Unit| {
        let written = block_on(store.upsert(unit)).unwrap();
        (written.stored(), written.replaced(), written.not_units())
    };
    assert_eq!(upsert(&unit("a")), (1, 1, 0));
    assert_eq!(upsert(&unit("b")), (1, 0, 0));
    // A unit with an array is in other columns.
    let array: Unit = r#"{"_id":"b","type":"u","name":["x"]}"#.parse().unwrap();
    assert_eq!(upsert(&array), (1, 1, 0));
    assert_eq!(upsert(&department), (0, 1, 1));
    assert_eq!(upsert(&department), (0, 0, 1));
    assert_eq!(total(&store), 1);

    let documents = [unit("b"), unit("a"), department, unit("b"), unit("c")];
    let written = block_on(store.replace_all(documents)).unwrap();
    let counts = (written.stored(), written.replaced(), written.not_units());
    assert_eq!(counts, (4, 2, 1));
    assert_eq!(written.first_not_unit(), Some("a"));
    assert_eq!(total(&store), 2);
}
