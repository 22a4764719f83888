//! Loads of units whose values have equal prefixes, so that the values are compared, and of
//! several batches.

use std::collections::BTreeMap;

use crate::field::Field;
use crate::query::UnitQuery;
use crate::query::page::{Limit, Page};
use crate::store::memory::documents::Documents;
use crate::store::memory::load::Loaded;
use crate::store::{MemoryStore, UnitStore};
use crate::unit::Unit;

const UNITS: usize = 60;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Arrays {
    None,
    OfMonitors,
}

/// Ids with the same first 16 bytes; ten ids occur twice. Every field has values with the
/// same beginning, values of other types, or is missing.
fn units(arrays: Arrays) -> Vec<Unit> {
    let unit = |at: usize| {
        let at = at * 37 % UNITS;
        let visibility = match at % 5 {
            0 => r#""visibility":null,"#.to_owned(),
            1 => r#""visibility":"private","#.to_owned(),
            kind => format!(r#""visibility":"private of kind {kind}","#),
        };
        let name = match at % 4 {
            0 => format!(r#"{{"first":{}}}"#, at % 3),
            _ => format!(r#""a name that begins like {}""#, at % 7),
        };
        let monitors = match at % 3 {
            0 if arrays == Arrays::OfMonitors => format!("[{at},1]"),
            _ => format!("900719925474099{}", 2 + at % 6),
        };
        let json = format!(
            r#"{{"_id":"an id of many bytes {}","type":"u",{visibility}"name":{name},"numMonitors":{monitors},"numDepartments":{}.5,"_updatedAt":"2022-09-15T11:44:{:02}Z"}}"#,
            at % 50,
            at % 4,
            at % 11,
        );
        Unit::from_json(&json).unwrap()
    };
    (0..UNITS).map(unit).collect()
}

/// The last unit with each id.
fn last_of_each_id(units: &[Unit]) -> Vec<Unit> {
    let is_last = |at: usize| {
        units[at + 1..]
            .iter()
            .all(|later| later.id() != units[at].id())
    };
    let last = (0..units.len()).filter(|at| is_last(*at));
    last.map(|at| units[at].clone()).collect()
}

#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn units_with_equal_prefixes_are_sorted_by_their_values() {
    let declared = [
        r#"{"visibility":1,"numMonitors":-1,"name":1}"#,
        r#"{"name":1,"visibility":1}"#,
        r#"{"name.first":1,"numDepartments":1}"#,
    ];
    let fields = ["_id"].into_iter().chain(Field::ALL.map(Field::path));
    let fields = fields.map(|field| format!(r#"{{"{field}":1}}"#));
    let sorts: Vec<String> = fields.chain(declared.map(Into::into)).collect();
    for arrays in [Arrays::None, Arrays::OfMonitors] {
        let units = units(arrays);
        let mut store = MemoryStore::with_orders(declared.map(|order| order.parse().unwrap()));
        let _ = store.replace_all(units.iter().cloned());
        store.internal_validate();
        let stored = last_of_each_id(&units);
        assert_eq!(store.len(), 50);
        for sort in &sorts {
            let query = UnitQuery::default()
                .with_sort(sort.parse().unwrap())
                .with_page(Page::new(0, Limit::Unlimited));
            let (found, expected) = (store.list(&query).unwrap(), stored.list(&query).unwrap());
            assert!(found == expected, "{sort} {arrays:?}");
        }
    }
}

/// Ten of the dates are strings that are no dates, with the same beginning.
#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn only_values_that_their_prefixes_do_not_sort_are_read() {
    let unit = |at: usize| {
        let date = match at % 20 {
            7 => format!("2022-09-15 at {at}"),
            _ => format!("2022-09-15T11:44:{:02}Z", at % 30),
        };
        let json = format!(
            r#"{{"_id":"{at}","type":"u","name":"{at}","numMonitors":{},"_updatedAt":"{date}"}}"#,
            at % 3,
        );
        Unit::from_json(&json).unwrap()
    };
    let mut documents = Documents::default();
    let mut loaded = Loaded::new((0..200).map(unit), &mut documents);
    for field in Field::ALL {
        assert_eq!(loaded.by_field(field).slots.len(), 200);
        let read = if field == Field::UpdatedAt { 10 } else { 0 };
        assert_eq!(loaded.read, read, "{field:?}");
    }
}

/// Three batches. Every id occurs twice, and some of the last documents are not units.
#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn the_last_document_of_an_id_stays_whichever_its_batch() {
    let unit = |at: usize| {
        let kind = if at.is_multiple_of(97) { "d" } else { "u" };
        let (id, name) = (at * 11 % 5_000, at * 7_919 % 10_007);
        let json = format!(r#"{{"_id":"{id}","type":"{kind}","name":"{name}"}}"#);
        Unit::from_json(&json).unwrap()
    };
    let units: Vec<Unit> = (0..10_000).map(unit).collect();
    let last = units.iter().map(|unit| (unit.id(), unit));
    let mut last: BTreeMap<&str, &Unit> = last.collect();
    last.retain(|_, unit| unit.is_unit());
    let store: MemoryStore = units.iter().cloned().collect();
    store.internal_validate();
    assert_eq!(store.len(), last.len());
    assert!(
        last.values()
            .all(|unit| store.get(unit.id()).as_ref() == Some(unit))
    );
}
