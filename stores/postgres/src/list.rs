//! Reading: a page and its total from one snapshot.

use std::collections::HashMap;
use std::error::Error;

use deadpool_postgres::Transaction;
use futures_util::future;
use livechat_units::{OrderError, StoreError, Unit, UnitPage, UnitQuery, UnitStore};
use tokio_postgres::Row as Answer;
use tokio_postgres::types::{FromSql, Type};

use crate::error::{Problem, excerpt, of_document, of_driver};
use crate::query::{self, Filter, Order, Rows, Statement};
use crate::schema::{Place, Tables};

pub(crate) const OPERATION: &str = "list units";
pub(crate) const GET: &str = "get a unit";

/// The most prepared statements that a connection keeps. Few orders are asked for often;
/// a client that asks for all there are must not fill the server's memory.
const MOST_PREPARED: usize = 256;

/// What is known of the matches beside the page.
struct State {
    total: u64,
    irregular: bool,
    parallel: bool,
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

/// The page, and whether any unit is irregular, of which `guess` is a guess.
pub(crate) async fn list(
    transaction: &Transaction<'_>,
    tables: &Tables,
    query: &UnitQuery,
    guess: bool,
    bound: u64,
) -> Result<(UnitPage, bool), StoreError> {
    let filter = Filter::of(query);
    let order = match Order::of(query.sort()) {
        Ok(order) => order,
        Err(path) => {
            let page = complete(transaction, tables, query, &filter, path, bound).await?;
            return Ok((page, guess));
        }
    };
    let state = filter.state(tables, &order);
    let mut rows = if guess {
        filter.page_of_all(tables, &order, query.page())
    } else {
        filter.regular_page(tables, &order, query.page())
    };
    sort_where_units_are(transaction, tables).await?;
    let prepared_state = prepare(transaction, &state).await?;
    let prepared_rows = prepare(transaction, rows.statement()).await?;
    // Both are on their way before the first is answered. Where the first fails, the
    // second only says that it was in vain.
    let (state, found) = future::join(
        run(transaction, &prepared_state, &state),
        run(transaction, &prepared_rows, rows.statement()),
    )
    .await;
    let state = State::of(&state?)?;
    let mut found = found?;
    if state.parallel {
        return Err(OrderError::ParallelArrays.into());
    }
    if state.irregular && !guess {
        rows = filter.page_of_all(tables, &order, query.page());
        found = answer(transaction, rows.statement()).await?;
    }
    let units = match rows {
        Rows::Documents(_) => units(&found, OPERATION)?,
        Rows::Ids(_) => by_ids(transaction, tables, &found).await?,
    };
    let page = UnitPage::new(units, query.page(), state.total);
    Ok((page, state.irregular))
}

/// How the server answers `query`: the plan of each statement.
pub(crate) async fn explain(
    transaction: &Transaction<'_>,
    tables: &Tables,
    query: &UnitQuery,
) -> Result<Vec<String>, StoreError> {
    let filter = Filter::of(query);
    let mut statements = Vec::new();
    if let Ok(order) = Order::of(query.sort()) {
        sort_where_units_are(transaction, tables).await?;
        let state = filter.state(tables, &order);
        let irregular = State::of(&answer(transaction, &state).await?)?.irregular;
        let rows = if irregular {
            filter.page_of_all(tables, &order, query.page())
        } else {
            filter.regular_page(tables, &order, query.page())
        };
        let documents = match &rows {
            Rows::Documents(_) => None,
            Rows::Ids(statement) => {
                let ids = ids(&answer(transaction, statement).await?)?;
                Some(query::documents_of(tables, ids))
            }
        };
        statements.extend([state, rows.into_statement()]);
        statements.extend(documents);
    } else {
        let order = Order::of_ids();
        statements.extend([filter.state(tables, &order), filter.documents(tables)]);
    }
    let mut plans = Vec::new();
    for statement in statements {
        for row in answer(transaction, &statement.explained()).await? {
            let Json(plan) = row.try_get(0).map_err(of_driver(OPERATION))?;
            plans.push(plan);
        }
    }
    Ok(plans)
}

/// Knowing little of the shards, the planner would take sorting here for cheaper than
/// sorting there.
async fn sort_where_units_are(
    transaction: &Transaction<'_>,
    tables: &Tables,
) -> Result<(), StoreError> {
    if !matches!(tables.place, Place::Shards(_)) {
        return Ok(());
    }
    let set = transaction
        .batch_execute("SET LOCAL enable_sort = off")
        .await;
    set.map_err(of_driver(OPERATION))
}

/// The page of an order that no column serves: the reference over all matches.
async fn complete(
    transaction: &Transaction<'_>,
    tables: &Tables,
    query: &UnitQuery,
    filter: &Filter,
    path: &str,
    bound: u64,
) -> Result<UnitPage, StoreError> {
    let state = answer(transaction, &filter.state(tables, &Order::of_ids())).await?;
    let found = State::of(&state)?.total;
    if found > bound {
        let path = excerpt(path);
        return Err(Problem::ManyMatches { path, bound, found }.during(OPERATION));
    }
    let matches = answer(transaction, &filter.documents(tables)).await?;
    units(&matches, OPERATION)?.list(query)
}

/// The unit with this id.
pub(crate) async fn get(
    transaction: &Transaction<'_>,
    tables: &Tables,
    id: &str,
) -> Result<Option<Unit>, StoreError> {
    let statement = query::documents_of(tables, vec![id.to_owned()]);
    let found = answer(transaction, &statement).await?;
    let unit = found.first().map(|row| unit(row, GET));
    unit.transpose()
}

/// The units with these ids, in this order.
async fn by_ids(
    transaction: &Transaction<'_>,
    tables: &Tables,
    ids: &[Answer],
) -> Result<Vec<Unit>, StoreError> {
    let ids = self::ids(ids)?;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let statement = query::documents_of(tables, ids.clone());
    let found = answer(transaction, &statement).await?;
    let units = found.iter().map(|row| {
        let unit = unit(row, OPERATION)?;
        Ok((unit.id().to_owned(), unit))
    });
    let mut units: HashMap<String, Unit> = units.collect::<Result<_, StoreError>>()?;
    let taken = ids.into_iter().map(|id| {
        let unit = units.remove(&id);
        unit.ok_or_else(|| Problem::Vanished { id: excerpt(&id) }.during(OPERATION))
    });
    taken.collect()
}

/// The ids that stand in the first column.
fn ids(rows: &[Answer]) -> Result<Vec<String>, StoreError> {
    let ids = rows.iter().map(|row| row.try_get(0));
    ids.collect::<Result<_, _>>().map_err(of_driver(OPERATION))
}

/// The units whose documents stand in the first column.
fn units(rows: &[Answer], operation: &'static str) -> Result<Vec<Unit>, StoreError> {
    rows.iter().map(|row| unit(row, operation)).collect()
}

fn unit(row: &Answer, operation: &'static str) -> Result<Unit, StoreError> {
    let document: &str = row.try_get("document").map_err(of_driver(operation))?;
    Unit::from_json(document).map_err(of_document(operation))
}

impl State {
    fn of(rows: &[Answer]) -> Result<Self, StoreError> {
        let failed = of_driver(OPERATION);
        let wrong = || Problem::Number("the total").during(OPERATION);
        let row = rows.first().ok_or_else(wrong)?;
        let total: i64 = row.try_get(0).map_err(&failed)?;
        Ok(Self {
            total: u64::try_from(total).map_err(|_| wrong())?,
            irregular: row.try_get(1).map_err(&failed)?,
            parallel: row.try_get(2).map_err(&failed)?,
        })
    }
}

async fn answer(
    transaction: &Transaction<'_>,
    statement: &Statement,
) -> Result<Vec<Answer>, StoreError> {
    let prepared = prepare(transaction, statement).await?;
    run(transaction, &prepared, statement).await
}

async fn prepare(
    transaction: &Transaction<'_>,
    statement: &Statement,
) -> Result<tokio_postgres::Statement, StoreError> {
    if transaction.statement_cache.size() >= MOST_PREPARED {
        transaction.statement_cache.clear();
    }
    let prepared = transaction.prepare_cached(&statement.sql).await;
    prepared.map_err(of_driver(OPERATION))
}

async fn run(
    transaction: &Transaction<'_>,
    prepared: &tokio_postgres::Statement,
    statement: &Statement,
) -> Result<Vec<Answer>, StoreError> {
    let rows = transaction.query(prepared, &statement.parameters()).await;
    rows.map_err(of_driver(OPERATION))
}
