//! The listing by the core, if MongoDB would sort or filter differently from SPEC.

use std::ops::ControlFlow;

use bson::raw::RawDocument;
use livechat_units::{Unit, UnitPage, UnitQuery, UnitStore};

use super::checks::{check_types, read_match};
use super::plan::Plan;
use super::text::Covers;
use crate::connection::{Session, Window};
use crate::error::{Problem, Reason};

/// Reads all candidates, at most `bound` matches among them, and lists them with the core's
/// reference. Cost: the transfer of every candidate, and memory for every match.
pub(super) async fn list_in_core(
    session: &mut Session<'_>,
    plan: &Plan,
    query: &UnitQuery,
    reason: &Reason,
    bound: u64,
) -> Result<UnitPage, Problem> {
    // A prefix matches many names that do not contain the text, so every candidate counts
    // towards the bound. Otherwise a candidate that is no match repeats a field. It may be a
    // department, which must not fail the listing, so only matches count.
    let counts_all = plan.covers == Covers::Prefix;
    let mut left = bound;
    let mut units: Vec<Unit> = Vec::new();
    let accept = |document: &RawDocument| {
        let row = read_match(document, query)?;
        if row.is_some() || counts_all {
            left = left.checked_sub(1).ok_or_else(|| too_many(reason, bound))?;
        }
        if let Some(row) = row {
            check_types(query, &row, reason)?;
            units.push(row.unit);
        }
        Ok(ControlFlow::Continue(()))
    };
    // One candidate more than the bound shows that there are too many.
    let limit = i64::try_from(bound).ok();
    let limit = limit.and_then(|bound| bound.checked_add(1));
    let window = Window::unsorted(limit.filter(|_| counts_all));
    session.find(plan.candidates(), window, accept).await?;
    let query = query.clone();
    let listed = tokio::task::spawn_blocking(move || units.list(&query)).await;
    Ok(listed.map_err(Problem::Interrupted)??)
}

/// More matches than the core may sort for this reason.
pub(super) fn too_many(reason: &Reason, bound: u64) -> Problem {
    let reason = reason.clone();
    Problem::ManyMatches { reason, bound }
}
