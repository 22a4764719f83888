//! Which units match the scope and the text of a query.

use std::rc::Rc;

use livechat_units::{Scope, TextFilter, UnitQuery};
use rusqlite::Connection;
use rusqlite::types::Value;

use super::{statement, text};
use crate::error::Problem;
use crate::schema::total;

/// The matches of a query, without regard to its sort.
pub(super) enum Matches {
    /// Every unit matches. The value is the number of units.
    All(u64),
    /// The slots of the matches, ascending.
    Slots(Vec<i64>),
}

impl Matches {
    pub(super) fn new(connection: &Connection, query: &UnitQuery) -> Result<Self, Problem> {
        let mut slots = match (query.scope(), query.text()) {
            (Scope::All, None) => return Ok(Self::All(total::read(connection)?)),
            (Scope::All, Some(text)) => text::search(connection, text)?,
            (Scope::Only(ids), text) => {
                let ids = ids.iter().map(|id| Value::Blob(id.as_bytes().to_vec()));
                slots_with_ids(connection, ids.collect(), text)?
            }
        };
        slots.sort_unstable();
        Ok(Self::Slots(slots))
    }

    pub(super) fn total(&self) -> u64 {
        match self {
            Self::All(count) => *count,
            Self::Slots(slots) => u64::try_from(slots.len()).unwrap_or(u64::MAX),
        }
    }

    pub(super) fn contains(&self, slot: i64) -> bool {
        match self {
            Self::All(_) => true,
            Self::Slots(slots) => slots.binary_search(&slot).is_ok(),
        }
    }
}

/// The slots, in no particular order, of the units that have one of these ids and, if there is a
/// text, a name that contains it.
fn slots_with_ids(
    connection: &Connection,
    ids: Vec<Value>,
    text: Option<&TextFilter>,
) -> Result<Vec<i64>, Problem> {
    const SELECT_SLOTS: &str = "SELECT unit.slot FROM rarray(?1) AS wanted \
        CROSS JOIN unit INDEXED BY by_id ON unit.id = wanted.value";
    let ids = Rc::new(ids);
    match text {
        None => statement::slots(connection, SELECT_SLOTS, [ids]),
        Some(text) => {
            let sql = format!("{SELECT_SLOTS} WHERE instr(unit.folded, ?2)");
            statement::slots(connection, &sql, (ids, text.folded().as_bytes()))
        }
    }
}
