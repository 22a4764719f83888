//! The table in SQLite.

use std::sync::{Arc, Mutex};

use livechat_units::{Unit, UnitQuery, UnitStore};
use livechat_units_conformance::{Change, Fixture};
use livechat_units_own_table::sqlite::Units;
use rusqlite::{Connection, params};

use crate::{projected, row};

fn table(documents: &[Unit]) -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    let create = "CREATE TABLE units (id TEXT PRIMARY KEY, name TEXT NOT NULL, visibility TEXT, \
                  monitors INTEGER, departments INTEGER, updated_at INTEGER)";
    connection.execute_batch(create).unwrap();
    for document in documents {
        write(&connection, Change::Upsert(document.clone()));
    }
    connection
}

fn write(connection: &Connection, change: Change) {
    let id = match &change {
        Change::Upsert(unit) => unit.id(),
        Change::Remove(id) => id,
    };
    let delete = "DELETE FROM units WHERE id = ?1";
    connection.execute(delete, [id]).unwrap();
    if let Change::Upsert(unit) = change
        && unit.is_unit()
    {
        let row = row(&unit);
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
}

fn fixture() -> Fixture {
    let fixture = Fixture::lists(|documents: &[Unit]| {
        let connection = table(documents);
        move |query: &UnitQuery| Units(&connection).list(query)
    });
    let shared = |documents: &[Unit]| {
        let readers = Arc::new(Mutex::new(table(documents)));
        let writer = Arc::clone(&readers);
        (
            move |query: &UnitQuery| Units(&readers.lock().unwrap()).list(query),
            move |change| {
                let mut connection = writer.lock().unwrap();
                let transaction = connection.transaction().unwrap();
                write(&transaction, change);
                transaction.commit().unwrap();
            },
        )
    };
    fixture.with_writes(shared).projecting(projected)
}

livechat_units_conformance::conformance_tests!(fixture());
