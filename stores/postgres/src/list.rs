//! Reading: a page and its total from one snapshot.

use std::collections::HashMap;
use std::error::Error;
use std::sync::{Mutex, PoisonError};

use deadpool_postgres::Transaction;
use futures_util::future;
use livechat_units::{Limit, OrderError, Page, StoreError, Unit, UnitPage, UnitQuery, UnitStore};
use tokio_postgres::types::{FromSql, Type};
use tokio_postgres::{Row as Answer, Statement as Prepared};

use crate::error::{Problem, excerpt, of_document, of_driver};
use crate::instant;
use crate::order::Order;
use crate::query::{self, Filter, FoundBy, Rows};
use crate::schema::{Place, Tables};
use crate::statement::Statement;

pub(crate) const OPERATION: &str = "list units";
pub(crate) const GET: &str = "get a unit";

/// The most prepared statements that a connection keeps. Few orders are asked for often;
/// a client that asks for all there are must not fill the server's memory.
const MOST_PREPARED: usize = 256;

/// One reading operation.
struct Session<'a> {
    transaction: &'a Transaction<'a>,
    tables: &'a Tables,
    operation: &'static str,
    /// What has been asked, where somebody wants to know.
    asked: Option<Mutex<Vec<Statement>>>,
}

/// What is known of the matches beside the page.
struct State {
    total: u64,
    /// All units, where their number is kept.
    units: Option<u64>,
    irregular: bool,
    parallel: bool,
}

/// What is asked of [`list`] beside the query.
#[derive(Clone, Copy)]
pub(crate) struct Hints {
    /// Whether any unit is irregular: of a distributed table that is known, else a guess.
    pub(crate) irregular: bool,
    /// The most matches to read for an order without a column.
    pub(crate) max_sorted: u64,
}

/// A value of type `json` as its text.
struct Json(String);

impl<'a> FromSql<'a> for Json {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(std::str::from_utf8(raw)?.to_owned()))
    }

    fn accepts(kind: &Type) -> bool {
        *kind == Type::JSON
    }
}

/// The page, and whether any unit is irregular.
pub(crate) async fn list(
    transaction: &Transaction<'_>,
    tables: &Tables,
    query: &UnitQuery,
    hints: Hints,
) -> Result<(UnitPage, bool), StoreError> {
    let session = Session::new(transaction, tables, OPERATION);
    session.list(query, hints).await
}

/// How the server answers `query`: the plan of each statement.
pub(crate) async fn explain(
    transaction: &Transaction<'_>,
    tables: &Tables,
    query: &UnitQuery,
    hints: Hints,
) -> Result<Vec<String>, StoreError> {
    let mut session = Session::new(transaction, tables, OPERATION);
    session.asked = Some(Mutex::default());
    session.list(query, hints).await?;
    let asked = session.asked.take().map(Mutex::into_inner);
    let asked = asked.map(|asked| asked.unwrap_or_else(PoisonError::into_inner));
    let mut plans = Vec::new();
    for statement in asked.unwrap_or_default() {
        for row in session.answer(&statement.explained()).await? {
            let Json(plan) = row.try_get(0).map_err(of_driver(OPERATION))?;
            plans.push(plan);
        }
    }
    Ok(plans)
}

/// The unit with this id.
pub(crate) async fn get(
    transaction: &Transaction<'_>,
    tables: &Tables,
    id: &str,
) -> Result<Option<Unit>, StoreError> {
    let session = Session::new(transaction, tables, GET);
    let statement = query::documents_of(tables, vec![id.to_owned()]);
    let found = session.answer(&statement).await?;
    Ok(session.units(&found)?.pop())
}

impl<'a> Session<'a> {
    fn new(transaction: &'a Transaction<'a>, tables: &'a Tables, operation: &'static str) -> Self {
        Self {
            transaction,
            tables,
            operation,
            asked: None,
        }
    }

