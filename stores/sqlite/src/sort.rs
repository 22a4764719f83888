//! Orders that no index has: units are read and sorted.

use std::rc::Rc;

use livechat_units::Direction;
use rusqlite::types::Value;
use rusqlite::{OptionalExtension, ToSql};

use crate::error::Fault;
use crate::field::Field;
use crate::lister::{Asked, Lister, STEPS};
use crate::matches::count;
use crate::order::{Column, Columns, Start, comparison, suffix};
use crate::walk::has_arrays;

/// Those of all units that have to be sorted for a page.
struct Candidates {
    /// The table, and how it is read.
    from: String,
    conditions: Vec<String>,
    /// What the first column is at most, or at least where it is descending: the value
    /// behind those of the place, in the conditions.
    last: Option<Vec<u8>>,
}

impl Lister<'_> {
    /// The slots of the page, of these matches.
    pub(crate) fn sorted_of(&self, found: &[i64], asked: &Asked<'_>) -> Result<Vec<i64>, Fault> {
        let terms = asked.columns.terms_where(self.arrays(asked.columns)?);
        let behind = match asked.start() {
            Start::First => String::new(),
            Start::Behind => format!("WHERE {}", terms.behind()),
        };
        let values = asked.place.len();
        let (matches, limit, offset) = (values + 1, values + 2, values + 3);
        let sql = format!(
            "SELECT unit.slot FROM rarray(?{matches}) AS found \
             CROSS JOIN unit ON unit.slot = found.value \
             {behind} ORDER BY {terms} LIMIT ?{limit} OFFSET ?{offset}"
        );
        let found: Vec<Value> = found.iter().copied().map(Value::Integer).collect();
        let others: [&dyn ToSql; 3] = [&Rc::new(found), &asked.limit, &asked.offset];
        self.slots(&sql, &asked.values(values, &others))
    }

    /// The slots of the page, of all units.
    pub(crate) fn sorted(&self, asked: &Asked<'_>) -> Result<Vec<i64>, Fault> {
        let arrays = self.arrays(asked.columns)?;
        let terms = asked.columns.terms_where(arrays);
        let mut candidates = match asked.columns.first() {
            Some((Column::Field(field), direction)) if field.bit() & arrays == 0 => {
                self.candidates(field, direction, asked)?
            }
            _ => Candidates::all(),
        };
        if asked.start() == Start::Behind {
            candidates.conditions.push(terms.behind());
        }
        let (from, condition) = (&candidates.from, candidates.condition());
        let values = asked.place.len();
        let (limit, offset) = (values + 2, values + 3);
        let sql = format!(
            "SELECT slot FROM {from} {condition} ORDER BY {terms} LIMIT ?{limit} OFFSET ?{offset}"
        );
        let others: [&dyn ToSql; 3] = [&candidates.last, &asked.limit, &asked.offset];
        self.slots(&sql, &asked.values(values, &others))
    }

    /// The descending fields under which a unit may have another key, as bits.
    fn arrays(&self, columns: &Columns) -> Result<u8, Fault> {
        let mut arrays = 0;
        for field in Field::ALL {
            let bit = field.bit();
            if columns.descending() & bit != 0 && has_arrays(self.connection, field)? {
                arrays |= bit;
            }
        }
        Ok(arrays)
    }

    /// The index of the first column tells between which of its values the page lies: as
    /// many units as are asked for are not behind the last of them.
    fn candidates(
        &self,
        first: Field,
        direction: Direction,
        asked: &Asked<'_>,
    ) -> Result<Candidates, Fault> {
        let (stem, all) = (first.stem(), asked.place.len());
        let index = format!("unit INDEXED BY by_{stem}");
        let (behind, before) = (comparison(direction), comparison(direction.reversed()));
        let mut candidates = Candidates::all();
        let mut beyond = String::new();
        if asked.start() == Start::Behind {
            beyond = format!("WHERE k_{stem} {behind} ?1");
            candidates.conditions.push(format!("k_{stem} {behind}= ?1"));
        }
        let last = format!(
            "SELECT k_{stem} FROM {index} {beyond} ORDER BY k_{stem}{} LIMIT 1 OFFSET ?{}",
            suffix(direction),
            all + 1
        );
        let needed = asked.offset.saturating_add(asked.limit);
        let before_last = needed.saturating_sub(1);
        candidates.last = self
            .connection
            .prepare_cached(&last)?
            .query_row(&*asked.values(all, &[&before_last]), |row| row.get(0))
            .optional()?;
        if candidates.last.is_some() {
            let condition = format!("k_{stem} {before}= ?{}", all + 1);
            candidates.conditions.push(condition);
        }
        let few = count(self.connection)? / STEPS;
        let found = format!(
            "SELECT count(*) FROM (SELECT 1 FROM {index} {} LIMIT ?{})",
            candidates.condition(),
            all + 2
        );
        let found: u64 = self
            .connection
            .prepare_cached(&found)?
            .query_row(&*asked.values(all, &[&candidates.last, &few]), |row| {
                row.get(0)
            })?;
        if found < few {
            candidates.from = index;
        }
        Ok(candidates)
    }
}

impl Candidates {
    fn all() -> Self {
        Self {
            from: "unit NOT INDEXED".to_owned(),
            conditions: Vec::new(),
            last: None,
        }
    }

    fn condition(&self) -> String {
        if self.conditions.is_empty() {
            return String::new();
        }
        format!("WHERE {}", self.conditions.join(" AND "))
    }
}
