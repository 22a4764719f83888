//! The rows that a listing has after a cursor, as a condition of SQL.
//!
//! For the columns `a`, `b` and the id it is
//! `after(a) OR equal(a) AND after(b) OR equal(a) AND equal(b) AND after(id)`. A cursor may have a
//! value of any type at any column, because a host may make it from any document. A type that the
//! column does not hold sorts before or after all values of the column.

use livechat_units::columns::{Columns, Field, SortValue};
use livechat_units::{Cursor, Direction};
use rusqlite::types::Value;

use super::sort_expression;

/// Where a value of the cursor is, beside the values that a column can hold.
enum Position {
    /// Before NULL.
    First,
    Null,
    /// After NULL and before all values.
    BelowValues,
    At(Value),
    AboveValues,
}

/// A condition with a parameter for each `?`.
struct Condition(String, Vec<Value>);

/// The condition, and its parameters in their order.
pub(crate) fn condition(columns: &Columns, cursor: &Cursor) -> (String, Vec<Value>) {
    let fields = cursor.sort().fields().iter().zip(cursor.values());
    let fields = fields.take_while(|(field, _)| field.path() != "_id");
    let mut terms: Vec<(Condition, Condition)> = fields
        .map(|(field, value)| {
            let known = Field::from_path(field.path());
            // Every row has the `type` "u", and nothing at paths without a column.
            let other = if field.path() == "type" {
                "'u'"
            } else {
                "NULL"
            };
            let position = position(known.unwrap_or(Field::Name), &value);
            term(
                known.map_or(other, sort_expression),
                field.direction(),
                position,
            )
        })
        .collect();
    let id = Position::At(cursor.id().to_owned().into());
    terms.push(term("id", columns.id_direction(), id));
    let (mut text, mut values) = (Vec::new(), Vec::new());
    for (at, (after, _)) in terms.iter().enumerate() {
        let equal = terms.iter().take(at).map(|(_, equal)| equal);
        let all: Vec<&Condition> = equal.chain([after]).collect();
        text.push(
            all.iter()
                .map(|one| one.0.as_str())
                .collect::<Vec<_>>()
                .join(" AND "),
        );
        values.extend(all.iter().flat_map(|one| one.1.clone()));
    }
    (text.join(" OR "), values)
}

/// The conditions that a row is after the position, and at it.
fn term(column: &str, direction: Direction, position: Position) -> (Condition, Condition) {
    use Direction::{Ascending, Descending};
    let (after, equal, value) = match (position, direction) {
        (Position::First, Ascending) | (Position::AboveValues, Descending) => {
            ("true", "false", None)
        }
        (Position::First, Descending) | (Position::AboveValues, Ascending) => {
            ("false", "false", None)
        }
        (Position::Null, Ascending) => ("C IS NOT NULL", "C IS NULL", None),
        (Position::Null, Descending) => ("false", "C IS NULL", None),
        (Position::BelowValues, Ascending) => ("C IS NOT NULL", "false", None),
        (Position::BelowValues, Descending) => ("C IS NULL", "false", None),
        (Position::At(value), Ascending) => ("C > ?", "C = ?", Some(value)),
        (Position::At(value), Descending) => ("(C < ? OR C IS NULL)", "C = ?", Some(value)),
    };
    let condition = |text: &str| {
        Condition(
            text.replace('C', column),
            value.clone().into_iter().collect(),
        )
    };
    (condition(after), condition(equal))
}

/// MongoDB orders types: numbers, strings, objects, arrays, booleans, dates.
fn position(field: Field, value: &SortValue<'_>) -> Position {
    let of_column = match field {
        Field::NumMonitors | Field::NumDepartments => 1,
        Field::Name | Field::Visibility => 2,
        Field::UpdatedAt => 6,
    };
    let (of_value, value) = match value {
        SortValue::EmptyArray => return Position::First,
        SortValue::Null => return Position::Null,
        // NaN sorts before all numbers.
        SortValue::Double(number) if number.is_nan() => (0, Value::Null),
        SortValue::Int(number) => (1, Value::from(*number)),
        SortValue::Double(number) => (1, Value::from(*number)),
        SortValue::String(text) => (2, Value::from((*text).to_owned())),
        SortValue::Object(_) => (3, Value::Null),
        SortValue::Array(_) => (4, Value::Null),
        SortValue::Bool(_) => (5, Value::Null),
        SortValue::Date(at) => (6, Value::from(at.as_millis())),
    };
    match of_value.cmp(&of_column) {
        std::cmp::Ordering::Less => Position::BelowValues,
        std::cmp::Ordering::Equal => Position::At(value),
        std::cmp::Ordering::Greater => Position::AboveValues,
    }
}
