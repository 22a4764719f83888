//! A listing: which units match, which of them are on the page, and their documents.
//!
//! ```text
//!  scope, text ──► Matches       all units, or the slots of some
//!  sort        ──► Columns ──►   walk: read an index in order
//!                                sort: read the matches and sort them
//!  page        ──► PageQuery ──► page: the cheaper of the two, then the documents
//! ```
//!
//! The reference of the core sorts by fields and paths without a column.

mod after;
mod matches;
mod order;
mod page;
mod page_query;
mod sort;
mod statement;
mod text;
mod walk;

use livechat_units::columns::{Columns, excerpt};
use livechat_units::{OrderError, Unit, UnitPage, UnitQuery, UnitStore};
use rusqlite::{Connection, OptionalExtension};

use crate::error::Problem;
use crate::row::document::{self, Document};
use crate::schema::declared::DeclaredOrder;
use matches::Matches;
use page_query::PageQuery;

/// The database and the settings for a listing.
pub(crate) struct Lister<'a> {
    /// In a transaction.
    pub(crate) connection: &'a Connection,
    pub(crate) orders: &'a [DeclaredOrder],
    /// See [`SqliteOptions::with_max_sorted`](crate::SqliteOptions::with_max_sorted).
    pub(crate) max_sorted: u64,
}

impl Lister<'_> {
    pub(crate) fn list(&self, query: &UnitQuery) -> Result<UnitPage, Problem> {
        let matches = Matches::new(self.connection, query)?;
        let columns = match Columns::new(query.sort()) {
            Ok(columns) => columns,
            Err(field) => return self.list_by_reference(query, &matches, field.path()),
        };
        self.refuse_parallel_arrays(&columns, &matches)?;
        let total = matches.total();
        let mut page_query = PageQuery::new(query, &columns, &matches);
        let length = page_query.limit;
        // Another program can make the total of all units wrong. If the page reaches the
        // end of the units, the query asks for one more, which must not exist.
        let end = page_query.offset.saturating_add(length);
        let is_last = u64::try_from(end) == Ok(total) && (length > 0 || total == 0);
        if matches!(matches, Matches::All(_)) && is_last {
            page_query.limit = page_query.limit.saturating_add(1);
        }
        let mut page = UnitPage::builder();
        if page_query.limit > 0 {
            page::fill(self.connection, self.orders, &page_query, &mut page)?;
        }
        let page = page.build(query.page(), total);
        // After a cursor there may be fewer.
        let is_whole = if query.cursor().is_some() {
            page.len() <= length
        } else {
            page.len() == length
        };
        if !is_whole {
            return Err(Problem::WrongTotal);
        }
        Ok(page)
    }

    /// Reads all matches, and has the reference sort them by `path`, which has no column.
    fn list_by_reference(
        &self,
        query: &UnitQuery,
        matches: &Matches,
        path: &str,
    ) -> Result<UnitPage, Problem> {
        if matches.total() > self.max_sorted {
            return Err(Problem::ManyMatches {
                path: excerpt(path),
                bound: self.max_sorted,
                found: matches.total(),
            });
        }
        let mut units = Vec::new();
        let add = |document: Document<'_>| {
            units.push(document.unit()?);
            Ok(())
        };
        match matches {
            Matches::Slots(slots) => page::read_documents(self.connection, slots, add)?,
            Matches::All(_) => page::read_all_documents(self.connection, add)?,
        }
        if u64::try_from(units.len()) != Ok(matches.total()) {
            return Err(Problem::WrongTotal);
        }
        units.as_slice().list(query).map_err(Problem::Reference)
    }

    /// Fails if a match holds arrays under two fields of the sort order.
    fn refuse_parallel_arrays(&self, columns: &Columns, matches: &Matches) -> Result<(), Problem> {
        let fields = columns.fields();
        if fields.len() < 2 {
            return Ok(());
        }
        let mut statement = self.connection.prepare_cached(
            "SELECT slot, parallel FROM unit INDEXED BY by_parallel WHERE parallel IS NOT NULL",
        )?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let arrays: u8 = row.get(1)?;
            let of_sort = arrays & fields.bits();
            if of_sort.count_ones() > 1 && matches.contains(row.get(0)?) {
                return Err(OrderError::ParallelArrays.into());
            }
        }
        Ok(())
    }
}

/// The unit with this id.
pub(crate) fn get(connection: &Connection, id: &str) -> Result<Option<Unit>, Problem> {
    let sql = format!(
        "SELECT {} FROM unit INDEXED BY by_id LEFT JOIN document USING (slot) WHERE id = ?1",
        document::COLUMNS
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let found = statement.query_row([id.as_bytes()], |row| {
        Ok(Document::from_row(row).and_then(|document| document.unit()))
    });
    found.optional()?.transpose()
}
