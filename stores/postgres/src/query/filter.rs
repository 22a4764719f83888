//! The matches of a query: its text and its scope as conditions.

use livechat_units::{Scope, UnitQuery};

use super::sql::where_all;
use super::statement::{Parameter, Statement};
use super::text::{self, Search};
use crate::schema::Tables;

/// The condition for a match.
pub(crate) struct Filter {
    /// `None` if every unit matches.
    condition: Option<String>,
    parameters: Vec<Parameter>,
    search: Search,
}

impl Filter {
    pub(crate) fn new(query: &UnitQuery) -> Self {
        let mut statement = Statement::default();
        let mut conditions = Vec::new();
        let mut search = Search::Index;
        if let Some(text) = query.text() {
            search = text::add_conditions(text, &mut statement, &mut conditions);
        }
        if let Scope::Only(ids) = query.scope() {
            search = Search::Index;
            // No stored unit has U+0000 in its `_id`, and no parameter can have it.
            let ids = ids.iter().filter(|id| !id.contains('\0')).cloned();
            let number = statement.bind(Parameter::Texts(ids.collect()));
            conditions.push(format!("_id = ANY(${number}::text[])"));
        }
        Self {
            condition: (!conditions.is_empty()).then(|| conditions.join(" AND ")),
            parameters: statement.parameters,
            search,
        }
    }

    pub(crate) fn search(&self) -> Search {
        self.search
    }

    /// Whether some units may not match.
    pub(crate) fn narrows(&self) -> bool {
        self.condition.is_some()
    }

    /// `WHERE` with these conditions and that of a match, or nothing.
    pub(crate) fn where_also<'a>(&'a self, others: impl IntoIterator<Item = &'a str>) -> String {
        where_all(others.into_iter().chain(self.condition.as_deref()))
    }

    /// How many parameters the condition has.
    pub(crate) fn parameters(&self) -> usize {
        self.parameters.len()
    }

    /// A statement with the parameters of the condition.
    pub(crate) fn statement(&self, sql: String) -> Statement {
        let parameters = self.parameters.clone();
        Statement { sql, parameters }
    }

    /// The documents of all matches, unsorted.
    pub(crate) fn documents(&self, tables: &Tables) -> Statement {
        let matches = self.where_also(None);
        self.statement(format!("SELECT document FROM {}{matches}", tables.units))
    }
}
