//! SQL of another client of a server.

use tokio_postgres::{Client, Config, NoTls};

use super::block_on;

/// A connection that is not one of the store.
pub struct Open(Client);

impl Open {
    /// Opens a connection.
    pub fn new(config: &Config) -> Self {
        block_on(async {
            let (client, connection) = config.connect(NoTls).await.expect("the server answers");
            tokio::spawn(connection);
            Self(client)
        })
    }

    /// Runs the statements, which must succeed.
    pub fn run(&self, sql: &str) {
        block_on(self.0.batch_execute(sql)).expect("the statement succeeds");
    }

    /// Runs the statements. Returns whether they succeed.
    pub fn try_run(&self, sql: &str) -> bool {
        block_on(self.0.batch_execute(sql)).is_ok()
    }

    /// The first column of each row.
    pub fn texts(&self, sql: &str) -> Vec<String> {
        let rows = block_on(self.0.query(sql, &[])).expect("the statement succeeds");
        rows.iter().map(|row| row.get(0)).collect()
    }

    /// The number that the statement returns.
    pub fn number(&self, sql: &str) -> i64 {
        let row = block_on(self.0.query_one(sql, &[])).expect("the statement succeeds");
        row.get(0)
    }

    /// The text that the statement returns.
    pub fn text(&self, sql: &str) -> String {
        let row = block_on(self.0.query_one(sql, &[])).expect("the statement succeeds");
        row.get(0)
    }
}

/// The text that the statement returns.
pub fn text(config: &Config, sql: &str) -> String {
    Open::new(config).text(sql)
}

/// Runs the statements, which must succeed.
pub fn run(config: &Config, sql: &str) {
    Open::new(config).run(sql);
}

/// The number that the statement returns.
pub fn number(config: &Config, sql: &str) -> i64 {
    Open::new(config).number(sql)
}
