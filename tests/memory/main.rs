//! `MemoryStore` through the public API: after any changes it gives the answers of the
//! reference, and the counted work stays within bounds.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod adversarial;
mod cycles;
mod declared;
mod documents;
mod growth;
mod large;
mod model;
mod names;
mod queries;
mod sharing;
mod words;
mod work;
mod worst_queries;
mod written;

use livechat_units::{Cursor, Limit, MemoryStore, Page, Unit, UnitPage, UnitQuery, UnitStore};
use livechat_units_testkit::allocations::Counting;
use livechat_units_testkit::pair;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The sort orders that every store indexes, in both directions.
const DOCUMENTED_ORDERS: [&str; 12] = [
    r#"{"_id":1}"#,
    r#"{"_id":-1}"#,
    r#"{"name":1}"#,
    r#"{"name":-1}"#,
    r#"{"visibility":1}"#,
    r#"{"visibility":-1}"#,
    r#"{"numMonitors":1}"#,
    r#"{"numMonitors":-1}"#,
    r#"{"numDepartments":1}"#,
    r#"{"numDepartments":-1}"#,
    r#"{"_updatedAt":1}"#,
    r#"{"_updatedAt":-1}"#,
];

fn page(offset: usize, count: u64) -> Page {
    let offset = u64::try_from(offset).unwrap();
    Page::new(offset, Limit::at_most(count).unwrap())
}

/// The first page of the units whose names contain `text`. An empty text matches all units.
fn query(text: &str, sort: &str) -> UnitQuery {
    let text = (!text.is_empty()).then(|| text.parse().unwrap());
    UnitQuery::default()
        .with_text(text)
        .with_sort(sort.parse().unwrap())
}

/// Asserts that the store holds exactly these units and that its indexes agree with them.
fn assert_holds(store: &MemoryStore, units: &[Unit]) {
    store.internal_validate();
    assert_eq!(store.len(), units.len());
    assert_eq!(store.is_empty(), units.is_empty());
    let all = query("", "{}").with_page(Page::new(0, Limit::Unlimited));
    assert_same(store, units, &all);
}

/// Asserts that the store gives the page of the reference.
fn assert_same(store: &MemoryStore, units: &[Unit], query: &UnitQuery) {
    let (found, expected) = (store.list(query).unwrap(), units.list(query).unwrap());
    pair::assert_same_page(&found, &expected, query);
}

/// Asserts that the whole listing, and pages from all parts of it, are those of the reference.
/// The reference scans all units for every query, so it lists them once, and the expected
/// pages are ranges of that listing.
fn assert_same_pages(store: &MemoryStore, units: &[Unit], query: &UnitQuery) {
    let everything = query.clone().with_page(Page::new(0, Limit::Unlimited));
    let expected = units.list(&everything).unwrap();
    assert!(store.list(&everything).unwrap() == expected, "{query:?}");
    let all: Vec<Unit> = expected.units().collect();
    let total = all.len();
    for offset in [0, 1, total / 3, total / 2, total.saturating_sub(7), total] {
        let page = page(offset, 50);
        let query = query.clone().with_page(page);
        let expected = UnitPage::new(all[page.range(total)].to_vec(), page, expected.total());
        pair::assert_same_page(&store.list(&query).unwrap(), &expected, &query);
        let Some(before) = offset.checked_sub(3).and_then(|before| all.get(before)) else {
            continue;
        };
        // The cursor is at `offset - 3`; the page skips two units after it.
        let page = crate::page(2, 50);
        let cursor = Cursor::new(query.sort(), before).unwrap();
        let query = query.with_cursor(cursor).with_page(page);
        let expected = all[offset..].iter().take(50).cloned().collect();
        let expected = UnitPage::new(expected, page, u64::try_from(total).unwrap());
        pair::assert_same_page(&store.list(&query).unwrap(), &expected, &query);
    }
}
