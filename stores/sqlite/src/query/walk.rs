//! Walks: sort orders that an index has.
//!
//! A walk reads an index in order. After a cursor it has several parts, one for each range of
//! the index, because SQLite would sort the union of the ranges. A descending sort by a field
//! under which units hold arrays merges two indexes: `by_…` for the units whose keys are the
//! same in both directions, and `arrays_…` for the others.

use livechat_units::Direction;
use livechat_units::columns::{Columns, Field};
use rusqlite::Connection;

use super::after::{Start, ranges};
use super::order::{has_arrays, indexed_terms};
use crate::row::{document, stem};
use crate::schema::declared::DeclaredOrder;
use crate::schema::order::{OrderTerms, SingleColumn};

/// Statements that yield all units from the start on, in a sort order. Each yields units that
/// follow those of the one before.
pub(super) struct Walk {
    pub(super) parts: Vec<Part>,
}

pub(super) struct Part {
    /// How many values of the position the statement takes.
    pub(super) values: usize,
    source: Source,
}

enum Source {
    /// The name of an index, and the clauses after it.
    Index { name: String, clauses: String },
    /// The whole statement, which merges two indexes.
    Merged(String),
}

impl Part {
    /// The statement that yields slots.
    pub(super) fn slots(&self) -> String {
        match &self.source {
            Source::Index { name, clauses } => {
                format!("SELECT slot FROM unit INDEXED BY {name} {clauses}")
            }
            Source::Merged(sql) => sql.clone(),
        }
    }

    /// The statement that yields documents, if one statement can do that.
    pub(super) fn documents(&self) -> Option<String> {
        match &self.source {
            // A left join, so that a missing document is noticed.
            Source::Index { name, clauses } => Some(format!(
                "SELECT {} FROM unit INDEXED BY {name} LEFT JOIN document USING (slot) {clauses}",
                document::COLUMNS
            )),
            Source::Merged(_) => None,
        }
    }
}

impl Walk {
    /// The walk of this sort order, if an index has it.
    pub(super) fn find(
        connection: &Connection,
        orders: &[DeclaredOrder],
        columns: &Columns,
        start: Start,
    ) -> rusqlite::Result<Option<Self>> {
        let (index, terms) = match SingleColumn::of(columns) {
            Some(SingleColumn::Id) => ("by_id".to_owned(), indexed_terms(columns)),
            Some(SingleColumn::Field(field, Direction::Descending))
                if has_arrays(connection, field)? =>
            {
                return Ok(Some(Self::merged(field, start)));
            }
            Some(SingleColumn::Field(field, direction)) => {
                let stem = stem(field);
                let terms = OrderTerms::single(format!("k_{stem}"), direction);
                (format!("by_{stem}"), terms)
            }
            None => match orders.iter().find(|order| order.columns() == columns) {
                Some(order) => (order.index(), indexed_terms(columns)),
                None => return Ok(None),
            },
        };
        let parts = ranges(&terms, start).into_iter().map(|range| Part {
            values: range.values,
            source: Source::Index {
                name: index.clone(),
                clauses: format!("WHERE {} ORDER BY {}", range.condition, range.order),
            },
        });
        Ok(Some(Self {
            parts: parts.collect(),
        }))
    }

    /// The descending walk of a field under which units hold arrays.
    fn merged(field: Field, start: Start) -> Self {
        let stem = stem(field);
        let ranges = |prefix: char| {
            let column = format!("{prefix}_{stem}");
            ranges(&OrderTerms::single(column, Direction::Descending), start)
        };
        let parts = ranges('k').into_iter().zip(ranges('d'));
        let parts = parts.map(|(same, arrays)| Part {
            values: same.values,
            source: Source::Merged(format!(
                "SELECT slot, k_{stem} AS key, id FROM unit INDEXED BY by_{stem} \
                     WHERE d_{stem} IS NULL AND {} \
                 UNION ALL \
                 SELECT slot, d_{stem}, id FROM unit INDEXED BY arrays_{stem} \
                     WHERE d_{stem} IS NOT NULL AND {} \
                 ORDER BY key DESC, id DESC",
                same.condition, arrays.condition
            )),
        });
        Self {
            parts: parts.collect(),
        }
    }
}
