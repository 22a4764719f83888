//! Which units match.

use std::rc::Rc;

use livechat_units::{Scope, TextFilter, UnitQuery};
use rusqlite::types::Value;
use rusqlite::{Connection, Params};

use crate::blocks;
use crate::error::{Fault, Problem};

/// The slots of the units that a query lists, whatever the order and the page.
pub(crate) enum Matches {
    /// All of so many.
    All(u64),
    /// These, in ascending order.
    Some(Vec<i64>),
}

impl Matches {
    pub(crate) fn of(connection: &Connection, query: &UnitQuery) -> Result<Self, Fault> {
        match (query.scope(), query.text()) {
            (Scope::All, None) => Ok(Self::All(count(connection)?)),
            (Scope::All, Some(text)) => search(connection, text).map(Self::Some),
            (Scope::Only(ids), text) => {
                let ids = ids.iter().map(|id| Value::Blob(id.as_bytes().to_vec()));
                within(connection, ids.collect(), text).map(Self::Some)
            }
        }
    }

    pub(crate) fn total(&self) -> u64 {
        match self {
            Self::All(units) => *units,
            Self::Some(slots) => u64::try_from(slots.len()).unwrap_or(u64::MAX),
        }
    }

    pub(crate) fn contains(&self, slot: i64) -> bool {
        match self {
            Self::All(_) => true,
            Self::Some(slots) => slots.binary_search(&slot).is_ok(),
        }
    }
}

/// More than a file holds, which has at most 2^48 bytes.
const MAX_UNITS: u64 = 1 << 48;

/// How many units there are.
pub(crate) fn count(connection: &Connection) -> Result<u64, Fault> {
    let mut statement = connection.prepare_cached("SELECT units FROM tally")?;
    let mut rows = statement.query([])?;
    let units = match rows.next()? {
        Some(row) => row.get(0)?,
        None => -1_i64,
    };
    match (u64::try_from(units), rows.next()?) {
        (Ok(units @ 0..=MAX_UNITS), None) => Ok(units),
        _ => Err(Problem::NoTotal.into()),
    }
}

/// The units with these ids, as far as their names contain the text.
fn within(
    connection: &Connection,
    ids: Vec<Value>,
    text: Option<&TextFilter>,
) -> Result<Vec<i64>, Fault> {
    const WITHIN: &str = "SELECT unit.slot FROM rarray(?1) AS wanted \
        CROSS JOIN unit INDEXED BY by_id ON unit.id = wanted.value";
    let ids = Rc::new(ids);
    match text {
        None => slots(connection, WITHIN, [ids]),
        Some(text) => {
            let sql = format!("{WITHIN} WHERE instr(unit.folded, ?2)");
            slots(connection, &sql, (ids, text.folded().as_bytes()))
        }
    }
}

/// The units whose names contain the text.
fn search(connection: &Connection, text: &TextFilter) -> Result<Vec<i64>, Fault> {
    let folded = text.folded();
    match Trigrams::of(&folded) {
        Trigrams::None => {
            let mut slots = blocks::search(connection, folded.as_bytes())?;
            slots.sort_unstable();
            Ok(slots)
        }
        Trigrams::Exact(phrase) => {
            let sql = "SELECT rowid FROM names WHERE names MATCH ?1";
            slots(connection, sql, [phrase])
        }
        Trigrams::Candidates(phrase) => {
            let sql = "SELECT names.rowid FROM names \
                CROSS JOIN unit ON unit.slot = names.rowid \
                WHERE names MATCH ?1 AND instr(unit.folded, ?2)";
            slots(connection, sql, (phrase, folded.as_bytes()))
        }
    }
}

/// What the index of trigrams tells about a text. Trigrams in a row, which is what it
/// takes a quoted string for, are the text again.
#[derive(Debug, PartialEq, Eq)]
enum Trigrams {
    /// The text is shorter than one.
    None,
    /// This string finds the names that contain it.
    Exact(String),
    /// This string finds names that may contain it.
    Candidates(String),
}

impl Trigrams {
    /// The longest string that is looked for, in scalars: each takes memory and a search
    /// of its own in the index.
    const MAX_SCALARS: usize = 32;

    fn of(folded: &str) -> Self {
        let mut scalars = folded.chars();
        let first: String = scalars.by_ref().take(Self::MAX_SCALARS).collect();
        if first.chars().count() < 3 {
            return Self::None;
        }
        // The tokenizer takes these, and what stands for U+0000, for the same scalar.
        let ambiguous = |scalar| matches!(scalar, '\u{FFFD}'..='\u{FFFF}');
        let exact = scalars.next().is_none() && !first.chars().any(ambiguous);
        let phrase = format!("\"{}\"", first.replace('"', "\"\""));
        if exact {
            Self::Exact(phrase)
        } else {
            Self::Candidates(phrase)
        }
    }
}

/// What a statement of one column yields, in ascending order.
fn slots(connection: &Connection, sql: &str, parameters: impl Params) -> Result<Vec<i64>, Fault> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(parameters)?;
    let mut slots = Vec::new();
    while let Some(row) = rows.next()? {
        slots.push(row.get(0)?);
    }
    slots.sort_unstable();
    Ok(slots)
}
