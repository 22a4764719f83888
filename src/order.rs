//! MongoDB's order over the fields of documents (SPEC §2, Sort).
//!
//! A document is compared by its sort key, which is made as MongoDB's sort-key
//! generator makes it: every path of the order is followed at once, an array on the
//! way yields one candidate for each of its elements, and the candidate that comes
//! first in the order is the key. Candidates are whole tuples. A minimum for each
//! path alone would pair values that stand in different elements, which is why
//! MongoDB's generator, and this one, walk all paths together.

mod compare;
mod key_string;
mod paths;
mod sort_spec;

pub(crate) use self::compare::parts as compare_parts;
pub use self::sort_spec::{
    Direction, SortError, SortErrorKind, SortField, SortSpec, SortSpecBuilder,
};

use std::borrow::Cow;
use std::cmp::Ordering;

use thiserror::Error;

use crate::unit::Unit;
use crate::unit::value::Value;

/// The place of a unit in an order. Keys of one [`SortSpec`] compare as their units
/// are listed; comparing keys of different orders means nothing.
///
/// Every in-process store sorts by these keys: whoever indexes units another way
/// must come to the same order.
///
/// ```
/// use livechat_units::{SortKey, SortSpec, Unit};
///
/// let sort: SortSpec = r#"{"numMonitors":-1}"#.parse()?;
/// let a = Unit::builder("a").num_monitors(1).build()?;
/// let b = Unit::builder("b").num_monitors(30).build()?;
/// assert!(SortKey::new(&sort, &b)? < SortKey::new(&sort, &a)?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct SortKey<'a> {
    sort: &'a SortSpec,
    parts: Box<[Part<'a>]>,
    id: &'a str,
}

/// A unit that has no place in an order: MongoDB's error, or this crate's bound.
///
/// A store that meets one passes it on, and the client gets the 400 that SPEC §2 has:
///
/// ```
/// use livechat_units::{OrderError, SortKey, SortSpec, StoreError, StoreErrorKind, Unit};
///
/// let sort: SortSpec = r#"{"tags":1,"regions":1}"#.parse()?;
/// let unit = Unit::from_json(r#"{"_id":"uA","type":"u","tags":["a"],"regions":["b","c"]}"#)?;
/// let error = SortKey::new(&sort, &unit).unwrap_err();
/// assert_eq!(error, OrderError::ParallelArrays);
/// assert_eq!(StoreError::from(error).kind(), StoreErrorKind::InvalidQuery);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum OrderError {
    /// Two paths of the order go through different arrays of the document.
    #[error("cannot sort with keys that are parallel arrays")]
    ParallelArrays,
    /// The paths of the order meet arrays inside arrays in more combinations than
    /// [`SortKey::MAX_STEPS`] allows.
    #[error("cannot sort with keys that meet too many combinations of array elements")]
    TooManyCombinations,
}

/// One value of a sort key.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Part<'a> {
    /// An array without elements at the end of a path. It comes before null.
    EmptyArray,
    /// A missing field comes where null comes.
    Missing,
    Value(&'a Value),
}

/// A [`Part`] that outlives its document.
#[derive(Clone, Debug)]
pub(crate) enum OwnedPart {
    EmptyArray,
    Missing,
    Value(Value),
}

/// What all units have under a path, where that is the same: the string `"u"` as `type`,
/// and nothing inside this one or its `_id`.
pub(crate) fn constant(path: &str) -> Option<OwnedPart> {
    if path == "type" {
        let unit = Value::String(Cow::Borrowed("u"));
        return Some(OwnedPart::Value(unit));
    }
    let is_inside = path.starts_with("type.") || path.starts_with("_id.");
    is_inside.then_some(OwnedPart::Missing)
}

impl OwnedPart {
    pub(crate) fn as_part(&self) -> Part<'_> {
        match self {
            Self::EmptyArray => Part::EmptyArray,
            Self::Missing => Part::Missing,
            Self::Value(value) => Part::Value(value),
        }
    }
}

impl From<Part<'_>> for OwnedPart {
    fn from(part: Part<'_>) -> Self {
        match part {
            Part::EmptyArray => Self::EmptyArray,
            Part::Missing => Self::Missing,
            Part::Value(value) => Self::Value(value.clone()),
        }
    }
}

