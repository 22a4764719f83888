//! The comparison, over stores with one fault each.

use std::cell::Cell;

use livechat_units::{
    MemoryStore, QueryPart, StoreError, StoreErrorKind, Unit, UnitPage, UnitQuery, UnitStore,
    Unsupported,
};

use super::queries::Queries;
use super::{List, Verdict, compare};
use crate::feed::Problem;

/// A store whose answers are the results of a function.
struct Store<F>(F);

impl<F: Fn(&UnitQuery) -> Result<UnitPage, StoreError>> List for Store<F> {
    async fn list(&self, query: UnitQuery) -> Result<UnitPage, StoreError> {
        (self.0)(&query)
    }
}

fn units(count: usize) -> Vec<Unit> {
    let names = ["Sales", "Support", "Straße", "SALES Europe", "Training"];
    let unit = |i: usize| {
        let name = format!("{} {}", names[i % names.len()], i % 7);
        let unit = Unit::builder(format!("u{i:02}")).name(name);
        unit.num_monitors((i % 3).try_into().unwrap())
            .build()
            .unwrap()
    };
    (0..count).map(unit).collect()
}

async fn run(
    list: impl Fn(&UnitQuery) -> Result<UnitPage, StoreError>,
) -> (Result<Verdict, Problem>, String) {
    let mut output = Vec::new();
    let verdict = compare(&Store(list), 7, 300, &mut output).await;
    (verdict, String::from_utf8(output).unwrap())
}

#[tokio::test]
async fn an_exact_store_has_no_difference() {
    let store: MemoryStore = units(40).into_iter().collect();
    let (verdict, output) = run(|query| store.list(query)).await;
    assert_eq!(verdict.unwrap(), Verdict::Same);
    assert_eq!(
        output,
        "40 units, seed 7: 300 queries had the same answer, 0 are not supported by the store, \
         0 differences\n"
    );
    let (verdict, _) = run(|query| Vec::<Unit>::new().list(query)).await;
    assert_eq!(verdict.unwrap(), Verdict::Same);
}

/// A store that reverses the units on a page, if the query has a sort and no cursor.
#[tokio::test]
async fn a_wrong_order_is_reported_with_the_query_and_both_answers() {
    let units = units(40);
    let (verdict, output) = run(|query| {
        if query.sort().fields().is_empty() || query.cursor().is_some() {
            return units.list(query);
        }
        let page = units.list(query)?;
        let mut listed: Vec<Unit> = page.units().collect();
        listed.reverse();
        Ok(UnitPage::new(listed, query.page(), page.total()))
    })
    .await;
    assert_eq!(verdict.unwrap(), Verdict::Different);
    let first: Vec<&str> = output.lines().take(4).collect();
    assert!(first[0].starts_with("difference 1, query "), "{output}");
    assert!(first[0].ends_with(" of seed 7:"), "{output}");
    assert!(first[1].starts_with("  query:     "), "{output}");
    assert!(first[1].contains("sort {\""), "{output}");
    assert!(first[2].starts_with("  store:     "), "{output}");
    assert!(first[3].starts_with("  reference: "), "{output}");
    assert_eq!(output.matches("\n  query:").count(), 20, "{output}");
    assert!(output.contains(" more differences\n"), "{output}");
}

