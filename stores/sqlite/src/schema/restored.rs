//! Files that were made from a dump of a store.
//!
//! `.dump` of SQLite's shell writes tables and rows. It does not write the two pragmas that
//! identify the tables as those of this crate. A file without the pragmas is a restored
//! store if it has exactly the tables of this crate and nothing else. Its documents are
//! verified before they are used: a dump is text, and can be cut or changed.

use std::collections::BTreeMap;

use rusqlite::{Connection, Transaction};

use super::{changes, rebuild, tables};
use crate::error::Problem;

/// The version of a store with the tables of this file.
pub(super) fn version(snapshot: &Transaction<'_>) -> Result<Option<i32>, Problem> {
    let found = Objects::read(snapshot)?;
    let expected = Connection::open_in_memory()?;
    tables::create_first(&expected)?;
    if found.are_of(&Objects::read(&expected)?) {
        return Ok(Some(1));
    }
    changes::create(&expected)?;
    let is_second = found.are_of(&Objects::read(&expected)?);
    Ok(is_second.then_some(2))
}

/// The objects of a schema with their statements, except those that SQLite itself adds.
struct Objects {
    tables: BTreeMap<String, String>,
    /// The indexes, except those of declared orders, and the triggers. A store makes those
    /// that are missing.
    indexes: BTreeMap<String, String>,
    triggers: BTreeMap<String, String>,
    /// The number of views.
    views: usize,
}

impl Objects {
    fn read(connection: &Connection) -> rusqlite::Result<Self> {
        let mut objects = Self {
            tables: BTreeMap::new(),
            indexes: BTreeMap::new(),
            triggers: BTreeMap::new(),
            views: 0,
        };
        let mut statement = connection.prepare(
            "SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
        )?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (kind, name): (String, String) = (row.get(0)?, row.get(1)?);
            // The statements of the tables of FTS5 depend on the version of SQLite.
            let is_of_fts5 = name.starts_with("names_");
            let sql: Option<String> = row.get(2)?;
            let sql = sql.filter(|_| !is_of_fts5).unwrap_or_default();
            let words: Vec<&str> = sql.split_ascii_whitespace().collect();
            let sql = words.join(" ");
            match kind.as_str() {
                "table" => drop(objects.tables.insert(name, sql)),
                "index" if is_of_order(&name) => {}
                "index" => drop(objects.indexes.insert(name, sql)),
                "trigger" => drop(objects.triggers.insert(name, sql)),
                _ => objects.views += 1,
            }
        }
        Ok(objects)
    }

    /// Whether these are the objects of a store, of which `expected` has all.
    fn are_of(&self, expected: &Self) -> bool {
        let are_in = |found: &BTreeMap<String, String>, expected: &BTreeMap<String, String>| {
            let mut found = found.iter();
            found.all(|(name, sql)| expected.get(name) == Some(sql))
        };
        self.tables == expected.tables
            && self.views == 0
            && are_in(&self.indexes, &expected.indexes)
            && are_in(&self.triggers, &expected.triggers)
    }
}

/// Whether this is the name of the index of a declared order.
fn is_of_order(name: &str) -> bool {
    let number = name.strip_prefix("order_");
    number.is_some_and(|number| number.parse::<u32>().is_ok())
}

/// Checks that no unit is missing, verifies every document, and rebuilds the rest. The
/// tables are those of the newest version. The caller sets the pragmas.
pub(super) fn adopt(transaction: &Transaction<'_>) -> Result<(), Problem> {
    let number = |sql| transaction.query_row(sql, [], |row| row.get::<_, i64>(0));
    let documents = number("SELECT count(*) FROM document")?;
    let units = number("SELECT count(*) FROM unit")?;
    // A dump that was cut may lack the row.
    let total = number("SELECT coalesce(sum(units), 0) FROM tally")?;
    if documents != total || units != total {
        return Err(Problem::PartialCopy {
            total,
            units,
            documents,
        });
    }
    rebuild::rebuild(transaction)
}
