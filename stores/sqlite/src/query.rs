//! A listing: which units match, which of them are on the page, and their documents.

use livechat_units::{OrderError, Unit, UnitPage, UnitQuery, UnitStore};
use rusqlite::{Connection, OptionalExtension};

use crate::document::{self, Document};
use crate::error::{Fault, Problem, excerpt};
use crate::lister::{Asked, Lister};
use crate::matches::Matches;
use crate::order::Columns;

impl Lister<'_> {
    pub(crate) fn list(&self, query: &UnitQuery) -> Result<UnitPage, Fault> {
        let matches = Matches::of(self.connection, query)?;
        let columns = match Columns::of(query.sort()) {
            Ok(columns) => columns,
            Err(path) => return self.complete(query, &matches, path),
        };
        self.refuse_parallel(&columns, &matches)?;
        let total = matches.total();
        let range = query
            .page()
            .range(usize::try_from(total).unwrap_or(usize::MAX));
        let mut asked = Asked {
            columns: &columns,
            matches: &matches,
            place: query.cursor().map(Columns::place).unwrap_or_default(),
            offset: range.start,
            limit: range.len(),
        };
        // The total of all units is a number in the file, which another program can make
        // wrong. Where the page reaches the end of the units, one more is asked for: there
        // must be none.
        let from_tally = matches!(matches, Matches::All(_));
        if from_tally && (!range.is_empty() || total == 0) && u64::try_from(range.end) == Ok(total)
        {
            asked.limit = asked.limit.saturating_add(1);
        }
        let mut page = UnitPage::builder();
        if asked.limit > 0 {
            self.fill(&mut page, &asked)?;
        }
        let page = page.build(query.page(), total);
        // After a cursor there may be fewer.
        let is_whole = if query.cursor().is_some() {
            page.len() <= range.len()
        } else {
            page.len() == range.len()
        };
        if !is_whole {
            return Err(Problem::WrongTotal.into());
        }
        Ok(page)
    }

    /// Reads all matches, for the reference to sort.
    fn complete(
        &self,
        query: &UnitQuery,
        matches: &Matches,
        path: &str,
    ) -> Result<UnitPage, Fault> {
        if matches.total() > self.max_sorted {
            let problem = Problem::ManyMatches {
                path: excerpt(path),
                bound: self.max_sorted,
                found: matches.total(),
            };
            return Err(problem.into());
        }
        let mut units = Vec::new();
        let mut add = |document: Document<'_>| {
            units.push(document.unit()?);
            Ok(())
        };
        match matches {
            Matches::Some(slots) => self.documents(slots, add)?,
            Matches::All(_) => {
                // A document that is not there must be missed.
                let all = format!(
                    "SELECT {} FROM unit NOT INDEXED LEFT JOIN document USING (slot)",
                    document::COLUMNS
                );
                let mut statement = self.connection.prepare_cached(&all)?;
                let mut rows = statement.query([])?;
                while let Some(row) = rows.next()? {
                    add(Document::of_row(row)?)?;
                }
            }
        }
        if u64::try_from(units.len()) != Ok(matches.total()) {
            return Err(Problem::WrongTotal.into());
        }
        units.as_slice().list(query).map_err(Fault::Store)
    }

    /// Two fields of the order must not both hold arrays, in any match.
    fn refuse_parallel(&self, columns: &Columns, matches: &Matches) -> Result<(), Fault> {
        let both = |fields: u8| (fields & columns.fields()).count_ones() > 1;
        if !both(u8::MAX) {
            return Ok(());
        }
        let mut statement = self.connection.prepare_cached(
            "SELECT slot, parallel FROM unit INDEXED BY by_parallel WHERE parallel IS NOT NULL",
        )?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            if both(row.get(1)?) && matches.contains(row.get(0)?) {
                return Err(OrderError::ParallelArrays.into());
            }
        }
        Ok(())
    }
}

/// The unit with this id.
pub(crate) fn get(connection: &Connection, id: &str) -> Result<Option<Unit>, Fault> {
    let sql = format!(
        "SELECT {} FROM unit INDEXED BY by_id LEFT JOIN document USING (slot) WHERE id = ?1",
        document::COLUMNS
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let found = statement.query_row([id.as_bytes()], |row| {
        Ok(Document::of_row(row).and_then(|document| document.unit()))
    });
    found.optional()?.transpose()
}
