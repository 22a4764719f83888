//! The units of a table that a host has already, over a connection of the host.
//!
//! ```sql
//! CREATE TABLE units (id TEXT PRIMARY KEY, name TEXT NOT NULL, visibility TEXT,
//!                     monitors BIGINT, departments BIGINT, updated_at BIGINT);
//! ```
//!
//! [docs/own-table.md](../../../docs/own-table.md) explains the steps. The tests run the conformance
//! suite.

#[cfg(feature = "postgres")]
pub mod postgres;
pub mod sqlite;

use livechat_units::{Timestamp, Unit, UnitError};

/// A row of the table.
#[allow(missing_docs, reason = "the fields are the columns")]
#[derive(Clone, Debug, Default)]
pub struct Row {
    pub id: String,
    pub name: String,
    pub visibility: Option<String>,
    pub monitors: Option<i64>,
    pub departments: Option<i64>,
    /// Microseconds since 1970.
    pub updated_at: Option<i64>,
}

impl Row {
    /// The unit that the endpoint lists for this row.
    pub fn to_unit(&self) -> Result<Unit, UnitError> {
        let mut unit = Unit::builder(self.id.as_str()).name(self.name.as_str());
        if let Some(visibility) = &self.visibility {
            unit = unit.visibility(visibility.as_str());
        }
        if let Some(monitors) = self.monitors {
            unit = unit.num_monitors(monitors);
        }
        if let Some(departments) = self.departments {
            unit = unit.num_departments(departments);
        }
        if let Some(at) = self.updated_at.and_then(Timestamp::from_micros) {
            unit = unit.updated_at(at);
        }
        unit.build()
    }
}
