//! Orders of columns.

use livechat_units::{Direction, SortSpec};

use crate::field::Field;

/// A documented field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Column {
    Id,
    Field(Field),
}

/// Columns to sort by, the most significant first. `_id` is the last one, so that the
/// order is total.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Columns {
    columns: Vec<(Column, Direction)>,
    /// Every field of the order, those that decide nothing included.
    fields: u8,
}

impl Columns {
    /// The columns of `sort`.
    ///
    /// # Errors
    /// The first path that has none.
    pub(crate) fn of(sort: &SortSpec) -> Result<Self, &str> {
        let mut columns = Vec::new();
        let mut fields = 0;
        let mut total = false;
        for field in sort.fields() {
            let column = match field.path() {
                "_id" => Column::Id,
                // That of a unit is always the same.
                "type" => continue,
                path => Column::Field(Field::of_path(path).ok_or(path)?),
            };
            if let Column::Field(field) = column {
                fields |= field.bit();
            }
            // No two units have the same id: what comes behind it decides nothing.
            if !total {
                columns.push((column, field.direction()));
            }
            total |= column == Column::Id;
        }
        if !total {
            columns.push((Column::Id, sort.tie_break()));
        }
        Ok(Self { columns, fields })
    }

    /// The fields, as bits.
    pub(crate) fn fields(&self) -> u8 {
        self.fields
    }

    /// The index of one column that is this order or its reverse, and which way.
    pub(crate) fn single(&self) -> Option<(Column, Direction)> {
        match self.columns.as_slice() {
            [id] => Some(*id),
            [first, (_, last)] if first.1 == *last => Some(*first),
            _ => None,
        }
    }

    /// The terms of an `ORDER BY`, and of an index for it.
    pub(crate) fn terms(&self) -> String {
        let terms = self.columns.iter().map(|column| match *column {
            (Column::Id, Direction::Ascending) => "id".to_owned(),
            (Column::Id, Direction::Descending) => "id DESC".to_owned(),
            (Column::Field(field), Direction::Ascending) => format!("k_{}", field.stem()),
            (Column::Field(field), Direction::Descending) => {
                let stem = field.stem();
                format!("coalesce(d_{stem}, k_{stem}) DESC")
            }
        });
        terms.collect::<Vec<_>>().join(", ")
    }
}
