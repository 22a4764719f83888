//! MongoDB's sort order over the fields of documents (SPEC §2, Sort).
//!
//! A sort key is made as MongoDB's sort-key generator makes it. All paths of the sort order are
//! followed at once and yield a tuple: one value for each path. An array on a path yields one tuple
//! for each of its elements, and the tuple that sorts first is the key. All values of a tuple are
//! of the same element. The minimum of each path alone could combine values of different elements.

mod compare;
mod key_string;
mod paths;
mod sort_error;
mod sort_spec;
mod sort_value;

pub(crate) use self::compare::{compare_parts, first_difference};
pub(crate) use self::key_string::key_string;
pub use self::sort_error::{SortError, SortErrorKind};
pub use self::sort_spec::{Direction, SortField, SortSpec, SortSpecBuilder};
pub use self::sort_value::{Elements, Members, SortValue};

use std::borrow::Cow;
use std::cmp::Ordering;

use thiserror::Error;

use crate::field;
use crate::unit::Unit;
use crate::unit::value::Value;

/// The values by which a sort order compares one unit, and its `_id`.
///
/// Of two units, the one with the smaller key is listed first. Keys of different sort orders
/// must not be compared: the result has no meaning.
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
#[doc(alias("collation key"))]
pub struct SortKey<'a> {
    sort: &'a SortSpec,
    parts: Box<[Part<&'a Value>]>,
    id: &'a str,
}

/// The reason why a unit has no key in a sort order.
///
/// A store returns it as a [`StoreError`](crate::StoreError), into which it converts. The
/// endpoint answers with the 400 of SPEC §2.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum OrderError {
    /// Two paths of the sort order lead through different arrays of the document, as
    /// `{"tags":1,"regions":1}` does if both fields hold arrays. MongoDB reports the same error.
    #[error("cannot sort with keys that are parallel arrays")]
    ParallelArrays,
    /// The paths of the sort order lead through nested arrays in more combinations of
    /// elements than [`SortKey::MAX_STEPS`] allows. This bound is the crate's own.
    #[error("cannot sort with keys that meet too many combinations of array elements")]
    TooManyCombinations,
}

/// One value of a sort key: borrowed from a document, or an [`OwnedPart`] that outlives it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Part<V> {
    /// An array without elements at the end of a path. It sorts before null.
    EmptyArray,
    /// No value at the path. It is equal to null.
    Missing,
    Value(V),
}

pub(crate) type OwnedPart = Part<Value>;

/// The value at `path` if all units have the same one there. It is the string `"u"` at
/// `type`. Inside `type` and `_id` it is missing, because both are strings.
pub(crate) fn constant(path: &str) -> Option<OwnedPart> {
    if path == field::TYPE {
        let unit = Value::String(Cow::Borrowed(field::UNIT_TYPE));
        return Some(OwnedPart::Value(unit));
    }
    let (outer, _) = path.split_once('.')?;
    [field::TYPE, field::ID]
        .contains(&outer)
        .then_some(OwnedPart::Missing)
}

impl OwnedPart {
    pub(crate) fn as_part(&self) -> Part<&Value> {
        match self {
            Self::EmptyArray => Part::EmptyArray,
            Self::Missing => Part::Missing,
            Self::Value(value) => Part::Value(value),
        }
    }
}

impl From<Part<&Value>> for OwnedPart {
    fn from(part: Part<&Value>) -> Self {
        match part {
            Part::EmptyArray => Self::EmptyArray,
            Part::Missing => Self::Missing,
            Part::Value(value) => Self::Value(value.clone()),
        }
    }
}

impl<'a> SortKey<'a> {
    /// The maximum number of steps through combinations of array elements, for the key of one unit.
    ///
    /// If one path takes every element of an array and another picks elements of a nested
    /// array by index, the nested array is read again for each element of the outer one.
    /// On such paths every path followed, field read and value compared is a step.
    pub const MAX_STEPS: usize = 16_384;

    /// The key of `unit` under `sort`. Cost: linear in the size of the values on the
    /// paths, and at most [`SortKey::MAX_STEPS`] more steps.
    ///
    /// # Errors
    /// [`OrderError::ParallelArrays`] if two paths lead through different arrays of the
    /// unit, [`OrderError::TooManyCombinations`] past [`SortKey::MAX_STEPS`].
    pub fn new(sort: &'a SortSpec, unit: &'a Unit) -> Result<Self, OrderError> {
        Ok(Self {
            sort,
            parts: paths::first_tuple(sort, unit)?,
            id: unit.id(),
        })
    }

    /// A key of these values, one for each field of the sort order.
    pub(crate) fn of_parts(sort: &'a SortSpec, parts: Box<[Part<&'a Value>]>, id: &'a str) -> Self {
        Self { sort, parts, id }
    }

    /// The values as byte strings, one for each field, for stores whose indexes compare bytes.
    ///
    /// The strings of one field compare byte by byte as MongoDB compares the values in
    /// ascending order, whatever the direction of the field; a prefix sorts first. Equal
    /// values have equal strings. An array is represented by its smallest element if the
    /// field is ascending, else by its largest. The `_id`, which breaks ties, has no string.
    /// The string of a value with `n` bytes of JSON has at most `6 n + 11` bytes.
    ///
    /// The layout is the same in all versions of this crate, so a store may save the
    /// strings. The first byte is the type; the value follows:
    ///
    /// | | | |
    /// |---|---|---|
    /// | 1 | an array without elements | |
    /// | 2 | null, or no field | |
    /// | 3 | number | eight bytes: the nearest double, big-endian; all bits are flipped if it is negative, otherwise only the sign bit; zeros for NaN. Then two bytes: the number minus this double, plus 2^15, big-endian |
    /// | 4 | string | its UTF-8 bytes. A string inside an object or array ends with two zeros, and a byte 255 follows each U+0000 in it |
    /// | 5 | object | for each field: the type of its value, its name as a string inside an object, and its value. Then 0 |
    /// | 6 | array | for each element: its type and its value. Then 0 |
    /// | 7 | boolean | 0 or 1 |
    /// | 8 | date | milliseconds since 1970 plus 2^63, eight bytes, big-endian |
    #[must_use]
    pub fn key_strings(&self) -> Vec<Vec<u8>> {
        self.parts().map(key_string).collect()
    }

    /// The values, one for each field of the sort order, as in the example of [`SortValue`].
    /// The `_id` is among them only if the sort order names it.
    pub fn values(&self) -> impl Iterator<Item = SortValue<'a>> + '_ {
        self.parts().map(SortValue::from)
    }

    pub(crate) fn id(&self) -> &'a str {
        self.id
    }

    pub(crate) fn sort(&self) -> &'a SortSpec {
        self.sort
    }

    pub(crate) fn parts(&self) -> impl Iterator<Item = Part<&'a Value>> + '_ {
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

fn compare_tuples(sort: &SortSpec, a: &[Part<&Value>], b: &[Part<&Value>]) -> Ordering {
    let parts = a.iter().zip(b).zip(sort.fields());
    first_difference(
        parts.map(|((a, b), field)| directed(field.direction(), compare_parts(*a, *b))),
    )
}
