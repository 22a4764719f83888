//! What has changed since a reader has read the store.
//!
//! ```text
//!  Revision ──► same connection and schema, ──► Some: the ids in the table `change` after
//!               later numbers, none pruned      the number of the revision, and their units
//!           └─► otherwise                   ──► All:  every unit
//! ```
//!
//! The numbers of a revision and the units are read in one transaction.

use livechat_units::Unit;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};

use crate::error::Problem;
use crate::row::document::{self, Document};
use crate::schema::changes::{has_all_after, is_recording, last, schema_version};
use crate::schema::total::{self, data_version};

/// A state of a store that a reader has seen. [`SqliteStore::changes_since`] returns it, and
/// later reports what has changed since then.
///
/// A revision belongs to the [`SqliteStore`] that has returned it. Another store, also one on
/// the same file, reads all units.
///
/// [`SqliteStore`]: crate::SqliteStore
/// [`SqliteStore::changes_since`]: crate::SqliteStore::changes_since
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    /// The number of the connection. It is not used again in this process, so that it also
    /// identifies the file: a connection reads the file that it has opened.
    connection: u64,
    /// Changes with each write by another connection. All writes to a file are such writes.
    data_version: i64,
    /// Changes with each load and rebuild, also by a process with an older version.
    schema_version: i64,
    /// The number of the last change in the table `change`. `None` if nothing records changes.
    last_change: Option<i64>,
}

/// What has changed in a store, and the revision that it has now.
#[derive(Debug)]
#[non_exhaustive]
pub struct Changes {
    /// The state of the store in which the units were read.
    pub revision: Revision,
    /// The units that may have changed.
    pub units: ChangedUnits,
}

/// The units that may have changed in a store.
#[derive(Debug)]
pub enum ChangedUnits {
    /// All units of the new state: the store cannot say what has changed.
    All(Vec<Unit>),
    /// For each `_id` that may have changed, once, its unit in the new state, or `None` if
    /// there is none.
    Some(Vec<(String, Option<Unit>)>),
}

/// The changes since `seen`, on the connection with this number, which is in a transaction.
pub(crate) fn since(
    connection: &Connection,
    number: u64,
    seen: Option<&Revision>,
) -> Result<Changes, Problem> {
    let schema_version = schema_version(connection)?;
    let seen =
        seen.filter(|seen| seen.connection == number && seen.schema_version == schema_version);
    let is_recording = match seen {
        Some(seen) => seen.last_change.is_some(),
        None => is_recording(connection)?,
    };
    let revision = Revision {
        connection: number,
        data_version: data_version(connection)?,
        schema_version,
        last_change: is_recording.then(|| last(connection)).transpose()?,
    };
    let units = match seen {
        Some(seen) if *seen == revision => ChangedUnits::Some(Vec::new()),
        _ => match first_unseen(seen, &revision) {
            Some(number) => ChangedUnits::Some(changed(connection, number)?),
            None => ChangedUnits::All(all(connection)?),
        },
    };
    Ok(Changes { revision, units })
}

/// The number after that of the last change that was seen. `None` if the table `change` lacks
/// a later change. Every write of this crate to units is recorded, so a write without a record is of
/// another program, which has switched the triggers off.
fn first_unseen(seen: Option<&Revision>, now: &Revision) -> Option<i64> {
    let (seen, last) = (seen?.last_change?, now.last_change?);
    (seen != last && has_all_after(seen, last)).then(|| seen.saturating_add(1))
}

/// The ids of the changes from this number on, with their units. Cost: a search for each.
fn changed(connection: &Connection, number: i64) -> Result<Vec<(String, Option<Unit>)>, Problem> {
    let sql = format!(
        "SELECT {}, id FROM change
             LEFT JOIN unit INDEXED BY by_id USING (id)
             LEFT JOIN document USING (slot)
         WHERE number >= ?1",
        document::COLUMNS
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query([number])?;
    let mut units = Vec::new();
    while let Some(row) = rows.next()? {
        if row.get_ref(0)? != ValueRef::Null {
            let unit = unit(row)?;
            units.push((unit.id().to_owned(), Some(unit)));
        // A unit has no other id than a string, whatever another program has written.
        } else if let Ok(id) = String::from_utf8(row.get(ID)?) {
            units.push((id, None));
        }
    }
    Ok(units)
}

/// All units.
fn all(connection: &Connection) -> Result<Vec<Unit>, Problem> {
    // With a left join a missing document is an error, and not a missing row.
    let sql = format!(
        "SELECT {}, id FROM unit NOT INDEXED LEFT JOIN document USING (slot)",
        document::COLUMNS
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query([])?;
    let mut units = Vec::new();
    while let Some(row) = rows.next()? {
        units.push(unit(row)?);
    }
    if u64::try_from(units.len()) != Ok(total::read(connection)?) {
        return Err(Problem::WrongTotal);
    }
    Ok(units)
}

/// The column after those of the document: the id in the table `unit` or `change`.
const ID: usize = 4;

/// The unit of a row, whose id must be that of its document.
fn unit(row: &Row<'_>) -> Result<Unit, Problem> {
    let unit = Document::from_row(row)?.unit()?;
    if row.get_ref(ID)? != ValueRef::Blob(unit.id().as_bytes()) {
        return Err(Problem::DamagedDocument { slot: row.get(0)? });
    }
    Ok(unit)
}
