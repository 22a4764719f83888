//! SQLite in memory: an index for each sort field, trigrams for texts.

use std::sync::{Mutex, MutexGuard, PoisonError};

use livechat_units_testkit::naive::Order;
use rusqlite::{Connection, OptionalExtension, Params, Statement, params};
use serde::Deserialize;

use crate::peer::{Peer, body};
use crate::request::{PAGE, Request};

pub(crate) struct Sqlite {
    connection: Mutex<Connection>,
}

#[derive(Clone)]
pub(crate) struct Query {
    search: Search,
    /// The page, by a scan of the index until the page is full.
    walk: String,
    /// The page, by collecting and sorting the matches.
    collect: String,
    offset: usize,
}

#[derive(Clone)]
enum Search {
    Everything,
    /// A text that is shorter than a trigram.
    Short(String),
    Long {
        text: String,
        /// The text as an FTS5 phrase of its trigrams.
        trigrams: String,
    },
}

/// The columns of a document other than its JSON.
#[derive(Deserialize)]
pub(crate) struct Document {
    #[serde(rename = "_id")]
    pub(super) id: String,
    pub(super) name: String,
    pub(super) visibility: String,
    #[serde(rename = "numMonitors")]
    pub(super) num_monitors: i64,
    #[serde(rename = "numDepartments")]
    pub(super) num_departments: i64,
    /// Dates in this form sort correctly as texts.
    #[serde(rename = "_updatedAt")]
    pub(super) updated_at: String,
    #[serde(skip)]
    pub(super) json: String,
}

const TABLES: &str = "
    PRAGMA temp_store = MEMORY;
    CREATE TABLE unit (
        slot INTEGER PRIMARY KEY,
        id TEXT NOT NULL,
        name TEXT NOT NULL,
        folded TEXT NOT NULL,
        visibility TEXT NOT NULL,
        monitors INTEGER NOT NULL,
        departments INTEGER NOT NULL,
        updated TEXT NOT NULL,
        json TEXT NOT NULL
    );
    CREATE VIRTUAL TABLE names USING fts5 (
        name, tokenize = 'trigram', content = 'unit', content_rowid = 'slot'
    );";

/// Created after the rows are in, which is faster. The index by name contains the folded
/// name, so a search for a short text reads only this index.
const INDEXES: &str = "
    CREATE UNIQUE INDEX by_id ON unit (id);
    CREATE INDEX by_name ON unit (name, id, folded);
    CREATE INDEX by_visibility ON unit (visibility, id);
    CREATE INDEX by_monitors ON unit (monitors, id);
    CREATE INDEX by_departments ON unit (departments, id);
    CREATE INDEX by_updated ON unit (updated, id);
    INSERT INTO names (names) VALUES ('rebuild');";

const DECLARED: &str = "CREATE INDEX by_three ON unit (visibility, monitors DESC, name, id);";

const INSERT: &str = "
    INSERT INTO unit (id, name, folded, visibility, monitors, departments, updated, json)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";

const UPDATE: &str = "
    UPDATE unit SET name = ?2, folded = ?3, visibility = ?4, monitors = ?5, departments = ?6,
        updated = ?7, json = ?8
    WHERE id = ?1";

impl Peer for Sqlite {
    type Query = Query;
    type Document = Document;

    fn load(lines: &str) -> Self {
        load(lines, &[TABLES, INDEXES, DECLARED])
    }

    fn load_undeclared(lines: &str) -> Option<Self> {
        Some(load(lines, &[TABLES, INDEXES]))
    }

    fn query(request: Request) -> Query {
        let order = match request.order {
            Order::Name => "name, id",
            Order::NewestFirst => "updated DESC, id DESC",
            Order::MostMonitorsFirst => "monitors DESC, id DESC",
            Order::VisibilityMonitorsName => "visibility, monitors DESC, name, id",
        };
        let search = match request.text.map(str::to_lowercase) {
            None => Search::Everything,
            Some(text) if text.chars().count() < 3 => Search::Short(text),
            Some(text) => Search::Long {
                trigrams: format!("\"{}\"", text.replace('"', "\"\"")),
                text,
            },
        };
        // The offset is skipped in the index. Only the page reads the table.
        let page = |filter: &str| {
            format!(
                "SELECT json FROM unit WHERE slot IN (
                    SELECT slot FROM unit {filter} ORDER BY {order} LIMIT {PAGE} OFFSET ?
                 ) ORDER BY {order}"
            )
        };
        Query {
            walk: match search {
                Search::Everything => page(""),
                Search::Short(_) | Search::Long { .. } => page("WHERE instr(folded, ?)"),
            },
            collect: page("WHERE slot IN (SELECT rowid FROM names WHERE names MATCH ?)"),
            search,
            offset: request.offset,
        }
    }

    fn answer(&self, query: Query) -> Vec<u8> {
        let connection = locked(&self.connection);
        let (total, page) = run(&connection, &query).expect("a statement without mistakes");
        body(page.iter().map(String::as_str), query.offset, total)
    }

    fn document(line: &str) -> Document {
        let mut document: Document = serde_json::from_str(line).expect("a line is a document");
        line.clone_into(&mut document.json);
        document
    }

    fn upsert(&mut self, document: Document) {
        upsert(&mut locked(&self.connection), &document).expect("a document can be stored");
    }

    fn foreign_bytes(&self) -> usize {
        let connection = locked(&self.connection);
        let pragma = |name| connection.pragma_query_value(None, name, |row| row.get(0));
        let pages: usize = pragma("page_count").expect("a database has pages");
        let size: usize = pragma("page_size").expect("a page has a size");
        pages * size
    }
}

