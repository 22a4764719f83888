//! The counted work of queries. It is the same on every machine, and the work of a page in an
//! indexed order does not depend on the number of units.

use livechat_units::{Cursor, Explain, MemoryStore, Timestamp, Unit, UnitQuery, UnitStore};
use livechat_units_testkit::effort;

use crate::{DOCUMENTED_ORDERS, page, query};

const COUNT: u64 = 50;
/// The most entries that are read to find the beginning of a page.
const SEEK: u64 = 64;

/// Asserts that a page in the middle reads its own entries of an index, a few more, and no
/// unit.
pub(crate) fn assert_deep_pages_are_cheap(store: &MemoryStore, sorts: &[&str]) {
    for sort in sorts {
        let query = query("", sort).with_page(page(store.len() / 2, COUNT));
        let explain = store.explain(&query).unwrap();
        assert!(explain.keys_examined() <= COUNT + SEEK, "{sort}: {explain}");
        assert_eq!(explain.documents_examined(), 0, "{sort}: {explain}");
    }
}

pub(crate) fn assert_text_reads_at_most(store: &MemoryStore, query: &UnitQuery, documents: u64) {
    let explain = store.explain(query).unwrap();
    let examined = explain.documents_examined();
    assert!(examined <= documents, "{query:?}: {explain}");
}

/// Units whose sort orders are known by construction: the rank of every unit by each of
/// [`FIELDS`]. Ids and names have a fixed width, so they sort as their ranks do.
struct Ranked {
    units: Vec<Unit>,
    /// By unit.
    ranks: Vec<[usize; 6]>,
}

const FIELDS: [&str; 6] = [
    "_id",
    "name",
    "visibility",
    "numMonitors",
    "numDepartments",
    "_updatedAt",
];

/// Ten of the names are rare.
fn ranked(count: usize) -> Ranked {
    let ranks: Vec<[usize; 6]> = (0..count)
        .map(|at| {
            // `count` is a power of ten, so each factor gives every number below it once.
            let [id, name, updated] = [7919, 31, 17].map(|factor| at * factor % count);
            [id, name / 3, at % 2, at % 31, 0, updated]
        })
        .collect();
    let unit = |&[id, name, visibility, monitors, departments, updated]: &[usize; 6]| {
        let rare = if id % (count / 10) == 0 { " rare" } else { "" };
        let integer = |rank| i64::try_from(rank).unwrap();
        Unit::builder(format!("{id:06}"))
            .name(format!("name {name:06}{rare}"))
            .visibility(["private", "public"][visibility])
            .num_monitors(integer(monitors))
            .num_departments(integer(departments))
            .updated_at(Timestamp::from_millis(integer(updated)).unwrap())
            .build()
            .unwrap()
    };
    Ranked {
        units: ranks.iter().map(unit).collect(),
        ranks,
    }
}

impl Ranked {
    /// The ids of the units, ascending by the field.
    fn ids_by(&self, field: usize) -> Vec<&str> {
        // A name that ends with "rare" sorts after the same name without it.
        let key = |at: &usize| {
            let rank = self.ranks[*at];
            let unit = &self.units[*at];
            let longer = field == 1 && unit.name().unwrap().ends_with("rare");
            (rank[field], longer, rank[0])
        };
        let mut sorted: Vec<usize> = (0..self.units.len()).collect();
        sorted.sort_by_key(key);
        sorted.iter().map(|at| self.units[*at].id()).collect()
    }
}

#[test]
fn pages_cost_the_same_in_small_and_large_stores() {
    for count in [1000, effort::choose("units", 10_000, 100_000)] {
        let ranked = ranked(count);
        let store: MemoryStore = ranked.units.iter().cloned().collect();
        store.internal_validate();
        assert_deep_pages_are_cheap(&store, &DOCUMENTED_ORDERS);
        for (at, field) in FIELDS.iter().enumerate() {
            let mut ids = ranked.ids_by(at);
            for direction in [1, -1] {
                let sort = format!(r#"{{"{field}":{direction}}}"#);
                let page = page(count / 2, COUNT);
                let found = store.list(&query("", &sort).with_page(page)).unwrap();
                let found: Vec<Unit> = found.units().collect();
                let found: Vec<&str> = found.iter().map(Unit::id).collect();
                assert_eq!(found, ids[page.range(count)], "{sort} of {count}");
                ids.reverse();
            }
        }
        assert_rare_texts_read_little(&store);
    }
}

/// A page after a cursor in the middle also reads parts of the chunk in which it begins, so
/// the bound is two chunks more than for the first page.
#[test]
fn a_page_after_a_cursor_costs_about_as_much_as_the_first() {
    const CHUNK: u64 = 512;
    for count in [10_000, 100_000] {
        let units = ranked(count).units;
        let store: MemoryStore = units.iter().cloned().collect();
        for (text, sort) in ["", "name", "1"]
            .into_iter()
            .flat_map(|text| DOCUMENTED_ORDERS.map(|sort| (text, sort)))
        {
            let query = query(text, sort).with_page(page(0, COUNT));
            let first = store.explain(&query).unwrap();
            let cursor = Cursor::new(query.sort(), &units[count / 2]).unwrap();
            let later = store.explain(&query.with_cursor(cursor)).unwrap();
            let most = first.keys_examined() + 2 * CHUNK;
            assert!(
                later.keys_examined() <= most,
                "{text} {sort}: {later} after {first}"
            );
            assert_eq!(later.documents_examined(), 0, "{text} {sort}: {later}");
        }
    }
}

fn assert_rare_texts_read_little(store: &MemoryStore) {
    for text in ["rare", "0 rare", " rare", "e 000001"] {
        let query = query(text, r#"{"name":1}"#);
        let matches = store.list(&query).unwrap().total();
        assert!((1..=10).contains(&matches), "{text} is rare");
        assert_text_reads_at_most(store, &query, 4 * matches + 64);
    }
}

#[test]
fn texts_without_whitespace_read_no_unit() {
    for count in [1000, 10_000] {
        let store: MemoryStore = ranked(count).units.into_iter().collect();
        for sort in DOCUMENTED_ORDERS {
            for text in [
                "n", "am", "name", "0", "00", "rare", "zz", "000001", "9rare",
            ] {
                assert_text_reads_at_most(&store, &query(text, sort), 0);
            }
        }
    }
}

#[test]
fn the_second_page_of_a_remembered_order_costs_no_more_than_the_first() {
    let units = ranked(1000).units;
    let mut store: MemoryStore = units.iter().cloned().collect();
    let sort = r#"{"visibility":1,"numMonitors":-1,"_updatedAt":1}"#;
    let query = query("", sort).with_page(page(400, COUNT));
    let first = store.explain(&query).unwrap();
    let again = store.explain(&query).unwrap();
    assert!(work(&again) <= work(&first), "{again} after {first}");
    // A write forgets the order.
    store.upsert(Unit::builder("first").visibility("a").build().unwrap());
    assert_eq!(store.list(&query).unwrap().total(), 1001);
    store.internal_validate();
}

fn work(explain: &Explain) -> u64 {
    explain.keys_examined() + explain.documents_examined()
}
