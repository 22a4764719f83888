//! What is listed, and on what.

use rusqlite::{Connection, ToSql};

use crate::matches::Matches;
use crate::order::{Columns, Start};
use crate::schema::KeptOrder;

/// Lists on one snapshot of the database.
pub(crate) struct Lister<'a> {
    /// In a transaction.
    pub(crate) connection: &'a Connection,
    pub(crate) orders: &'a [KeptOrder],
    pub(crate) max_sorted: u64,
}

/// Which of the matches are listed.
pub(crate) struct Asked<'a> {
    pub(crate) columns: &'a Columns,
    pub(crate) matches: &'a Matches,
    /// The values of the columns behind which the listing begins. Without any it begins
    /// with the first match.
    pub(crate) place: Vec<Vec<u8>>,
    /// From where it begins.
    pub(crate) offset: usize,
    pub(crate) limit: usize,
}

/// A step along an order takes a fifth of what reading and sorting a unit takes.
pub(crate) const STEPS: u64 = 5;

impl Asked<'_> {
    pub(crate) fn start(&self) -> Start {
        if self.place.is_empty() {
            Start::First
        } else {
            Start::Behind
        }
    }

    /// So many values of the place, and others.
    pub(crate) fn values<'a>(
        &'a self,
        values: usize,
        others: &[&'a dyn ToSql],
    ) -> Vec<&'a dyn ToSql> {
        let place = self.place.iter().take(values);
        let place = place.map(|value| -> &dyn ToSql { value });
        place.chain(others.iter().copied()).collect()
    }
}
