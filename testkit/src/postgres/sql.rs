//! SQL of another client of a server.

use livechat_units::Unit;
use tokio_postgres::{Client, Config, NoTls};

use super::block_on;

/// A connection that is not one of the store.
pub struct Open(Client);

impl Open {
    /// Opens a connection.
    pub fn new(config: &Config) -> Self {
        Self::try_new(config).expect("the server answers")
    }

    /// Opens a connection, if the server accepts one.
    pub fn try_new(config: &Config) -> Option<Self> {
        block_on(async {
            let (client, connection) = config.connect(NoTls).await.ok()?;
            tokio::spawn(connection);
            Some(Self(client))
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

/// A statement that inserts or updates a unit as a client other than the store might. The
/// columns for sort orders have no useful values.
///
/// # Panics
/// If the document contains a quote.
#[must_use]
pub fn upsert(schema: &str, unit: &Unit) -> String {
    let (id, document) = (unit.id(), unit.to_extended_json());
    assert!(!document.contains('\''), "a quote needs an escape");
    let key = r"'\x02'";
    format!(
        "INSERT INTO {schema}.units (_id, document, name, visibility, num_monitors, \
         num_departments, updated_at, regular, parallel) \
         VALUES ('{id}', '{document}', {key}, {key}, {key}, {key}, {key}, true, 0) \
         ON CONFLICT (_id) DO UPDATE SET document = EXCLUDED.document;"
    )
}

/// A statement that deletes a unit.
#[must_use]
pub fn delete(schema: &str, id: &str) -> String {
    format!("DELETE FROM {schema}.units WHERE _id = '{id}';")
}
