//! The position of a cursor as conditions: which rows follow it.

use livechat_units::columns::{ColumnPosition, Columns, Field};
use livechat_units::{Cursor, Direction};

use super::statement::Parameter;
use crate::schema::Distribution;

/// The position after which a page begins.
pub(crate) struct After {
    position: ColumnPosition,
    /// An `_id` that a parameter can hold; see [`without_nul`].
    id: String,
}

/// One column of a sort order.
struct Term {
    column: String,
    /// The parameter with the value at the position.
    value: String,
    direction: Direction,
}

impl After {
    pub(crate) fn new(columns: &Columns, cursor: &Cursor) -> Self {
        let position = columns.position(cursor);
        let id = without_nul(position.id(), columns.id_direction());
        Self { position, id }
    }

    /// The parameters of the conditions: the key of each column, and the `_id`.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = Parameter> {
        let keys = self.position.keys().iter().cloned().map(Parameter::Bytes);
        keys.chain([Parameter::Text(self.id.clone())])
    }

    /// The conditions of the rows after the position. A row meets at most one of them.
    ///
    /// The rows of each condition are one range of an index of the sort order, which one
    /// search finds. SQL compares rows of values in one direction, so a condition compares as
    /// many columns together as have the same direction. `postgres_fdw` passes no comparison
    /// of rows to a shard, so there each column has its own condition.
    ///
    /// The parameters have numbers from `first` on.
    pub(crate) fn ranges(
        columns: &Columns,
        distribution: Distribution,
        key: impl Fn(Field, Direction) -> String,
        first: usize,
    ) -> Vec<String> {
        let terms = terms(columns, key, first);
        let together = |one: &Term, next: &Term| {
            !matches!(distribution, Distribution::Shards(_)) && one.direction == next.direction
        };
        let mut ties = String::new();
        let mut ranges = Vec::new();
        for run in terms.chunk_by(together) {
            let follows = match run.first().map(|term| term.direction) {
                Some(Direction::Descending) => '<',
                _ => '>',
            };
            let columns = row(run.iter().map(|term| &*term.column));
            let values = row(run.iter().map(|term| &*term.value));
            ranges.push(format!("{ties}{columns} {follows} {values}"));
            let equal = run
                .iter()
                .map(|term| format!("{} = {} AND ", term.column, term.value));
            ties.extend(equal);
        }
        ranges
    }
}

/// The columns of the sort order, and the `_id`.
fn terms(columns: &Columns, key: impl Fn(Field, Direction) -> String, first: usize) -> Vec<Term> {
    let keys = columns.keys().iter().zip(first..);
    let keys = keys.map(|((field, direction), number)| Term {
        column: key(*field, *direction),
        value: format!("${number}::bytea"),
        direction: *direction,
    });
    let id = Term {
        column: "_id".to_owned(),
        value: format!("${}::text", first + columns.keys().len()),
        direction: columns.id_direction(),
    };
    keys.chain([id]).collect()
}

/// An id without U+0000, which no parameter can hold, that separates ids without U+0000 as
/// `id` does.
///
/// Let `beginning` be the part of `id` before its first U+0000. Among the ids without U+0000
/// that begin with it, only `beginning` itself sorts before `id`.
fn without_nul(id: &str, direction: Direction) -> String {
    match (id.split_once('\0'), direction) {
        (None, _) => id.to_owned(),
        // The ids that are greater than `id` are those that are greater than `beginning`.
        (Some((beginning, _)), Direction::Ascending) => beginning.to_owned(),
        // The ids that are less than `id` are `beginning` and those that are less than it.
        (Some((beginning, _)), Direction::Descending) => format!("{beginning}\u{1}"),
    }
}

/// A row of values, or the value alone.
fn row<'a>(values: impl Iterator<Item = &'a str>) -> String {
    let values: Vec<&str> = values.collect();
    match values.as_slice() {
        [one] => (*one).to_owned(),
        values => format!("({})", values.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use livechat_units::{SortSpec, Unit};

    use super::*;

    fn ranges(sort: &str, distribution: Distribution) -> Vec<String> {
        let sort: SortSpec = sort.parse().unwrap();
        let columns = Columns::new(&sort).unwrap();
        let unit = Unit::builder("u").build().unwrap();
        let after = After::new(&columns, &Cursor::new(&sort, &unit).unwrap());
        assert_eq!(after.parameters().count(), columns.keys().len() + 1);
        let key = |field: Field, _| field.path().to_owned();
        After::ranges(&columns, distribution, key, 3)
    }

    #[test]
    fn a_range_compares_columns_of_one_direction() {
        let here = |sort| ranges(sort, Distribution::OneTable);
        assert_eq!(here("{}"), ["_id > $3::text"]);
        assert_eq!(here(r#"{"_id":-1,"name":1}"#), ["_id < $3::text"]);
        assert_eq!(
            here(r#"{"name":-1}"#),
            ["(name, _id) < ($3::bytea, $4::text)"]
        );
        assert_eq!(
            here(r#"{"visibility":1,"type":1,"numMonitors":-1,"name":1}"#),
            [
                "visibility > $3::bytea",
                "visibility = $3::bytea AND numMonitors < $4::bytea",
                "visibility = $3::bytea AND numMonitors = $4::bytea \
                 AND (name, _id) > ($5::bytea, $6::text)",
            ]
        );
        assert_eq!(
            ranges(r#"{"name":1}"#, Distribution::Shards(2)),
            ["name > $3::bytea", "name = $3::bytea AND _id > $4::text"]
        );
    }

    #[test]
    fn an_id_with_nul_separates_stored_ids_as_before() {
        let stored = ["", "\u{1}", "a", "a\u{1}", "a\u{1}b", "a\u{2}", "aa", "b"];
        for id in ["\0", "\0a", "a\0", "a\0b\0", "a\u{1}\0", "aa\0", "b"] {
            let up = without_nul(id, Direction::Ascending);
            let down = without_nul(id, Direction::Descending);
            assert!(!up.contains('\0') && !down.contains('\0'), "{id:?}");
            for stored in stored {
                assert_eq!(stored > up.as_str(), stored > id, "{id:?} {stored:?}");
                assert_eq!(stored < down.as_str(), stored < id, "{id:?} {stored:?}");
            }
        }
    }
}
