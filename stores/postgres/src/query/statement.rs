//! A statement with its parameters.

use livechat_units::{Limit, Page};
use tokio_postgres::types::ToSql;

/// A statement. Its text refers to the parameters by their numbers: `$1` is the first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Statement {
    pub(crate) sql: String,
    pub(crate) parameters: Vec<Parameter>,
}

#[derive(Clone, Debug)]
pub(crate) enum Parameter {
    Bytes(Vec<u8>),
    Text(String),
    Texts(Vec<String>),
    /// For a limit or an offset. `None` is no limit.
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
    /// The statement that executes this one and yields its plan as JSON.
    pub(crate) fn explained(mut self) -> Self {
        self.sql
            .insert_str(0, "EXPLAIN (ANALYZE, VERBOSE, FORMAT JSON) ");
        self
    }

    pub(crate) fn parameters(&self) -> Vec<&(dyn ToSql + Sync)> {
        self.parameters.iter().map(Parameter::to_sql).collect()
    }

    /// Adds the limit and the offset of the page.
    pub(crate) fn limit_to(&mut self, page: Page) {
        let limit = match page.limit() {
            Limit::AtMost(count) => Some(number(count.get())),
            Limit::Unlimited => None,
        };
        let limit = self.bind(Parameter::Number(limit));
        let offset = self.bind(Parameter::Number(Some(number(page.offset()))));
        let limits = format!(" LIMIT ${limit}::bigint OFFSET ${offset}::bigint");
        self.sql += &limits;
    }

    /// Adds a parameter, and returns its number.
    pub(crate) fn bind(&mut self, parameter: Parameter) -> usize {
        self.parameters.push(parameter);
        self.parameters.len()
    }
}

/// The largest limit or offset, which exceeds the rows of any table. PostgreSQL and Citus add
/// a limit and an offset in 64 bits: the sum of two such numbers fits.
const MAX_NUMBER: i64 = i64::MAX / 2;

/// A limit or an offset as a parameter.
pub(crate) fn number(number: u64) -> i64 {
    i64::try_from(number).map_or(MAX_NUMBER, |number| number.min(MAX_NUMBER))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_and_an_offset_can_be_added_in_64_bits() {
        assert_eq!(number(0), 0);
        assert_eq!(number(1 << 53), 1 << 53);
        let half = 1_u64 << 62;
        for large in [half - 1, half, (1 << 63) - 1, 1 << 63, u64::MAX] {
            assert_eq!(number(large), MAX_NUMBER, "{large}");
            let page = Page::new(large, Limit::at_most(large).unwrap());
            let mut statement = Statement::default();
            statement.limit_to(page);
            let sum = statement
                .parameters
                .iter()
                .try_fold(0_i64, |sum, parameter| {
                    let Parameter::Number(Some(number)) = parameter else {
                        panic!("{parameter:?}");
                    };
                    sum.checked_add(*number)
                });
            assert!(sum.is_some(), "{large}");
        }
    }
}
