//! Walking a listing: each page begins after the last unit of the page before.

use std::cell::RefCell;
use std::collections::BTreeSet;

use livechat_units::{
    Cursor, Limit, MemoryStore, Page, Scope, StoreError, StoreErrorKind, Unit, UnitPage, UnitQuery,
    UnitStore,
};
use proptest::prelude::*;

use crate::{at_most, documented};

const SORTS: [&str; 9] = [
    "{}",
    r#"{"name":1}"#,
    r#"{"name":-1}"#,
    r#"{"_id":-1,"name":1}"#,
    r#"{"numMonitors":-1}"#,
    r#"{"visibility":1,"numMonitors":-1,"name":1}"#,
    r#"{"type":1,"_updatedAt":-1}"#,
    r#"{"customFields.rank":1,"name":-1}"#,
    r#"{"numDepartments":-1,"visibility":1}"#,
];

fn ids(page: &UnitPage) -> Vec<String> {
    page.units().map(|unit| unit.id().to_owned()).collect()
}

fn walk<S: UnitStore + ?Sized>(query: &UnitQuery, store: &S) -> Vec<String> {
    let pages = query.clone().pages(store);
    pages.flat_map(|page| ids(&page.unwrap())).collect()
}

#[test]
fn pages_end_with_the_listing() {
    let units = documented();
    let lengths = |count| -> Vec<usize> {
        let query = UnitQuery::default().with_page(Page::new(0, at_most(count)));
        query
            .pages(&units)
            .map(|page| page.unwrap().len())
            .collect()
    };
    assert_eq!(lengths(3), [3, 3, 1]);
    assert_eq!(lengths(7), [7]);
    assert_eq!(lengths(1), [1; 7]);
    let everything = UnitQuery::default().with_page(Page::new(0, Limit::Unlimited));
    assert_eq!(everything.pages(&units).count(), 1);
    // The first page may have an offset.
    let query = UnitQuery::default().with_page(Page::new(4, at_most(2)));
    assert_eq!(walk(&query, &units).len(), 3);
    let past = UnitQuery::default().with_page(Page::new(7, at_most(2)));
    assert_eq!(past.pages(&units).count(), 0);
    assert_eq!(UnitQuery::default().pages(&[]).count(), 0);
}

#[test]
fn every_page_has_the_total_of_the_listing() {
    let query = UnitQuery::default().with_page(Page::new(0, at_most(2)));
    for page in query.pages(&documented()) {
        assert_eq!(page.unwrap().total(), 7);
    }
}