    async fn list(&self, query: &UnitQuery, hints: Hints) -> Result<(UnitPage, bool), StoreError> {
        let found = instant::begin(self.transaction, self.tables, self.operation).await?;
        let hints = Hints {
            irregular: found.unwrap_or(hints.irregular),
            ..hints
        };
        let filter = Filter::of(query);
        let order = match Order::of(query.sort()) {
            Ok(order) => order,
            Err(path) => {
                let page = self.complete(query, &filter, path, hints).await?;
                return Ok((page, hints.irregular));
            }
        };
        let page = query.page();
        let (state, rows, found) = if self.tables.place == Place::Here && filter.narrows() {
            let state = self
                .answer(&filter.state(self.tables, &order, hints))
                .await?;
            let state = State::of(&state)?;
            let (rows, found) = self.search(&filter, &order, page, &state).await?;
            (state, rows, found)
        } else {
            self.walk(&filter, &order, page, hints).await?
        };
        if state.parallel {
            return Err(OrderError::ParallelArrays.into());
        }
        let units = match rows {
            Rows::Documents(_) => self.units(&found)?,
            Rows::Ids(_) => self.by_ids(&found).await?,
        };
        Ok((UnitPage::new(units, page, state.total), state.irregular))
    }

    /// The page and what is known beside it, both asked for at once.
    async fn walk(
        &self,
        filter: &Filter,
        order: &Order,
        page: Page,
        hints: Hints,
    ) -> Result<(State, Rows, Vec<Answer>), StoreError> {
        let state = filter.state(self.tables, order, hints);
        let mut rows = if hints.irregular {
            filter.page_of_all(self.tables, order, page)
        } else {
            filter.regular_page(self.tables, order, page)
        };
        let prepared_state = self.prepare(&state).await?;
        let prepared_rows = self.prepare(rows.statement()).await?;
        // Both are on their way before the first is answered. Where the first fails, the
        // second only says that it was in vain.
        let (state, found) = future::join(
            self.run(&prepared_state, &state),
            self.run(&prepared_rows, rows.statement()),
        )
        .await;
        let state = State::of(&state?)?;
        let mut found = found?;
        if state.irregular && !hints.irregular && !state.parallel {
            rows = filter.page_of_all(self.tables, order, page);
            found = self.answer(rows.statement()).await?;
        }
        Ok((state, rows, found))
    }

    /// The page of what a filter leaves. Names that contain a text may all lie at the end
    /// of the order, which the planner cannot know. So the order is walked as far as
    /// matches would take that are spread evenly, and a few times that; where that was
    /// not enough, or is not less work, the matches are collected and sorted.
    async fn search(
        &self,
        filter: &Filter,
        order: &Order,
        page: Page,
        state: &State,
    ) -> Result<(Rows, Vec<Answer>), StoreError> {
        if state.irregular {
            let rows = filter.page_of_all(self.tables, order, page);
            let found = self.answer(rows.statement()).await?;
            return Ok((rows, found));
        }
        let expected = page
            .range(usize::try_from(state.total).unwrap_or(usize::MAX))
            .len();
        let steps = steps(page, state, filter.found_by());
        let walk = steps.and_then(|steps| filter.page_within(self.tables, order, page, steps));
        if let Some(rows) = walk {
            let found = self.answer(rows.statement()).await?;
            // After a cursor there may be fewer; then they are collected in vain.
            if found.len() == expected {
                return Ok((rows, found));
            }
        }
        let rows = filter.page_of_collected(self.tables, order, page);
        let found = self.answer(rows.statement()).await?;
        Ok((rows, found))
    }

    /// The page of an order that no column serves: the reference over all matches.
    async fn complete(
        &self,
        query: &UnitQuery,
        filter: &Filter,
        path: &str,
        hints: Hints,
    ) -> Result<UnitPage, StoreError> {
        let bound = hints.max_sorted;
        // The kept total may be wrong, and a bound holds for the units that are there.
        let counted = self.answer(&filter.count(self.tables)).await?;
        let found = State::of(&counted)?.total;
        if found > bound {
            let path = excerpt(path);
            return Err(Problem::ManyMatches { path, bound, found }.during(OPERATION));
        }
        let matches = self.answer(&filter.documents(self.tables)).await?;
        self.units(&matches)?.list(query)
    }

    /// The units with the ids in the first column, in this order.
    async fn by_ids(&self, rows: &[Answer]) -> Result<Vec<Unit>, StoreError> {
        let ids = rows.iter().map(|row| row.try_get(0));
        let ids: Result<Vec<String>, _> = ids.collect();
        let ids = ids.map_err(of_driver(self.operation))?;
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let statement = query::documents_of(self.tables, ids.clone());
        let units = self.units(&self.answer(&statement).await?)?;
        let units = units.into_iter().map(|unit| (unit.id().to_owned(), unit));
        let mut units: HashMap<String, Unit> = units.collect();
        let taken = ids.into_iter().map(|id| {
            let unit = units.remove(&id);
            unit.ok_or_else(|| Problem::Vanished { id: excerpt(&id) }.during(OPERATION))
        });
        taken.collect()
    }