/// A connection cannot be used by two threads at once. Nobody ever waits for the lock.
pub(super) fn locked(connection: &Mutex<Connection>) -> MutexGuard<'_, Connection> {
    connection.lock().unwrap_or_else(PoisonError::into_inner)
}

fn load(lines: &str, statements: &[&str]) -> Sqlite {
    let (tables, indexes) = statements.split_first().expect("tables come first");
    let load = || {
        let connection = Connection::open_in_memory()?;
        connection.execute_batch(tables)?;
        connection.execute_batch("BEGIN")?;
        let mut insert = connection.prepare(INSERT)?;
        for line in lines.lines() {
            store(&mut insert, &Sqlite::document(line))?;
        }
        drop(insert);
        for index in indexes {
            connection.execute_batch(index)?;
        }
        connection.execute_batch("COMMIT; ANALYZE")?;
        connection.set_prepared_statement_cache_capacity(64);
        Ok::<_, rusqlite::Error>(connection)
    };
    Sqlite {
        connection: Mutex::new(load().expect("documents can be stored")),
    }
}

/// The number of matches, and the JSON of a page of them.
fn run(connection: &Connection, query: &Query) -> rusqlite::Result<(usize, Vec<String>)> {
    let offset = query.offset;
    Ok(match &query.search {
        Search::Everything => {
            let total = number(connection, "SELECT count(*) FROM unit", [])?;
            (total, page(connection, &query.walk, [offset])?)
        }
        Search::Short(text) => {
            let count = "SELECT count(*) FROM unit WHERE instr(folded, ?)";
            let total = number(connection, count, [text])?;
            (total, page(connection, &query.walk, params![text, offset])?)
        }
        Search::Long { text, trigrams } => {
            let count = "SELECT count(*) FROM names WHERE names MATCH ?";
            let total = number(connection, count, [trigrams])?;
            let units = number(connection, "SELECT max(slot) FROM unit", [])?;
            // An index entry that is scanned costs about a fifth of a match that is collected.
            let looked_at = (offset + PAGE) * units / total.max(1);
            let page = if looked_at / 5 < total {
                page(connection, &query.walk, params![text, offset])?
            } else {
                page(connection, &query.collect, params![trigrams, offset])?
            };
            (total, page)
        }
    })
}

pub(super) fn number(
    connection: &Connection,
    sql: &str,
    arguments: impl Params,
) -> rusqlite::Result<usize> {
    let mut statement = connection.prepare_cached(sql)?;
    statement.query_row(arguments, |row| row.get(0))
}

pub(super) fn page(
    connection: &Connection,
    sql: &str,
    arguments: impl Params,
) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare_cached(sql)?;
    let page = statement.query_map(arguments, |row| row.get(0))?;
    page.collect()
}

/// The table of trigrams does not store names, so it needs the old name to remove it.
fn upsert(connection: &mut Connection, document: &Document) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    let old: Option<(i64, String)> = transaction
        .prepare_cached("SELECT slot, name FROM unit WHERE id = ?1")?
        .query_row([&document.id], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let slot = if let Some((slot, name)) = old {
        transaction
            .prepare_cached("INSERT INTO names (names, rowid, name) VALUES ('delete', ?1, ?2)")?
            .execute(params![slot, name])?;
        store(&mut *transaction.prepare_cached(UPDATE)?, document)?;
        slot
    } else {
        store(&mut *transaction.prepare_cached(INSERT)?, document)?;
        transaction.last_insert_rowid()
    };
    transaction
        .prepare_cached("INSERT INTO names (rowid, name) VALUES (?1, ?2)")?
        .execute(params![slot, document.name])?;
    transaction.commit()
}

fn store(statement: &mut Statement<'_>, document: &Document) -> rusqlite::Result<()> {
    statement.execute(params![
        document.id,
        document.name,
        document.name.to_lowercase(),
        document.visibility,
        document.num_monitors,
        document.num_departments,
        document.updated_at,
        document.json,
    ])?;
    Ok(())
}
