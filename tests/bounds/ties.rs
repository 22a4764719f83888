//! Stores of units that are equal but for their ids. The cost of a page and of a write does
//! not depend on the number of units.

use livechat_units::{Cursor, Explain, Limit, MemoryStore, Page, Unit, UnitQuery, UnitStore};
use livechat_units_testkit::allocations::during;

use crate::sorted_by;

/// The units of a page.
const COUNT: u64 = 50;

/// A unit with this number as its `_id`. All other fields but the name are equal.
fn tied(number: usize, name: &str) -> Unit {
    let unit = Unit::builder(format!("{number:08}")).name(name);
    let at = "2022-09-15T11:44:32.103Z".parse().unwrap();
    let unit = unit.visibility("public").num_monitors(3).updated_at(at);
    unit.num_departments(1).build().unwrap()
}

/// A store of `count` units whose ids are the even numbers from 0.
fn store(count: usize) -> MemoryStore {
    (0..count).map(|i| tied(2 * i, "Sales Unit")).collect()
}

/// Lists the page at this offset, checks that it begins with the unit `2 * first` and
/// allocates little, and returns its work.
fn list_at(store: &MemoryStore, query: &UnitQuery, offset: usize, first: usize) -> Explain {
    let page = Page::new(
        u64::try_from(offset).unwrap(),
        Limit::at_most(COUNT).unwrap(),
    );
    let query = query.clone().with_page(page);
    let (allocated, page) = during(|| store.list(&query).unwrap());
    assert_eq!(
        page.units().next().unwrap().id(),
        format!("{:08}", 2 * first)
    );
    assert_eq!(page.total(), u64::try_from(store.len()).unwrap());
    assert!(allocated.times <= 8, "{query:?}: {allocated:?}");
    assert!(allocated.bytes <= 16_384, "{query:?}: {allocated:?}");
    store.explain(&query).unwrap()
}

fn assert_pages_are_cheap(store: &MemoryStore) {
    let count = store.len();
    let last = count - 1;
    for (field, direction) in ["_id", "name", "visibility", "numMonitors", "_updatedAt"]
        .iter()
        .flat_map(|field| [(field, 1), (field, -1)])
    {
        let query = sorted_by(&format!(r#"{{"{field}":{direction}}}"#));
        for offset in [0, count / 2, count - 50] {
            let first = if direction == 1 {
                offset
            } else {
                last - offset
            };
            let explain = list_at(store, &query, offset, first);
            assert!(explain.keys_examined() <= COUNT + 64, "{explain}");
            assert_eq!(explain.documents_examined(), 0, "{explain}");
        }
        // A page after a cursor in the middle.
        let middle = store.get(&format!("{:08}", count / 2 * 2)).unwrap();
        let cursor = Cursor::new(query.sort(), &middle).unwrap();
        let explain = store.explain(&query.with_cursor(cursor)).unwrap();
        assert!(explain.keys_examined() <= 2 * 512, "{explain}");
        assert_eq!(explain.documents_examined(), 0, "{explain}");
    }
}

/// Checks texts that match all names or none.
fn assert_texts_read_few_names(store: &MemoryStore) {
    for (text, matches) in [
        ("s", store.len()),
        ("SALES", store.len()),
        ("s u", store.len()),
        ("sales unit", store.len()),
        ("ales uni", store.len()),
        ("unit sales", 0),
        ("t s", 0),
        ("sales  unit", 0),
    ] {
        let query = sorted_by(r#"{"name":1}"#)
            .with_text(text.parse::<livechat_units::TextFilter>().unwrap());
        assert_eq!(
            store.list(&query).unwrap().total(),
            u64::try_from(matches).unwrap()
        );
        let explain = store.explain(&query).unwrap();
        assert!(explain.documents_examined() <= 64, "{text}: {explain}");
    }
}

/// Checks writes near the beginning, in the middle and at the end, with equal and with other
/// names.
fn assert_writes_are_cheap(store: &mut MemoryStore) {
    let count = store.len();
    // The chunks are full after a load, so the first write splits them.
    store.upsert(tied(3, "Sales Unit"));
    store.upsert(tied(3, "Another Name"));
    assert!(store.remove(tied(3, "").id()));
    for number in [1, count + 1, 2 * count - 1] {
        let unit = tied(number, "Sales Unit");
        let (allocated, _) = during(|| store.upsert(unit.clone()));
        // A chunk of an order or of a set may have to be copied.
        assert!(allocated.times <= 100, "added: {allocated:?}");
        assert!(allocated.bytes <= 1 << 16, "added: {allocated:?}");
        let renamed = tied(number, "Another Name");
        let (allocated, _) = during(|| store.upsert(renamed));
        assert!(allocated.times <= 100, "renamed: {allocated:?}");
        assert!(allocated.bytes <= 1 << 16, "renamed: {allocated:?}");
        let (allocated, was_found) = during(|| store.remove(unit.id()));
        assert!(was_found);
        assert!(allocated.times <= 100, "removed: {allocated:?}");
        assert!(allocated.bytes <= 1 << 16, "removed: {allocated:?}");
    }
    assert_eq!(store.len(), count);
}

/// Checks that pages, texts and writes are cheap in a store of `count` units.
fn assert_costs_are_bounded(count: usize) {
    let mut store = store(count);
    assert_pages_are_cheap(&store);
    assert_texts_read_few_names(&store);
    assert_writes_are_cheap(&mut store);
    assert_pages_are_cheap(&store);
}

#[test]
fn ten_thousand_equal_names() {
    assert_costs_are_bounded(10_000);
}

/// `cargo test --profile checked --test bounds -- --ignored`
#[test]
#[ignore = "takes a minute without optimisation"]
fn a_million_equal_names() {
    assert_costs_are_bounded(1_000_000);
}

#[test]
fn a_store_remembers_at_most_four_orders() {
    const UNITS: isize = 20_000;
    let store = store(usize::try_from(UNITS).unwrap());
    let ask = |order: usize| {
        let query = sorted_by(&format!(r#"{{"visibility":1,"field{order}":1}}"#));
        store.list(&query).unwrap().total()
    };
    let retained = |orders: std::ops::Range<usize>| {
        let (allocated, total) = during(|| orders.map(ask).sum::<u64>());
        assert!(total > 0);
        allocated.retained
    };
    let four = retained(0..4);
    assert!(four <= 4 * 4 * UNITS + 16_384, "{four}");
    let more = retained(4..12);
    assert!(more <= 16_384, "{more} after {four}");
}