impl<'a> SortKey<'a> {
    /// The most steps through combinations of array elements for the key of one unit.
    ///
    /// Paths that pick elements of nested arrays by position, beside paths that take
    /// every element, meet the elements of the one array again for each element of the
    /// other: so little data makes much work. Every path followed, every field looked
    /// at and every value compared on such a way is a step. Where elements are met
    /// once, which is the rule, nothing is counted.
    pub const MAX_STEPS: usize = 16_384;

    /// The key of `unit` under `sort`. Cost: for each path the values that it meets,
    /// and at most [`SortKey::MAX_STEPS`] more.
    ///
    /// # Errors
    /// When two paths go through different arrays of the unit, or their combinations
    /// take more than [`SortKey::MAX_STEPS`].
    pub fn new(sort: &'a SortSpec, unit: &'a Unit) -> Result<Self, OrderError> {
        Ok(Self {
            sort,
            parts: paths::first(sort, unit)?,
            id: unit.id(),
        })
    }

    /// The key of these values, one for each field of the order.
    pub(crate) fn of_parts(
        sort: &'a SortSpec,
        parts: impl Iterator<Item = Part<'a>>,
        id: &'a str,
    ) -> Self {
        let parts = parts.collect();
        Self { sort, parts, id }
    }

    /// The values under the fields as bytes, one string for each field of the order:
    /// what a store keeps whose indexes compare bytes.
    ///
    /// The strings of one field compare as MongoDB orders the values, ascending,
    /// whichever way the field is sorted; a shorter one comes before what it begins.
    /// Equal values have equal strings. Arrays have been replaced by the element that
    /// counts: the smallest when ascending, else the largest. The id, by which ties are
    /// broken, is not among them. A string is at most six times as long as the value's JSON
    /// and 11 bytes more.
    ///
    /// A store may keep the strings and read values from them: the layout stays the same
    /// in all versions. The first byte is the type, after which comes the value:
    ///
    /// | | | |
    /// |---|---|---|
    /// | 1 | an array without elements | |
    /// | 2 | null, or no field | |
    /// | 3 | number | eight bytes of the nearest double, big-endian, all bits flipped when it is negative and the highest when not, zeros for NaN; two of what the number exceeds it by, plus 2^15 |
    /// | 4 | string | UTF-8, to the end; inside an object or array U+0000 is followed by 255, and the string by two zeros |
    /// | 5 | object | for each field its type, its name as a string inside an object, its value; then 0 |
    /// | 6 | array | for each element its type and its value; then 0 |
    /// | 7 | boolean | 0 or 1 |
    /// | 8 | date | milliseconds since 1970 plus 2^63, eight bytes, big-endian |
    ///
    /// ```
    /// use livechat_units::{SortKey, SortSpec, Unit};
    ///
    /// let sort: SortSpec = r#"{"name":1}"#.parse()?;
    /// let strings = |unit: &Unit| SortKey::new(&sort, unit).map(|key| key.key_strings());
    /// let (a, b) = (Unit::builder("1").name("Sales"), Unit::builder("2").name("abc"));
    /// assert!(strings(&a.build()?)? < strings(&b.build()?)?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn key_strings(&self) -> Vec<Vec<u8>> {
        self.parts().map(key_string::of_part).collect()
    }

    pub(crate) fn id(&self) -> &'a str {
        self.id
    }

    pub(crate) fn sort(&self) -> &'a SortSpec {
        self.sort
    }

    /// The values under the fields, in their order.
    pub(crate) fn parts(&self) -> impl Iterator<Item = Part<'a>> + '_ {
        self.parts.iter().copied()
    }
}

impl Ord for SortKey<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        compare_tuples(self.sort, &self.parts, &other.parts)
            .then_with(|| directed(self.sort.tie_break(), self.id.cmp(other.id)))
    }
}

impl PartialOrd for SortKey<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for SortKey<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for SortKey<'_> {}

pub(crate) fn directed(direction: Direction, ordering: Ordering) -> Ordering {
    match direction {
        Direction::Ascending => ordering,
        Direction::Descending => ordering.reverse(),
    }
}

fn compare_tuples(sort: &SortSpec, a: &[Part<'_>], b: &[Part<'_>]) -> Ordering {
    let parts = a.iter().zip(b).zip(sort.fields());
    parts
        .map(|((a, b), field)| directed(field.direction(), compare::parts(*a, *b)))
        .find(|ordering| ordering.is_ne())
        .unwrap_or(Ordering::Equal)
}
