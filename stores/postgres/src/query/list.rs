//! Lists: a page and its total from one snapshot.

use futures_util::future;
use livechat_units::columns::{Columns, excerpt};
use livechat_units::{Limit, OrderError, Page, UnitPage, UnitQuery, UnitStore};
use tokio_postgres::Row;

use super::filter::Filter;
use super::pages::{PageStatement, Pages, Selected};
use super::session::{self, Session};
use super::statement::Statement;
use super::summary::{self, Summary};
use super::text::Search;
use crate::error::Problem;
use crate::schema::{self, Distribution};

/// One list.
pub(crate) struct Listing<'a> {
    pub(crate) session: &'a Session<'a>,
    pub(crate) query: &'a UnitQuery,
    /// The most matches to sort here for a sort by a path without a column.
    pub(crate) max_sorted: u64,
}

/// The rows of a page.
struct Found {
    rows: Vec<Row>,
    selected: Selected,
}

impl Listing<'_> {
    /// The page, and whether any unit is irregular. `irregular` is a guess of that, which
    /// decides which statements are sent first.
    pub(crate) async fn run(&self, irregular: bool) -> Result<(UnitPage, bool), Problem> {
        let Session {
            transaction,
            tables,
            ..
        } = *self.session;
        let seen = schema::begin_read(transaction, tables).await?;
        let irregular = seen.unwrap_or(irregular);
        let filter = Filter::new(self.query);
        let columns = match Columns::new(self.query.sort()) {
            Ok(columns) => columns,
            Err(field) => {
                let page = self.sort_matches(&filter, field.path()).await?;
                return Ok((page, irregular));
            }
        };
        let pages = Pages::new(tables, &filter, &columns, self.query);
        let statement = summary::summary(&filter, tables, &columns, irregular);
        let (summary, found) = if tables.distribution == Distribution::OneTable && filter.narrows()
        {
            let rows = self.session.answer(&statement).await?;
            let summary = Summary::of_rows(&rows)?;
            let found = self.search(&filter, &pages, &summary).await?;
            (summary, found)
        } else {
            self.walk(&pages, &statement, irregular).await?
        };
        if summary.parallel {
            return Err(OrderError::ParallelArrays.into());
        }
        let units = match found.selected {
            Selected::Documents => session::units(&found.rows)?,
            Selected::Ids => self.session.by_ids(&found.rows).await?,
        };
        let page = UnitPage::new(units, self.query.page(), summary.total);
        Ok((page, summary.irregular))
    }

    /// Reads the sort order up to the end of the page. The statements for the summary and for
    /// the page are sent together.
    async fn walk(
        &self,
        pages: &Pages<'_>,
        summary: &Statement,
        irregular: bool,
    ) -> Result<(Summary, Found), Problem> {
        let session = self.session;
        let page = if irregular {
            pages.of_all()
        } else {
            pages.of_regular()
        };
        let prepared_summary = session.prepare(summary).await?;
        let prepared_page = session.prepare(&page.statement).await?;
        // Both are sent before the first is answered. If the first fails, the error of the
        // second only says that the transaction has failed.
        let (summary, rows) = future::join(
            session.execute(&prepared_summary, summary),
            session.execute(&prepared_page, &page.statement),
        )
        .await;
        let summary = Summary::of_rows(&summary?)?;
        let rows = rows?;
        if summary.irregular && !irregular && !summary.parallel {
            let found = self.rows(pages.of_all()).await?;
            return Ok((summary, found));
        }
        let selected = page.selected;
        Ok((summary, Found { rows, selected }))
    }

    /// Finds the page among the matches of a filter.
    ///
    /// All matches may be at the end of the sort order, which the planner cannot know. So the
    /// sort order is read as far as evenly distributed matches would require, times a margin.
    /// If that is not enough, or costs more, all matches are collected and sorted.
    async fn search(
        &self,
        filter: &Filter,
        pages: &Pages<'_>,
        summary: &Summary,
    ) -> Result<Found, Problem> {
        if summary.irregular {
            return self.rows(pages.of_all()).await;
        }
        let page = self.query.page();
        let total = usize::try_from(summary.total).unwrap_or(usize::MAX);
        let expected = page.range(total).len();
        let steps = steps(page, summary, filter.search());
        if let Some(walk) = steps.and_then(|steps| pages.within(steps)) {
            let found = self.rows(walk).await?;
            // After a cursor the page may be shorter than expected. Then the matches are
            // collected, with the same result.
            if found.rows.len() == expected {
                return Ok(found);
            }
        }
        self.rows(pages.of_collected()).await
    }

    /// The page of a sort by a path without a column: the core sorts all matches.
    async fn sort_matches(&self, filter: &Filter, path: &str) -> Result<UnitPage, Problem> {
        let session = self.session;
        let bound = self.max_sorted;
        // The bound protects memory, so the stored total, which may be wrong, is not used.
        let counted = session
            .answer(&summary::count(filter, session.tables))
            .await?;
        let found = Summary::of_rows(&counted)?.total;
        if found > bound {
            let path = excerpt(path);
            return Err(Problem::ManyMatches { path, bound, found });
        }
        let matches = session.answer(&filter.documents(session.tables)).await?;
        Ok(session::units(&matches)?.list(self.query)?)
    }

    async fn rows(&self, page: PageStatement) -> Result<Found, Problem> {
        let rows = self.session.answer(&page.statement).await?;
        let selected = page.selected;
        Ok(Found { rows, selected })
    }
}

/// How many units of the sort order to read before the matches are collected; `None` if
/// collecting costs less from the beginning.
fn steps(page: Page, summary: &Summary, search: Search) -> Option<u64> {
    /// How much further than evenly distributed matches require.
    const MARGIN: u64 = 4;
    let Limit::AtMost(count) = page.limit() else {
        return None;
    };
    let end = page.offset().checked_add(count.get())?.min(summary.total);
    let units = summary.units?;
    let steps = end.checked_mul(units)?.checked_div(summary.total)?;
    let steps = steps.checked_mul(MARGIN)?;
    let collecting = match search {
        Search::Index => summary.total,
        Search::Scan => units,
    };
    (steps < collecting).then_some(steps)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_is_walked_only_if_that_costs_less_than_collecting() {
        let steps_by = |search, total, units, offset, count| {
            let summary = Summary {
                total,
                units,
                irregular: false,
                parallel: false,
            };
            let limit = Limit::at_most(count).unwrap_or(Limit::Unlimited);
            steps(Page::new(offset, limit), &summary, search)
        };
        let steps =
            |total, units, offset, count| steps_by(Search::Index, total, units, offset, count);
        assert_eq!(steps(50_000, Some(100_000), 0, 50), Some(400));
        assert_eq!(steps(5_000, Some(100_000), 0, 50), Some(4_000));
        assert_eq!(steps(1_000, Some(100_000), 0, 50), None);
        assert_eq!(steps(5_000, Some(100_000), 100, 50), None);
        assert_eq!(steps(5_000, Some(100_000), 0, 0), None);
        assert_eq!(steps(0, Some(100_000), 0, 50), None);
        assert_eq!(steps(5_000, None, 0, 50), None);
        assert_eq!(steps(5_000, Some(100_000), u64::MAX, 50), None);
        let by_scan = |total, offset| steps_by(Search::Scan, total, Some(100_000), offset, 50);
        assert_eq!(by_scan(1_000, 0), Some(20_000));
        assert_eq!(by_scan(60_000, 30_000), None);
    }
}
