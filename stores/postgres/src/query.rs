//! A query as statements.
//!
//! What a request carries goes into parameters. The text of a statement is put together
//! from this crate's own words, the checked name of the schema, and numbers of columns
//! and parameters, so that nothing in a request is ever read as SQL.
//!
//! Units lie in parts: one table, or one foreign table for each shard. PostgreSQL pushes
//! neither a limit nor a count through a partitioned table of foreign ones, so each part
//! has its own query, and what they yield is put together here.

use livechat_units::{Limit, Page, Scope, UnitQuery};

use crate::after::After;
use crate::list::Hints;
use crate::order::Order;
use crate::row::searchable;
use crate::schema::{Part, Place, Tables};
use crate::sql::{any_of, conjunction, contains, union};
use crate::statement::{Parameter, Statement, number};
use crate::units::Units;

/// Which rows match, and behind which place a page of them begins.
pub(crate) struct Filter {
    /// A condition, if not all do.
    condition: Option<String>,
    parameters: Vec<Parameter>,
    found_by: FoundBy,
    after: Option<After>,
}

/// What it takes to find all matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FoundBy {
    /// About as much as there are.
    Index,
    /// A look at every unit: the text has no three letters or digits in a row, which are
    /// what the index has.
    Reading,
}

/// The most characters of a text that an index is asked for. The index has every three
/// neighbours; a few dozens of them leave no name that the whole text does not match, or
/// few.
const INDEXED_CHARS: usize = 48;

/// From which offset on rows are skipped without their documents.
const SKIPPED_ALONE: u64 = 200;

/// Whether a page is read as ids, and the documents of those ids afterwards. Each shard of a
/// distributed table sends as many rows as a whole page has, of which most are dropped; an
/// unlimited page drops no row but those before it.
fn ids_first(place: Place, page: Page) -> bool {
    let is_bounded = matches!(page.limit(), Limit::AtMost(_));
    page.offset() >= SKIPPED_ALONE || (place == Place::Distributed && is_bounded)
}

/// The condition that a row holds arrays in two fields of the order.
fn holds_two_arrays(order: &Order) -> String {
    let arrays = format!("parallel & {}", order.arrays());
    format!("NOT regular AND ({arrays}) & (({arrays}) - 1) <> 0")
}

impl Filter {
    pub(crate) fn of(query: &UnitQuery) -> Self {
        let mut statement = Statement::new(String::new());
        let mut conditions = Vec::new();
        let mut found_by = FoundBy::Index;
        if let Some(text) = query.text() {
            let folded = searchable(&text.folded());
            let indexed = match folded.char_indices().nth(INDEXED_CHARS) {
                Some((end, _)) => folded.get(..end).unwrap_or(&folded),
                None => &folded,
            };
            let mut words = indexed.split(|scalar: char| !scalar.is_alphanumeric());
            if words.all(|word| word.chars().count() < 3) {
                found_by = FoundBy::Reading;
            }
            let number = statement.bind(Parameter::Text(contains(indexed)));
            conditions.push(format!("folded LIKE ${number}"));
            if indexed.len() < folded.len() {
                let number = statement.bind(Parameter::Text(folded));
                conditions.push(format!("strpos(folded, ${number}) > 0"));
            }
        }
        if let Scope::Only(ids) = query.scope() {
            found_by = FoundBy::Index;
            // No unit that is kept has U+0000 in its id.
            let ids = ids.iter().filter(|id| !id.contains('\0')).cloned();
            let number = statement.bind(Parameter::Texts(ids.collect()));
            conditions.push(format!("_id = ANY(${number}::text[])"));
        }
        Self {
            condition: (!conditions.is_empty()).then(|| conditions.join(" AND ")),
            parameters: statement.parameters,
            found_by,
            after: query.cursor().map(After::new),
        }
    }

    pub(crate) fn found_by(&self) -> FoundBy {
        self.found_by
    }

    /// Whether it may leave units out.
    pub(crate) fn narrows(&self) -> bool {
        self.condition.is_some()
    }

