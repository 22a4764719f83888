//! Which units match the scope and the text of a query.

use std::rc::Rc;

use livechat_units::{Scope, TextFilter, UnitQuery};
use rusqlite::Connection;
use rusqlite::types::Value;

use super::{statement, text};
use crate::error::Problem;
use crate::schema::total;

/// The matches of a query, in no sort order.
pub(super) enum Matches {
    /// All units: this many.
    All(u64),
    /// The slots of some units, ascending.
    Some(Vec<i64>),
}

impl Matches {
    pub(super) fn new(connection: &Connection, query: &UnitQuery) -> Result<Self, Problem> {
        let mut slots = match (query.scope(), query.text()) {
            (Scope::All, None) => return Ok(Self::All(total::read(connection)?)),
            (Scope::All, Some(text)) => text::search(connection, text)?,
            (Scope::Only(ids), text) => {
                let ids = ids.iter().map(|id| Value::Blob(id.as_bytes().to_vec()));
                within(connection, ids.collect(), text)?
            }
        };
        slots.sort_unstable();
        Ok(Self::Some(slots))
    }

    pub(super) fn total(&self) -> u64 {
        match self {
            Self::All(units) => *units,
            Self::Some(slots) => u64::try_from(slots.len()).unwrap_or(u64::MAX),
        }
    }

    pub(super) fn contains(&self, slot: i64) -> bool {
        match self {
            Self::All(_) => true,
            Self::Some(slots) => slots.binary_search(&slot).is_ok(),
        }
    }
}

/// The units with these ids whose names contain the text, if there is one.
fn within(
    connection: &Connection,
    ids: Vec<Value>,
    text: Option<&TextFilter>,
) -> Result<Vec<i64>, Problem> {
    const WITHIN: &str = "SELECT unit.slot FROM rarray(?1) AS wanted \
        CROSS JOIN unit INDEXED BY by_id ON unit.id = wanted.value";
    let ids = Rc::new(ids);
    match text {
        None => statement::slots(connection, WITHIN, [ids]),
        Some(text) => {
            let sql = format!("{WITHIN} WHERE instr(unit.folded, ?2)");
            statement::slots(connection, &sql, (ids, text.folded().as_bytes()))
        }
    }
}
