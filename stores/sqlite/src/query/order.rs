//! The effect of arrays on the keys of a sort order.
//!
//! If a field of a unit holds an array, the key of the unit in descending order may differ from
//! its key in ascending order. Most files have no such unit. For each field, a partial index
//! shows in one step whether there is one. If not, statements read only the ascending keys.

use livechat_units::columns::{Columns, Field, FieldSet};
use rusqlite::Connection;

use crate::row::stem;
use crate::schema::order::{OrderTerms, descending_fields};

/// Whether the descending key of this field differs from the ascending one in any unit.
pub(super) fn has_arrays(connection: &Connection, field: Field) -> rusqlite::Result<bool> {
    let stem = stem(field);
    let sql = format!(
        "SELECT EXISTS (SELECT 1 FROM unit INDEXED BY arrays_{stem} WHERE d_{stem} IS NOT NULL)"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    statement.query_row([], |row| row.get(0))
}

/// The descending fields of a sort order for which [`has_arrays`] is true.
pub(super) fn fields_with_arrays(
    connection: &Connection,
    columns: &Columns,
) -> rusqlite::Result<FieldSet> {
    let mut fields = FieldSet::EMPTY;
    for field in descending_fields(columns).iter() {
        if has_arrays(connection, field)? {
            fields = fields.with(field);
        }
    }
    Ok(fields)
}

/// The terms of a sort order in its index. An index also serves units with arrays, so the term
/// of every descending field reads the descending key.
pub(super) fn indexed_terms(columns: &Columns) -> OrderTerms {
    OrderTerms::new(columns, descending_fields(columns))
}
