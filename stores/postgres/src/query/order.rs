//! Sort orders in statements: by which expressions rows are sorted.

use livechat_units::Direction;
use livechat_units::columns::{Columns, Field};

use crate::row::{column, order_by, subscript};

/// Rows by whether the columns of their keys give their position in every sort order. Each
/// kind has its own indexes, so a page is merged from both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RowKind {
    Regular,
    Irregular,
}

impl RowKind {
    /// The condition for rows of this kind. For a sort order of `_id` alone both kinds are
    /// one, because the primary key has it.
    pub(crate) fn condition(self, columns: &Columns) -> Option<&'static str> {
        match self {
            _ if columns.keys().is_empty() => None,
            Self::Regular => Some("regular"),
            Self::Irregular => Some("NOT regular"),
        }
    }

    /// The expression for the key of a field.
    pub(crate) fn key(self, field: Field, direction: Direction) -> String {
        match (self, direction) {
            (Self::Regular, _) => column(field).to_owned(),
            (Self::Irregular, Direction::Ascending) => format!("up[{}]", subscript(field)),
            (Self::Irregular, Direction::Descending) => format!("down[{}]", subscript(field)),
        }
    }

    /// The list of `ORDER BY`.
    pub(crate) fn order_by(self, columns: &Columns) -> String {
        order_by(columns, |field, direction| self.key(field, direction))
    }
}

/// The condition that a row holds arrays in two fields of the sort order. `None` if the sort
/// order has fewer than two fields.
pub(crate) fn holds_two_arrays(columns: &Columns) -> Option<String> {
    if columns.fields().len() < 2 {
        return None;
    }
    let arrays = format!("parallel & {}", columns.fields().bits());
    // A number has two bits if it is not 0 without its lowest bit.
    Some(format!(
        "NOT regular AND ({arrays}) & (({arrays}) - 1) <> 0"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_row_has_its_own_keys() {
        let sort = r#"{"visibility":-1,"_updatedAt":1}"#.parse().unwrap();
        let columns = Columns::new(&sort).unwrap();
        assert_eq!(
            RowKind::Regular.order_by(&columns),
            "visibility DESC, updated_at, _id"
        );
        assert_eq!(
            RowKind::Irregular.order_by(&columns),
            "down[2] DESC, up[5], _id"
        );
        assert!(
            holds_two_arrays(&columns)
                .unwrap()
                .contains("parallel & 18")
        );
    }
}
