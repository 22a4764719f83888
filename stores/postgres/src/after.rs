//! Where a page begins that goes on after a cursor, as conditions.

use livechat_units::{Cursor, Direction};

use crate::order::Order;
use crate::schema::Place;
use crate::statement::Parameter;

/// The keys and the id that a row must be behind.
pub(crate) struct After {
    keys: Vec<Vec<u8>>,
    id: String,
}

/// A column, its parameter, and the way it is sorted.
struct Term {
    column: String,
    value: String,
    direction: Direction,
}

impl After {
    pub(crate) fn new(cursor: &Cursor) -> Self {
        Self {
            keys: cursor.key().key_strings(),
            id: cursor.id().to_owned(),
        }
    }

    /// What stands in the conditions: the key of each column of the order, and the id.
    pub(crate) fn parameters(&self, order: &Order) -> impl Iterator<Item = Parameter> {
        let keys = self.keys.iter().take(order.columns().len());
        let keys = keys.cloned().map(Parameter::Bytes);
        keys.chain([Parameter::Text(self.id(order.tie_break()))])
    }

    /// An id without U+0000, which no parameter can hold, that divides ids without it as
    /// this one does. Among those that begin like this one up to its first U+0000, just
    /// the one that ends there comes before it.
    fn id(&self, tie_break: Direction) -> String {
        match (self.id.split_once('\0'), tie_break) {
            (None, _) => self.id.clone(),
            // What is greater.
            (Some((beginning, _)), Direction::Ascending) => beginning.to_owned(),
            // What is less, with that one.
            (Some((beginning, _)), Direction::Descending) => format!("{beginning}\u{1}"),
        }
    }

    /// The conditions of the rows behind the place, which have no row in common. The rows
    /// of each are one stretch of an index of the order, found at once: so a condition
    /// goes as far as the columns are sorted the same way, as rows are compared then.
    /// `postgres_fdw` ships no comparison of rows; to shards each column goes alone.
    ///
    /// The parameters are numbered from `first`.
    pub(crate) fn ranges(
        order: &Order,
        place: Place,
        key: impl Fn(usize, Direction) -> String,
        first: usize,
    ) -> Vec<String> {
        let columns = order.columns().iter().enumerate();
        let mut terms: Vec<Term> = columns
            .map(|(at, (place, direction))| Term {
                column: key(*place, *direction),
                value: format!("${}::bytea", first + at),
                direction: *direction,
            })
            .collect();
        terms.push(Term {
            column: "_id".to_owned(),
            value: format!("${}::text", first + terms.len()),
            direction: order.tie_break(),
        });
        let together = |one: &Term, next: &Term| {
            !matches!(place, Place::Shards(_)) && one.direction == next.direction
        };
        let mut tied = String::new();
        let mut ranges = Vec::new();
        for run in terms.chunk_by(together) {
            let behind = match run.first().map(|term| term.direction) {
                Some(Direction::Descending) => '<',
                _ => '>',
            };
            let columns = row(run.iter().map(|term| &*term.column));
            let values = row(run.iter().map(|term| &*term.value));
            ranges.push(format!("{tied}{columns} {behind} {values}"));
            let equal = run
                .iter()
                .map(|term| format!("{} = {} AND ", term.column, term.value));
            tied.extend(equal);
        }
        ranges
    }
}

fn row<'a>(of: impl Iterator<Item = &'a str>) -> String {
    let of: Vec<&str> = of.collect();
    match of.as_slice() {
        [one] => (*one).to_owned(),
        of => format!("({})", of.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use livechat_units::{SortSpec, Unit};

    use super::*;

    fn ranges(sort: &str, place: Place) -> Vec<String> {
        let sort: SortSpec = sort.parse().unwrap();
        let order = Order::of(&sort).unwrap();
        After::ranges(&order, place, |place, _| format!("k{place}"), 3)
    }

    #[test]
    fn ranges_go_as_far_as_columns_are_sorted_alike() {
        let here = |sort| ranges(sort, Place::Here);
        assert_eq!(here("{}"), ["_id > $3::text"]);
        assert_eq!(here(r#"{"_id":-1,"name":1}"#), ["_id < $3::text"]);
        assert_eq!(
            here(r#"{"name":-1}"#),
            ["(k0, _id) < ($3::bytea, $4::text)"]
        );
        assert_eq!(
            here(r#"{"visibility":1,"numMonitors":-1,"name":1}"#),
            [
                "k1 > $3::bytea",
                "k1 = $3::bytea AND k2 < $4::bytea",
                "k1 = $3::bytea AND k2 = $4::bytea AND (k0, _id) > ($5::bytea, $6::text)",
            ]
        );
        assert_eq!(
            ranges(r#"{"name":1}"#, Place::Shards(2)),
            ["k0 > $3::bytea", "k0 = $3::bytea AND _id > $4::text"]
        );
    }

    #[test]
    fn ids_with_nul_divide_others_as_ever() {
        let kept = ["", "\u{1}", "a", "a\u{1}", "a\u{1}b", "a\u{2}", "aa", "b"];
        for id in ["\0", "\0a", "a\0", "a\0b\0", "a\u{1}\0", "aa\0", "b"] {
            let unit = Unit::builder(id).build().unwrap();
            let after = After::new(&Cursor::new(&"{}".parse().unwrap(), &unit).unwrap());
            let (up, down) = (
                after.id(Direction::Ascending),
                after.id(Direction::Descending),
            );
            assert!(!up.contains('\0') && !down.contains('\0'), "{id:?}");
            for kept in kept {
                assert_eq!(kept > up.as_str(), kept > id, "{id:?} {kept:?}");
                assert_eq!(kept < down.as_str(), kept < id, "{id:?} {kept:?}");
            }
        }
    }
}
