//! Sorting: for sort orders that no index has, or if few units match.

use std::rc::Rc;

use livechat_units::Direction;
use livechat_units::columns::{Field, FieldSet};
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, ToSql};

use super::after::{self, Start, comparison};
use super::order::fields_with_arrays;
use super::page_query::PageQuery;
use super::statement;
use crate::error::Problem;
use crate::row::stem;
use crate::schema::order::{OrderTerms, suffix};
use crate::schema::total;

/// The estimated cost of reading and sorting one unit, in steps along an index.
pub(super) const SORT_COST: u64 = 5;

/// The slots of the page, from these matches.
pub(super) fn sort_matches(
    connection: &Connection,
    slots: &[i64],
    page: &PageQuery<'_>,
) -> Result<Vec<i64>, Problem> {
    let arrays = fields_with_arrays(connection, page.columns)?;
    let terms = OrderTerms::new(page.columns, arrays);
    let condition = match page.start() {
        Start::First => String::new(),
        Start::AfterPosition => format!("WHERE {}", after::condition(&terms)),
    };
    let values = page.position_len();
    let (matches, limit, offset) = (values + 1, values + 2, values + 3);
    let sql = format!(
        "SELECT unit.slot FROM rarray(?{matches}) AS found \
         CROSS JOIN unit ON unit.slot = found.value \
         {condition} ORDER BY {terms} LIMIT ?{limit} OFFSET ?{offset}"
    );
    let slots: Vec<Value> = slots.iter().copied().map(Value::Integer).collect();
    let others: [&dyn ToSql; 3] = [&Rc::new(slots), &page.limit, &page.offset];
    statement::slots(connection, &sql, &*page.parameters(values, &others))
}

/// The slots of the page, from all units.
pub(super) fn sort_all(connection: &Connection, page: &PageQuery<'_>) -> Result<Vec<i64>, Problem> {
    let arrays = fields_with_arrays(connection, page.columns)?;
    let terms = OrderTerms::new(page.columns, arrays);
    let mut candidates = match first_indexed(page, arrays) {
        Some((field, direction)) => Candidates::between(connection, field, direction, page)?,
        None => Candidates::all(),
    };
    if page.start() == Start::AfterPosition {
        candidates.conditions.push(after::condition(&terms));
    }
    let (table, condition) = (&candidates.table, candidates.condition());
    let values = page.position_len();
    let (limit, offset) = (values + 2, values + 3);
    let sql = format!(
        "SELECT slot FROM {table} {condition} ORDER BY {terms} LIMIT ?{limit} OFFSET ?{offset}"
    );
    let others: [&dyn ToSql; 3] = [&candidates.last, &page.limit, &page.offset];
    statement::slots(connection, &sql, &*page.parameters(values, &others))
}

/// The first column of the sort order, if its index has the keys in that direction: there is
/// no descending key that differs.
fn first_indexed(page: &PageQuery<'_>, arrays: FieldSet) -> Option<(Field, Direction)> {
    let (field, direction) = *page.columns.keys().first()?;
    (!arrays.contains(field)).then_some((field, direction))
}

/// The units that have to be sorted for a page.
struct Candidates {
    /// The table, and the index by which it is read.
    table: String,
    conditions: Vec<String>,
    /// The last value of the first column on the page. In the conditions it is the parameter
    /// after those of the position. `None` if the page reaches the end of the units.
    last: Option<Vec<u8>>,
}

impl Candidates {
    fn all() -> Self {
        Self {
            table: "unit NOT INDEXED".to_owned(),
            conditions: Vec::new(),
            last: None,
        }
    }

    /// Bounds the candidates by the index of the first column. Let n be the offset plus the
    /// limit. The n-th value in this index, counted from the start, is the last one that the
    /// page can have, so units with later values need not be sorted.
    fn between(
        connection: &Connection,
        first: Field,
        direction: Direction,
        page: &PageQuery<'_>,
    ) -> Result<Self, Problem> {
        let (stem, values) = (stem(first), page.position_len());
        let (is_after, is_before) = (comparison(direction), comparison(direction.reversed()));
        let mut candidates = Self::all();
        let mut beyond = String::new();
        if page.start() == Start::AfterPosition {
            beyond = format!("WHERE k_{stem} {is_after} ?1");
            let condition = format!("k_{stem} {is_after}= ?1");
            candidates.conditions.push(condition);
        }
        let last = format!(
            "SELECT k_{stem} FROM unit INDEXED BY by_{stem} {beyond} \
             ORDER BY k_{stem}{} LIMIT 1 OFFSET ?{}",
            suffix(direction),
            values + 1
        );
        let needed = page.offset.saturating_add(page.limit);
        let before_last = needed.saturating_sub(1);
        candidates.last = connection
            .prepare_cached(&last)?
            .query_row(&*page.parameters(values, &[&before_last]), |row| row.get(0))
            .optional()?;
        if candidates.last.is_some() {
            let condition = format!("k_{stem} {is_before}= ?{}", values + 1);
            candidates.conditions.push(condition);
        }
        let few = total::read(connection)? / SORT_COST;
        if candidates.count(connection, stem, few, page)? < few {
            candidates.table = format!("unit INDEXED BY by_{stem}");
        }
        Ok(candidates)
    }

    /// The number of candidates, counted in the index, but at most `bound`.
    fn count(
        &self,
        connection: &Connection,
        stem: &str,
        bound: u64,
        page: &PageQuery<'_>,
    ) -> Result<u64, Problem> {
        let values = page.position_len();
        let count = format!(
            "SELECT count(*) FROM \
             (SELECT 1 FROM unit INDEXED BY by_{stem} {} LIMIT ?{})",
            self.condition(),
            values + 2
        );
        let mut count = connection.prepare_cached(&count)?;
        let parameters = page.parameters(values, &[&self.last, &bound]);
        Ok(count.query_row(&*parameters, |row| row.get(0))?)
    }

    fn condition(&self) -> String {
        if self.conditions.is_empty() {
            return String::new();
        }
        format!("WHERE {}", self.conditions.join(" AND "))
    }
}
