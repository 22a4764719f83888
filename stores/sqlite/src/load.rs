//! Many units at once.

use livechat_units::Unit;
use rusqlite::Transaction;

use crate::error::Fault;
use crate::row::Keys;
use crate::{schema, write};

/// Replaces all units. Of those with the same id the last counts, and none if it is not a
/// unit.
pub(crate) fn replace_all(
    transaction: &Transaction<'_>,
    keys: &Keys,
    units: impl IntoIterator<Item = Unit>,
) -> Result<(), Fault> {
    schema::refill(transaction, |connection| {
        for unit in units {
            let old = write::find(connection, unit.id().as_bytes())?;
            if unit.is_unit() {
                write::put(connection, &keys.row(&unit)?, old.as_ref())?;
            } else if let Some(old) = old {
                write::delete(connection, &old)?;
            }
        }
        Ok(())
    })
}

/// Adds or replaces units one by one.
pub(crate) fn upsert_all<'a>(
    transaction: &Transaction<'_>,
    keys: &Keys,
    units: impl IntoIterator<Item = &'a Unit>,
) -> Result<(), Fault> {
    for unit in units {
        if unit.is_unit() {
            write::upsert(transaction, &keys.row(unit)?)?;
        } else {
            write::remove(transaction, unit.id())?;
        }
    }
    Ok(())
}
