//! Orders with ties of more and of fewer units than are sorted by reading.

use crate::order::SortSpec;
use crate::query::UnitQuery;
use crate::query::cursor::Cursor;
use crate::query::page::{Limit, Page};
use crate::store::{MemoryStore, UnitStore};
use crate::unit::Unit;

const UNITS: usize = 2_600;

/// Half of the units are public. Units tie in hundreds by monitors, in 65 by departments, and
/// in pairs by name.
fn units() -> Vec<Unit> {
    let number = |value: usize| i64::try_from(value).unwrap();
    let unit = |at: usize| {
        let at = at * 1_237 % UNITS;
        Unit::builder(format!("{at:04}"))
            .name(format!("unit {:04}", at / 2))
            .visibility(["private", "public"][at % 2])
            .num_monitors(number(at % 3))
            .num_departments(number(at % 40))
            .build()
            .unwrap()
    };
    (0..UNITS).map(unit).collect()
}

fn query(sort: &str) -> UnitQuery {
    UnitQuery::default().with_sort(sort.parse::<SortSpec>().unwrap())
}

fn page(offset: usize, count: u64) -> Page {
    let offset = u64::try_from(offset).unwrap();
    Page::new(offset, Limit::at_most(count).unwrap())
}

fn ids(store: &impl UnitStore, query: &UnitQuery) -> Vec<String> {
    let page = store.list(query).unwrap();
    page.units().map(|unit| unit.id().to_owned()).collect()
}

const SORTS: [&str; 8] = [
    r#"{"visibility":1,"numMonitors":1}"#,
    r#"{"visibility":-1,"numMonitors":1}"#,
    r#"{"visibility":1,"numMonitors":-1,"name":1}"#,
    r#"{"visibility":1,"numDepartments":-1,"numMonitors":1,"_id":-1}"#,
    r#"{"numDepartments":1,"visibility":-1}"#,
    r#"{"name":-1,"visibility":1}"#,
    r#"{"visibility":1,"_id":-1}"#,
    r#"{"_updatedAt":1,"numMonitors":-1}"#,
];

#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn pages_requested_in_any_order_are_right() {
    let units = units();
    let store: MemoryStore = units.iter().cloned().collect();
    for sort in SORTS {
        let query = query(sort);
        let whole = ids(
            &units,
            &query.clone().with_page(Page::new(0, Limit::Unlimited)),
        );
        for offset in [1_300, 0, 2_590, 640, 866, 1_299, 433, 2_166, 866, 30] {
            for count in [1, 50, 700] {
                let page = page(offset, count);
                let expected = &whole[page.range(UNITS)];
                let query = query.clone().with_page(page);
                assert_eq!(ids(&store, &query), expected, "{sort} at {offset}");
            }
        }
        let all = query.with_page(Page::new(0, Limit::Unlimited));
        assert_eq!(ids(&store, &all), whole, "{sort}");
    }
}

#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn matches_of_a_text_are_sorted_without_the_other_units() {
    let units = units();
    let store: MemoryStore = units.iter().cloned().collect();
    // Most units, and few.
    for (text, total) in [("unit 0", 2_000), ("unit 12", 200)] {
        for sort in &SORTS[..5] {
            let query = query(sort).with_text(text.parse::<crate::TextFilter>().unwrap());
            for offset in [999, 0] {
                let query = query.clone().with_page(page(offset, 30));
                assert_eq!(store.list(&query).unwrap().total(), total);
                assert_eq!(
                    ids(&store, &query),
                    ids(&units, &query),
                    "{sort} at {offset}"
                );
            }
        }
    }
}

#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn pages_after_a_cursor_begin_at_the_next_unit() {
    let units = units();
    let store: MemoryStore = units.iter().cloned().collect();
    for sort in SORTS {
        let query = query(sort).with_page(page(0, 30));
        let all = query.clone().with_page(Page::new(0, Limit::Unlimited));
        let whole: Vec<Unit> = units.list(&all).unwrap().units().collect();
        for at in [1_299, 0, 2_598, 866, 1_300, 2_599] {
            let cursor = Cursor::new(query.sort(), &whole[at]).unwrap();
            let query = query.clone().with_cursor(cursor);
            let expected = whole[at + 1..].iter().take(30);
            let expected: Vec<&str> = expected.map(Unit::id).collect();
            assert_eq!(ids(&store, &query), expected, "{sort} after {at}");
        }
        // Once all units are sorted, a binary search finds the position.
        store.list(&all).unwrap();
        let cursor = Cursor::new(query.sort(), &whole[1_000]).unwrap();
        let explain = store.explain(&query.with_cursor(cursor)).unwrap();
        let documents = explain.documents_examined();
        assert!((11..=13).contains(&documents), "{sort}: {documents}");
    }
}

/// The index entries and the units that are read for a page.
fn work(store: &MemoryStore, sort: &str, offset: usize) -> (u64, u64) {
    let query = query(sort).with_page(page(offset, 50));
    let explain = store.explain(&query).unwrap();
    (explain.keys_examined(), explain.documents_examined())
}

#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn only_the_ties_of_a_page_are_sorted() {
    let store: MemoryStore = units().into_iter().collect();
    let by_name = r#"{"visibility":1,"name":1}"#;
    // Two indexes are scanned, and the ends of the first tie are searched.
    let (keys, documents) = work(&store, by_name, 0);
    assert_eq!(keys, 2 * 2_600);
    assert_eq!(documents, 14);
    assert_eq!(work(&store, by_name, 1_250), (50, 0));
    // The private and the public units are two ties.
    let (keys, documents) = work(&store, by_name, 1_300);
    assert_eq!(keys, 50 + 2_600);
    assert_eq!(documents, 13);
    assert_eq!(work(&store, by_name, 2_000), (50, 0));

    // Ties have 65 units. Those of the page are sorted by reading.
    let by_departments = r#"{"numDepartments":1,"visibility":1}"#;
    let (keys, documents) = work(&store, by_departments, 100);
    assert_eq!(keys, 2_600);
    assert_eq!(documents, 177);
    assert_eq!(work(&store, by_departments, 100), (50, 0));

    // The index of the first field has its ties sorted by `_id` already.
    let (keys, documents) = work(&store, r#"{"visibility":1,"_id":1}"#, 700);
    assert_eq!((keys, documents), (50, 0));
    let (keys, _) = work(&store, r#"{"visibility":1,"_id":-1}"#, 700);
    assert_eq!(keys, 2 * 2_600);
}

#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn an_order_without_an_index_is_sorted_once() {
    let store: MemoryStore = units().into_iter().collect();
    assert_eq!(work(&store, r#"{"elsewhere":1}"#, 700), (0, 2_600));
    assert_eq!(work(&store, r#"{"elsewhere":1}"#, 900), (50, 0));
    let explain = store.explain(&query(r#"{"elsewhere":1}"#)).unwrap();
    let shown = "text: none; order: remembered; keysExamined: 50, docsExamined: 0; plan: full sort";
    assert_eq!(explain.to_string(), shown);
}
