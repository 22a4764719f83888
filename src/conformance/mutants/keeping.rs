//! Stores that lose something, or change while they answer.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, RwLock};

use super::assert_found;
use crate::conformance::own::{change, with_writes};
use crate::conformance::{Change, Fixture};
use crate::query::UnitQuery;
use crate::store::{UnitPage, UnitStore};
use crate::unit::Unit;

/// The reference over other documents than were given.
fn keeps(change: fn(&Unit) -> Unit) -> Fixture {
    Fixture::stores(move |documents: &[Unit]| documents.iter().map(change).collect::<Vec<Unit>>())
}

/// What `as_json` writes does not say which strings were dates.
#[test]
fn dates_become_strings() {
    let fault = keeps(|unit| Unit::from_json(unit.as_json()).unwrap());
    let by = [
        "sort_dates_by_instant",
        "sort_dates_in_custom_fields",
        "sort_nan_and_infinities",
    ];
    assert_found(
        &fault,
        &by,
        &["documents_with_dates", "sort_updated_at_ascending"],
    );
}

/// `serde_json::Value`, as it is by default, and JSONB.
#[test]
fn documents_are_put_in_order() {
    let fault = keeps(|unit| {
        let value: serde_json::Value = serde_json::from_str(unit.as_json()).unwrap();
        Unit::try_from(value).unwrap()
    });
    let by = [
        "documents_keep_keys_and_their_order",
        "documents_keep_digits",
        "sort_objects_by_stored_order",
    ];
    assert_found(&fault, &by, &[]);
}

/// A store whose total was counted for an earlier answer.
#[test]
fn page_and_total_are_of_two_states() {
    let fault = Fixture::stores(<[Unit]>::to_vec).with_writes(|documents| {
        let units = Arc::new(RwLock::new(documents.to_vec()));
        let totals: Mutex<HashMap<UnitQuery, u64>> = Mutex::default();
        let readers = Arc::clone(&units);
        (
            move |query: &UnitQuery| {
                let page = readers.read().unwrap().list(query)?;
                let total = totals.lock().unwrap().insert(query.clone(), page.total());
                let total = total.unwrap_or(page.total());
                Ok(UnitPage::new(page.units().collect(), query.page(), total))
            },
            move |made| change(&mut units.write().unwrap(), made),
        )
    });
    let by = [
        "writes_beside_readers_keep_the_total",
        "writes_add_and_remove",
    ];
    assert_found(&fault, &by, &[]);
}

/// A store that adds the new document and leaves the old one.
#[test]
fn documents_are_not_replaced() {
    let fault = with_writes(<[Unit]>::to_vec, |units: &mut Vec<Unit>, made| match made {
        Change::Upsert(unit) => units.push(unit),
        Change::Remove(_) => change(units, made),
    });
    let by = [
        "writes_replace",
        "writes_change_types",
        "writes_one_after_another",
        "writes_beside_readers_move_units",
    ];
    assert_found(&fault, &by, &["writes_add_and_remove"]);
}
