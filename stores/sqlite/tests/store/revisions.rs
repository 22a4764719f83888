//! Readers that follow a store by its revisions.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use livechat_units::{StoreErrorKind, Unit};
use livechat_units_sqlite::{SqliteOptions, SqliteStore};
use livechat_units_testkit::random::Random;

use crate::changes::{Change, Model, change};
use crate::documents::unit;
use crate::faults::{directory, of_file, refusal};
use crate::file;
use crate::following::{Program, Reader, by_id, listed, open};
use crate::older::{FIRST, documents};

/// The number of changes after which a reader reads all units.
const MAX_CHANGES: i64 = 1 << 15;

/// Two stores and a program write to one file, and readers follow both stores from revisions
/// of any age.
#[test]
fn changes_lead_from_every_revision_to_the_present_state() {
    let (mut all, mut some) = (0, 0);
    for seed in 0..25 {
        let directory = directory();
        let path = directory.path().join("units.db");
        let stores = [open(&path), open(&path)];
        let program = Program::new(&path);
        let mut random = Random(seed);
        let mut model = Model::default();
        let mut readers: Vec<(usize, Reader)> = Vec::new();
        for number in 0..150 {
            match random.below(40) {
                0 => program.run("VACUUM"),
                1 => program.forget_triggers(),
                2..18 => program.write(&mut random, number, &mut model.0),
                _ => {
                    let mut change = change(seed << 32 | number);
                    // Fewer loads, after which all readers read all units.
                    if matches!(change, Change::ReplaceAll(_)) {
                        change = Change::Remove("u001".to_owned());
                    }
                    change.make(&stores[random.below(2)]).unwrap();
                    model.make(&change);
                }
            }
            if random.below(3) == 0 {
                continue;
            }
            let followed = random.below(2);
            let store = &stores[followed];
            let reader = if readers.is_empty() || random.below(20) == 0 {
                Reader::new(store)
            } else {
                let count = readers.len();
                let age = match random.below(2) {
                    0 => random.below(count.min(4)),
                    _ => random.below(count),
                };
                let index = count - 1 - age;
                let (of, reader) = &readers[index];
                let reader = reader.next(store);
                // A revision of another store says nothing about this one.
                assert!(*of == followed || reader.changed.is_none());
                reader
            };
            assert!(reader.units == model.0, "{seed} {number}");
            *(if reader.changed.is_some() {
                &mut some
            } else {
                &mut all
            }) += 1;
            let again = reader.next(store);
            assert_eq!(
                (again.changed, &again.revision),
                (Some(0), &reader.revision)
            );
            readers.push((followed, reader));
        }
        for store in &stores {
            store.rebuild().unwrap();
            assert!(listed(store) == model.0, "{seed}");
        }
        file::assert_intact(&path);
    }
    assert!(all > 100 && some > 500, "{all} {some}");
}

/// Each write of a thread changes all of its units, so that a mixture of two states is seen.
#[test]
fn a_reader_sees_states_in_their_order_and_no_mixture() {
    const EACH: usize = 150;
    let directory = directory();
    let path = directory.path().join("units.db");
    let stores = [open(&path), open(&path)];
    let units = |writer: usize, number: usize| -> Vec<Unit> {
        let ids = 0..5;
        ids.map(|id| unit(&format!("{writer} {id}"), &format!("{number:06}")))
            .collect()
    };
    for (writer, store) in stores.iter().enumerate() {
        store.upsert_all(&units(writer, 0)).unwrap();
    }
    let done = AtomicBool::new(false);
    let follow = || {
        let mut reader = Reader::new(&stores[0]);
        let mut seen = vec![String::new(); stores.len()];
        let mut states = 0;
        loop {
            let last = done.load(Ordering::Relaxed);
            reader = reader.next(&stores[0]);
            for (writer, seen) in seen.iter_mut().enumerate() {
                let prefix = format!("{writer} ");
                let of_writer = reader
                    .units
                    .iter()
                    .filter(|(id, _)| id.starts_with(&prefix));
                let names: Vec<&str> = of_writer.filter_map(|(_, unit)| unit.name()).collect();
                assert!(names.len() == 5 || names.is_empty(), "{names:?}");
                for name in names {
                    assert!(*name >= **seen, "{name} after {seen}");
                    name.clone_into(seen);
                }
            }
            states += u32::from(reader.changed != Some(0));
            if last {
                return (reader, states);
            }
        }
    };
    thread::scope(|scope| {
        let reader = scope.spawn(follow);
        let writers = [0, 1].map(|writer| {
            let (store, units) = (&stores[writer], &units);
            scope.spawn(move || {
                for number in 1..=EACH {
                    match number % 50 {
                        0 => store.rebuild().unwrap(),
                        _ => drop(store.upsert_all(&units(writer, number)).unwrap()),
                    }
                }
            })
        });
        for writer in writers {
            writer.join().unwrap();
        }
        done.store(true, Ordering::Relaxed);
        let (reader, states) = reader.join().unwrap();
        assert!(reader.units == listed(&stores[1]));
        assert!(states > 10, "{states}");
    });
}

