//! A transaction that reads.

use std::ops::Deref;

use rusqlite::Connection;

/// A read transaction: all that is read through it is of one state of the file.
///
/// Its `BEGIN` and `COMMIT` are prepared once for each connection. rusqlite's transactions
/// parse them each time, which is a large part of the time of a short listing.
pub(crate) struct Snapshot<'a> {
    connection: &'a Connection,
}

impl<'a> Snapshot<'a> {
    pub(crate) fn begin(connection: &'a Connection) -> rusqlite::Result<Self> {
        connection.prepare_cached("BEGIN")?.execute([])?;
        Ok(Self { connection })
    }
}

impl Deref for Snapshot<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.connection
    }
}

impl Drop for Snapshot<'_> {
    fn drop(&mut self) {
        let end = self.connection.prepare_cached("COMMIT");
        // If this fails, the pool closes the connection.
        end.and_then(|mut end| end.execute([])).ok();
    }
}
