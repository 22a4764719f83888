//! Writes of many units, within a transaction of the caller.

use livechat_units::{Unit, Written};
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
) -> Result<Written, Problem> {
    let mut written = Written::default();
    rebuild::replace(transaction, |connection| {
        for unit in units {
            let old = row::find(connection, unit.id().as_bytes())?;
            written.count(&unit);
            written.count_replaced(usize::from(old.is_some()));
            match (unit.is_unit(), old) {
                (true, None) => drop(Row::new(&unit)?.insert(connection)?),
                (true, Some(old)) => Row::new(&unit)?.update(connection, old.slot)?,
                (false, Some(old)) => row::delete(connection, old.slot)?,
                (false, None) => {}
            }
        }
        Ok(())
    })?;
    Ok(written)
}

/// Adds or replaces units, one after the other. A document that is not a unit removes the
/// unit with its id.
pub(crate) fn upsert_all<'a>(
    transaction: &Transaction<'_>,
    units: impl IntoIterator<Item = &'a Unit>,
) -> Result<Written, Problem> {
    let mut written = Written::default();
    for document in units {
        let has_replaced = if document.is_unit() {
            unit::upsert(transaction, &Row::new(document)?)?
        } else {
            unit::remove(transaction, document.id())?
        };
        written.count(document);
        written.count_replaced(usize::from(has_replaced));
    }
    Ok(written)
}
