//! Conditions for the units after the position of a cursor.
//!
//! The position has one value for each term of the sort order: `?1`, `?2` and so on. For the
//! terms `a`, `b DESC`, `id` there are two forms:
//!
//! ```text
//!  condition:  (a > ?1 OR (a = ?1 AND (b < ?2 OR (b = ?2 AND id > ?3))))
//!  ranges:      a = ?1 AND b = ?2 AND id > ?3    ORDER BY id
//!               a = ?1 AND b < ?2                ORDER BY b DESC, id
//!               a > ?1                           ORDER BY a, b DESC, id
//! ```
//!
//! The condition filters rows in any order. Each range is one part of an index, which SQLite
//! reads without sorting; the ranges follow each other in the sort order.

use livechat_units::Direction;

use crate::schema::order::{OrderTerms, term_list};

/// Where a listing starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    /// At the first match.
    First,
    /// After the position of a cursor.
    AfterPosition,
}

/// A part of an index.
pub(super) struct Range {
    pub(super) condition: String,
    /// The terms that vary within the range, for `ORDER BY`.
    pub(super) order: String,
    /// How many values of the position the condition has.
    pub(super) values: usize,
}

/// The condition that a unit follows the position.
pub(super) fn condition(terms: &OrderTerms) -> String {
    let terms = terms.terms().iter().enumerate().rev();
    terms.fold(String::new(), |rest, (at, (expression, direction))| {
        let (value, is_after) = (at + 1, comparison(*direction));
        let after = format!("{expression} {is_after} ?{value}");
        if rest.is_empty() {
            return after;
        }
        format!("({after} OR ({expression} = ?{value} AND {rest}))")
    })
}

/// Everything from the start on, as ranges of an index on these terms.
pub(super) fn ranges(terms: &OrderTerms, start: Start) -> Vec<Range> {
    if start == Start::First {
        return vec![Range {
            condition: "TRUE".to_owned(),
            order: terms.to_string(),
            values: 0,
        }];
    }
    let terms = terms.terms();
    let mut equal = String::new();
    let mut ranges = Vec::with_capacity(terms.len());
    for (at, (expression, direction)) in terms.iter().enumerate() {
        let (values, is_after) = (at + 1, comparison(*direction));
        ranges.push(Range {
            condition: format!("{equal}{expression} {is_after} ?{values}"),
            order: term_list(terms.get(at..).unwrap_or_default()),
            values,
        });
        equal = format!("{equal}{expression} = ?{values} AND ");
    }
    ranges.reverse();
    ranges
}

/// The operator for "sorts after".
pub(super) fn comparison(direction: Direction) -> char {
    match direction {
        Direction::Ascending => '>',
        Direction::Descending => '<',
    }
}

#[cfg(test)]
mod tests {
    use livechat_units::SortSpec;
    use livechat_units::columns::{Columns, FieldSet};

    use super::*;

    #[test]
    fn conditions_are_those_of_the_module_documentation() {
        let sort: SortSpec = r#"{"name":1,"visibility":-1,"_id":1}"#.parse().unwrap();
        let terms = OrderTerms::new(&Columns::new(&sort).unwrap(), FieldSet::EMPTY);
        assert_eq!(
            condition(&terms),
            "(k_name > ?1 OR (k_name = ?1 AND \
             (k_visibility < ?2 OR (k_visibility = ?2 AND id > ?3))))"
        );
        let ranges = ranges(&terms, Start::AfterPosition);
        let ranges: Vec<String> = ranges
            .into_iter()
            .map(|range| format!("{} | {} | {}", range.condition, range.order, range.values))
            .collect();
        assert_eq!(
            ranges,
            [
                "k_name = ?1 AND k_visibility = ?2 AND id > ?3 | id | 3",
                "k_name = ?1 AND k_visibility < ?2 | k_visibility DESC, id | 2",
                "k_name > ?1 | k_name, k_visibility DESC, id | 1",
            ]
        );
    }
}
