//! The statements that make the tables of the newest version.

use livechat_units::columns::Field;
use rusqlite::Connection;

use super::changes;
use crate::row::stem;

/// Tables that are not derived from documents: a load leaves them as they are.
const PERMANENT: &str = "
    CREATE TABLE kept_order (number INTEGER PRIMARY KEY, sort TEXT NOT NULL UNIQUE) STRICT;
    CREATE TABLE tally (units INTEGER NOT NULL) STRICT;
    INSERT INTO tally VALUES (0);";

const DOCUMENTS: &str = "
    CREATE TABLE document (
        slot INTEGER PRIMARY KEY,
        checksum INTEGER NOT NULL,
        form INTEGER NOT NULL,
        json TEXT NOT NULL
    ) STRICT;";

/// Tables that are derived from the documents, with the one index that a load needs while it
/// fills them.
const DERIVED: &str = "
    CREATE TABLE unit (
        slot INTEGER PRIMARY KEY,
        folded BLOB,
        id BLOB NOT NULL,
        parallel INTEGER,
        k_name BLOB NOT NULL,
        k_visibility BLOB NOT NULL,
        k_monitors BLOB NOT NULL,
        k_departments BLOB NOT NULL,
        k_updated BLOB NOT NULL,
        d_name BLOB,
        d_visibility BLOB,
        d_monitors BLOB,
        d_departments BLOB,
        d_updated BLOB
    ) STRICT;
    CREATE UNIQUE INDEX by_id ON unit (id);
    CREATE TABLE name_block (number INTEGER PRIMARY KEY, names BLOB NOT NULL) STRICT;
    CREATE VIRTUAL TABLE names USING fts5 (
        folded, content = 'unit', content_rowid = 'slot', columnsize = 0,
        tokenize = 'trigram case_sensitive 1'
    );";

/// Indexes of the few units with arrays under two fields, and of the few long names.
const PARTIAL_INDEXES: &str = "
    CREATE INDEX by_parallel ON unit (parallel) WHERE parallel IS NOT NULL;
    CREATE INDEX long_names ON unit (slot) WHERE length(folded) > 4096;";

/// Makes all tables, indexes and triggers of an empty store.
pub(super) fn create(connection: &Connection) -> rusqlite::Result<()> {
    create_first(connection)?;
    changes::create(connection)
}

/// Makes all tables and indexes of an empty store of version 1.
pub(super) fn create_first(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(PERMANENT)?;
    connection.execute_batch(DOCUMENTS)?;
    connection.execute_batch(DERIVED)?;
    create_indexes(connection)
}

/// Makes the table of documents again, empty and without triggers.
pub(super) fn recreate_documents(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch("DROP TABLE document;")?;
    connection.execute_batch(DOCUMENTS)
}

/// Makes the derived tables again, empty, without the indexes of [`create_indexes`] and
/// without triggers.
pub(super) fn recreate_derived(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(
        "DROP TABLE IF EXISTS names;
         DROP TABLE IF EXISTS name_block;
         DROP TABLE IF EXISTS unit;",
    )?;
    connection.execute_batch(DERIVED)
}

/// Makes the indexes on `unit`, except those of declared orders. Indexing a full table is
/// faster than updating an index for each row.
pub(super) fn create_indexes(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(PARTIAL_INDEXES)?;
    for field in Field::ALL {
        let stem = stem(field);
        connection.execute_batch(&format!(
            "CREATE INDEX by_{stem} ON unit (k_{stem}, id, d_{stem});
             CREATE INDEX arrays_{stem} ON unit (d_{stem}, id) WHERE d_{stem} IS NOT NULL;"
        ))?;
    }
    Ok(())
}