#[tokio::test]
async fn a_wrong_total_a_wrong_document_and_an_error_are_differences() {
    let units = units(40);
    let (verdict, output) = run(|query| {
        let page = units.list(query)?;
        let off = u64::from(query.text().is_some());
        let total = page.total() + off;
        Ok(UnitPage::new(page.units().collect(), query.page(), total))
    })
    .await;
    assert_eq!(verdict.unwrap(), Verdict::Different);
    assert!(output.contains("\n  query:     text \""), "{output}");

    let (verdict, output) = run(|query| {
        let page = units.list(query)?;
        let mut listed: Vec<Unit> = page.units().collect();
        if let Some(unit) = listed.first_mut()
            && query.text().is_some()
        {
            *unit = Unit::builder(unit.id()).name("Other").build().unwrap();
        }
        Ok(UnitPage::new(listed, query.page(), page.total()))
    })
    .await;
    assert_eq!(verdict.unwrap(), Verdict::Different);
    assert!(
        output.contains("\n  a document in the store:     {"),
        "{output}"
    );

    let (verdict, output) = run(|query| match query.text() {
        Some(_) => Err(StoreError::new(StoreErrorKind::Corrupt, "list units")),
        None => units.list(query),
    })
    .await;
    assert_eq!(verdict.unwrap(), Verdict::Different);
    assert!(
        output.contains("store:     an error: cannot list units: the store holds data that is not"),
        "{output}"
    );
}

/// No query compares the page that the reference is made from.
#[tokio::test]
async fn a_unit_that_is_listed_twice_is_a_difference() {
    let mut units = units(3);
    units.push(units[0].clone());
    let (verdict, output) = run(|query| units.list(query)).await;
    assert_eq!(verdict.unwrap(), Verdict::Different);
    assert!(
        output.starts_with(
            "difference 1, all units on one page: the store lists 4 documents with 3 different \
             ids, and its total is 4\n"
        ),
        "{output}"
    );
}

#[tokio::test]
async fn a_query_that_is_not_supported_is_counted() {
    let units = units(40);
    let (verdict, output) = run(|query| match query.cursor() {
        Some(_) => Err(Unsupported::new(QueryPart::Cursor, "no cursors").into()),
        None => units.list(query),
    })
    .await;
    assert_eq!(verdict.unwrap(), Verdict::Same);
    assert!(!output.contains(" 0 are not supported"), "{output}");
    assert!(output.ends_with(" 0 differences\n"), "{output}");
}

#[tokio::test]
async fn a_store_that_cannot_be_reached_ends_the_check() {
    let units = units(4);
    let calls = Cell::new(0);
    let (verdict, _) = run(|query| {
        calls.set(calls.get() + 1);
        match calls.get() {
            ..10 => units.list(query),
            _ => Err(StoreError::new(StoreErrorKind::Unavailable, "list units")),
        }
    })
    .await;
    assert_eq!(
        verdict.unwrap_err().to_string(),
        "query 9: cannot list units: the store is unavailable"
    );
}

/// One unit is added between the two answers.
#[tokio::test]
async fn a_write_during_the_check_is_not_a_difference() {
    let all = units(40);
    let calls = Cell::new(0);
    let (verdict, output) = run(|query| {
        calls.set(calls.get() + 1);
        let count = if calls.get() < 50 { 39 } else { 40 };
        all[..count].list(query)
    })
    .await;
    assert_eq!(verdict.unwrap(), Verdict::Same, "{output}");
    let (verdict, _) = run(|query| {
        calls.set(calls.get() + 1);
        all[..calls.get() % 40].list(query)
    })
    .await;
    assert_eq!(
        verdict.unwrap_err().to_string(),
        "the units keep changing: stop all writes and check again"
    );
}

#[test]
fn a_seed_makes_the_same_queries_of_every_kind() {
    let units = units(40);
    let queries = |seed| -> Vec<UnitQuery> {
        let mut queries = Queries::new(seed);
        (0..300).map(|_| queries.next(&units)).collect()
    };
    let first = queries(7);
    assert_eq!(first, queries(7));
    assert_ne!(first, queries(8));
    let some = |is: fn(&UnitQuery) -> bool| first.iter().filter(|query| is(query)).count() > 10;
    assert!(some(|query| query.text().is_some()));
    assert!(some(|query| query.cursor().is_some()));
    assert!(some(|query| query.sort().fields().len() > 1));
    assert!(some(|query| query.page().offset() > 0));
    assert!(some(
        |query| query.page().limit() == livechat_units::Limit::Unlimited
    ));
    assert!(some(|query| *query.scope() != livechat_units::Scope::All));
}
