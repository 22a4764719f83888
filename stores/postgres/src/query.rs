//! Operations that read: list, explain, get, check the total.
//!
//! ```text
//!  UnitQuery ─► Filter    text and scope as conditions                      ┐
//!            ─► Columns   the sort as columns (of the core)                 ├─► statements
//!            ─► After     the cursor as ranges of the sort order            ┘
//!
//!  statements ─► summary   how many units match, and whether any is irregular
//!             ─► rows      the page, as documents or as `_id`s
//!
//!  summary + rows ─► UnitPage
//! ```
//!
//! A sort by a path without a column is done by the core, over all matches.
//!
//! Values of a request go into parameters. The text of a statement consists of words of this
//! crate, the checked name of the schema, and numbers of columns and parameters. So nothing
//! in a request is ever read as SQL.
//!
//! The units are in one table or in one foreign table for each shard. PostgreSQL pushes
//! neither a limit nor a count through a partitioned table of foreign tables. Therefore each
//! foreign table has its own subquery.

mod after;
mod filter;
mod list;
mod order;
mod pages;
mod session;
mod sql;
mod statement;
mod summary;
mod text;
mod total;

use std::sync::atomic::{AtomicBool, Ordering};

use deadpool_postgres::Transaction;
use livechat_units::{Unit, UnitPage, UnitQuery};

use self::list::Listing;
use self::session::Session;
use crate::connection::{Access, Operation};
use crate::error::{Problem, operation};
use crate::schema::{self, KnownTables, TotalCheck};

/// What earlier operations of a store have seen. Each answer is exact without it; it saves
/// statements.
#[derive(Debug, Default)]
pub(crate) struct Observed {
    /// Whether the last list found irregular units.
    irregular: AtomicBool,
    /// Whether the stored total was wrong when it was last compared. While it is, every list
    /// counts.
    total_is_wrong: AtomicBool,
}

impl Observed {
    /// Forgets a wrong total, after a repair.
    pub(crate) fn total_is_repaired(&self) {
        self.total_is_wrong.store(false, Ordering::Relaxed);
    }
}

/// Lists the page of a query.
pub(crate) struct List<'a> {
    pub(crate) tables: &'a KnownTables,
    pub(crate) observed: &'a Observed,
    pub(crate) query: &'a UnitQuery,
    pub(crate) max_sorted: u64,
}

impl Operation for List<'_> {
    const NAME: &'static str = operation::LIST;
    const ACCESS: Access = Access::Read;
    type Output = UnitPage;

    async fn run(&self, transaction: &Transaction<'_>) -> Result<UnitPage, Problem> {
        let (query, observed) = (self.query, self.observed);
        let tables = self.tables.get(transaction).await?;
        let session = Session::new(transaction, &tables);
        let listing = Listing {
            session: &session,
            query,
            max_sorted: self.max_sorted,
        };
        let irregular = observed.irregular.load(Ordering::Relaxed);
        let (page, irregular) = listing.run(irregular).await?;
        observed.irregular.store(irregular, Ordering::Relaxed);
        total::checked(&session, query, page, &observed.total_is_wrong).await
    }
}

/// Lists the page of a query, and returns the plans of the statements instead of the page.
pub(crate) struct Explain<'a>(pub(crate) List<'a>);

impl Operation for Explain<'_> {
    const NAME: &'static str = operation::LIST;
    const ACCESS: Access = Access::Read;
    type Output = Vec<String>;

    async fn run(&self, transaction: &Transaction<'_>) -> Result<Vec<String>, Problem> {
        let list = &self.0;
        let tables = list.tables.get(transaction).await?;
        let session = Session::recording(transaction, &tables);
        let listing = Listing {
            session: &session,
            query: list.query,
            max_sorted: list.max_sorted,
        };
        let irregular = list.observed.irregular.load(Ordering::Relaxed);
        listing.run(irregular).await?;
        session.plans().await
    }
}

/// Gets the unit with an `_id`.
pub(crate) struct Get<'a> {
    pub(crate) tables: &'a KnownTables,
    pub(crate) id: &'a str,
}

impl Operation for Get<'_> {
    const NAME: &'static str = operation::GET;
    const ACCESS: Access = Access::Read;
    type Output = Option<Unit>;

    async fn run(&self, transaction: &Transaction<'_>) -> Result<Option<Unit>, Problem> {
        let tables = self.tables.get(transaction).await?;
        let session = Session::new(transaction, &tables);
        let mut found = session.with_ids(vec![self.id.to_owned()]).await?;
        Ok(found.pop())
    }
}

/// Compares the stored total with the number of units.
pub(crate) struct CheckTotal<'a> {
    pub(crate) tables: &'a KnownTables,
    pub(crate) observed: &'a Observed,
}

impl Operation for CheckTotal<'_> {
    const NAME: &'static str = operation::CHECK_TOTAL;
    const ACCESS: Access = Access::Read;
    type Output = TotalCheck;

    async fn run(&self, transaction: &Transaction<'_>) -> Result<TotalCheck, Problem> {
        let tables = self.tables.get(transaction).await?;
        let check = schema::count_units(transaction, &tables).await?;
        let is_wrong = check.stored().is_some() && !check.is_right();
        let total_is_wrong = &self.observed.total_is_wrong;
        total_is_wrong.store(is_wrong, Ordering::Relaxed);
        Ok(check)
    }
}
