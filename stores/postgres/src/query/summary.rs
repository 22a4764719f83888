//! What a list needs to know besides the rows of its page.

use livechat_units::columns::Columns;
use tokio_postgres::Row;

use super::filter::Filter;
use super::order::holds_two_arrays;
use super::sql::union;
use super::statement::Statement;
use crate::error::Problem;
use crate::schema::{Distribution, Part, Tables};

/// The one row that the statements of this module yield.
#[derive(Debug)]
pub(crate) struct Summary {
    /// How many units match.
    pub(crate) total: u64,
    /// How many units there are, if this number is stored and not all of them match.
    pub(crate) units: Option<u64>,
    /// Whether any unit is irregular.
    pub(crate) irregular: bool,
    /// Whether a match holds arrays in two fields of the sort order.
    pub(crate) parallel: bool,
}

impl Summary {
    pub(crate) fn of_rows(rows: &[Row]) -> Result<Self, Problem> {
        let row = rows.first();
        let row = row.ok_or(Problem::NoTotal)?;
        let found: i64 = row.try_get(0)?;
        let units: Option<i64> = row.try_get(1)?;
        let negative = |_| Problem::Total { found };
        Ok(Self {
            total: u64::try_from(found).map_err(negative)?,
            units: units.and_then(|units| u64::try_from(units).ok()),
            irregular: row.try_get(2)?,
            parallel: row.try_get(3)?,
        })
    }
}

/// The statement for the number of matches alone. It counts them, and uses no stored number.
pub(crate) fn count(filter: &Filter, tables: &Tables) -> Statement {
    let matches = filter.where_also(None);
    let counts = tables
        .parts
        .iter()
        .map(|part| format!("(SELECT count(*) FROM {}{matches})", part.units));
    let counts = counts.collect::<Vec<_>>().join(" + ");
    filter.statement(format!("SELECT {counts}, NULL::bigint, false, false"))
}

/// The statement for the whole summary. `irregular` is whether units are known to be irregular.
pub(crate) fn summary(
    filter: &Filter,
    tables: &Tables,
    columns: &Columns,
    irregular: bool,
) -> Statement {
    if let (Distribution::Distributed, [part]) = (tables.distribution, tables.parts.as_slice()) {
        return flat_summary(filter, part, columns, irregular);
    }
    let totals = tables.parts.iter().map(|part| total(filter, tables, part));
    let totals = union(&totals.collect::<Vec<_>>());
    let units = match (tables.distribution, tables.parts.as_slice()) {
        (Distribution::OneTable, [part]) if filter.narrows() => part.counts.as_ref(),
        _ => None,
    };
    let units = units.map_or_else(
        || "NULL::bigint".to_owned(),
        |counts| format!("(SELECT sum(n)::bigint FROM {counts})"),
    );
    let irregular = (!columns.keys().is_empty()).then(|| " WHERE NOT regular".to_owned());
    let irregular = any_row(tables, irregular.as_deref());
    let two = holds_two_arrays(columns);
    let two = two.map(|two| filter.where_also([two.as_str()]));
    let parallel = any_row(tables, two.as_deref());
    filter.statement(format!(
        "SELECT total.n, {units}, irregular.any, parallel.any \
         FROM (SELECT sum(n)::bigint AS n FROM ({totals}) c) total, {irregular} irregular, \
         {parallel} parallel"
    ))
}

/// The query for the matches in one part: the stored number if every unit matches.
fn total(filter: &Filter, tables: &Tables, part: &Part) -> String {
    match &part.counts {
        Some(counts) if !filter.narrows() && tables.has_view() => {
            format!("SELECT coalesce(sum(n), 0)::bigint AS n FROM {counts}")
        }
        // Tables of the first version do not say whether the number can be used. A negative
        // one cannot.
        Some(counts) if !filter.narrows() => format!(
            "SELECT CASE WHEN sum(n) < 0 THEN (SELECT count(*) FROM {}) \
             ELSE coalesce(sum(n), 0)::bigint END AS n FROM {counts}",
            part.units
        ),
        _ => {
            let matches = filter.where_also(None);
            format!("SELECT count(*) AS n FROM {}{matches}", part.units)
        }
    }
}

/// The query for whether any part has a row for which the condition holds; without a
/// condition, the answer is no.
fn any_row(tables: &Tables, condition: Option<&str>) -> String {
    let Some(condition) = condition else {
        return "(SELECT false AS any)".to_owned();
    };
    let parts = tables.parts.iter();
    let rows = parts.map(|part| format!("SELECT 1 FROM {}{condition} LIMIT 1", part.units));
    let rows = union(&rows.collect::<Vec<_>>());
    format!("(SELECT count(*) > 0 AS any FROM ({rows}) r)")
}

/// The summary as one aggregate without subqueries: for each subquery Citus would make a plan
/// over all shards. While no unit is irregular, an index alone answers it.
fn flat_summary(filter: &Filter, part: &Part, columns: &Columns, irregular: bool) -> Statement {
    let parallel = match holds_two_arrays(columns) {
        Some(two) if irregular => format!("count(*) FILTER (WHERE {two}) > 0"),
        _ => "false".to_owned(),
    };
    let irregular = irregular && !columns.keys().is_empty();
    let matches = filter.where_also(None);
    filter.statement(format!(
        "SELECT count(*), NULL::bigint, {irregular}, {parallel} FROM {}{matches}",
        part.units
    ))
}
