//! A file that was made from a dump of a store.
//!
//! `.dump` of SQLite's shell writes tables and rows. It does not write the two pragmas that
//! say whose the tables are. So a file without them is ours if it has the tables of this
//! crate, to the letter, and nothing else. What it holds is verified before it is used:
//! dumps are text, and can be cut or changed.

use std::collections::BTreeMap;

use rusqlite::{Connection, Transaction};

use crate::error::{Fault, Problem};
use crate::row::Keys;
use crate::{rebuild, schema};

/// The version of a store that has the tables of this file. There has been one so far.
/// When there is a second one, the tables of the first have to be recognised too.
pub(crate) fn version(snapshot: &Transaction<'_>) -> Result<Option<i32>, Fault> {
    let made = Connection::open_in_memory()?;
    schema::create(&made)?;
    let (made, mut found) = (Schema::read(&made)?, Schema::read(snapshot)?);
    // The orders that hosts have declared. They are made anew.
    let of_order = |name: &str| {
        let number = name.strip_prefix("order_");
        number.is_some_and(|number| number.parse::<u32>().is_ok())
    };
    found.indexes.retain(|name, _| !of_order(name));
    let of_store = found.tables == made.tables
        && found.others == 0
        // Those that are missing are made anew.
        && found.indexes.iter().all(|(name, sql)| made.indexes.get(name) == Some(sql));
    Ok(of_store.then_some(1))
}

/// Everything in a schema but what SQLite itself adds, by name.
struct Schema {
    tables: BTreeMap<String, String>,
    indexes: BTreeMap<String, String>,
    /// Views and triggers.
    others: usize,
}

impl Schema {
    fn read(connection: &Connection) -> rusqlite::Result<Self> {
        let mut schema = Self {
            tables: BTreeMap::new(),
            indexes: BTreeMap::new(),
            others: 0,
        };
        let mut statement = connection.prepare(
            "SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
        )?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (kind, name): (String, String) = (row.get(0)?, row.get(1)?);
            // Tables of FTS5 are written as the version of SQLite has it.
            let of_fts5 = name.starts_with("names_");
            let sql: Option<String> = row.get(2)?;
            let sql = sql.filter(|_| !of_fts5).unwrap_or_default();
            let words: Vec<&str> = sql.split_ascii_whitespace().collect();
            let sql = words.join(" ");
            match kind.as_str() {
                "table" => drop(schema.tables.insert(name, sql)),
                "index" => drop(schema.indexes.insert(name, sql)),
                _ => schema.others += 1,
            }
        }
        Ok(schema)
    }
}

/// Verifies every document and derives the rest from them. The pragmas are left to the
/// caller.
pub(crate) fn adopt(transaction: &Transaction<'_>, keys: &Keys) -> Result<(), Fault> {
    let number = |sql| transaction.query_row(sql, [], |row| row.get::<_, i64>(0));
    let documents = number("SELECT count(*) FROM document")?;
    let units = number("SELECT count(*) FROM unit")?;
    // No row, if the dump was cut before it.
    let total = number("SELECT coalesce(sum(units), 0) FROM tally")?;
    if documents != total || units != total {
        let problem = Problem::PartialCopy {
            total,
            units,
            documents,
        };
        return Err(problem.into());
    }
    rebuild::derive(transaction, keys)
}