#[test]
fn setting_a_sort_removes_the_cursor() {
    let units = documented();
    let cursor = Cursor::new(&r#"{"name":1}"#.parse().unwrap(), &units[0]).unwrap();
    let query = UnitQuery::default().with_cursor(cursor.clone());
    assert_eq!(query.cursor(), Some(&cursor));
    assert_eq!(query.sort(), cursor.sort());
    let query = query.with_sort(r#"{"name":-1}"#.parse().unwrap());
    assert_eq!(query.cursor(), None);
    assert_eq!(units.list(&query).unwrap().len(), 7);
}

/// A store that lists first pages and fails for queries with a cursor.
struct Failing(Vec<Unit>);

impl UnitStore for Failing {
    fn list(&self, query: &UnitQuery) -> Result<UnitPage, StoreError> {
        match query.cursor() {
            None => self.0.list(query),
            Some(_) => Err(StoreError::new(StoreErrorKind::Unavailable, "list units")),
        }
    }
}

#[test]
fn a_failure_ends_the_walk() {
    let query = UnitQuery::default().with_page(Page::new(0, at_most(2)));
    let store = Failing(documented());
    let mut pages = query.pages(&store);
    assert_eq!(pages.next().unwrap().unwrap().len(), 2);
    assert!(pages.next().unwrap().unwrap_err().is_transient());
    assert!(pages.next().is_none());
}

/// A store that calls a function after every page, which can change the units.
struct Changing<F>(RefCell<MemoryStore>, F);

impl<F: Fn(&mut MemoryStore, &UnitPage)> UnitStore for Changing<F> {
    fn list(&self, query: &UnitQuery) -> Result<UnitPage, StoreError> {
        let page = self.0.borrow().list(query)?;
        (self.1)(&mut self.0.borrow_mut(), &page);
        Ok(page)
    }
}

fn unit(id: &str, name: &str) -> Unit {
    Unit::builder(id).name(name).build().unwrap()
}

#[test]
fn additions_and_removals_skip_and_repeat_no_unit() {
    let names = ["b", "d", "f", "h", "j", "l"];
    let store: MemoryStore = names.iter().map(|name| unit(name, name)).collect();
    let changing = Changing(
        RefCell::new(store),
        |store: &mut MemoryStore, page: &UnitPage| {
            // Replaces the last unit of the page by one directly before and one directly
            // after its position.
            let last = page.units().last().unwrap();
            assert!(store.remove(last.id()));
            let before = last.name().unwrap().as_bytes()[0] - 1;
            store.upsert(unit(
                &format!("before {}", last.id()),
                &char::from(before).to_string(),
            ));
            store.upsert(unit(
                &format!("after {}", last.id()),
                &format!("{}!", last.id()),
            ));
        },
    );
    let query = UnitQuery::default().with_page(Page::new(0, at_most(2)));
    // The units after the positions are listed, those before them are not.
    let found: Vec<String> = query
        .pages(&changing)
        .take(5)
        .flat_map(|page| ids(&page.unwrap()))
        .collect();
    assert_eq!(
        found,
        [
            "b", "d", "after d", "f", "after f", "h", "after h", "j", "after j", "l"
        ]
    );
}

#[test]
fn a_renamed_unit_is_listed_at_its_new_position() {
    let walk_while = |old: &str, new: &'static str| {
        let names = ["b", "d", "f", "h"];
        let store: MemoryStore = names.iter().map(|name| unit(name, name)).collect();
        let renamed = old.to_owned();
        let changing = Changing(
            RefCell::new(store),
            move |store: &mut MemoryStore, _: &UnitPage| {
                store.upsert(unit(&renamed, new));
            },
        );
        let query = UnitQuery::default().with_page(Page::new(0, at_most(2)));
        walk(&query, &changing)
    };
    // From after to before the beginning of the second page: not listed.
    assert_eq!(walk_while("h", "a"), ["b", "d", "f"]);
    // From before to after the beginning of the second page: listed twice.
    assert_eq!(walk_while("b", "z"), ["b", "d", "f", "h", "b"]);
    // After the beginning of the second page all the time: listed once.
    assert_eq!(walk_while("h", "e"), ["b", "d", "h", "f"]);
}

fn random_unit() -> impl Strategy<Value = Unit> {
    let name = prop::sample::select(vec!["a", "A", "b", "ab", "ſ", "S", "é"]);
    let number = prop::option::of(-2_i64..3);
    let rank = prop::sample::select(vec!["1", "[1,2]", "[]", "null", "\"x\"", "{\"a\":[3]}"]);
    (0_u8..60, name, number, rank).prop_map(|(id, name, number, rank)| {
        let rank: serde_json::Value = serde_json::from_str(rank).unwrap();
        let mut unit = Unit::builder(format!("u{id:02}"))
            .name(name)
            .visibility(["private", "public"][usize::from(id % 2)])
            .field("customFields", serde_json::json!({ "rank": rank }));
        if let Some(number) = number {
            unit = unit.num_monitors(number);
        }
        if id % 5 == 0 {
            unit = unit.field("numDepartments", rank);
        }
        unit.build().unwrap()
    })
}

proptest! {
    /// For a slice and for a `MemoryStore`.
    #[test]
    fn the_pages_of_a_walk_make_up_the_listing(
        units in prop::collection::vec(random_unit(), 0..40),
        sort in prop::sample::select(SORTS.to_vec()),
        text in prop::sample::select(vec!["", "a", "s"]),
        only in prop::option::of(prop::collection::btree_set(0_u8..60, 0..40)),
        count in 1_u64..9,
    ) {
        let mut seen = BTreeSet::new();
        let units: Vec<Unit> = units.into_iter().filter(|u| seen.insert(u.id().to_owned())).collect();
        let scope = only.map_or(Scope::All, |ids| Scope::only(ids.iter().map(|id| format!("u{id:02}"))));
        let query = UnitQuery::default()
            .with_sort(sort.parse().unwrap())
            .with_text((!text.is_empty()).then(|| text.parse().unwrap()))
            .with_scope(scope)
            .with_page(Page::new(0, Limit::Unlimited));
        let whole = ids(&units.list(&query).unwrap());
        let paged = query.with_page(Page::new(0, at_most(count)));
        prop_assert_eq!(&walk(&paged, &units), &whole);
        let store: MemoryStore = units.into_iter().collect();
        prop_assert_eq!(&walk(&paged, &store), &whole);
    }
}
