//! Orders that indexes have.

use livechat_units::Direction;
use rusqlite::Connection;

use crate::document;
use crate::field::Field;
use crate::order::{Column, Columns, Start, Terms};
use crate::schema::KeptOrder;

/// Statements that yield the units in an order, those of each behind those of the one
/// before.
pub(crate) struct Walk {
    pub(crate) parts: Vec<Part>,
}

/// A statement of a walk.
pub(crate) struct Part {
    /// How many of the values of a place it takes.
    pub(crate) values: usize,
    source: Source,
}

enum Source {
    /// An index of this name, and what comes behind it.
    Index { name: String, rest: String },
    /// All of the statement, which merges two.
    Merged(String),
}

impl Part {
    /// What yields slots.
    pub(crate) fn slots(&self) -> String {
        match &self.source {
            Source::Index { name, rest } => {
                format!("SELECT slot FROM unit INDEXED BY {name} {rest}")
            }
            Source::Merged(sql) => sql.clone(),
        }
    }

    /// What yields documents, where one statement can do both.
    pub(crate) fn documents(&self) -> Option<String> {
        match &self.source {
            // A document that is not there must be missed.
            Source::Index { name, rest } => Some(format!(
                "SELECT {} FROM unit INDEXED BY {name} LEFT JOIN document USING (slot) {rest}",
                document::COLUMNS
            )),
            Source::Merged(_) => None,
        }
    }
}

impl Walk {
    /// The walk that yields this order, if an index has it.
    pub(crate) fn of(
        connection: &Connection,
        kept: &[KeptOrder],
        columns: &Columns,
        start: Start,
    ) -> rusqlite::Result<Option<Self>> {
        let (index, terms) = match columns.single() {
            Some((Column::Id, _)) => ("by_id".to_owned(), columns.terms()),
            Some((Column::Field(field), Direction::Descending))
                if has_arrays(connection, field)? =>
            {
                return Ok(Some(Self::merged(field, start)));
            }
            Some((Column::Field(field), direction)) => {
                let stem = field.stem();
                (
                    format!("by_{stem}"),
                    Terms::by(format!("k_{stem}"), direction),
                )
            }
            None => match kept.iter().find(|kept| kept.columns == *columns) {
                Some(kept) => (kept.index(), columns.terms()),
                None => return Ok(None),
            },
        };
        let parts = terms.ranges(start).into_iter().map(|range| {
            let (condition, order) = (range.condition, range.order);
            Part {
                values: range.values,
                source: Source::Index {
                    name: index.clone(),
                    rest: format!("WHERE {condition} ORDER BY {order}"),
                },
            }
        });
        Ok(Some(Self {
            parts: parts.collect(),
        }))
    }

    /// Ascending keys are in order both ways. Only those units that hold an array have
    /// another place in the descending order; they have an index of their own, which is
    /// merged.
    fn merged(field: Field, start: Start) -> Self {
        let stem = field.stem();
        let ranges = |column| Terms::by(column, Direction::Descending).ranges(start);
        let (keys, arrays) = (ranges(format!("k_{stem}")), ranges(format!("d_{stem}")));
        let parts = keys.into_iter().zip(arrays).map(|(keys, arrays)| Part {
            values: keys.values,
            source: Source::Merged(format!(
                "SELECT slot, k_{stem} AS key, id FROM unit INDEXED BY by_{stem} \
                     WHERE d_{stem} IS NULL AND {} \
                 UNION ALL \
                 SELECT slot, d_{stem}, id FROM unit INDEXED BY arrays_{stem} \
                     WHERE d_{stem} IS NOT NULL AND {} \
                 ORDER BY key DESC, id DESC",
                keys.condition, arrays.condition
            )),
        });
        Self {
            parts: parts.collect(),
        }
    }
}

/// Whether any unit has another key under this field where it is descending.
pub(crate) fn has_arrays(connection: &Connection, field: Field) -> rusqlite::Result<bool> {
    let stem = field.stem();
    let any = format!(
        "SELECT EXISTS (SELECT 1 FROM unit INDEXED BY arrays_{stem} WHERE d_{stem} IS NOT NULL)"
    );
    let mut any = connection.prepare_cached(&any)?;
    any.query_row([], |row| row.get(0))
}