#[test]
fn a_write_is_read_alone_and_a_load_as_a_whole() {
    let directory = directory();
    for store in [
        SqliteOptions::new().open_in_memory().unwrap(),
        open(&directory.path().join("units.db")),
    ] {
        store.upsert_all(&documents()).unwrap();
        let mut reader = Reader::new(&store);
        let start = reader.clone();
        reader.advance(&store, Some(0));
        store.upsert(&unit("u01", "Sales again")).unwrap();
        reader.advance(&store, Some(1));
        for name in ["Support", "Support too"] {
            store.upsert(&unit("new", name)).unwrap();
        }
        assert!(store.remove("u02").unwrap());
        assert!(!store.remove("nobody").unwrap());
        reader.advance(&store, Some(2));
        // A document that is not a unit, in the place of one.
        let other: Unit = r#"{"_id":"u03","type":"d"}"#.parse().unwrap();
        store.upsert(&other).unwrap();
        reader.advance(&store, Some(1));
        assert!(start.next(&store).changed == Some(4));

        store.replace_all(documents()).unwrap();
        reader.advance(&store, None);
        reader.advance(&store, Some(0));
        store.rebuild().unwrap();
        reader.advance(&store, None);
        store.upsert(&unit("u01", "Sales")).unwrap();
        reader.advance(&store, Some(1));
        assert!(start.next(&store).changed.is_none());
    }
}

