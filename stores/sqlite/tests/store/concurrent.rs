//! Threads that share a store, and stores that share a file.

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use livechat_units::{Limit, Page, TextFilter, Unit, UnitQuery, UnitStore};
use livechat_units_sqlite::{Durability, SqliteOptions, SqliteStore};

use crate::documents::unit;
use crate::file;

/// `number + 1` units whose names have the number.
fn generation(number: usize) -> Vec<Unit> {
    let name = format!("Sales {number}");
    (0..=number)
        .map(|id| unit(&id.to_string(), &name))
        .collect()
}

/// Each load makes the tables again while the other threads list.
#[test]
fn a_listing_sees_all_units_of_one_load() {
    const LOADS: usize = 40;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("units.db");
    let options = SqliteOptions::new().with_durability(Durability::ProcessCrash);
    let store = options.clone().open(&path).unwrap();
    store.replace_all(generation(0)).unwrap();
    let other = options.open(&path).unwrap();
    let done = AtomicBool::new(false);
    let everything = UnitQuery::default().with_page(Page::new(0, Limit::Unlimited));
    let texts = [None, Some("es"), Some("sales")];
    let list = |store: &SqliteStore, text: Option<&str>| {
        let text = text.map(|text| text.parse::<TextFilter>().unwrap());
        let query = everything.clone().with_text(text);
        let mut answers = 0;
        while !done.load(Ordering::Relaxed) {
            let page = store.list(&query).unwrap();
            let count = page.len();
            assert_eq!(page.total(), u64::try_from(count).unwrap());
            let expected = generation(count - 1);
            assert!(page.units().all(|unit| unit.name() == expected[0].name()));
            answers += 1;
        }
        answers
    };
    thread::scope(|scope| {
        let readers = [&store, &other].map(|store| {
            texts.map(|text| {
                let list = &list;
                scope.spawn(move || list(store, text))
            })
        });
        for number in 1..=LOADS {
            store.replace_all(generation(number)).unwrap();
        }
        done.store(true, Ordering::Relaxed);
        for reader in readers.into_iter().flatten() {
            assert!(reader.join().unwrap() > 0);
        }
    });
    file::assert_intact(&path);
}

#[test]
fn no_write_of_several_threads_and_stores_is_lost() {
    const EACH: usize = 20;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("units.db");
    let options = SqliteOptions::new().with_durability(Durability::ProcessCrash);
    let stores = [(); 2].map(|()| options.clone().open(&path).unwrap());
    thread::scope(|scope| {
        for (index, store) in stores.iter().enumerate() {
            for thread in 0..2 {
                scope.spawn(move || {
                    for number in 0..EACH {
                        let id = format!("{index} {thread} {number}");
                        store.upsert(&unit(&id, "Sales")).unwrap();
                        store.upsert(&unit("shared", &id)).unwrap();
                    }
                });
            }
        }
    });
    for store in &stores {
        assert_eq!(store.len().unwrap(), 4 * 20 + 1);
    }
    file::assert_intact(&path);
}

#[test]
fn a_new_file_can_be_opened_by_many_at_once() {
    const MANY: usize = 8;
    for _ in 0..10 {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("units.db");
        let start = Barrier::new(MANY);
        thread::scope(|scope| {
            for number in 0..MANY {
                let (path, start) = (&path, &start);
                scope.spawn(move || {
                    start.wait();
                    let store = SqliteStore::open(path).unwrap();
                    store.upsert(&unit(&number.to_string(), "Sales")).unwrap();
                });
            }
        });
        let store = SqliteStore::open(&path).unwrap();
        assert_eq!(store.len().unwrap(), u64::try_from(MANY).unwrap());
    }
}
