//! Stores that change: each answer is that of one state.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use super::Change;
use super::fixture::SharedList;
use super::kit::{EVERYTHING, Kit, count, document, named, unit};
use super::show::{show_error, show_ids};
use crate::query::UnitQuery;
use crate::query::page::{Limit, Page};
use crate::query::text::TextFilter;
use crate::store::{UnitPage, UnitStore};
use crate::unit::Unit;

fn ask(list: &SharedList, query: &UnitQuery) -> UnitPage {
    list(query).unwrap_or_else(|error| panic!("{}", show_error(&error)))
}

fn ids(page: &UnitPage) -> Vec<String> {
    page.units().map(|unit| unit.id().to_owned()).collect()
}

fn by(sort: &str) -> UnitQuery {
    let sort = sort.parse().unwrap();
    UnitQuery::default().with_sort(sort).with_page(EVERYTHING)
}

fn containing(text: &str) -> UnitQuery {
    by(r#"{"_id":1}"#).with_text(TextFilter::new(text).unwrap())
}

fn check(list: &SharedList, query: &UnitQuery, expected: &[&str]) {
    let page = ask(list, query);
    assert_eq!(ids(&page), expected);
    assert_eq!(page.total(), count(expected.len()));
}

pub(super) fn writes_add_and_remove(kit: &Kit<'_>) {
    let (list, mut write) = kit.load_to_write(vec![document(&named("b", "Sales"))]);
    write(Change::Upsert(document(&named("a", "Support"))));
    check(&list, &by("{}"), &["a", "b"]);
    check(&list, &containing("support"), &["a"]);
    write(Change::Remove("b".into()));
    write(Change::Remove("nobody".into()));
    check(&list, &by("{}"), &["a"]);
    check(&list, &containing("sales"), &[]);
    write(Change::Remove("a".into()));
    check(&list, &by("{}"), &[]);
    write(Change::Upsert(document(&named("b", "Sales again"))));
    check(&list, &containing("sales"), &["b"]);
}

/// A document takes the place of the one with its id, and nothing of that is left.
pub(super) fn writes_replace(kit: &Kit<'_>) {
    let old = [
        unit("a", r#""name":"Sales","numMonitors":1,"v":[1,2]"#),
        unit("b", r#""name":"Support","numMonitors":2"#),
        unit("A", r#""name":"Billing","numMonitors":3"#),
    ];
    let (list, mut write) = kit.load_to_write(old.map(|json| document(&json)).into());
    let new = document(&unit("a", r#""numMonitors":9,"name":"Team""#));
    write(Change::Upsert(new.clone()));
    check(&list, &by(r#"{"numMonitors":1}"#), &["b", "A", "a"]);
    check(&list, &by(r#"{"v":-1}"#), &["b", "a", "A"]);
    check(&list, &containing("sales"), &[]);
    check(&list, &containing("team"), &["a"]);
    let page = ask(&list, &containing("team"));
    assert_eq!(page.units().next().unwrap().as_json(), new.as_json());
}

/// A unit that becomes a department is gone, and the other way round.
pub(super) fn writes_change_types(kit: &Kit<'_>) {
    let department = r#"{"_id":"b","type":"d","name":"Sales"}"#;
    let units = vec![document(&named("a", "Sales")), document(department)];
    let (list, mut write) = kit.load_to_write(units);
    check(&list, &by("{}"), &["a"]);
    write(Change::Upsert(document(&named("b", "Sales"))));
    check(&list, &containing("sales"), &["a", "b"]);
    let gone = r#"{"_id":"a","type":"d","name":"Sales"}"#;
    write(Change::Upsert(document(gone)));
    check(&list, &containing("sales"), &["b"]);
    check(&list, &by("{}"), &["b"]);
    write(Change::Remove("a".into()));
    check(&list, &by("{}"), &["b"]);
}

/// After each of many changes the answers are those of the reference.
pub(super) fn writes_one_after_another(kit: &Kit<'_>) {
    let mut random = super::random::Random::new(2);
    let mut model: Vec<Unit> = Vec::new();
    let (list, mut write) = kit.load_to_write(Vec::new());
    for _ in 0..120 {
        let id = format!("u{}", random.below(12));
        model.retain(|unit| unit.id() != id);
        if random.below(3) == 0 {
            write(Change::Remove(id));
        } else {
            let name = ["Sales", "sales unit", "Support", "UNIT"][random.below(4)];
            let kind = ["u", "u", "u", "d"][random.below(4)];
            let rank = random.below(5);
            let json =
                format!(r#"{{"_id":"{id}","type":"{kind}","name":"{name}","numMonitors":{rank}}}"#);
            model.push(document(&json));
            write(Change::Upsert(document(&json)));
        }
        for query in [
            by(r#"{"name":1}"#),
            by(r#"{"numMonitors":-1,"name":1}"#),
            containing("sales"),
            containing("unit").with_page(Page::new(1, Limit::at_most(2).unwrap())),
        ] {
            let (found, expected) = (ask(&list, &query), model.list(&query).unwrap());
            assert!(
                found == expected,
                "{} of {} and not {} of {}",
                show_ids(ids(&found)),
                found.total(),
                show_ids(ids(&expected)),
                expected.total()
            );
        }
    }
}

/// Whether readers still ask, and how often they have.
struct Readers {
    asked: AtomicUsize,
    alive: AtomicUsize,
    done: AtomicBool,
}

/// One reader; a failure of it must not leave the writer waiting.
struct Reader<'a>(&'a Readers);

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        self.0.alive.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Makes the changes while readers ask all the time, at least once between two changes.
fn beside_readers(
    changes: impl Iterator<Item = Change>,
    mut write: impl FnMut(Change),
    read: impl Fn() + Sync,
) {
    const READERS: usize = 2;
    let readers = Readers {
        asked: AtomicUsize::new(0),
        alive: AtomicUsize::new(READERS),
        done: AtomicBool::new(false),
    };
    thread::scope(|scope| {
        for _ in 0..READERS {
            scope.spawn(|| {
                let _alive = Reader(&readers);
                while !readers.done.load(Ordering::SeqCst) {
                    read();
                    readers.asked.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
        for change in changes {
            let before = readers.asked.load(Ordering::SeqCst);
            write(change);
            while readers.asked.load(Ordering::SeqCst) == before
                && readers.alive.load(Ordering::SeqCst) > 0
            {
                thread::yield_now();
            }
        }
        readers.done.store(true, Ordering::SeqCst);
    });
}

/// Page and total are of one state while units come and go.
pub(super) fn writes_beside_readers_keep_the_total(kit: &Kit<'_>) {
    let old = (0..40).map(|place| document(&named(&format!("old{place:02}"), "Sales")));
    let (list, write) = kit.load_to_write(old.collect());
    let add = (0..20).map(|place| document(&named(&format!("new{place:02}"), "Wholesales")));
    let add = add.map(Change::Upsert);
    let remove = (0..20).map(|place| Change::Remove(format!("old{place:02}")));
    let few = Page::new(35, Limit::at_most(1_000).unwrap());
    beside_readers(add.zip(remove).flat_map(<[Change; 2]>::from), write, || {
        for query in [
            by(r#"{"name":1}"#),
            by(r#"{"_id":-1}"#).with_page(few),
            containing("sales"),
            containing("s").with_page(few),
        ] {
            let page = ask(&list, &query);
            // One unit is added before the next is removed.
            assert!((40..=41).contains(&page.total()), "{}", page.total());
            let expected = page.total() - query.page().offset();
            assert_eq!(count(page.len()), expected, "{}", show_ids(ids(&page)));
        }
    });
    assert_eq!(ask(&list, &by("{}")).total(), 40);
    assert_eq!(ask(&list, &containing("whole")).total(), 20);
}

/// A unit that moves within the order is listed once in every answer.
pub(super) fn writes_beside_readers_move_units(kit: &Kit<'_>) {
    const UNITS: usize = 20;
    let at = |place: usize, round: usize| {
        let rank = if (place + round).is_multiple_of(2) {
            place
        } else {
            1_000 - place
        };
        let name = if rank < 500 { "Aa" } else { "Zz" };
        let fields = format!(r#""name":"{name} sales","numMonitors":{rank}"#);
        document(&unit(&format!("{place:02}"), &fields))
    };
    let (list, write) = kit.load_to_write((0..UNITS).map(|place| at(place, 0)).collect());
    let moves = (1..=2).flat_map(|round| (0..UNITS).map(move |place| (place, round)));
    let moves = moves.map(|(place, round)| Change::Upsert(at(place, round)));
    beside_readers(moves, write, || {
        for query in [
            by(r#"{"numMonitors":1}"#),
            by(r#"{"name":-1}"#),
            by(r#"{"numMonitors":-1}"#).with_text(TextFilter::new("sales").unwrap()),
        ] {
            let page = ask(&list, &query);
            let mut found = ids(&page);
            found.sort_unstable();
            found.dedup();
            assert_eq!(found.len(), UNITS, "{}", show_ids(ids(&page)));
            assert_eq!((page.len(), page.total()), (UNITS, count(UNITS)));
            let units: Vec<Unit> = page.units().collect();
            let again = units.list(&query).unwrap();
            assert_eq!(ids(&page), ids(&again), "not in order");
        }
    });
}
