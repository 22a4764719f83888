//! The statements for the rows of a page.

use livechat_units::columns::Columns;
use livechat_units::{Limit, Page, UnitQuery};

use super::after::After;
use super::filter::Filter;
use super::order::RowKind;
use super::sql::{any_of, union, where_all};
use super::statement::{Parameter, Statement, number};
use crate::row::order_by;
use crate::schema::{Distribution, Tables};

/// A statement for the rows of a page.
pub(crate) struct PageStatement {
    pub(crate) statement: Statement,
    pub(crate) selected: Selected,
}

/// What the rows of a statement are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Selected {
    Documents,
    /// The documents are then read by these `_id`s.
    Ids,
}

/// From this offset on, the statement of a page selects `_id`s. PostgreSQL then skips the rows
/// before the page without reading their documents; the second statement for the documents
/// costs less than that.
const LARGE_OFFSET: u64 = 200;

/// Makes the statements for the page of a query.
pub(crate) struct Pages<'a> {
    tables: &'a Tables,
    filter: &'a Filter,
    columns: &'a Columns,
    /// Where the page begins, if it follows a cursor.
    after: Option<After>,
    page: Page,
}

impl<'a> Pages<'a> {
    pub(crate) fn new(
        tables: &'a Tables,
        filter: &'a Filter,
        columns: &'a Columns,
        query: &UnitQuery,
    ) -> Self {
        Self {
            tables,
            filter,
            columns,
            after: query.cursor().map(|cursor| After::new(columns, cursor)),
            page: query.page(),
        }
    }

    /// The page, if no unit is irregular.
    pub(crate) fn of_regular(&self) -> PageStatement {
        self.merged(&[RowKind::Regular])
    }

    /// The page.
    pub(crate) fn of_all(&self) -> PageStatement {
        if self.columns.keys().is_empty() {
            return self.of_regular();
        }
        self.merged(&[RowKind::Regular, RowKind::Irregular])
    }

    /// The page, if no unit is irregular and its matches are among the first `steps` units
    /// of the sort order. `None` if the units after the cursor are in several ranges.
    pub(crate) fn within(&self, steps: u64) -> Option<PageStatement> {
        let ranges = self.ranges(RowKind::Regular);
        let [range] = ranges.as_slice() else {
            return None;
        };
        let by = RowKind::Regular.order_by(self.columns);
        let mut statement = self.statement();
        let steps = statement.bind(Parameter::Number(Some(number(steps))));
        let condition = RowKind::Regular.condition(self.columns).into_iter();
        let walked = format!(
            "(SELECT * FROM {}{} ORDER BY {by} LIMIT ${steps}::bigint) walked{}",
            self.tables.units,
            where_all(condition.chain(range.as_deref())),
            self.filter.where_also(None)
        );
        Some(self.select(statement, Selected::Documents, &walked, &by))
    }

    /// The page, if no unit is irregular, by sorting all matches.
    pub(crate) fn of_collected(&self) -> PageStatement {
        let ranges: Option<Vec<String>> = self.ranges(RowKind::Regular).into_iter().collect();
        let range = ranges.map(|ranges| any_of(&ranges));
        let condition = RowKind::Regular.condition(self.columns).into_iter();
        // `OFFSET 0` prevents the planner from reading the index of the sort order instead.
        let collected = format!(
            "(SELECT * FROM {}{} OFFSET 0) collected",
            self.tables.units,
            self.filter.where_also(condition.chain(range.as_deref()))
        );
        let by = RowKind::Regular.order_by(self.columns);
        self.select(self.statement(), self.selected(), &collected, &by)
    }

    /// The page of rows of these kinds, merged from one branch for each part, kind and range.
    fn merged(&self, kinds: &[RowKind]) -> PageStatement {
        let mut branches = Vec::new();
        for part in &self.tables.parts {
            for kind in kinds {
                for range in self.ranges(*kind) {
                    let condition = kind.condition(self.columns).into_iter();
                    let found = self.filter.where_also(condition.chain(range.as_deref()));
                    branches.push((*kind, format!("{}{found}", part.units)));
                }
            }
        }
        if let [(kind, rows)] = branches.as_slice() {
            let by = kind.order_by(self.columns);
            return self.select(self.statement(), self.selected(), rows, &by);
        }
        let mut statement = self.statement();
        // No branch yields more than the rows up to the end of the page.
        let end = match self.page.limit() {
            Limit::AtMost(count) => Some(number(self.page.offset().saturating_add(count.get()))),
            Limit::Unlimited => None,
        };
        let end = statement.bind(Parameter::Number(end));
        let branches = branches.iter().map(|(kind, rows)| {
            let keys = self.columns.keys().iter().enumerate();
            let named = keys.map(|(index, (field, direction))| {
                format!(", {} AS k{index}", kind.key(*field, *direction))
            });
            format!(
                "SELECT _id{} FROM {rows} ORDER BY {} LIMIT ${end}::bigint",
                named.collect::<String>(),
                kind.order_by(self.columns),
            )
        });
        let rows = format!("({}) page", union(&branches.collect::<Vec<_>>()));
        let mut names = (0..).map(|index| format!("k{index}"));
        let by = order_by(self.columns, |_, _| names.next().unwrap_or_default());
        self.select(statement, Selected::Ids, &rows, &by)
    }

    /// What to select if the rows are not merged. Each shard of a distributed table sends as
    /// many rows as the page has, of which most are dropped. An unlimited page drops only the
    /// rows before it.
    fn selected(&self) -> Selected {
        let is_bounded = matches!(self.page.limit(), Limit::AtMost(_));
        let is_distributed = self.tables.distribution == Distribution::Distributed;
        if self.page.offset() >= LARGE_OFFSET || (is_distributed && is_bounded) {
            Selected::Ids
        } else {
            Selected::Documents
        }
    }

    /// Completes a statement: selects the page from these rows, in this order.
    fn select(
        &self,
        mut statement: Statement,
        selected: Selected,
        rows: &str,
        by: &str,
    ) -> PageStatement {
        let column = match selected {
            Selected::Documents => "document",
            Selected::Ids => "_id",
        };
        statement.sql = format!("SELECT {column} FROM {rows} ORDER BY {by}");
        statement.limit_to(self.page);
        PageStatement {
            statement,
            selected,
        }
    }

    /// A statement with the parameters of the filter and then of the cursor.
    fn statement(&self) -> Statement {
        let mut statement = self.filter.statement(String::new());
        if let Some(after) = &self.after {
            statement.parameters.extend(after.parameters());
        }
        statement
    }

    /// The ranges of the sort order that rows of this kind after the cursor are in: as
    /// conditions, or one range without a condition if there is no cursor.
    fn ranges(&self, kind: RowKind) -> Vec<Option<String>> {
        if self.after.is_none() {
            return vec![None];
        }
        let key = |field, direction| kind.key(field, direction);
        let first = self.filter.parameters() + 1;
        let ranges = After::ranges(self.columns, self.tables.distribution, key, first);
        match kind {
            RowKind::Regular => ranges.into_iter().map(Some).collect(),
            // The index of irregular units has no keys: all of them are read in any case.
            RowKind::Irregular => vec![Some(any_of(&ranges))],
        }
    }
}
