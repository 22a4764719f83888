//! A store shared by threads: behind a lock beside a writer, or replaced as a whole.

use std::sync::{Arc, Barrier, RwLock};
use std::thread;

use livechat_units::{Explain, Limit, MemoryStore, Page, Unit, UnitPage, UnitQuery, UnitStore};

use crate::words::units;
use crate::{assert_holds, assert_same, page, query};

#[test]
fn can_be_sent_and_shared() {
    fn check<T: Send + Sync + 'static>() {}
    check::<MemoryStore>();
    check::<Explain>();
    let store: Box<dyn UnitStore + Send + Sync> = Box::new(MemoryStore::new());
    assert_eq!(store.list(&UnitQuery::default()).unwrap().total(), 0);
}

/// The units of a state. The number of units and the field of each are the number of the state.
fn state(number: usize) -> Vec<Unit> {
    let monitors = i64::try_from(number).unwrap();
    let unit = |at| {
        let unit = Unit::builder(format!("{at:03}")).name(format!("state {number}"));
        unit.num_monitors(monitors).build().unwrap()
    };
    (0..number).map(unit).collect()
}

/// Asserts that the units and the total are from one state.
fn assert_is_one_state(page: &UnitPage) {
    let total = i64::try_from(page.total()).unwrap();
    assert_eq!(page.len(), page.units().len());
    assert_eq!(u64::try_from(page.len()).unwrap(), page.total().min(20));
    for unit in page.units() {
        assert_eq!(unit.num_monitors(), Some(total));
    }
}

const STATES: usize = 60;
const READERS: usize = 3;

/// Two of the sort orders are not indexed, so readers compute them.
fn questions() -> [UnitQuery; 4] {
    [
        query("", r#"{"name":1}"#),
        query("state", r#"{"numMonitors":-1}"#),
        query("", r#"{"numMonitors":1,"visibility":-1,"name":1}"#),
        query("e", r#"{"nobody has it":1}"#),
    ]
    .map(|query| query.with_page(page(0, 20)))
}

#[test]
#[cfg_attr(target_family = "wasm", ignore = "WebAssembly starts no threads")]
fn readers_beside_a_writer_see_one_state() {
    let store = RwLock::new(MemoryStore::new());
    let begin = Barrier::new(READERS + 1);
    thread::scope(|scope| {
        for _ in 0..READERS {
            scope.spawn(|| {
                begin.wait();
                loop {
                    let pages = {
                        let store = store.read().unwrap();
                        questions().map(|query| store.list(&query).unwrap())
                    };
                    pages.iter().for_each(assert_is_one_state);
                    assert!(pages.iter().all(|page| page.total() == pages[0].total()));
                    if pages[0].total() == u64::try_from(STATES).unwrap() {
                        break;
                    }
                }
            });
        }
        begin.wait();
        for number in 1..=STATES {
            let mut store = store.write().unwrap();
            if number % 2 == 0 {
                let _ = store.replace_all(state(number));
            } else {
                store.extend(state(number));
            }
        }
    });
    assert_holds(&store.into_inner().unwrap(), &state(STATES));
}

#[test]
#[cfg_attr(target_family = "wasm", ignore = "WebAssembly starts no threads")]
fn readers_of_a_replaced_store_are_not_disturbed() {
    let current = RwLock::new(Arc::new(MemoryStore::from_iter(state(1))));
    let begin = Barrier::new(READERS + 1);
    thread::scope(|scope| {
        for _ in 0..READERS {
            scope.spawn(|| {
                begin.wait();
                let mut last = 0;
                while last < u64::try_from(STATES).unwrap() {
                    let snapshot = Arc::clone(&current.read().unwrap());
                    for query in questions() {
                        let page = snapshot.list(&query).unwrap();
                        assert_is_one_state(&page);
                        assert_eq!(page.total(), u64::try_from(snapshot.len()).unwrap());
                        assert!(
                            page.total() >= last,
                            "a later store has at least as many units"
                        );
                        last = page.total();
                    }
                }
            });
        }
        begin.wait();
        for number in 2..=STATES {
            // Readers wait while the pointer is exchanged, not while the store is built.
            let next = Arc::new(MemoryStore::from_iter(state(number)));
            *current.write().unwrap() = next;
        }
    });
    assert_eq!(current.into_inner().unwrap().len(), STATES);
}

/// Readers share the remembered orders.
#[test]
#[cfg_attr(target_family = "wasm", ignore = "WebAssembly starts no threads")]
fn concurrent_readers_of_remembered_orders_get_the_right_pages() {
    let units = units(0, 700);
    let store: MemoryStore = units.iter().cloned().collect();
    let sorts = [
        r#"{"visibility":1,"numDepartments":-1,"name":1}"#,
        r#"{"numDepartments":1,"visibility":-1}"#,
        r#"{"numDepartments":-1,"_updatedAt":1}"#,
        r#"{"visibility":-1,"_updatedAt":-1,"name":-1}"#,
    ];
    let everything = Page::new(0, Limit::Unlimited);
    let expected = sorts.map(|sort| {
        let page = units.list(&query("", sort).with_page(everything)).unwrap();
        page.units().collect::<Vec<Unit>>()
    });
    let begin = Barrier::new(4);
    thread::scope(|scope| {
        for reader in 0..4 {
            let (begin, store, expected) = (&begin, &store, &expected);
            scope.spawn(move || {
                begin.wait();
                for round in 0..60 {
                    let sort = (reader + round) % sorts.len();
                    let page = page(round * 97 % 700, 30);
                    let found = store.list(&query("", sorts[sort]).with_page(page));
                    let found: Vec<Unit> = found.unwrap().units().collect();
                    assert!(found == expected[sort][page.range(700)], "{}", sorts[sort]);
                }
            });
        }
    });
    assert_holds(&store, &units);
}

#[test]
fn a_page_does_not_change_with_its_store() {
    let units = units(0, 100);
    let mut store: MemoryStore = units.iter().cloned().collect();
    let query = UnitQuery::default();
    let page = store.list(&query).unwrap();
    let unit = store.get(units[0].id()).unwrap();
    let _ = store.replace_all(state(9));
    store.extend(state(30));
    assert_eq!(page, units.list(&query).unwrap());
    drop(store);
    assert_eq!(page, units.list(&query).unwrap());
    assert_eq!(unit, units[0]);
}

#[test]
fn a_clone_and_its_original_change_independently() {
    let units = units(0, 400);
    let mut store: MemoryStore = units.iter().cloned().collect();
    let remembered = query("", r#"{"visibility":1,"numDepartments":-1}"#);
    assert_same(&store, &units, &remembered);

    let mut clone = store.clone();
    for unit in &units[..200] {
        assert!(clone.remove(unit.id()));
    }
    clone.extend(state(50));
    let changed = [&units[200..], &state(50)].concat();
    assert_same(&clone, &changed, &remembered);
    assert_holds(&clone, &changed);
    assert_same(&store, &units, &remembered);
    assert_holds(&store, &units);

    store.clear();
    assert_holds(&store, &[]);
    assert_holds(&clone, &changed);
}

/// The units are not in the output: a collection is too long for a log line.
#[test]
fn debug_output_is_short() {
    let few: MemoryStore = units(0, 1).into_iter().collect();
    let many: MemoryStore = units(0, 2000).into_iter().collect();
    assert!(format!("{few:?}").starts_with("MemoryStore"));
    let shown = format!("{many:#?}");
    assert!(shown.len() < 1000, "{} bytes", shown.len());
    assert!(shown.contains("2000"), "{shown}");
}
