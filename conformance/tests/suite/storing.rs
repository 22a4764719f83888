//! Stores that lose a part of a document or of a change, or answer from two states.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, RwLock};

use livechat_units::{Unit, UnitPage, UnitQuery, UnitStore};
use livechat_units_conformance::{Change, Fixture};

use crate::{assert_found, change, with_writes};

/// The reference over documents that are altered as they are loaded.
fn stores_altered(alter: fn(&Unit) -> Unit) -> Fixture {
    Fixture::stores(move |documents: &[Unit]| documents.iter().map(alter).collect::<Vec<Unit>>())
}

/// A store of the JSON that the API answers, in which dates are strings.
#[test]
fn dates_become_strings() {
    let fault = stores_altered(|unit| Unit::from_json(unit.as_json()).unwrap());
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

/// `serde_json::Value` without its feature `preserve_order`, and PostgreSQL's `jsonb`.
#[test]
fn keys_of_documents_are_sorted() {
    let fault = stores_altered(|unit| {
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
fn page_and_total_are_from_two_states() {
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
    let fault = with_writes(|units, made| match made {
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
