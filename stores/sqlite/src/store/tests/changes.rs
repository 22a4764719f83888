//! How the changes of a store are read, and what it costs to write them.

use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};

use livechat_units::Unit;
use rusqlite::StatementStatus;
use rusqlite::trace::{TraceEvent, TraceEventCodes};

use crate::{SqliteOptions, SqliteStore};

fn store(units: usize) -> SqliteStore {
    let store = SqliteOptions::new().open_in_memory().unwrap();
    store.replace_all((0..units).map(unit)).unwrap();
    store
}

fn unit(number: usize) -> Unit {
    let unit = Unit::builder(format!("{number:06}")).name(format!("Sales {number}"));
    unit.build().unwrap()
}

/// The steps of all statements of `run`.
fn steps(store: &SqliteStore, run: impl FnOnce()) -> i32 {
    let steps = Arc::new(AtomicI32::new(0));
    let sum = Arc::clone(&steps);
    let note = move |event: TraceEvent<'_>| {
        if let TraceEvent::Profile(statement, _) = event {
            let of_statement = statement.get_status(StatementStatus::VmStep);
            sum.fetch_add(of_statement, Ordering::Relaxed);
        }
    };
    let set = |note: Option<_>, events| {
        let mut connection = store.database.writer.take().unwrap();
        // Statements that are already prepared would continue their counters.
        connection.flush_prepared_statement_cache();
        connection.trace_v2(events, note).unwrap();
    };
    set(Some(note), TraceEventCodes::SQLITE_TRACE_PROFILE);
    run();
    let mut connection = store.database.writer.take().unwrap();
    connection
        .trace_v2(TraceEventCodes::empty(), None::<fn(TraceEvent<'_>)>)
        .unwrap();
    steps.load(Ordering::Relaxed)
}

#[test]
fn reading_changes_costs_a_search_for_each() {
    let store = store(5_000);
    let all = store.changes_since(None).unwrap().revision;
    let none = steps(&store, || drop(store.changes_since(Some(&all))));
    assert!(none < 100, "{none}");
    store.upsert_all(&[unit(7), unit(8), unit(7)]).unwrap();
    let two = steps(&store, || drop(store.changes_since(Some(&all))));
    assert!(two < none + 120, "{two}, {none}");
}

/// A removal, an insertion and an update, with triggers and without.
#[test]
fn recording_a_change_costs_few_steps() {
    let store = store(5_000);
    let unit = unit(7);
    let writes = || {
        let remove = || assert!(store.remove(unit.id()).unwrap());
        let upsert = || drop(store.upsert(&unit).unwrap());
        [
            steps(&store, remove),
            steps(&store, upsert),
            steps(&store, upsert),
        ]
    };
    writes();
    let recorded = writes();
    let drop_triggers = "SELECT group_concat('DROP TRIGGER ' || name, ';') FROM sqlite_schema \
        WHERE type = 'trigger'";
    let connection = store.database.writer.take().unwrap();
    let sql: String = connection
        .query_row(drop_triggers, [], |row| row.get(0))
        .unwrap();
    connection.execute_batch(&sql).unwrap();
    drop(connection);
    let without = writes();
    for (recorded, without) in recorded.into_iter().zip(without) {
        assert!(recorded - without < 120, "{recorded}, {without}");
    }
}
