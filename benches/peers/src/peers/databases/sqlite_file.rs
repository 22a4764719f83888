//! A database file for each peer.

use std::fs;
use std::path::PathBuf;

use rusqlite::Connection;
use tempfile::TempDir;

/// The file, in a directory that is removed with it.
pub(super) struct File(TempDir);

impl File {
    pub(super) fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary directory can be made"))
    }

    pub(super) fn path(&self) -> PathBuf {
        self.0.path().join("units.db")
    }

    /// Runs ANALYZE, and moves the log into the file.
    pub(super) fn settle(&self) {
        let connection = Connection::open(self.path()).expect("the file is a database");
        let settled = connection.execute_batch("ANALYZE; PRAGMA wal_checkpoint(TRUNCATE)");
        settled.expect("nobody else uses the file");
    }

    pub(super) fn bytes(&self) -> usize {
        let bytes = fs::metadata(self.path()).expect("the file is there").len();
        usize::try_from(bytes).expect("a file smaller than memory")
    }
}
