//! Sort orders as SQL expressions on the columns of `unit`.

use std::fmt;

use livechat_units::Direction;
use livechat_units::columns::{Columns, Field, FieldSet};

use crate::row::stem;

/// An index that every file has, for a sort order by one column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SingleColumn {
    /// `by_id`.
    Id,
    /// `by_name` and so on.
    Field(Field, Direction),
}

impl SingleColumn {
    /// The column by which `columns` sort, if one index on it has this order or the reversed
    /// one.
    pub(crate) fn of(columns: &Columns) -> Option<Self> {
        match columns.keys() {
            [] => Some(Self::Id),
            [(field, direction)] if *direction == columns.id_direction() => {
                Some(Self::Field(*field, *direction))
            }
            _ => None,
        }
    }
}

/// The fields that sort in descending order. A unit with an array under such a field has its
/// key in `d_…`.
pub(crate) fn descending_fields(columns: &Columns) -> FieldSet {
    let keys = columns.keys().iter();
    keys.filter(|(_, direction)| *direction == Direction::Descending)
        .map(|(field, _)| *field)
        .collect()
}

/// The expressions of a sort order, the most significant first. The last one is `id`.
///
/// The values of the expressions at the position of a cursor are bound to `?1`, `?2` and so
/// on, in the same order.
#[derive(Clone, Debug)]
pub(crate) struct OrderTerms(Vec<(String, Direction)>);

impl OrderTerms {
    /// The terms of a sort order, where only the fields in `arrays` may hold arrays.
    pub(crate) fn new(columns: &Columns, arrays: FieldSet) -> Self {
        let keys = columns.keys().iter().map(|&(field, direction)| {
            let stem = stem(field);
            let expression = match direction {
                Direction::Descending if arrays.contains(field) => {
                    format!("coalesce(d_{stem}, k_{stem})")
                }
                _ => format!("k_{stem}"),
            };
            (expression, direction)
        });
        let id = ("id".to_owned(), columns.id_direction());
        Self(keys.chain([id]).collect())
    }

    /// The terms of a sort order by one column, and then by `id`.
    pub(crate) fn single(column: String, direction: Direction) -> Self {
        Self(vec![(column, direction), ("id".to_owned(), direction)])
    }

    /// Each expression with its direction.
    pub(crate) fn terms(&self) -> &[(String, Direction)] {
        &self.0
    }
}

/// The terms as `ORDER BY` and `CREATE INDEX` take them.
impl fmt::Display for OrderTerms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&term_list(&self.0))
    }
}

pub(crate) fn term_list(terms: &[(String, Direction)]) -> String {
    let terms = terms.iter();
    let terms = terms.map(|(expression, direction)| format!("{expression}{}", suffix(*direction)));
    terms.collect::<Vec<_>>().join(", ")
}

/// The keyword after a term of this direction in `ORDER BY`.
pub(crate) fn suffix(direction: Direction) -> &'static str {
    match direction {
        Direction::Ascending => "",
        Direction::Descending => " DESC",
    }
}
