//! Compares the total of a page with the number of its units.

use std::sync::atomic::{AtomicBool, Ordering};

use livechat_units::{Scope, UnitPage, UnitQuery};

use super::session::Session;
use crate::error::Problem;
use crate::schema;

/// The page with the right total.
///
/// Without a text and a scope, the total of a page is the stored number. If the page has
/// another number of units than this total implies, or if an earlier page had, the units are
/// counted in the same snapshot.
pub(crate) async fn checked(
    session: &Session<'_>,
    query: &UnitQuery,
    page: UnitPage,
    total_is_wrong: &AtomicBool,
) -> Result<UnitPage, Problem> {
    let Session {
        transaction,
        tables,
        ..
    } = *session;
    let is_stored = query.text().is_none()
        && matches!(query.scope(), Scope::All)
        && tables.parts.iter().all(|part| part.counts.is_some());
    let was_wrong = total_is_wrong.load(Ordering::Relaxed);
    if !is_stored || (!was_wrong && fits(query, &page, page.total())) {
        return Ok(page);
    }
    let check = schema::count_units(transaction, tables).await?;
    let total = check.counted();
    total_is_wrong.store(total != page.total(), Ordering::Relaxed);
    if fits(query, &page, total) {
        return Ok(UnitPage::new(page.units().collect(), query.page(), total));
    }
    Err(Problem::Page {
        expected: expected(query, total),
        total,
        found: page.len(),
    })
}

/// Whether the page has as many units as it must have if the total is right. After a cursor
/// this number is only an upper bound.
fn fits(query: &UnitQuery, page: &UnitPage, total: u64) -> bool {
    if query.cursor().is_some() {
        return page.len() <= expected(query, total);
    }
    page.len() == expected(query, total)
}

fn expected(query: &UnitQuery, total: u64) -> usize {
    let total = usize::try_from(total).unwrap_or(usize::MAX);
    query.page().range(total).len()
}
