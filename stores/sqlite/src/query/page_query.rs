//! A page as parameters of statements: position, offset and limit.

use livechat_units::UnitQuery;
use livechat_units::columns::Columns;
use rusqlite::ToSql;

use super::after::Start;
use super::matches::Matches;

/// Which of the matches are on the page.
pub(super) struct PageQuery<'a> {
    pub(super) columns: &'a Columns,
    pub(super) matches: &'a Matches,
    /// The position of the cursor: the values of the columns, the `_id` last. Empty without
    /// a cursor.
    position: Vec<Vec<u8>>,
    /// How many matches to skip, after the position if there is one.
    pub(super) offset: usize,
    /// The largest number of matches to read.
    pub(super) limit: usize,
}

impl<'a> PageQuery<'a> {
    /// The page of `query`. Without a cursor it has exactly `limit` units.
    pub(super) fn new(query: &UnitQuery, columns: &'a Columns, matches: &'a Matches) -> Self {
        let total = usize::try_from(matches.total()).unwrap_or(usize::MAX);
        let range = query.page().range(total);
        let position = query.cursor().map(|cursor| {
            let position = columns.position(cursor);
            let id = position.id().as_bytes().to_vec();
            position.keys().iter().cloned().chain([id]).collect()
        });
        Self {
            columns,
            matches,
            position: position.unwrap_or_default(),
            offset: range.start,
            limit: range.len(),
        }
    }

    pub(super) fn start(&self) -> Start {
        if self.position.is_empty() {
            Start::First
        } else {
            Start::AfterPosition
        }
    }

    /// The number of values of the position.
    pub(super) fn position_len(&self) -> usize {
        self.position.len()
    }

    /// The parameters of a statement: the first `values` values of the position, and then
    /// `others`.
    pub(super) fn parameters<'b>(
        &'b self,
        values: usize,
        others: &[&'b dyn ToSql],
    ) -> Vec<&'b dyn ToSql> {
        let position = self.position.iter().take(values);
        let position = position.map(|value| -> &dyn ToSql { value });
        position.chain(others.iter().copied()).collect()
    }
}
