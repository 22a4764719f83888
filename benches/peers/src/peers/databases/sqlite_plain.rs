//! Plain SQL on SQLite. Its `LIKE` ignores case only in ASCII.

use std::marker::PhantomData;
use std::sync::Mutex;

use rusqlite::{Connection, Statement, params};

use super::plain::{Dialect, Indexes, Query};
use super::sqlite_file::File;
use crate::peer::{Peer, body};
use crate::peers::sqlite::{Document, Sqlite, locked, number, page};
use crate::request::{PAGE, Request};

pub(super) struct Plain<I> {
    connection: Mutex<Connection>,
    file: File,
    indexes: PhantomData<I>,
}

const DIALECT: Dialect = Dialect {
    like: "LIKE",
    parameter: '?',
    name: "name",
};

/// The settings of the store.
const PRAGMAS: &str = "
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA cache_size = -65536;";

const TABLE: &str = "
    CREATE TABLE unit (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        visibility TEXT NOT NULL,
        num_monitors INTEGER NOT NULL,
        num_departments INTEGER NOT NULL,
        updated_at TEXT NOT NULL,
        document TEXT NOT NULL
    );";

const UPSERT: &str = "
    INSERT INTO unit VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
    ON CONFLICT (id) DO UPDATE SET
        name = excluded.name, visibility = excluded.visibility,
        num_monitors = excluded.num_monitors, num_departments = excluded.num_departments,
        updated_at = excluded.updated_at, document = excluded.document";

impl<I: Indexes> Peer for Plain<I> {
    type Query = Query;
    type Document = Document;

    fn load(lines: &str) -> Self {
        let file = File::new();
        let load = || {
            let connection = Connection::open(file.path())?;
            connection.execute_batch(PRAGMAS)?;
            connection.execute_batch(TABLE)?;
            connection.execute_batch("BEGIN")?;
            let mut insert = connection.prepare(UPSERT)?;
            for line in lines.lines() {
                store(&mut insert, &Self::document(line))?;
            }
            drop(insert);
            connection.execute_batch(&I::create(&DIALECT))?;
            connection.execute_batch("COMMIT")?;
            Ok::<_, rusqlite::Error>(connection)
        };
        let connection = load().expect("documents can be stored");
        file.settle();
        Self {
            connection: Mutex::new(connection),
            file,
            indexes: PhantomData,
        }
    }

    fn query(request: Request) -> Query {
        DIALECT.query(request)
    }

    fn answer(&self, query: Query) -> Vec<u8> {
        let connection = locked(&self.connection);
        let (total, page) = run(&connection, &query).expect("a statement without mistakes");
        body(page.iter().map(String::as_str), query.offset, total)
    }

    fn document(line: &str) -> Document {
        Sqlite::document(line)
    }

    fn upsert(&mut self, document: Document) {
        let connection = locked(&self.connection);
        let mut statement = connection.prepare_cached(UPSERT).expect("valid SQL");
        store(&mut statement, &document).expect("a document can be stored");
    }

    fn disk_bytes(&self) -> Option<usize> {
        Some(self.file.bytes())
    }

    fn folds(text: &str) -> bool {
        text.is_ascii()
    }
}

/// The number of matches, and the JSON of a page of them.
fn run(connection: &Connection, query: &Query) -> rusqlite::Result<(usize, Vec<String>)> {
    Ok(match &query.text {
        None => (
            number(connection, &query.count, [])?,
            page(connection, &query.page, [PAGE, query.offset])?,
        ),
        Some(text) => (
            number(connection, &query.count, [text])?,
            page(connection, &query.page, params![PAGE, query.offset, text])?,
        ),
    })
}

fn store(statement: &mut Statement<'_>, document: &Document) -> rusqlite::Result<()> {
    statement.execute(params![
        document.id,
        document.name,
        document.visibility,
        document.num_monitors,
        document.num_departments,
        document.updated_at,
        document.json,
    ])?;
    Ok(())
}
