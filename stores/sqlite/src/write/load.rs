//! Writes of many units, within a transaction of the caller.

use livechat_units::Unit;
use rusqlite::Transaction;

use super::unit;
use crate::error::Problem;
use crate::row::{self, Row};
use crate::schema::rebuild;

/// Replaces all units. Of several documents with one id the last one counts; if it is not a
/// unit, the store has none with this id.
pub(crate) fn replace_all(
    transaction: &Transaction<'_>,
    units: impl IntoIterator<Item = Unit>,
) -> Result<(), Problem> {
    rebuild::replace(transaction, |connection| {
        for unit in units {
            let old = row::find(connection, unit.id().as_bytes())?;
            match (unit.is_unit(), old) {
                (true, None) => drop(Row::new(&unit)?.insert(connection)?),
                (true, Some(old)) => Row::new(&unit)?.update(connection, old.slot)?,
                (false, Some(old)) => row::delete(connection, old.slot)?,
                (false, None) => {}
            }
        }
        Ok(())
    })
}

/// Adds or replaces units, one after the other. A document that is not a unit removes the
/// unit with its id.
pub(crate) fn upsert_all<'a>(
    transaction: &Transaction<'_>,
    units: impl IntoIterator<Item = &'a Unit>,
) -> Result<(), Problem> {
    for document in units {
        if document.is_unit() {
            unit::upsert(transaction, &Row::new(document)?)?;
        } else {
            unit::remove(transaction, document.id())?;
        }
    }
    Ok(())
}
