//! The trait `UnitStore` and its reference, the slice.

use std::sync::Arc;

use livechat_units::{
    Endpoint, Limit, Page, Pending, Response, Scope, SortSpec, StoreError, TextFilter, Unit,
    UnitPage, UnitQuery, UnitStore,
};
use proptest::prelude::*;

use crate::{at_most, documented, units};

fn listed(page: &UnitPage) -> Vec<String> {
    page.units().map(|unit| unit.id().to_owned()).collect()
}

#[test]
fn arrays_vectors_slices_and_pointers_are_stores() {
    let units = documented();
    let query = UnitQuery::default();
    let expected = units.list(&query).unwrap();
    let array: [Unit; 7] = units.clone().try_into().unwrap();
    let shared: Arc<dyn UnitStore + Send + Sync> = Arc::new(units.clone());
    let boxed: Box<dyn UnitStore> = Box::new(units.clone());
    let slice: &[Unit] = &units;
    assert_eq!(array.list(&query).unwrap(), expected);
    assert_eq!(shared.list(&query).unwrap(), expected);
    assert_eq!(boxed.list(&query).unwrap(), expected);
    assert_eq!(slice.list(&query).unwrap(), expected);
    assert_eq!((&&slice).list(&query).unwrap(), expected);
}

#[test]
fn public_types_are_send_and_sync() {
    fn check<T: Send + Sync + 'static>() {}
    check::<Unit>();
    check::<UnitQuery>();
    check::<UnitPage>();
    check::<Endpoint>();
    check::<Pending>();
    check::<Response>();
    check::<StoreError>();
}

#[test]
fn a_page_has_its_offset_and_total() {
    let query = UnitQuery::default().with_page(Page::new(5, at_most(10)));
    let page = documented().list(&query).unwrap();
    assert_eq!((page.len(), page.offset(), page.total()), (2, 5, 7));
    assert_eq!(page.units().len(), 2);
    assert!(!page.is_empty());
    let past = query.with_page(Page::new(7, at_most(10)));
    let page = documented().list(&past).unwrap();
    assert!(page.is_empty());
    assert_eq!((page.offset(), page.total()), (7, 7));
}

#[test]
fn documents_that_share_an_id_are_all_listed() {
    let twins = units(&[
        r#"{"_id":"a","type":"u","name":"x"}"#,
        r#"{"_id":"a","type":"u","name":"x"}"#,
        r#"{"_id":"a","type":"u","name":"b"}"#,
    ]);
    let page = twins.list(&UnitQuery::default()).unwrap();
    assert_eq!(page.total(), 3);
    assert_eq!(page.units().next().unwrap().name(), Some("b"));
}

fn any_units() -> impl Strategy<Value = Vec<Unit>> {
    let fields = (
        "[a-c]{0,3}",
        0_i64..3,
        prop::sample::select(vec!["u", "u", "u", "d"]),
    );
    prop::collection::vec(fields, 0..20).prop_map(|all| {
        let unit = |(i, (name, rank, kind)): (usize, (String, i64, &str))| {
            let unit = Unit::builder(format!("{i:02}"))
                .name(name)
                .num_monitors(rank);
            unit.field("type", kind).build().unwrap()
        };
        all.into_iter().enumerate().map(unit).collect()
    })
}

fn any_query() -> impl Strategy<Value = UnitQuery> {
    let sorts = [
        "{}",
        r#"{"name":1}"#,
        r#"{"name":-1}"#,
        r#"{"numMonitors":-1,"name":1}"#,
        r#"{"nosuch":1}"#,
    ];
    let scope = prop::option::of(prop::collection::vec(0_usize..20, 0..9));
    ("[a-c]{0,2}", prop::sample::select(sorts.to_vec()), scope).prop_map(|(text, sort, scope)| {
        let scope = scope.map_or(Scope::All, |ids| {
            Scope::only(ids.iter().map(|i| format!("{i:02}")))
        });
        UnitQuery::default()
            .with_text(text.parse::<TextFilter>().ok())
            .with_sort(sort.parse::<SortSpec>().unwrap())
            .with_scope(scope)
    })
}

/// The unlimited page of `query`.
fn everything(units: &[Unit], query: &UnitQuery) -> UnitPage {
    let query = query.clone().with_page(Page::new(0, Limit::Unlimited));
    units.list(&query).unwrap()
}

proptest! {
    #[test]
    fn the_pages_by_offset_make_up_the_listing(
        units in any_units(),
        query in any_query(),
        size in 1_u64..7,
    ) {
        let whole = everything(&units, &query);
        prop_assert_eq!(whole.total(), u64::try_from(whole.len()).unwrap());
        let mut paged = Vec::new();
        for offset in (0..whole.total() + size).step_by(usize::try_from(size).unwrap()) {
            let query = query.clone().with_page(Page::new(offset, at_most(size)));
            let page = units.list(&query).unwrap();
            prop_assert_eq!(page.total(), whole.total());
            paged.extend(listed(&page));
        }
        prop_assert_eq!(paged, listed(&whole));
    }

    #[test]
    fn a_listing_does_not_depend_on_the_order_of_the_slice(
        units in any_units(),
        query in any_query(),
    ) {
        let backwards: Vec<Unit> = units.iter().rev().cloned().collect();
        prop_assert_eq!(everything(&units, &query), everything(&backwards, &query));
    }

    #[test]
    fn a_listing_does_not_depend_on_units_that_do_not_match(units in any_units(), query in any_query()) {
        let matching: Vec<Unit> = units.iter().filter(|u| query.matches(u)).cloned().collect();
        prop_assert_eq!(everything(&units, &query), everything(&matching, &query));
    }
}
