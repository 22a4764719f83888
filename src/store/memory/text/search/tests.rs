//! Long names, and the counted work of searches.

use crate::store::UnitStore;
use crate::store::memory::text::MAX_SCALARS;
use crate::{MemoryStore, Scope, TextFilter, Unit, UnitQuery};

fn named(id: impl Into<String>, name: &str) -> Unit {
    Unit::builder(id).name(name).build().unwrap()
}

fn text(text: &str) -> UnitQuery {
    UnitQuery::default().with_text(TextFilter::new(text).unwrap())
}

#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn names_and_texts_around_the_longest_indexed_name_are_found() {
    let name = |length: usize| "xy".repeat(MAX_SCALARS)[..length].to_owned();
    let lengths = [MAX_SCALARS - 1, MAX_SCALARS, MAX_SCALARS + 1];
    let units = lengths.map(|length| named(length.to_string(), &name(length)));
    let store: MemoryStore = units.iter().cloned().collect();
    for (at, length) in lengths.into_iter().enumerate() {
        let query = text(&name(length));
        let page = store.list(&query).unwrap();
        assert_eq!(page, units.list(&query).unwrap());
        assert_eq!(page.total(), [3, 2, 1][at]);
    }
}

#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn long_names_are_added_to_many_matches() {
    let long = "unit ".repeat(MAX_SCALARS);
    let short = (0..5_000).map(|i| named(format!("{i:04}"), &format!("unit {i}")));
    let long = (0..3).map(|i| named(format!("long {i}"), &long));
    let units: Vec<Unit> = short.chain(long).collect();
    let store: MemoryStore = units.iter().cloned().collect();
    for (found, total) in [("unit", 5_003), ("it 12", 111), ("unit unit", 3)] {
        let query = text(found);
        let page = store.list(&query).unwrap();
        assert_eq!(page, units.list(&query).unwrap());
        assert_eq!(page.total(), total);
        // Every text reads the three long names.
        assert_eq!(store.explain(&query).unwrap().documents_examined(), 3);
    }
}

#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn entries_and_names_that_are_read_are_counted() {
    let units: Vec<Unit> = (0..300)
        .map(|i| named(format!("{i:03}"), &format!("Unit{i}")))
        .collect();
    let store: MemoryStore = units.iter().cloned().collect();
    let scope = UnitQuery::default().with_scope(Scope::only(["001", "012", "unknown"]));
    let scope_and_text = scope.clone().with_text(TextFilter::new("12").unwrap());
    for (query, expected) in [
        (
            scope,
            "text: ids of the scope; order: index; keysExamined: 305, docsExamined: 0;",
        ),
        (
            scope_and_text,
            "text: ids of the scope; order: index; keysExamined: 4, docsExamined: 2;",
        ),
        (
            text("nit12"),
            "text: candidates of grams, verified (grams: 3, slotSetsJoined: 1, candidates: 11, \
             namesVerified: 11); order: index; keysExamined: 322, docsExamined: 0;",
        ),
        (
            // Half of a sample of 32 match, so nothing is joined.
            text("unit"),
            "text: scan of all names (grams: 2, slotSetsJoined: 1, candidates: 300, \
             namesVerified: 32); order: index; keysExamined: 900, docsExamined: 0;",
        ),
        (
            text("1"),
            "text: union of grams (grams: 1, slotSetsJoined: 111, candidates: 0, \
             namesVerified: 0); order: index; keysExamined: 598, docsExamined: 0;",
        ),
        (
            text("xyz"),
            "text: gram (grams: 1, slotSetsJoined: 0, candidates: 0, namesVerified: 0); \
             order: index; keysExamined: 0, docsExamined: 0;",
        ),
    ] {
        let explain = store.explain(&query).unwrap().to_string();
        assert!(explain.starts_with(expected), "{explain}");
    }
}
