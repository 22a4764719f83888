//! The conformance suite over the table.

#![allow(clippy::unwrap_used)]

use livechat_units::{Unit, UnitQuery, UnitStore};
use livechat_units_conformance::{Fixture, Group};
use livechat_units_own_table::{Row, Units};
use rusqlite::{Connection, params};

/// What the columns hold of a document. A `name` that is no text is empty, because the column is
/// NOT NULL.
fn row(unit: &Unit) -> Row {
    Row {
        id: unit.id().to_owned(),
        name: unit.name().unwrap_or_default().to_owned(),
        visibility: unit.visibility().map(str::to_owned),
        monitors: unit.num_monitors(),
        departments: unit.num_departments(),
        updated_at: unit.updated_at().map(livechat_units::Timestamp::as_micros),
    }
}

fn projected(unit: &Unit) -> Unit {
    row(unit).to_unit().unwrap()
}

fn table(documents: &[Unit]) -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    let create = "CREATE TABLE units (id TEXT PRIMARY KEY, name TEXT NOT NULL, visibility TEXT, \
                  monitors INTEGER, departments INTEGER, updated_at INTEGER)";
    connection.execute_batch(create).unwrap();
    for unit in documents.iter().filter(|document| document.is_unit()) {
        let row = row(unit);
        let insert = "INSERT INTO units VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let values = params![
            row.id,
            row.name,
            row.visibility,
            row.monitors,
            row.departments,
            row.updated_at
        ];
        connection.execute(insert, values).unwrap();
    }
    connection
}

fn fixture() -> Fixture {
    Fixture::lists(|documents: &[Unit]| {
        let connection = table(documents);
        move |query: &UnitQuery| Units(&connection).list(query)
    })
    .projecting(projected)
    .without(Group::Cursors, "the endpoint sends no cursors")
    .without(Group::Writes, "the host writes to its table by itself")
}

livechat_units_conformance::conformance_tests!(fixture());
