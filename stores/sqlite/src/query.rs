//! A listing: which units match, which of them are on the page, and their documents.

use std::rc::Rc;

use livechat_units::{Direction, OrderError, Page, Unit, UnitPage, UnitQuery, UnitStore};
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Params};

use crate::error::{Fault, SqliteError, excerpt};
use crate::field::Field;
use crate::matches::{Matches, count};
use crate::order::{Column, Columns};
use crate::schema::KeptOrder;

/// Lists on one snapshot of the database.
pub(crate) struct Lister<'a> {
    /// In a transaction.
    pub(crate) connection: &'a Connection,
    pub(crate) orders: &'a [KeptOrder],
    pub(crate) most_unindexed: u64,
}

impl Lister<'_> {
    pub(crate) fn list(&self, query: &UnitQuery) -> Result<UnitPage, Fault> {
        let matches = Matches::of(self.connection, query)?;
        let columns = match Columns::of(query.sort()) {
            Ok(columns) => columns,
            Err(path) => return self.complete(query, &matches, path),
        };
        self.refuse_parallel(&columns, &matches)?;
        let slots = self.page(&columns, &matches, query.page())?;
        let units = self.documents(&slots)?;
        Ok(UnitPage::new(units, query.page(), matches.total()))
    }

    /// Reads all matches, for the reference to sort.
    fn complete(
        &self,
        query: &UnitQuery,
        matches: &Matches,
        path: &str,
    ) -> Result<UnitPage, Fault> {
        if matches.total() > self.most_unindexed {
            let refused = SqliteError::TooManyMatches {
                path: excerpt(path),
                matches: matches.total(),
                bound: self.most_unindexed,
            };
            return Err(refused.into());
        }
        let units = match matches {
            Matches::Some(slots) => self.documents(slots)?,
            Matches::All(_) => {
                let mut statement = self
                    .connection
                    .prepare_cached("SELECT json FROM document")?;
                let mut rows = statement.query([])?;
                let mut units = Vec::new();
                while let Some(row) = rows.next()? {
                    units.push(unit(row)?);
                }
                units
            }
        };
        units.as_slice().list(query).map_err(Fault::Store)
    }

    /// Two fields of the order must not both hold arrays, in any match.
    fn refuse_parallel(&self, columns: &Columns, matches: &Matches) -> Result<(), Fault> {
        let both = |fields: u8| (fields & columns.fields()).count_ones() > 1;
        if !both(u8::MAX) {
            return Ok(());
        }
        let mut statement = self.connection.prepare_cached(
            "SELECT slot, parallel FROM unit INDEXED BY by_parallel WHERE parallel IS NOT NULL",
        )?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            if both(row.get(1)?) && matches.contains(row.get(0)?) {
                return Err(OrderError::ParallelArrays.into());
            }
        }
        Ok(())
    }

    /// The slots of a page.
    fn page(&self, columns: &Columns, matches: &Matches, page: Page) -> Result<Vec<i64>, Fault> {
        let total = matches.total();
        let range = page.range(usize::try_from(total).unwrap_or(usize::MAX));
        if range.is_empty() {
            return Ok(Vec::new());
        }
        let (offset, limit) = (range.start, range.len());
        let walk = self.walk(columns)?;
        let order = columns.terms();
        match (matches, walk) {
            (Matches::All(_), Some(walk)) => {
                self.slots(&format!("{walk} LIMIT ?1 OFFSET ?2"), (limit, offset))
            }
            (Matches::All(_), None) => {
                let sort = format!(
                    "SELECT slot FROM unit NOT INDEXED ORDER BY {order} LIMIT ?1 OFFSET ?2"
                );
                self.slots(&sort, (limit, offset))
            }
            (Matches::Some(slots), Some(walk)) if self.walks(slots.len(), range.end)? => {
                self.slots_among(&walk, matches, offset, limit)
            }
            (Matches::Some(slots), _) => {
                let sort = format!(
                    "SELECT unit.slot FROM rarray(?3) AS found \
                     CROSS JOIN unit ON unit.slot = found.value \
                     ORDER BY {order} LIMIT ?1 OFFSET ?2"
                );
                let slots = slots.iter().copied().map(Value::Integer).collect();
                self.slots(&sort, (limit, offset, Rc::<Vec<Value>>::new(slots)))
            }
        }
    }

    /// Whether walking the order until `needed` of so many matches have been met takes
    /// less than reading and sorting all of them. A step takes a fifth of what reading
    /// and sorting a match takes.
    fn walks(&self, matches: usize, needed: usize) -> Result<bool, Fault> {
        const STEPS: u64 = 5;
        let as_number = |count| u64::try_from(count).unwrap_or(u64::MAX);
        let (matches, needed) = (as_number(matches), as_number(needed));
        let steps = needed.saturating_mul(count(self.connection)?) / matches.max(1);
        Ok(steps < matches.saturating_mul(STEPS))
    }

    /// A statement that yields the slots of all units in this order, from indexes alone.
    fn walk(&self, columns: &Columns) -> Result<Option<String>, Fault> {
        let terms = columns.terms();
        Ok(match columns.single() {
            Some((Column::Id, _)) => Some(format!(
                "SELECT slot FROM unit INDEXED BY by_id ORDER BY {terms}"
            )),
            Some((Column::Field(field), direction)) => Some(self.walk_field(field, direction)?),
            None => {
                let kept = self.orders.iter().find(|kept| kept.columns == *columns);
                kept.map(|kept| {
                    let index = kept.index();
                    format!("SELECT slot FROM unit INDEXED BY {index} ORDER BY {terms}")
                })
            }
        })
    }

    /// Ascending keys are in order both ways. Only those units that hold an array have
    /// another place in the descending order; they have an index of their own, which is
    /// merged.
    fn walk_field(&self, field: Field, direction: Direction) -> Result<String, Fault> {
        let stem = field.stem();
        let desc = match direction {
            Direction::Ascending => "",
            Direction::Descending => " DESC",
        };
        let arrays = || {
            let any = format!(
                "SELECT EXISTS (SELECT 1 FROM unit INDEXED BY arrays_{stem} \
                 WHERE d_{stem} IS NOT NULL)"
            );
            let mut any = self.connection.prepare_cached(&any)?;
            any.query_row([], |row| row.get::<_, bool>(0))
        };
        if direction == Direction::Ascending || !arrays()? {
            return Ok(format!(
                "SELECT slot FROM unit INDEXED BY by_{stem} ORDER BY k_{stem}{desc}, id{desc}"
            ));
        }
        Ok(format!(
            "SELECT slot, k_{stem} AS key, id FROM unit INDEXED BY by_{stem} \
                 WHERE d_{stem} IS NULL \
             UNION ALL \
             SELECT slot, d_{stem}, id FROM unit INDEXED BY arrays_{stem} \
                 WHERE d_{stem} IS NOT NULL \
             ORDER BY key DESC, id DESC"
        ))
    }

    fn slots(&self, sql: &str, parameters: impl Params) -> Result<Vec<i64>, Fault> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(parameters)?;
        let mut slots = Vec::new();
        while let Some(row) = rows.next()? {
            slots.push(row.get(0)?);
        }
        Ok(slots)
    }

    /// Walks until so many of `matches` have been met.
    fn slots_among(
        &self,
        walk: &str,
        matches: &Matches,
        offset: usize,
        limit: usize,
    ) -> Result<Vec<i64>, Fault> {
        let mut statement = self.connection.prepare_cached(walk)?;
        let mut rows = statement.query([])?;
        let mut slots = Vec::with_capacity(limit);
        let mut skip = offset;
        while slots.len() < limit {
            let Some(row) = rows.next()? else { break };
            let slot = row.get(0)?;
            if !matches.contains(slot) {
                continue;
            }
            if skip > 0 {
                skip -= 1;
            } else {
                slots.push(slot);
            }
        }
        Ok(slots)
    }

    /// The units in these slots.
    fn documents(&self, slots: &[i64]) -> Result<Vec<Unit>, Fault> {
        let sql = "SELECT json FROM document WHERE slot = ?1";
        let mut statement = self.connection.prepare_cached(sql)?;
        let read = |slot: &i64| statement.query_row([slot], |row| Ok(unit(row)));
        slots.iter().map(read).map(|unit| unit?).collect()
    }
}

/// The unit with this id.
pub(crate) fn get(connection: &Connection, id: &str) -> Result<Option<Unit>, Fault> {
    let sql = "SELECT json FROM unit INDEXED BY by_id \
        CROSS JOIN document USING (slot) WHERE id = ?1";
    let mut statement = connection.prepare_cached(sql)?;
    let found = statement.query_row([id.as_bytes()], |row| Ok(unit(row)));
    found.optional()?.transpose()
}

/// The unit whose document a row has.
fn unit(row: &rusqlite::Row<'_>) -> Result<Unit, Fault> {
    let json = row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?;
    Ok(Unit::from_json(json)?)
}
