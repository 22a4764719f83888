//! A statement with what it carries.

use livechat_units::{Limit, Page};
use tokio_postgres::types::ToSql;

/// A statement and its parameters.
#[derive(Clone, Debug)]
pub(crate) struct Statement {
    pub(crate) sql: String,
    pub(crate) parameters: Vec<Parameter>,
}

#[derive(Clone, Debug)]
pub(crate) enum Parameter {
    Bytes(Vec<u8>),
    Text(String),
    Texts(Vec<String>),
    /// `None` is no limit.
    Number(Option<i64>),
}

impl Parameter {
    fn to_sql(&self) -> &(dyn ToSql + Sync) {
        match self {
            Self::Bytes(bytes) => bytes,
            Self::Text(text) => text,
            Self::Texts(texts) => texts,
            Self::Number(number) => number,
        }
    }
}

impl Statement {
    pub(crate) fn new(sql: String) -> Self {
        let parameters = Vec::new();
        Self { sql, parameters }
    }

    /// What tells how the server answers this one, after having done so.
    pub(crate) fn explained(mut self) -> Self {
        self.sql
            .insert_str(0, "EXPLAIN (ANALYZE, VERBOSE, FORMAT JSON) ");
        self
    }

    pub(crate) fn parameters(&self) -> Vec<&(dyn ToSql + Sync)> {
        self.parameters.iter().map(Parameter::to_sql).collect()
    }

    /// Adds the limit and the offset of the page.
    pub(crate) fn take(&mut self, page: Page) {
        let limit = match page.limit() {
            Limit::AtMost(count) => Some(number(count.get())),
            Limit::Unlimited => None,
        };
        let limit = self.bind(Parameter::Number(limit));
        let offset = self.bind(Parameter::Number(Some(number(page.offset()))));
        let taken = format!(" LIMIT ${limit}::bigint OFFSET ${offset}::bigint");
        self.sql += &taken;
    }

    /// Adds a parameter, and gives its number.
    pub(crate) fn bind(&mut self, parameter: Parameter) -> usize {
        self.parameters.push(parameter);
        self.parameters.len()
    }
}

/// A bound on a place, past which no table has rows.
pub(crate) fn number(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
