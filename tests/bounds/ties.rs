//! Stores of units that nothing but their ids tells apart: what a page and a write take
//! does not depend on how many they are.

use livechat_units::{Cursor, Explain, Limit, MemoryStore, Page, Unit, UnitQuery, UnitStore};

use crate::allocations::during;
use crate::by;

const COUNT: u64 = 50;

fn tied(place: usize, name: &str) -> Unit {
    let unit = Unit::builder(format!("{place:08}")).name(name);
    let at = "2022-09-15T11:44:32.103Z".parse().unwrap();
    let unit = unit.visibility("public").num_monitors(3).updated_at(at);
    unit.num_departments(1).build().unwrap()
}

/// `count` of them, with gaps between their ids.
fn store(count: usize) -> MemoryStore {
    (0..count)
        .map(|place| tied(2 * place, "Sales Unit"))
        .collect()
}

/// The page at this offset, which is the one that `first` begins, and its work.
fn listed(store: &MemoryStore, query: &UnitQuery, offset: usize, first: usize) -> Explain {
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
        let query = by(&format!(r#"{{"{field}":{direction}}}"#));
        for offset in [0, count / 2, count - 50] {
            let first = if direction == 1 {
                offset
            } else {
                last - offset
            };
            let explain = listed(store, &query, offset, first);
            assert!(explain.keys_examined() <= COUNT + 64, "{explain}");
            assert_eq!(explain.documents_examined(), 0, "{explain}");
        }
        // The same by a cursor, in the middle.
        let middle = store.get(&format!("{:08}", count / 2 * 2)).unwrap();
        let cursor = Cursor::new(query.sort(), &middle).unwrap();
        let explain = store.explain(&query.with_cursor(cursor)).unwrap();
        assert!(explain.keys_examined() <= 2 * 512, "{explain}");
        assert_eq!(explain.documents_examined(), 0, "{explain}");
    }
}

/// Texts that match all names or none.
fn assert_texts_read_no_name(store: &MemoryStore) {
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
        let query =
            by(r#"{"name":1}"#).with_text(text.parse::<livechat_units::TextFilter>().unwrap());
        assert_eq!(
            store.list(&query).unwrap().total(),
            u64::try_from(matches).unwrap()
        );
        let explain = store.explain(&query).unwrap();
        assert!(explain.documents_examined() <= 64, "{text}: {explain}");
    }
}

/// What writes take: those in the same place, between others, and away from them.
fn assert_writes_are_cheap(store: &mut MemoryStore) {
    let count = store.len();
    // A load leaves no room, so what comes first makes some everywhere.
    store.upsert(tied(3, "Sales Unit"));
    store.upsert(tied(3, "Another Name"));
    assert!(store.remove(tied(3, "").id()));
    for place in [1, count + 1, 2 * count - 1] {
        let unit = tied(place, "Sales Unit");
        let (allocated, ()) = during(|| store.upsert(unit.clone()));
        // A chunk of an order or of a set may have to be copied.
        assert!(allocated.times <= 100, "added: {allocated:?}");
        assert!(allocated.bytes <= 1 << 16, "added: {allocated:?}");
        let renamed = tied(place, "Another Name");
        let (allocated, ()) = during(|| store.upsert(renamed));
        assert!(allocated.times <= 100, "renamed: {allocated:?}");
        assert!(allocated.bytes <= 1 << 16, "renamed: {allocated:?}");
        let (allocated, was_there) = during(|| store.remove(unit.id()));
        assert!(was_there);
        assert!(allocated.times <= 100, "removed: {allocated:?}");
        assert!(allocated.bytes <= 1 << 16, "removed: {allocated:?}");
    }
    assert_eq!(store.len(), count);
}

fn assert_holds_up(count: usize) {
    let mut store = store(count);
    assert_pages_are_cheap(&store);
    assert_texts_read_no_name(&store);
    assert_writes_are_cheap(&mut store);
    assert_pages_are_cheap(&store);
}

#[test]
fn ten_thousand_equal_names() {
    assert_holds_up(10_000);
}

/// `cargo test --release --test bounds -- --ignored`
#[test]
#[ignore = "takes a minute without optimisation"]
fn a_million_equal_names() {
    assert_holds_up(1_000_000);
}

/// Only so many orders are remembered as the documentation says.
#[test]
fn remembered_orders() {
    const UNITS: isize = 20_000;
    let store = store(usize::try_from(UNITS).unwrap());
    let ask = |order: usize| {
        let query = by(&format!(r#"{{"visibility":1,"field{order}":1}}"#));
        store.list(&query).unwrap().total()
    };
    let kept = |orders: std::ops::Range<usize>| {
        let (allocated, total) = during(|| orders.map(ask).sum::<u64>());
        assert!(total > 0);
        allocated.kept
    };
    let four = kept(0..4);
    assert!(four <= 4 * 4 * UNITS + 16_384, "{four}");
    let more = kept(4..12);
    assert!(more <= 16_384, "{more} after {four}");
}
