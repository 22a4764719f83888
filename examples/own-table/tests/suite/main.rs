//! The conformance suite over the tables.

#![allow(clippy::unwrap_used)]

#[cfg(feature = "postgres")]
mod postgres;
mod sqlite;

use livechat_units::{Timestamp, Unit};
use livechat_units_own_table::Row;

/// What the columns hold of a document. A `name` that is no text is empty, because the column is
/// NOT NULL.
fn row(unit: &Unit) -> Row {
    Row {
        id: unit.id().to_owned(),
        name: unit.name().unwrap_or_default().to_owned(),
        visibility: unit.visibility().map(str::to_owned),
        monitors: unit.num_monitors(),
        departments: unit.num_departments(),
        updated_at: unit.updated_at().map(Timestamp::as_micros),
    }
}

fn projected(unit: &Unit) -> Unit {
    row(unit).to_unit().unwrap()
}