    /// `WHERE` with all conditions, or nothing.
    fn and<'a>(&'a self, others: impl IntoIterator<Item = &'a str>) -> String {
        conjunction(others.into_iter().chain(self.condition.as_deref()))
    }

    /// A statement that has the parameters of all conditions and of the place.
    fn begin(&self, order: &Order) -> Statement {
        let mut parameters = self.parameters.clone();
        if let Some(after) = &self.after {
            parameters.extend(after.parameters(order));
        }
        let sql = String::new();
        Statement { sql, parameters }
    }

    /// The ranges of the order that units of this kind behind the place are in.
    fn ranges(&self, place: Place, order: &Order, kind: Units) -> Vec<Option<String>> {
        if self.after.is_none() {
            return vec![None];
        }
        let key = |place, direction| kind.key(place, direction);
        let ranges = After::ranges(order, place, key, self.parameters.len() + 1);
        match kind {
            Units::Regular => ranges.into_iter().map(Some).collect(),
            // Their index does not have the keys: all are read anyway.
            Units::Irregular => vec![Some(any_of(&ranges))],
        }
    }

    /// Every match, in no order.
    pub(crate) fn documents(&self, tables: &Tables) -> Statement {
        Statement {
            sql: format!("SELECT document FROM {}{}", tables.units, self.and(None)),
            parameters: self.parameters.clone(),
        }
    }

    /// One row, as of [`Filter::state`]: how many units match, which are counted, and nothing
    /// else.
    pub(crate) fn count(&self, tables: &Tables) -> Statement {
        let counts = tables.parts.iter().map(|part| {
            let matches = self.and(None);
            format!("(SELECT count(*) FROM {}{matches})", part.units)
        });
        let counts = counts.collect::<Vec<_>>().join(" + ");
        Statement {
            sql: format!("SELECT {counts}, NULL::bigint, false, false"),
            parameters: self.parameters.clone(),
        }
    }

    /// One row: how many units match; how many units there are, where that is kept and the
    /// filter narrows them; whether any unit is irregular; and whether a match holds arrays
    /// in two fields of the order.
    pub(crate) fn state(&self, tables: &Tables, order: &Order, hints: Hints) -> Statement {
        if let (Place::Distributed, [part]) = (tables.place, tables.parts.as_slice()) {
            return self.flat_state(part, order, hints);
        }
        let counts = tables
            .parts
            .iter()
            .map(|part| match (&part.counts, &self.condition) {
                (Some(counts), None) if tables.has_view() => {
                    format!("SELECT coalesce(sum(n), 0)::bigint AS n FROM {counts}")
                }
                // Nothing says whether these can be trusted; less than none cannot.
                (Some(counts), None) => format!(
                    "SELECT CASE WHEN sum(n) < 0 THEN (SELECT count(*) FROM {}) \
                     ELSE coalesce(sum(n), 0)::bigint END AS n FROM {counts}",
                    part.units
                ),
                _ => format!("SELECT count(*) AS n FROM {}{}", part.units, self.and(None)),
            });
        let kept = match (tables.place, tables.parts.as_slice()) {
            (Place::Here, [part]) if self.narrows() => part.counts.as_ref(),
            _ => None,
        };
        let units = kept.map_or_else(
            || "NULL::bigint".to_owned(),
            |counts| format!("(SELECT sum(n)::bigint FROM {counts})"),
        );
        let irregular = tables
            .parts
            .iter()
            .map(|part| format!("SELECT 1 FROM {} WHERE NOT regular LIMIT 1", part.units));
        let parallel = tables.parts.iter().map(|part| {
            let two = holds_two_arrays(order);
            format!(
                "SELECT 1 FROM {}{} LIMIT 1",
                part.units,
                self.and([two.as_str()])
            )
        });
        let any = |of: Vec<String>| format!("(SELECT count(*) > 0 AS any FROM ({}) r)", union(&of));
        let nothing = || "(SELECT false AS any)".to_owned();
        let irregular = if order.columns().is_empty() {
            nothing()
        } else {
            any(irregular.collect())
        };
        let parallel = if order.arrays().count_ones() < 2 {
            nothing()
        } else {
            any(parallel.collect())
        };
        Statement {
            sql: format!(
                "SELECT total.n, {units}, irregular.any, parallel.any \
                 FROM (SELECT sum(n)::bigint AS n FROM ({}) c) total, {irregular} irregular, \
                 {parallel} parallel",
                union(&counts.collect::<Vec<_>>())
            ),
            parameters: self.parameters.clone(),
        }
    }

    /// [`Filter::state`] as one aggregate without subqueries, each of which would be a plan
    /// of its own over all shards of Citus. As long as no unit is irregular, an index alone
    /// answers it.
    fn flat_state(&self, part: &Part, order: &Order, hints: Hints) -> Statement {
        let irregular = hints.irregular && !order.columns().is_empty();
        let parallel = if hints.irregular && order.arrays().count_ones() >= 2 {
            let two = holds_two_arrays(order);
            format!("count(*) FILTER (WHERE {two}) > 0")
        } else {
            "false".to_owned()
        };
        Statement {
            sql: format!(
                "SELECT count(*), NULL::bigint, {irregular}, {parallel} FROM {}{}",
                part.units,
                self.and(None)
            ),
            parameters: self.parameters.clone(),
        }
    }

    /// The page, if no unit is irregular.
    pub(crate) fn regular_page(&self, tables: &Tables, order: &Order, page: Page) -> Rows {
        self.page(tables, order, page, &[Units::Regular])
    }

    /// The page.
    pub(crate) fn page_of_all(&self, tables: &Tables, order: &Order, page: Page) -> Rows {
        if order.columns().is_empty() {
            return self.regular_page(tables, order, page);
        }
        self.page(tables, order, page, &[Units::Regular, Units::Irregular])
    }

    /// The page, if no unit is irregular and there are matches enough among the first so
    /// many units; `None` where those are in several ranges of the order.
    pub(crate) fn page_within(
        &self,
        tables: &Tables,
        order: &Order,
        page: Page,
        steps: u64,
    ) -> Option<Rows> {
        let ranges = self.ranges(tables.place, order, Units::Regular);
        let [range] = ranges.as_slice() else {
            return None;
        };
        let by = order.by(|place, direction| Units::Regular.key(place, direction));
        let mut statement = self.begin(order);
        let steps = statement.bind(Parameter::Number(Some(number(steps))));
        let walked = Units::Regular.condition(order).into_iter();
        let walked = conjunction(walked.chain(range.as_deref()));
        statement.sql = format!(
            "SELECT document FROM (SELECT * FROM {}{walked} ORDER BY {by} \
             LIMIT ${steps}::bigint) walked{} ORDER BY {by}",
            tables.units,
            self.and(None)
        );
        statement.take(page);
        Some(Rows::Documents(statement))
    }

    /// The page, if no unit is irregular, without a walk along the order.
    pub(crate) fn page_of_collected(&self, tables: &Tables, order: &Order, page: Page) -> Rows {
        let by = order.by(|place, direction| Units::Regular.key(place, direction));
        let mut statement = self.begin(order);
        let ranges = self.ranges(tables.place, order, Units::Regular);
        let ranges: Option<Vec<String>> = ranges.into_iter().collect();
        let behind = ranges.map(|ranges| any_of(&ranges));
        let condition = Units::Regular.condition(order).into_iter();
        let alone = page.offset() >= SKIPPED_ALONE;
        // The planner does not look behind OFFSET, even of nothing.
        statement.sql = format!(
            "SELECT {} FROM (SELECT * FROM {}{} OFFSET 0) collected ORDER BY {by}",
            if alone { "_id" } else { "document" },
            tables.units,
            self.and(condition.chain(behind.as_deref()))
        );
        statement.take(page);
        if alone {
            Rows::Ids(statement)
        } else {
            Rows::Documents(statement)
        }
    }

    fn page(&self, tables: &Tables, order: &Order, page: Page, kinds: &[Units]) -> Rows {
        let mut statement = self.begin(order);
        let mut stretches = Vec::new();
        for part in &tables.parts {
            for kind in kinds {
                for range in self.ranges(tables.place, order, *kind) {
                    let condition = kind.condition(order).into_iter();
                    let found = self.and(condition.chain(range.as_deref()));
                    stretches.push((*kind, format!("{}{found}", part.units)));
                }
            }
        }
        if let [(kind, rows)] = stretches.as_slice() {
            let alone = ids_first(tables.place, page);
            statement.sql = format!(
                "SELECT {} FROM {rows} ORDER BY {}",
                if alone { "_id" } else { "document" },
                order.by(|place, direction| kind.key(place, direction)),
            );
            statement.take(page);
            return if alone {
                Rows::Ids(statement)
            } else {
                Rows::Documents(statement)
            };
        }
        // No branch has to yield more than what is on the page or before it.
        let end = match page.limit() {
            Limit::AtMost(count) => Some(number(page.offset().saturating_add(count.get()))),
            Limit::Unlimited => None,
        };
        let end = statement.bind(Parameter::Number(end));
        let branches = stretches.iter().map(|(kind, rows)| {
            let key = |place, direction| kind.key(place, direction);
            let columns = order.columns().iter().enumerate();
            let named = columns
                .map(|(at, (place, direction))| format!(", {} AS k{at}", key(*place, *direction)));
            format!(
                "SELECT _id{} FROM {rows} ORDER BY {} LIMIT ${end}::bigint",
                named.collect::<String>(),
                order.by(key),
            )
        });
        let branches: Vec<String> = branches.collect();
        let mut at = 0;
        let by = order.by(|_, _| {
            at += 1;
            format!("k{}", at - 1)
        });
        statement.sql = format!("SELECT _id FROM ({}) page ORDER BY {by}", union(&branches));
        statement.take(page);
        Rows::Ids(statement)
    }
}

/// A statement for a page, by what its rows are.
pub(crate) enum Rows {
    Documents(Statement),
    /// The documents are to be read by these ids.
    Ids(Statement),
}

impl Rows {
    pub(crate) fn statement(&self) -> &Statement {
        match self {
            Self::Documents(statement) | Self::Ids(statement) => statement,
        }
    }
}

/// The documents with these ids, in no order.
pub(crate) fn documents_of(tables: &Tables, ids: Vec<String>) -> Statement {
    Statement {
        sql: format!(
            "SELECT _id, document FROM {} WHERE _id = ANY($1::text[])",
            tables.units
        ),
        parameters: vec![Parameter::Texts(ids)],
    }
}