/// The second store declares an order, which changes the schema.
#[test]
fn a_revision_is_of_one_store() {
    let directory = directory();
    let path = directory.path().join("units.db");
    let store = open(&path);
    store.upsert_all(&documents()).unwrap();
    let mut reader = Reader::new(&store);
    let other = SqliteOptions::new()
        .with_order(r#"{"visibility":1,"name":1}"#.parse().unwrap())
        .open(&path)
        .unwrap();
    reader.clone().advance(&other, None);
    reader.advance(&store, None);
    other.upsert(&unit("u01", "Sales again")).unwrap();
    reader.advance(&store, Some(1));
    drop(store);
    reader.advance(&open(&path), None);
}

#[test]
fn a_reader_that_is_too_far_behind_reads_all_units() {
    let directory = directory();
    let path = directory.path().join("units.db");
    let store = open(&path);
    store.upsert_all(&documents()).unwrap();
    let reader = Reader::new(&store);
    let program = Program::new(&path);
    let rows = || program.number("SELECT count(*) FROM change");
    let last = "SELECT max(number) FROM change";
    let (before, first) = (rows(), program.number(last));
    store.upsert(&unit("u01", "Sales again")).unwrap();
    // As if the unit had changed more often.
    let change = |last: i64| {
        program.run(&format!(
            "UPDATE change SET number = {last} WHERE id = CAST('u01' AS BLOB)"
        ));
    };
    change(first + MAX_CHANGES);
    assert_eq!(reader.next(&store).changed, Some(1));
    change(first + MAX_CHANGES + 1);
    assert_eq!(reader.next(&store).changed, None);
    // The next write deletes the rows that no reader may use.
    assert_eq!(rows(), before);
    store.upsert(&unit("u02", "Sales again")).unwrap();
    assert_eq!(rows(), 2);
    assert!(store.remove("u02").unwrap());
    assert_eq!(rows(), 2);
}

#[test]
fn after_writes_without_a_record_all_units_are_read() {
    let directory = directory();
    let path = directory.path().join("units.db");
    let store = open(&path);
    store.upsert_all(&documents()).unwrap();
    let mut reader = Reader::new(&store);
    let program = rusqlite::Connection::open(&path).unwrap();
    let triggers = rusqlite::config::DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER;
    program.set_db_config(triggers, false).unwrap();
    let remove = "
        DELETE FROM document WHERE slot = (SELECT slot FROM unit WHERE id = CAST('u01' AS BLOB));
        DELETE FROM unit WHERE id = CAST('u01' AS BLOB)";
    for sql in [remove, "DELETE FROM change"] {
        program.execute_batch(sql).unwrap();
        reader = reader.next(&store);
        assert_eq!(reader.changed, None, "{sql}");
        assert!(!reader.units.contains_key("u01"), "{sql}");
        reader.advance(&store, Some(0));
    }
}

/// Writes of more changes than the table has at most.
#[test]
fn the_table_of_changes_is_short() {
    let directory = directory();
    let path = directory.path().join("units.db");
    let store = open(&path);
    let mut reader = Reader::new(&store);
    let units: Vec<Unit> = (0..20_000)
        .map(|id| unit(&format!("{id:05}"), "S"))
        .collect();
    // Each new unit is two changes.
    store.upsert_all(&units[..10_000]).unwrap();
    reader.advance(&store, Some(10_000));
    store.upsert_all(&units[10_000..]).unwrap();
    reader.advance(&store, Some(10_000));
    let rows = "SELECT count(*) FROM change";
    let rows = Program::new(&path).number(rows);
    assert!((10_000..=MAX_CHANGES / 2).contains(&rows), "{rows}");
}

/// A file of the first version is upgraded, and one from a dump too.
#[test]
fn a_file_of_the_first_version_can_be_followed() {
    let directory = directory();
    let path = directory.path().join("units.db");
    fs::write(&path, FIRST).unwrap();
    // A process with the first version has the file open.
    let program = Program::new(&path);
    let sql = "UPDATE document SET json = json WHERE slot = ?1";
    let mut update = program.connection.prepare_cached(sql).unwrap();
    update.execute([1]).unwrap();

    let store = open(&path);
    let mut reader = Reader::new(&store);
    assert!(reader.units == by_id(documents()));
    update.execute([1]).unwrap();
    reader.advance(&store, Some(1));
    store.upsert(&unit("u01", "Sales again")).unwrap();
    reader.advance(&store, Some(1));
}

/// The older process replaces all units. Then nothing records its changes, until a store of
/// this version writes.
#[test]
fn changes_of_an_older_process_are_not_missed() {
    let directory = directory();
    let path = directory.path().join("units.db");
    let store = open(&path);
    store.upsert_all(&documents()).unwrap();
    let mut reader = Reader::new(&store);
    let program = Program::new(&path);
    let slot = program.number("SELECT slot FROM unit WHERE id = CAST('u01' AS BLOB)");
    let write = |name: &str| program.run(&Program::document(slot, &unit("u01", name)));
    program.forget_triggers();
    for name in ["Sales", "Support"] {
        reader.advance(&store, None);
        reader.advance(&store, Some(0));
        write(name);
    }
    reader.advance(&store, None);
    store.upsert(&unit("new", "Sales")).unwrap();
    reader.advance(&store, None);
    write("Sales");
    reader.advance(&store, Some(1));

    program.forget_triggers();
    reader = Reader::new(&store);
    drop(open(&path));
    reader.advance(&store, None);
    store.upsert(&unit("new", "Sales again")).unwrap();
    reader.advance(&store, Some(1));
    // Another program has dropped the table.
    program.run("DROP TABLE change");
    reader.advance(&store, None);
    store.upsert(&unit("new", "Sales")).unwrap();
    reader.advance(&store, None);
    store.upsert(&unit("new", "Sales again")).unwrap();
    reader.advance(&store, Some(1));
}

/// A listing still shows the units of the file that was opened.
#[test]
fn a_replaced_file_cannot_be_followed() {
    let directory = directory();
    let path = directory.path().join("units.db");
    let other = directory.path().join("other.db");
    open(&other).upsert(&unit("b", "Support")).unwrap();
    let store = open(&path);
    store.upsert(&unit("a", "Sales")).unwrap();
    let reader = Reader::new(&store);
    fs::remove_file(&path).unwrap();
    let words = |store: &SqliteStore, reader: &Reader| {
        let error = store.changes_since(Some(&reader.revision)).unwrap_err();
        assert_eq!(error.operation(), "read the changes");
        refusal(&error, StoreErrorKind::Failed)
    };
    let missing = "expected the file that was opened, found none: it was renamed or deleted; put \
        it back, or open the store again";
    assert_eq!(words(&store, &reader), of_file(&path, missing));
    fs::rename(&other, &path).unwrap();
    let replaced = "expected the file that was opened, found another one: it was replaced; close \
        the old one everywhere, delete its log (-wal and -shm), and open the store again";
    assert_eq!(words(&store, &reader), of_file(&path, replaced));
}

/// Documents that cannot be read are never part of a state.
#[test]
fn a_damaged_document_is_an_error() {
    let directory = directory();
    let path = directory.path().join("units.db");
    let store = open(&path);
    store.upsert_all(&documents()).unwrap();
    let mut reader = Reader::new(&store);
    let program = Program::new(&path);
    let slot = program.number("SELECT slot FROM unit WHERE id = CAST('u01' AS BLOB)");
    let other = Program::document(slot, &unit("other", "Sales"));
    let words =
        format!("expected the document in slot {slot} as it was written, found another or none");
    for damage in [
        format!("UPDATE document SET form = 7 WHERE slot = {slot}"),
        format!("DELETE FROM document WHERE slot = {slot}"),
        other,
    ] {
        program.run(&damage);
        for seen in [None, Some(&reader.revision)] {
            let error = store.changes_since(seen).unwrap_err();
            let found = refusal(&error, StoreErrorKind::Corrupt);
            assert_eq!(found, of_file(&path, &words), "{damage}");
        }
        store.upsert(&unit("u01", "Sales again")).unwrap();
        reader.advance(&store, Some(1));
    }
}
