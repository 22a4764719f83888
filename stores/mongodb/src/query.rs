//! One listing: its commands, and the decision between the server and the core.
//!
//! ```text
//! UnitQuery
//!   │ Plan::new                      filters and sort
//!   ▼
//! Order::Core(reason) ──────────────────────────────────────────┐
//! Order::Server(sort)                                           │ reason
//!   │ aggregate: Census              counts                     │
//!   ├── order_differs, no position ─────────────────────────────┤
//!   │ find: repeated::search         matches only in SPEC       │
//!   ├── a match repeats a field ────────────────────────────────┤
//!   │ find: the page                 each document is checked   ▼
//!   ├── a document repeats a field ───────────────► in_core::list_in_core
//!   ▼                                                 find: all candidates
//! UnitPage                                            the reference lists them
//! ```

mod after;
mod census;
mod checks;
mod expressions;
mod in_core;
mod order;
mod plan;
mod repeated;
mod text;
mod value;

use std::ops::ControlFlow;

use bson::Document;
use bson::raw::RawDocument;
use livechat_units::{Limit, Unit, UnitPage, UnitQuery};
use tokio::time::Instant;

use self::census::Census;
pub(crate) use self::checks::read_match;
use self::checks::{check_match, check_position};
use self::in_core::{list_in_core, too_many};
use self::order::Order;
use self::plan::Plan;
use crate::connection::{Connection, Session, Window};
use crate::error::{Problem, REGEX_FAILED, Reason};
use crate::row::Row;

/// The page that `query` asks for. If `$regexMatch` fails, the listing starts again without it.
pub(crate) async fn list(
    connection: &Connection,
    query: &UnitQuery,
    deadline: Option<Instant>,
) -> Result<UnitPage, Problem> {
    let plan = Plan::new(query)?;
    match list_by(&plan, connection, query, deadline).await {
        Err(problem) if problem.has_code(REGEX_FAILED) => {
            let plan = plan.without_regex_match();
            list_by(&plan, connection, query, deadline).await
        }
        listed => listed,
    }
}

async fn list_by(
    plan: &Plan,
    connection: &Connection,
    query: &UnitQuery,
    deadline: Option<Instant>,
) -> Result<UnitPage, Problem> {
    let bound = connection.options().max_sorted;
    let mut session = connection.session(deadline).await?;
    let session = &mut session;
    let sort = match &plan.order {
        Order::Server(sort) => sort.clone(),
        Order::Core(reason) => return list_in_core(session, plan, query, reason, bound).await,
    };
    let census = Census::take(session, plan.matches(), query).await?;
    let filter = match page_filter(session, plan, query, census).await? {
        Ok(filter) => filter,
        Err(reason) if census.total > bound => return Err(too_many(&reason, bound)),
        Err(reason) => return list_in_core(session, plan, query, &reason, bound).await,
    };
    if query.page().offset() >= census.total {
        return Ok(page(Vec::new(), query, census));
    }
    match read_page(session, filter, sort, query).await? {
        Ok(units) => Ok(page(units, query, census)),
        Err(reason) => list_in_core(session, plan, query, &reason, bound).await,
    }
}

/// The filter of the page. The inner error is the reason why the core has to list instead.
async fn page_filter(
    session: &mut Session<'_>,
    plan: &Plan,
    query: &UnitQuery,
    census: Census,
) -> Result<Result<Document, Reason>, Problem> {
    if let Some(reason) = census.order_differs(query) {
        return Ok(Err(reason));
    }
    let mut filter = plan.matches();
    if let Some(position) = &plan.position {
        match position.clauses(census.id_type()) {
            Ok(clauses) => filter.insert("$or", clauses),
            Err(reason) => return Ok(Err(reason)),
        };
    }
    let found = repeated::search(session, plan, query, census).await?;
    Ok(found.map_or(Ok(filter), Err))
}

/// The units of the page. The inner error is the reason why the core has to list instead: a
/// document of the page repeats a field, and the server's expressions did not show it.
async fn read_page(
    session: &mut Session<'_>,
    filter: Document,
    sort: Document,
    query: &UnitQuery,
) -> Result<Result<Vec<Unit>, Reason>, Problem> {
    let page = query.page();
    let window = Window {
        sort: Some(sort),
        skip: page.offset(),
        limit: match page.limit() {
            Limit::AtMost(count) => Some(i64::try_from(count.get()).unwrap_or(i64::MAX)),
            Limit::Unlimited => None,
        },
    };
    let mut units = Vec::new();
    let mut reason = None;
    let accept = |document: &RawDocument| {
        let row = Row::read(document)?;
        if repeated::repeated_field(document, query).is_some() {
            reason = Some(repeated::differs(document, query));
            return Ok(ControlFlow::Break(()));
        }
        check_match(query, &row)?;
        check_position(query, &row)?;
        units.push(row.unit);
        Ok(ControlFlow::Continue(()))
    };
    session.find(filter, window, accept).await?;
    Ok(reason.map_or(Ok(units), Err))
}

fn page(units: Vec<Unit>, query: &UnitQuery, census: Census) -> UnitPage {
    let total = total(census.total, query, units.len());
    UnitPage::new(units, query.page(), total)
}

/// The number of matches, if the census counted `counted` and the page has `found` units.
///
/// In a snapshot it is `counted`. Without one, the page is the later of two states: a page that
/// is not full, and not empty, is the last, so its end is the total.
fn total(counted: u64, query: &UnitQuery, found: usize) -> u64 {
    let page = query.page();
    let found = u64::try_from(found).unwrap_or(u64::MAX);
    let end = page.offset().saturating_add(found);
    if query.cursor().is_some() {
        // The number of matches before the page is not known.
        return if found > 0 { counted.max(end) } else { counted };
    }
    let is_full = match page.limit() {
        Limit::AtMost(count) => found >= count.get(),
        Limit::Unlimited => false,
    };
    if found > 0 && !is_full {
        end
    } else if found > 0 {
        counted.max(end)
    } else {
        counted.min(page.offset())
    }
}