    /// The units whose documents the rows have.
    fn units(&self, rows: &[Answer]) -> Result<Vec<Unit>, StoreError> {
        let units = rows.iter().map(|row| {
            let document = row.try_get("document").map_err(of_driver(self.operation))?;
            Unit::from_json(document).map_err(of_document(self.operation))
        });
        units.collect()
    }

    async fn answer(&self, statement: &Statement) -> Result<Vec<Answer>, StoreError> {
        let prepared = self.prepare(statement).await?;
        self.run(&prepared, statement).await
    }

    async fn prepare(&self, statement: &Statement) -> Result<Prepared, StoreError> {
        let cache = &self.transaction.statement_cache;
        if cache.size() >= MOST_PREPARED {
            cache.clear();
        }
        let prepared = self.transaction.prepare_cached(&statement.sql).await;
        prepared.map_err(of_driver(self.operation))
    }

    async fn run(
        &self,
        prepared: &Prepared,
        statement: &Statement,
    ) -> Result<Vec<Answer>, StoreError> {
        if let Some(asked) = &self.asked {
            let mut asked = asked.lock().unwrap_or_else(PoisonError::into_inner);
            asked.push(statement.clone());
        }
        let parameters = statement.parameters();
        let rows = self.transaction.query(prepared, &parameters).await;
        rows.map_err(of_driver(self.operation))
    }
}

/// How many units to walk for the page before the matches are collected; `None` where
/// collecting is less work from the beginning.
fn steps(page: Page, state: &State, found_by: FoundBy) -> Option<u64> {
    const MARGIN: u64 = 4;
    let Limit::AtMost(count) = page.limit() else {
        return None;
    };
    let end = page.offset().checked_add(count.get())?.min(state.total);
    let units = state.units?;
    let steps = end.checked_mul(units)?.checked_div(state.total)?;
    let steps = steps.checked_mul(MARGIN)?;
    let collecting = match found_by {
        FoundBy::Index => state.total,
        FoundBy::Reading => units,
    };
    (steps < collecting).then_some(steps)
}

impl State {
    fn of(rows: &[Answer]) -> Result<Self, StoreError> {
        let failed = of_driver(OPERATION);
        let wrong = || Problem::Number("the total").during(OPERATION);
        let row = rows.first().ok_or_else(wrong)?;
        let total: i64 = row.try_get(0).map_err(&failed)?;
        let units: Option<i64> = row.try_get(1).map_err(&failed)?;
        Ok(Self {
            total: u64::try_from(total).map_err(|_| wrong())?,
            units: units.and_then(|units| u64::try_from(units).ok()),
            irregular: row.try_get(2).map_err(&failed)?,
            parallel: row.try_get(3).map_err(&failed)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn walks_only_where_that_is_less_than_collecting() {
        let steps_by = |found_by, total, units, offset, count| {
            let state = State {
                total,
                units,
                irregular: false,
                parallel: false,
            };
            let limit = Limit::at_most(count).unwrap_or(Limit::Unlimited);
            steps(Page::new(offset, limit), &state, found_by)
        };
        let steps =
            |total, units, offset, count| steps_by(FoundBy::Index, total, units, offset, count);
        assert_eq!(steps(50_000, Some(100_000), 0, 50), Some(400));
        assert_eq!(steps(5_000, Some(100_000), 0, 50), Some(4_000));
        assert_eq!(steps(1_000, Some(100_000), 0, 50), None);
        assert_eq!(steps(5_000, Some(100_000), 100, 50), None);
        assert_eq!(steps(5_000, Some(100_000), 0, 0), None);
        assert_eq!(steps(0, Some(100_000), 0, 50), None);
        assert_eq!(steps(5_000, None, 0, 50), None);
        assert_eq!(steps(5_000, Some(100_000), u64::MAX, 50), None);
        let by_reading =
            |total, offset| steps_by(FoundBy::Reading, total, Some(100_000), offset, 50);
        assert_eq!(by_reading(1_000, 0), Some(20_000));
        assert_eq!(by_reading(60_000, 30_000), None);
    }
}
