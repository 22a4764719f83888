//! Units with arrays among units without. The texts match all units, many, and few.

use crate::query::UnitQuery;
use crate::query::cursor::Cursor;
use crate::query::page::{Limit, Page};
use crate::query::text::TextFilter;
use crate::store::{MemoryStore, UnitStore};
use crate::unit::Unit;

const UNITS: usize = 2_000;

/// One unit in ten has an array. Its smallest and largest elements differ.
fn units() -> Vec<Unit> {
    let unit = |at: usize| {
        let at = at * 1_237 % UNITS;
        let monitors = match at % 10 {
            0 => format!("[{},{}]", at % 50, 90 - at % 40),
            _ => format!("{}", at % 100),
        };
        let json = format!(
            r#"{{"_id":"{at:04}","type":"u","name":"unit {at}","numMonitors":{monitors}}}"#
        );
        Unit::from_json(&json).unwrap()
    };
    (0..UNITS).map(unit).collect()
}

fn listed(store: &impl UnitStore, query: &UnitQuery) -> Vec<Unit> {
    store.list(query).unwrap().units().collect()
}

#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn units_with_arrays_are_listed_among_the_others() {
    let units = units();
    let store: MemoryStore = units.iter().cloned().collect();
    let mut examined = Vec::new();
    for text in ["", "unit", "unit 1", "99"] {
        let (mut keys, mut documents) = (0, 0);
        for sort in [r#"{"numMonitors":1}"#, r#"{"numMonitors":-1}"#] {
            let mut query = UnitQuery::default().with_sort(sort.parse().unwrap());
            if !text.is_empty() {
                query = query.with_text(text.parse::<TextFilter>().unwrap());
            }
            let all = query.clone().with_page(Page::new(0, Limit::Unlimited));
            let whole = listed(&units, &all);
            assert_eq!(listed(&store, &all), whole, "{text} {sort}");
            let limit = Limit::at_most(30).unwrap();
            for start in (0..whole.len()).step_by(whole.len() / 4 + 1) {
                let page = Page::new(u64::try_from(start).unwrap(), limit);
                let at = query.clone().with_page(page);
                let expected = &whole[start..whole.len().min(start + 30)];
                assert_eq!(listed(&store, &at), expected, "{text} {start}");
                let cursor = Cursor::new(query.sort(), &whole[start]).unwrap();
                let after = query
                    .clone()
                    .with_cursor(cursor)
                    .with_page(Page::new(0, limit));
                let expected = &whole[start + 1..whole.len().min(start + 31)];
                assert_eq!(listed(&store, &after), expected, "{text} {start}");
                for query in [at, after] {
                    let explain = store.explain(&query).unwrap();
                    keys += explain.keys_examined();
                    documents += explain.documents_examined();
                }
            }
        }
        examined.push((text, keys, documents));
    }
    // By text: the index entries and the units that are read.
    assert_eq!(
        examined,
        [
            ("", 2_882, 22_100),
            ("unit", 87_760, 22_100),
            ("unit 1", 54_336, 12_534),
            ("99", 8_800, 164),
        ]
    );
}

#[test]
#[cfg_attr(miri, ignore = "too slow under Miri")]
fn a_unit_can_get_and_lose_an_array() {
    let unit = |monitors: &str| {
        let json = format!(r#"{{"_id":"a","type":"u","name":"a","numMonitors":{monitors}}}"#);
        Unit::from_json(&json).unwrap()
    };
    let mut store: MemoryStore = units().into_iter().take(20).collect();
    for monitors in ["[1,2]", "[3]", "1", "[1,2]", "null", "[]"] {
        store.upsert(unit(monitors));
        store.internal_validate();
    }
    assert!(store.remove("a"));
    store.internal_validate();
}
