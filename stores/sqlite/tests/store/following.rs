//! A reader that follows a store, and a program that writes to its tables.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use livechat_units::{Limit, Page, Unit, UnitQuery, UnitStore};
use livechat_units_sqlite::{ChangedUnits, Durability, Revision, SqliteOptions, SqliteStore};
use livechat_units_testkit::random::Random;
use rusqlite::Connection;

use crate::documents::unit;

/// The units of a store by `_id`.
pub(crate) type Units = BTreeMap<String, Unit>;

pub(crate) fn open(path: &Path) -> SqliteStore {
    let options = SqliteOptions::new().with_durability(Durability::ProcessCrash);
    options.open(path).unwrap()
}

pub(crate) fn listed(store: &SqliteStore) -> Units {
    let query = UnitQuery::default().with_page(Page::new(0, Limit::Unlimited));
    by_id(store.list(&query).unwrap().units())
}

pub(crate) fn by_id(units: impl IntoIterator<Item = Unit>) -> Units {
    let units = units.into_iter();
    units.map(|unit| (unit.id().to_owned(), unit)).collect()
}

/// A state of a store as a reader has seen it.
#[derive(Clone)]
pub(crate) struct Reader {
    pub(crate) revision: Revision,
    pub(crate) units: Units,
    /// How many units the last step has brought. `None` if it has brought all.
    pub(crate) changed: Option<usize>,
}

impl Reader {
    pub(crate) fn new(store: &SqliteStore) -> Self {
        let changes = store.changes_since(None).unwrap();
        let ChangedUnits::All(units) = changes.units else {
            panic!("without a revision there is nothing that could have changed");
        };
        Self {
            revision: changes.revision,
            units: by_id(units),
            changed: None,
        }
    }

    /// The present state, from the changes since this one.
    pub(crate) fn next(&self, store: &SqliteStore) -> Self {
        let now = store.changes_since(Some(&self.revision)).unwrap();
        let mut units = self.units.clone();
        let changed = match now.units {
            ChangedUnits::All(all) => {
                let count = all.len();
                units = by_id(all);
                assert_eq!(units.len(), count, "an id twice");
                None
            }
            ChangedUnits::Some(some) => {
                let ids: BTreeSet<_> = some.iter().map(|(id, _)| id).collect();
                assert_eq!(ids.len(), some.len(), "an id twice");
                let count = some.len();
                for (id, unit) in some {
                    match unit {
                        Some(unit) => drop(units.insert(id, unit)),
                        None => drop(units.remove(&id)),
                    }
                }
                Some(count)
            }
        };
        Self {
            revision: now.revision,
            units,
            changed,
        }
    }

    /// Follows the store, which must have brought so many units.
    #[track_caller]
    pub(crate) fn advance(&mut self, store: &SqliteStore, changed: Option<usize>) {
        *self = self.next(store);
        assert_eq!(self.changed, changed);
        assert!(self.units == listed(store));
    }
}

/// A program that writes to the tables of a store.
pub(crate) struct Program {
    pub(crate) connection: Connection,
}

impl Program {
    pub(crate) fn new(path: &Path) -> Self {
        let connection = Connection::open(path).unwrap();
        Self { connection }
    }

    pub(crate) fn run(&self, sql: &str) {
        self.connection.execute_batch(sql).unwrap();
    }

    pub(crate) fn number(&self, sql: &str) -> i64 {
        let number = self.connection.query_row(sql, [], |row| row.get(0));
        number.unwrap()
    }

    /// Statements that put this unit into a slot which has a row in `unit`.
    pub(crate) fn document(slot: i64, unit: &Unit) -> String {
        let mut checksum = crc32fast::Hasher::new_with_initial(u32::try_from(slot).unwrap());
        checksum.update(unit.as_json().as_bytes());
        let (checksum, json) = (checksum.finalize(), unit.as_json());
        format!("REPLACE INTO document VALUES ({slot}, {checksum}, 0, '{json}');")
    }

    /// One write that leaves the documents and their ids right, and the units after it.
    pub(crate) fn write(&self, random: &mut Random, number: u64, units: &mut Units) {
        let ids: Vec<String> = units.keys().cloned().collect();
        let [Some(id), Some(other)] = [(); 2].map(|()| {
            let index = random.below(ids.len().max(1));
            ids.get(index).cloned()
        }) else {
            return;
        };
        let slot = |id: &str| {
            let sql = "SELECT slot FROM unit WHERE id = CAST(?1 AS BLOB)";
            let slot = self.connection.query_row(sql, [id], |row| row.get(0));
            slot.unwrap()
        };
        let at: i64 = slot(&id);
        let new = format!("p{number}");
        let sql = match random.below(8) {
            0 => {
                units.remove(&id);
                // The total is wrong afterwards, and the next call rebuilds the store.
                format!(
                    "DELETE FROM document WHERE slot = {at}; DELETE FROM unit WHERE slot = {at};"
                )
            }
            1 => {
                units.remove(&id);
                format!(
                    "DELETE FROM unit WHERE slot = {at}; DELETE FROM document WHERE slot = {at};
                     UPDATE tally SET units = units - 1;"
                )
            }
            2 => {
                units.remove(&id);
                let unit = unit(&new, "Moved");
                let document = Self::document(at, &unit);
                units.insert(new.clone(), unit);
                format!("UPDATE unit SET id = CAST('{new}' AS BLOB) WHERE slot = {at}; {document}")
            }
            // Deletes the row of the slot without a trigger of a deletion.
            3 => {
                units.remove(&id);
                let unit = unit(&new, "Replaced");
                let document = Self::document(at, &unit);
                units.insert(new.clone(), unit);
                format!(
                    "CREATE TEMP TABLE copied AS SELECT * FROM unit WHERE slot = {at};
                     UPDATE copied SET id = CAST('{new}' AS BLOB);
                     REPLACE INTO unit SELECT * FROM copied; DROP TABLE copied; {document}"
                )
            }
            // Two units change their slots.
            4 if id != other => {
                let there = slot(&other);
                let documents = [
                    Self::document(there, &units[&id]),
                    Self::document(at, &units[&other]),
                ];
                format!(
                    "UPDATE unit SET slot = -1 WHERE slot = {at};
                     UPDATE unit SET slot = {at} WHERE slot = {there};
                     UPDATE unit SET slot = {there} WHERE slot = -1; {}",
                    documents.concat()
                )
            }
            _ => {
                let unit = unit(&id, &format!("Program {number}"));
                let document = Self::document(at, &unit);
                units.insert(id, unit);
                document
            }
        };
        let numbered = random.pick(&["", "UPDATE tally SET rowid = rowid + 1;"]);
        self.run(&format!("BEGIN IMMEDIATE; {sql} {numbered} COMMIT"));
    }

    /// Does what a process with the first version does in a load and after it: the tables have
    /// no triggers, and the writes are numbered.
    pub(crate) fn forget_triggers(&self) {
        let names = "SELECT group_concat(name) FROM sqlite_schema WHERE type = 'trigger'";
        let names = self.connection.query_row(names, [], |row| row.get(0));
        let names: Option<String> = names.unwrap();
        for name in names.iter().flat_map(|names| names.split(',')) {
            self.run(&format!("DROP TRIGGER {name}"));
        }
        self.run("UPDATE tally SET rowid = rowid + 1");
    }
}
