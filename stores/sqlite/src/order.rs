//! Orders of columns.

use std::fmt;

use livechat_units::{Cursor, Direction, SortSpec};

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

    /// The values of these columns at the place of a cursor in this order.
    pub(crate) fn place(cursor: &Cursor) -> Vec<Vec<u8>> {
        let key = cursor.key().key_strings();
        let fields = cursor.sort().fields().iter().zip(key);
        let columns = fields.filter(|(field, _)| !matches!(field.path(), "type" | "_id"));
        let mut place: Vec<Vec<u8>> = columns.map(|(_, value)| value).collect();
        place.push(cursor.id().as_bytes().to_vec());
        place
    }

    /// The column that decides first.
    pub(crate) fn first(&self) -> Option<(Column, Direction)> {
        self.columns.first().copied()
    }

    /// The descending fields, as bits: units that hold arrays under them have two keys.
    pub(crate) fn descending(&self) -> u8 {
        let columns = self.columns.iter();
        columns.fold(0, |fields, column| match *column {
            (Column::Field(field), Direction::Descending) => fields | field.bit(),
            _ => fields,
        })
    }

    /// What is sorted by.
    pub(crate) fn terms(&self) -> Terms {
        self.terms_where(u8::MAX)
    }

    /// The same where only fields among these hold arrays.
    pub(crate) fn terms_where(&self, arrays: u8) -> Terms {
        let terms = self.columns.iter().map(|(column, direction)| {
            let expression = match (*column, *direction) {
                (Column::Id, _) => "id".to_owned(),
                (Column::Field(field), Direction::Descending) if field.bit() & arrays != 0 => {
                    let stem = field.stem();
                    format!("coalesce(d_{stem}, k_{stem})")
                }
                (Column::Field(field), _) => format!("k_{}", field.stem()),
            };
            (expression, *direction)
        });
        Terms(terms.collect())
    }
}

/// Where a listing begins: behind a place that statements take the values of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Start {
    First,
    Behind,
}

/// Expressions to sort by. At a place in the order they have the values `?1`, `?2` and so
/// on.
pub(crate) struct Terms(Vec<(String, Direction)>);

impl Terms {
    /// A column, and then the id.
    pub(crate) fn by(column: String, direction: Direction) -> Self {
        Self(vec![(column, direction), ("id".to_owned(), direction)])
    }

    /// The condition that a unit is behind the place.
    pub(crate) fn behind(&self) -> String {
        let terms = self.0.iter().enumerate().rev();
        terms.fold(String::new(), |rest, (at, (expression, direction))| {
            let (value, is_behind) = (at + 1, comparison(*direction));
            let behind = format!("{expression} {is_behind} ?{value}");
            if rest.is_empty() {
                return behind;
            }
            format!("({behind} OR ({expression} = ?{value} AND {rest}))")
        })
    }

    /// All from the start on, as ranges of an index on these terms, one behind the other.
    pub(crate) fn ranges(&self, start: Start) -> Vec<Range> {
        if start == Start::First {
            return vec![Range {
                condition: "TRUE".to_owned(),
                order: self.to_string(),
                values: 0,
            }];
        }
        let mut equal = String::new();
        let mut ranges = Vec::with_capacity(self.0.len());
        for (at, (expression, direction)) in self.0.iter().enumerate() {
            let (values, is_behind) = (at + 1, comparison(*direction));
            ranges.push(Range {
                condition: format!("{equal}{expression} {is_behind} ?{values}"),
                order: list(self.0.get(at..).unwrap_or_default()),
                values,
            });
            equal = format!("{equal}{expression} = ?{values} AND ");
        }
        ranges.reverse();
        ranges
    }
}

/// As in an `ORDER BY`, or an index for it.
impl fmt::Display for Terms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&list(&self.0))
    }
}

fn list(terms: &[(String, Direction)]) -> String {
    let mut list = String::new();
    for (expression, direction) in terms {
        if !list.is_empty() {
            list.push_str(", ");
        }
        list.push_str(expression);
        list.push_str(suffix(*direction));
    }
    list
}

/// Part of an index.
pub(crate) struct Range {
    pub(crate) condition: String,
    /// The terms that are not the same in all of it, as in an `ORDER BY`.
    pub(crate) order: String,
    /// How many of the values of the place it is about.
    pub(crate) values: usize,
}

/// What an `ORDER BY` has after a term.
pub(crate) fn suffix(direction: Direction) -> &'static str {
    match direction {
        Direction::Ascending => "",
        Direction::Descending => " DESC",
    }
}

/// What comes later is this to what comes before.
pub(crate) fn comparison(direction: Direction) -> char {
    match direction {
        Direction::Ascending => '>',
        Direction::Descending => '<',
    }
}
