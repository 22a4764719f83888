//! Random changes and queries, against a plain list of units.

use std::error::Error;
use std::path::PathBuf;

use livechat_units::{
    Cursor, OrderError, Page, StoreError, StoreErrorKind, Unit, UnitQuery, UnitStore,
};
use livechat_units_sqlite::{Durability, SqliteOptions, SqliteStore};
use livechat_units_testkit::random::Random;

use crate::documents;
use crate::file;

struct Model {
    path: PathBuf,
    store: SqliteStore,
    units: Vec<Unit>,
    /// What was there once, as it was then.
    gone: Vec<Unit>,
}

/// Orders that are declared, and found again when the file is opened without them.
const ORDERS: [&str; 3] = [
    r#"{"visibility":1,"numMonitors":-1,"name":1}"#,
    r#"{"name":1,"_id":-1}"#,
    r#"{"numMonitors":-1,"_updatedAt":1}"#,
];

impl Model {
    fn new(path: PathBuf) -> Self {
        let mut options = options();
        for order in ORDERS {
            options = options.with_order(order.parse().unwrap());
        }
        Self {
            store: options.open(&path).unwrap(),
            path,
            units: Vec::new(),
            gone: Vec::new(),
        }
    }

    fn step(&mut self, random: &mut Random) {
        match random.below(40) {
            0 => {
                let most = if random.below(3) == 0 { 1_500 } else { 40 };
                let units = documents::documents(random, most);
                self.gone.append(&mut self.units);
                self.keep(&units);
                self.store.replace_all(units).unwrap();
            }
            1 | 2 => {
                let units = documents::documents(random, 15);
                self.store.upsert_all(&units).unwrap();
                self.keep(&units);
            }
            3 => self.store = options().open(&self.path).unwrap(),
            4..10 => {
                let id = documents::id(random);
                let place = self.units.iter().position(|unit| unit.id() == id);
                assert_eq!(self.store.remove(&id).unwrap(), place.is_some(), "{id:?}");
                self.gone
                    .extend(place.map(|place| self.units.remove(place)));
            }
            10..20 => {
                let unit = documents::document(random);
                self.store.upsert(&unit).unwrap();
                self.keep(&[unit]);
            }
            _ => {
                let query = documents::query(random, &self.units);
                assert_answers_alike(&self.store, &self.units, &query);
                self.go_on(random, &query);
            }
        }
    }

    /// Goes on after units that are there, that are not there any more or were
    /// different, and that never were.
    fn go_on(&self, random: &mut Random, query: &UnitQuery) {
        let mut places = vec![documents::document(random)];
        for units in [&self.units, &self.gone] {
            let place = (!units.is_empty()).then(|| units[random.below(units.len())].clone());
            places.extend(place);
        }
        for unit in places {
            // A unit that has no place is in no listing.
            if let Ok(cursor) = Cursor::new(query.sort(), &unit) {
                let mut query = query.clone().with_cursor(cursor);
                if random.below(2) == 0 {
                    query = query.clone().with_page(Page::new(0, query.page().limit()));
                }
                assert_answers_alike(&self.store, &self.units, &query);
            }
        }
    }

    /// The plain rule of an upsert: one unit an id, and departments are none.
    fn keep(&mut self, units: &[Unit]) {
        for unit in units {
            let old = self.units.iter().position(|known| known.id() == unit.id());
            self.gone.extend(old.map(|old| self.units.remove(old)));
            if unit.is_unit() {
                self.units.push(unit.clone());
            }
        }
    }

    fn assert_holds(&self) {
        let count = u64::try_from(self.units.len()).unwrap();
        assert_eq!(self.store.len().unwrap(), count);
        assert_eq!(self.store.is_empty().unwrap(), self.units.is_empty());
        for unit in &self.units {
            assert_eq!(self.store.get(unit.id()).unwrap().as_ref(), Some(unit));
        }
        assert_eq!(self.store.get("in no document").unwrap(), None);
        file::assert_intact(&self.path);
    }
}

/// Power is not lost here, and waiting for the disk takes most of the time.
fn options() -> SqliteOptions {
    SqliteOptions::new().with_durability(Durability::ProcessCrash)
}

/// The same page, and units that are equal; or the same refusal.
fn assert_answers_alike(store: &SqliteStore, units: &[Unit], query: &UnitQuery) {
    match (store.list(query), units.list(query)) {
        (Ok(found), Ok(expected)) => {
            assert_eq!(found, expected, "{query:?}");
            // Of two that look the same in JSON one may hold a date, the other a string.
            assert!(found.units().eq(expected.units()), "{query:?}");
        }
        (Err(found), Err(expected)) => {
            assert_eq!(found.kind(), StoreErrorKind::InvalidQuery, "{query:?}");
            assert_eq!(reason(&found), reason(&expected), "{query:?}");
        }
        (found, expected) => panic!("{query:?}: {found:?} for {expected:?}"),
    }
}

fn reason(error: &StoreError) -> Option<&OrderError> {
    error.source()?.downcast_ref()
}

fn run(seeds: std::ops::Range<u64>) {
    for seed in seeds {
        let directory = tempfile::tempdir().unwrap();
        let mut model = Model::new(directory.path().join("units.db"));
        let mut random = Random(seed);
        for _ in 0..120 {
            model.step(&mut random);
        }
        model.assert_holds();
    }
}

#[test]
fn answers_as_a_list_of_units_does() {
    run(0..40);
}
