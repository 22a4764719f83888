//! Tests of the suite itself: it finds faults, and says what is wrong.
//!
//! Each test of the modules `cursor_faults`, `injection`, `matching`, `ordering`, `paging` and
//! `storing` makes a store with one fault, and names cases that fail over it and cases that
//! still pass. The module `failures` is about the messages of failures, `declarations` about
//! cases and groups that a store declares as not served.

mod cursor_faults;
mod declarations;
mod failures;
mod injection;
mod matching;
mod ordering;
mod paging;
mod projections;
mod storing;

use std::cmp::Ordering;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, RwLock};

use livechat_units::{
    Direction, Limit, Page, SortKey, SortSpec, StoreError, StoreErrorKind, Unit, UnitPage,
    UnitQuery, UnitStore,
};
use livechat_units_conformance::{CASES, Change, Fixture};

type Answer = Result<UnitPage, StoreError>;

const UNLIMITED: Page = Page::new(0, Limit::Unlimited);

fn to_u64(length: usize) -> u64 {
    u64::try_from(length).unwrap()
}

fn reference() -> Fixture {
    Fixture::stores(<[Unit]>::to_vec)
}

/// A store that cannot be reached.
fn broken() -> Fixture {
    Fixture::lists(|_: &[Unit]| unavailable)
}

fn unavailable(_: &UnitQuery) -> Result<UnitPage, StoreError> {
    let error = StoreError::new(StoreErrorKind::Unavailable, "list units");
    Err(error.with_source("the cable is cut"))
}

/// A store that this function lists.
fn answers(list: fn(&[Unit], &UnitQuery) -> Answer) -> Fixture {
    Fixture::lists(move |documents: &[Unit]| {
        let documents = documents.to_vec();
        move |query: &UnitQuery| list(&documents, query)
    })
}

/// A list of documents behind a lock, so that readers and a writer share it.
fn with_writes(change: fn(&mut Vec<Unit>, Change)) -> Fixture {
    Fixture::stores(<[Unit]>::to_vec).with_writes(move |documents| {
        let readers = Arc::new(RwLock::new(documents.to_vec()));
        let writer = Arc::clone(&readers);
        (
            move |query: &UnitQuery| readers.read().unwrap().list(query),
            move |made| change(&mut writer.write().unwrap(), made),
        )
    })
}

/// Changes documents as a store must.
fn change(units: &mut Vec<Unit>, change: Change) {
    match change {
        Change::Upsert(unit) => {
            units.retain(|old| old.id() != unit.id());
            units.push(unit);
        }
        Change::Remove(id) => units.retain(|old| old.id() != id),
    }
}

/// The same query without its cursor.
fn without_cursor(query: &UnitQuery) -> UnitQuery {
    query.clone().with_sort(query.sort().clone())
}

/// The sort values and the `_id` of a unit or a cursor.
struct Key {
    values: Vec<Vec<u8>>,
    id: String,
}

impl Key {
    fn of(key: &SortKey<'_>, id: &str) -> Self {
        Self {
            values: key.key_strings(),
            id: id.to_owned(),
        }
    }

    fn of_unit(sort: &SortSpec, unit: &Unit) -> Self {
        Self::of(&SortKey::new(sort, unit).unwrap(), unit.id())
    }

    /// Compares the values of each field of the order.
    fn compare_each<'a>(&'a self, other: &'a Self, sort: &'a SortSpec) -> Vec<Ordering> {
        let pairs = self.values.iter().zip(&other.values).zip(sort.fields());
        let each = pairs.map(|((a, b), field)| directed(field.direction(), a.cmp(b)));
        each.collect()
    }

    /// Compares the values and not the `_id`.
    fn compare_values(&self, other: &Self, sort: &SortSpec) -> Ordering {
        let mut each = self.compare_each(other, sort).into_iter();
        let first = each.find(|ordering| ordering.is_ne());
        first.unwrap_or(Ordering::Equal)
    }

    fn compare(&self, other: &Self, sort: &SortSpec) -> Ordering {
        self.compare_values(other, sort)
            .then_with(|| directed(sort.tie_break(), self.id.cmp(&other.id)))
    }
}

fn directed(direction: Direction, ordering: Ordering) -> Ordering {
    match direction {
        Direction::Ascending => ordering,
        Direction::Descending => ordering.reverse(),
    }
}

/// The message with which a case fails over this fixture.
fn failure(case: &str, fixture: &Fixture) -> Option<String> {
    let found = CASES.iter().find(|known| known.name() == case);
    let found = found.unwrap_or_else(|| panic!("there is no case {case:?}"));
    let panicked = panic::catch_unwind(AssertUnwindSafe(|| found.run(fixture))).err()?;
    let message = panicked.downcast_ref::<String>().cloned();
    let literal = || panicked.downcast_ref::<&str>().map(ToString::to_string);
    Some(message.or_else(literal).unwrap())
}

/// Checks that the fault breaks some cases, and that other cases still pass, so that it is the
/// fault that breaks them.
fn assert_found(fixture: &Fixture, by: &[&str], not_by: &[&str]) {
    for case in by {
        assert!(failure(case, fixture).is_some(), "{case} does not find it");
    }
    for case in not_by {
        assert_eq!(failure(case, fixture), None, "{case}");
    }
}

#[test]
fn a_store_without_a_fault_passes() {
    let by = ["scope_of_some", "page_total", "fold_sigma", "sort_two_keys"];
    assert_found(&answers(<[Unit]>::list), &[], &by);
}
