//! The subcommand `check`: random queries over a store, compared with the reference.
//!
//! The reference is the slice of all units, which an unlimited page of the store lists. Each
//! query is answered by both:
//!
//! ```text
//!              ┌─► store ──────┐
//!  random query┤               ├─► equal, unsupported, or a difference
//!              └─► [Unit] ─────┘
//! ```
//!
//! A unit that the store does not list at all is missing from the reference too, so `check`
//! cannot find that. Cost: a query over the reference scans all units.

mod queries;
mod report;
#[cfg(test)]
mod tests;

use std::io::{self, Write};

use livechat_units::{
    Limit, Page, StoreError, StoreErrorKind, Unit, UnitPage, UnitQuery, UnitStore,
};

use self::queries::Queries;
use self::report::Report;
use crate::args::CheckArgs;
use crate::feed::{Problem, with_causes};
use crate::store::Store;

/// The maximum number of times that the units are read again for one query, because they changed
/// between the answers.
const MAX_READS: usize = 5;

/// A store whose answers are compared with the reference.
pub(crate) trait List {
    fn list(&self, query: UnitQuery) -> impl Future<Output = Result<UnitPage, StoreError>>;
}

impl List for Store {
    async fn list(&self, query: UnitQuery) -> Result<UnitPage, StoreError> {
        self.list(query).await
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Same,
    Different,
}

/// Opens the store and checks it. Prints the report.
pub(crate) async fn check(args: &CheckArgs) -> Result<Verdict, Problem> {
    let opened = Store::open_existing(&args.store).await;
    let store =
        opened.map_err(|error| format!("cannot open the store: {}", with_causes(&*error)))?;
    compare(&store, args.seed, args.queries, &mut io::stdout()).await
}

/// Runs the queries over the store and over the reference, and writes the report.
async fn compare(
    store: &impl List,
    seed: u64,
    queries: u64,
    output: &mut impl Write,
) -> Result<Verdict, Problem> {
    let mut report = Report::new(seed);
    let mut units = read(store, &mut report, output).await?;
    let mut random = Queries::new(seed);
    for number in 1..=queries {
        let query = random.next(&units);
        let mut reads = 0;
        loop {
            let found = store.list(query.clone()).await;
            if let Err(error) = &found
                && error.is_transient()
            {
                return Err(format!("query {number}: {}", with_causes(error)).into());
            }
            let expected = units.list(&query);
            if is_same(&found, &expected) {
                report.count_same();
                break;
            }
            if found.as_ref().is_err_and(is_unsupported) {
                report.count_unsupported();
                break;
            }
            // A write between the two answers can be the cause, so the units are read again.
            let now = read(store, &mut report, output).await?;
            if now == units {
                report.add_difference(output, number, &query, &found, &expected)?;
                break;
            }
            units = now;
            reads += 1;
            if reads == MAX_READS {
                return Err("the units keep changing: stop all writes and check again".into());
            }
        }
    }
    report.summary(output, units.len())?;
    Ok(report.verdict())
}

/// All units of the store.
async fn read(
    store: &impl List,
    report: &mut Report,
    output: &mut impl Write,
) -> Result<Vec<Unit>, Problem> {
    let query = UnitQuery::default().with_page(Page::new(0, Limit::Unlimited));
    let page = store.list(query).await?;
    report.check_unlimited_page(output, &page)?;
    Ok(page.units().collect())
}

fn is_same(found: &Result<UnitPage, StoreError>, expected: &Result<UnitPage, StoreError>) -> bool {
    match (found, expected) {
        (Ok(found), Ok(expected)) => found == expected,
        (Err(found), Err(expected)) => found.kind() == expected.kind(),
        _ => false,
    }
}

fn is_unsupported(error: &StoreError) -> bool {
    error.kind() == StoreErrorKind::Unsupported
}
