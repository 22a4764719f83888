//! Stores with one fault each, and the cases that find it.

mod going_on;
mod keeping;
mod matching;
mod ordering;
mod paging;
mod pasting;

use super::Fixture;
use super::failures::failure;
use crate::query::UnitQuery;
use crate::store::{StoreError, UnitPage, UnitStore};
use crate::unit::Unit;

type Answer = Result<UnitPage, StoreError>;

/// A store whose answers are these.
fn answers(list: fn(&[Unit], &UnitQuery) -> Answer) -> Fixture {
    Fixture::lists(move |documents: &[Unit]| {
        let documents = documents.to_vec();
        move |query: &UnitQuery| list(&documents, query)
    })
}

/// What the fault breaks, and what it does not, so that it is the fault that is found.
fn assert_found(fixture: &Fixture, by: &[&str], not_by: &[&str]) {
    for case in by {
        assert!(failure(case, fixture).is_some(), "{case} does not find it");
    }
    for case in not_by {
        assert_eq!(failure(case, fixture), None, "{case}");
    }
}

#[test]
fn a_store_without_a_fault() {
    let by = ["scope_of_some", "page_total", "fold_sigma", "sort_two_keys"];
    assert_found(&answers(<[Unit]>::list), &[], &by);
}
