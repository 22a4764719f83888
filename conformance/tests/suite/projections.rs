//! Stores over a table that keeps a part of each document.

use livechat_units::{Unit, UnitQuery, UnitStore};
use livechat_units_conformance::{CASES, Fixture, Group};

use crate::failure;

/// A table with columns for four documented fields. A value of another type is left out.
fn row(unit: &Unit) -> Unit {
    let mut row = Unit::builder(unit.id());
    if let Some(name) = unit.name() {
        row = row.name(name);
    }
    if let Some(visibility) = unit.visibility() {
        row = row.visibility(visibility);
    }
    if let Some(monitors) = unit.num_monitors() {
        row = row.num_monitors(monitors);
    }
    if let Some(at) = unit.updated_at() {
        row = row.updated_at(at);
    }
    row.build().unwrap()
}

fn rows(documents: &[Unit]) -> Vec<Unit> {
    let units = documents.iter().filter(|document| document.is_unit());
    units.map(row).collect()
}

#[test]
fn a_table_of_some_fields_passes_every_case_but_writes() {
    let fixture = Fixture::stores(rows)
        .projecting(row)
        .without(Group::Writes, "this table is loaded once");
    for case in CASES {
        case.run(&fixture);
    }
}

/// The cases without writes that fail.
fn failed(fixture: &Fixture) -> usize {
    let cases = CASES
        .iter()
        .filter(|case| !case.groups().contains(&Group::Writes));
    cases
        .filter(|case| failure(case.name(), fixture).is_some())
        .count()
}

#[test]
fn a_projection_that_differs_from_the_table_fails() {
    let without_date = |unit: &Unit| match unit.name() {
        Some(name) => Unit::builder(unit.id()).name(name).build().unwrap(),
        None => Unit::builder(unit.id()).build().unwrap(),
    };
    // The table has less than the suite expects, and the other way round.
    assert!(failed(&Fixture::stores(rows)) > 100);
    assert!(failed(&Fixture::stores(<[Unit]>::to_vec).projecting(row)) > 100);
    assert!(failed(&Fixture::stores(rows).projecting(without_date)) > 20);
    assert_eq!(failed(&Fixture::stores(rows).projecting(row)), 0);
}

#[test]
fn faults_of_a_projecting_store_are_found() {
    let reversed = |documents: &[Unit]| {
        let rows = rows(documents);
        move |query: &UnitQuery| {
            rows.list(&query.clone().with_sort(r#"{"_id":-1}"#.parse().unwrap()))
        }
    };
    let fixture = Fixture::lists(reversed).projecting(row);
    assert!(failure("sort_types_name", &fixture).is_some());
    let unfiltered = |documents: &[Unit]| {
        let rows = rows(documents);
        move |query: &UnitQuery| rows.list(&query.clone().with_text(None))
    };
    let fixture = Fixture::lists(unfiltered).projecting(row);
    assert!(failure("text_with_sort_and_page", &fixture).is_some());
}

#[test]
fn a_projection_keeps_the_id_and_the_type() {
    let other = |_: &Unit| Unit::builder("other").build().unwrap();
    let fixture = Fixture::stores(rows).projecting(other);
    let message = failure("text_with_sort_and_page", &fixture).unwrap();
    assert!(
        message.contains("a projection keeps the `_id` and the `type`"),
        "{message}"
    );
}
