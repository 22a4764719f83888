//! Writes that are the same in every process, and the units that a store has after them.

use std::collections::BTreeMap;

use livechat_units::{Limit, Page, StoreError, TextFilter, Unit, UnitPage, UnitQuery, UnitStore};
use livechat_units_sqlite::SqliteStore;
use livechat_units_testkit::random::Random;

use crate::documents::unit;

/// One write of a store, in one transaction.
pub(crate) enum Change {
    Upsert(Unit),
    UpsertAll(Vec<Unit>),
    Remove(String),
    ReplaceAll(Vec<Unit>),
}

/// The change with this number. There are few ids, so that most changes are about existing
/// units.
pub(crate) fn change(number: u64) -> Change {
    let mut random = Random(number);
    match random.below(20) {
        0 => Change::ReplaceAll(units(&mut random, number, 250)),
        1..4 => Change::UpsertAll(units(&mut random, number, 30)),
        4..8 => Change::Remove(id(&mut random)),
        _ => Change::Upsert(one(&mut random, number)),
    }
}

fn units(random: &mut Random, number: u64, most: usize) -> Vec<Unit> {
    let count = random.below(most);
    (0..count).map(|_| one(random, number)).collect()
}

/// A unit whose name has the number of the change. Some names are too long for a block.
fn one(random: &mut Random, number: u64) -> Unit {
    let id = id(random);
    let length = if random.below(30) == 0 { 6_000 } else { 20 };
    let rest = "long name ".repeat(random.below(length) / 10);
    unit(&id, &format!("Sales {number} {rest}"))
}

fn id(random: &mut Random) -> String {
    format!("u{:03}", random.below(200))
}

/// The units of a store, by `_id`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Model(pub(crate) BTreeMap<String, Unit>);

impl Change {
    pub(crate) fn make(&self, store: &SqliteStore) -> Result<(), StoreError> {
        match self {
            Self::Upsert(unit) => store.upsert(unit).map(drop),
            Self::UpsertAll(units) => store.upsert_all(units).map(drop),
            Self::Remove(id) => store.remove(id).map(drop),
            Self::ReplaceAll(units) => store.replace_all(units.iter().cloned()).map(drop),
        }
    }
}

impl Model {
    pub(crate) fn make(&mut self, change: &Change) {
        match change {
            Change::Upsert(unit) => self.upsert([unit]),
            Change::UpsertAll(units) => self.upsert(units),
            Change::Remove(id) => drop(self.0.remove(id)),
            Change::ReplaceAll(units) => {
                self.0.clear();
                self.upsert(units);
            }
        }
    }

    fn upsert<'a>(&mut self, units: impl IntoIterator<Item = &'a Unit>) {
        let units = units.into_iter();
        self.0
            .extend(units.map(|unit| (unit.id().to_owned(), unit.clone())));
    }

    /// Whether the store has exactly these units.
    pub(crate) fn is_in(&self, store: &SqliteStore) -> bool {
        let units: Vec<Unit> = self.0.values().cloned().collect();
        everything(store, "{}", None).unwrap() == everything(&units, "{}", None).unwrap()
    }

    /// Some listings from every index have these units.
    pub(crate) fn assert_listed(&self, store: &SqliteStore) {
        let units: Vec<Unit> = self.0.values().cloned().collect();
        for sort in ["{}", r#"{"name":-1}"#, r#"{"visibility":1,"name":1}"#] {
            for text in [None, Some("sales"), Some("7"), Some("long name long")] {
                let found = everything(store, sort, text).unwrap();
                let expected = everything(&units, sort, text).unwrap();
                assert!(found == expected, "{sort} {text:?}");
            }
        }
        assert_eq!(store.len().unwrap(), u64::try_from(units.len()).unwrap());
    }
}

fn everything(
    store: &(impl UnitStore + ?Sized),
    sort: &str,
    text: Option<&str>,
) -> Result<UnitPage, StoreError> {
    let text = text.map(|text| text.parse::<TextFilter>().unwrap());
    let query = UnitQuery::default()
        .with_sort(sort.parse().unwrap())
        .with_page(Page::new(0, Limit::Unlimited))
        .with_text(text);
    store.list(&query)
}
