//! The key strings of one top-level field, in both directions.

use super::key_string;
use super::{Part, compare_parts};
use crate::unit::Unit;
use crate::unit::value::Value;

/// The key strings of one unit under one top-level field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FieldKeys {
    pub(crate) ascending: Vec<u8>,
    /// The key of descending sort orders, if it differs from the ascending one.
    pub(crate) descending: Option<Vec<u8>>,
    pub(crate) holds_array: bool,
}

impl FieldKeys {
    /// The keys of `unit` under `field`, a path of one segment. An array has the key of its
    /// smallest element ascending, and of its largest descending (SPEC §2, Sort).
    pub(crate) fn new(unit: &Unit, field: &str) -> Self {
        let value = unit.get(field);
        let Some(Value::Array(elements)) = value else {
            return Self {
                ascending: key_string::of_part(value.map_or(Part::Missing, Part::Value)),
                descending: None,
                holds_array: false,
            };
        };
        let parts = || elements.iter().map(Part::Value);
        let smallest = parts().min_by(|a, b| compare_parts(*a, *b));
        let largest = parts().max_by(|a, b| compare_parts(*a, *b));
        let ascending = key_string::of_part(smallest.unwrap_or(Part::EmptyArray));
        let descending = key_string::of_part(largest.unwrap_or(Part::EmptyArray));
        Self {
            descending: (descending != ascending).then_some(descending),
            ascending,
            holds_array: true,
        }
    }
}
