//! Arrays in a sort order.
//!
//! A unit with an array under a field may have another key where the field is descending.
//! Most files have no such unit. A partial index of each field shows this in one step, and
//! then the statements need not read the descending keys.

use livechat_units::columns::{Columns, Field, FieldSet};
use rusqlite::Connection;

use crate::row::stem;
use crate::schema::order::{OrderTerms, descending_fields};

/// Whether a unit has a descending key of its own under this field.
pub(super) fn has_arrays(connection: &Connection, field: Field) -> rusqlite::Result<bool> {
    let stem = stem(field);
    let any = format!(
        "SELECT EXISTS (SELECT 1 FROM unit INDEXED BY arrays_{stem} WHERE d_{stem} IS NOT NULL)"
    );
    let mut any = connection.prepare_cached(&any)?;
    any.query_row([], |row| row.get(0))
}

/// The descending fields of a sort order under which a unit has a key of its own.
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

/// The terms of a sort order as its index has them: they allow for arrays under every
/// descending field.
pub(super) fn indexed_terms(columns: &Columns) -> OrderTerms {
    OrderTerms::new(columns, descending_fields(columns))
}
