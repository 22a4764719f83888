//! The columns of the table `units`, and sort orders over them.

use livechat_units::Direction;
use livechat_units::columns::{Columns, Field};

/// The column with the keys of this field.
pub(crate) fn column(field: Field) -> &'static str {
    match field {
        Field::Name => "name",
        Field::Visibility => "visibility",
        Field::NumMonitors => "num_monitors",
        Field::NumDepartments => "num_departments",
        Field::UpdatedAt => "updated_at",
    }
}

/// The subscript of this field's key in the arrays `up` and `down`. SQL counts from 1.
pub(crate) fn subscript(field: Field) -> usize {
    match field {
        Field::Name => 1,
        Field::Visibility => 2,
        Field::NumMonitors => 3,
        Field::NumDepartments => 4,
        Field::UpdatedAt => 5,
    }
}

/// Every column with its type, in the order of the table.
pub(crate) fn definitions() -> impl Iterator<Item = (&'static str, &'static str)> {
    let first = [
        ("_id", "text COLLATE \"C\" NOT NULL"),
        ("folded", "text COLLATE \"C\""),
        ("document", "text NOT NULL"),
    ];
    let keys = Field::ALL.map(|field| (column(field), "bytea NOT NULL"));
    let last = [
        ("regular", "boolean NOT NULL"),
        ("up", "bytea[]"),
        ("down", "bytea[]"),
        ("parallel", "smallint NOT NULL"),
    ];
    first.into_iter().chain(keys).chain(last)
}

/// The list of `ORDER BY`, and of the columns of an index: `key` of each column with its
/// direction, and then `_id`.
pub(crate) fn order_by(
    columns: &Columns,
    mut key: impl FnMut(Field, Direction) -> String,
) -> String {
    let keys = columns.keys().iter().map(|(field, direction)| {
        let key = key(*field, *direction);
        format!("{key}{}, ", suffix(*direction))
    });
    let keys: String = keys.collect();
    format!("{keys}_id{}", suffix(columns.id_direction()))
}

fn suffix(direction: Direction) -> &'static str {
    match direction {
        Direction::Ascending => "",
        Direction::Descending => " DESC",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sort_orders_are_lists_of_columns() {
        for (sort, list) in [
            ("{}", "_id"),
            (r#"{"name":-1}"#, "name DESC, _id DESC"),
            (
                r#"{"_updatedAt":-1,"numDepartments":1}"#,
                "updated_at DESC, num_departments, _id",
            ),
            (
                r#"{"visibility":1,"_id":-1,"name":1}"#,
                "visibility, _id DESC",
            ),
            (
                r#"{"type":1,"numMonitors":-1}"#,
                "num_monitors DESC, _id DESC",
            ),
        ] {
            let columns = Columns::new(&sort.parse().unwrap()).unwrap();
            assert_eq!(
                order_by(&columns, |field, _| column(field).to_owned()),
                list
            );
        }
    }

    #[test]
    fn subscripts_are_the_order_of_the_fields() {
        let subscripts = Field::ALL.map(subscript);
        assert_eq!(subscripts, [1, 2, 3, 4, 5]);
    }
}
