//! Random changes and queries, compared with a list of units.

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
    /// Units that were removed or replaced.
    gone: Vec<Unit>,
}

/// Orders that are declared once. The file still has them when it is opened without them.
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
                self.upsert(&units);
                self.store.replace_all(units).unwrap();
            }
            1 | 2 => {
                let units = documents::documents(random, 15);
                self.store.upsert_all(&units).unwrap();
                self.upsert(&units);
            }
            3 => self.store = options().open(&self.path).unwrap(),
            4..10 => {
                let id = documents::id(random);
                let index = self.units.iter().position(|unit| unit.id() == id);
                assert_eq!(self.store.remove(&id).unwrap(), index.is_some(), "{id:?}");
                self.gone
                    .extend(index.map(|index| self.units.remove(index)));
            }
            10..20 => {
                let unit = documents::document(random);
                self.store.upsert(&unit).unwrap();
                self.upsert(&[unit]);
            }
            _ => {
                let query = documents::query(random, &self.units);
                assert_answers_alike(&self.store, &self.units, &query);
                self.continue_after_cursors(random, &query);
            }
        }
    }

    /// Lists after existing units, after units that were removed or replaced, and after units
    /// that never existed.
    fn continue_after_cursors(&self, random: &mut Random, query: &UnitQuery) {
        let mut last_units = vec![documents::document(random)];
        for units in [&self.units, &self.gone] {
            let unit = (!units.is_empty()).then(|| units[random.below(units.len())].clone());
            last_units.extend(unit);
        }
        for unit in last_units {
            // A unit with two arrays has no position, and is in no listing.
            if let Ok(cursor) = Cursor::new(query.sort(), &unit) {
                let mut query = query.clone().with_cursor(cursor);
                if random.below(2) == 0 {
                    query = query.clone().with_page(Page::new(0, query.page().limit()));
                }
                assert_answers_alike(&self.store, &self.units, &query);
            }
        }
    }

    /// One unit for each id, and no documents that are not units.
    fn upsert(&mut self, units: &[Unit]) {
        for unit in units {
            let old = self.units.iter().position(|other| other.id() == unit.id());
            self.gone.extend(old.map(|old| self.units.remove(old)));
            if unit.is_unit() {
                self.units.push(unit.clone());
            }
        }
    }

    fn assert_same_units(&self) {
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

/// The test does not cut the power, and waiting for the disk would take most of its time.
fn options() -> SqliteOptions {
    SqliteOptions::new().with_durability(Durability::ProcessCrash)
}

/// The same page with equal units, or the same refusal.
fn assert_answers_alike(store: &SqliteStore, units: &[Unit], query: &UnitQuery) {
    match (store.list(query), units.list(query)) {
        (Ok(found), Ok(expected)) => {
            assert_eq!(found, expected, "{query:?}");
            // Two units with the same JSON can differ: a date is not a string.
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
        model.assert_same_units();
    }
}

#[test]
fn answers_are_those_of_a_list_of_units() {
    run(0..40);
}
