//! The `sort` parameter: a JSON object of fields and directions (SPEC §2, Sort).

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use super::sort_error::{SortError, SortErrorKind};
use crate::field::{Field, ID};
use crate::json::{self, Token, Tokens};

/// A sort order: fields, the most significant first, each with its direction (SPEC §2, Sort).
///
/// `FromStr` reads the JSON object of the `sort` parameter, and `Display` writes it in its
/// canonical form. Units that are equal in every field are sorted by `_id`, in the
/// direction of the last field, so every sort order is total.
///
/// ```
/// use livechat_units::SortSpec;
///
/// let parsed: SortSpec = r#"{ "numMonitors": -1.0, "customFields.region": 1 }"#.parse()?;
/// let built = SortSpec::builder()
///     .descending("numMonitors")
///     .ascending("customFields.region")
///     .build()?;
/// assert_eq!(parsed, built);
/// assert_eq!(built.to_string(), r#"{"numMonitors":-1,"customFields.region":1}"#);
/// # Ok::<(), livechat_units::SortError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[doc(alias("order by"))]
pub struct SortSpec {
    fields: Vec<SortField>,
}

/// One field of a [`SortSpec`] and the direction in which it sorts.
///
/// A path is text from a client: quote or bind it before it goes into a database statement.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SortField {
    path: Box<str>,
    direction: Direction,
}

/// The direction in which a field is sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "there are no other directions")]
#[doc(alias("asc", "desc"))]
pub enum Direction {
    /// The smallest value first: `1`.
    Ascending,
    /// The largest value first: `-1`.
    Descending,
}

impl SortSpec {
    /// The most fields of a sort order: MongoDB's limit.
    pub const MAX_KEYS: usize = 32;
    /// The most segments of a dotted path: more than any document nests
    /// ([`Unit::MAX_DEPTH`](crate::Unit::MAX_DEPTH)).
    pub const MAX_SEGMENTS: usize = 256;

    /// Starts a sort order without fields. See [`SortSpecBuilder`].
    pub fn builder() -> SortSpecBuilder {
        SortSpecBuilder(Ok(SortSpec { fields: Vec::new() }))
    }

    /// The fields, the most significant first. Empty for `{}`, which sorts by `_id` alone.
    pub fn fields(&self) -> &[SortField] {
        &self.fields
    }

    /// The direction in which `_id` breaks ties: that of the last field, else ascending.
    pub fn tie_break(&self) -> Direction {
        let last = self.fields.last();
        last.map_or(Direction::Ascending, SortField::direction)
    }

    /// The same fields in the other direction. The listing is the reverse of this one's,
    /// unless there is no field or a path leads through an array.
    #[must_use]
    pub fn reversed(&self) -> Self {
        let fields = self.fields.iter();
        let fields = fields.map(|field| SortField::new(&field.path, field.direction.reversed()));
        Self {
            fields: fields.collect(),
        }
    }

    /// The fields up to `_id`, which is unique: fields after it do not order units.
    pub(crate) fn fields_up_to_id(&self) -> &[SortField] {
        let mut parts = self.fields.split_inclusive(|field| field.path() == ID);
        parts.next().unwrap_or_default()
    }

    /// The paths that can tell two units apart, each with its direction, the most significant
    /// first. The last one is `_id`. Paths with the same value in every unit are left out.
    pub(crate) fn decisive_fields(&self) -> impl Iterator<Item = (&str, Direction)> {
        let fields = self.fields_up_to_id();
        let last = fields.last().map(SortField::direction);
        let fields = fields.iter().map(|field| (field.path(), field.direction()));
        fields
            .filter(|(path, _)| *path != ID && super::constant(path).is_none())
            .chain([(ID, last.unwrap_or(Direction::Ascending))])
    }
}

impl SortField {
    fn new(path: &str, direction: Direction) -> Self {
        let path = path.into();
        Self { path, direction }
    }

    /// The dotted path.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The direction.
    pub fn direction(&self) -> Direction {
        self.direction
    }
}

impl Direction {
    /// The other direction.
    #[must_use]
    pub const fn reversed(self) -> Self {
        match self {
            Self::Ascending => Self::Descending,
            Self::Descending => Self::Ascending,
        }
    }
}

/// Builds a [`SortSpec`] field by field, the most significant first.
///
/// A field that is named twice keeps its first position and takes its last direction, as
/// in JSON. [`build`](Self::build) reports the first field that is not valid. [`SortSpec`] has
/// an example.
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `build`"]
pub struct SortSpecBuilder(Result<SortSpec, SortError>);

impl SortSpecBuilder {
    /// Adds a field, the smallest value first.
    pub fn ascending(self, path: &str) -> Self {
        self.then(path, Direction::Ascending)
    }

    /// Adds a field, the largest value first.
    pub fn descending(self, path: &str) -> Self {
        self.then(path, Direction::Descending)
    }

    /// Adds a field in this direction.
    pub fn then(mut self, path: &str, direction: Direction) -> Self {
        let Ok(SortSpec { fields }) = &mut self.0 else {
            return self;
        };
        if let Some(known) = fields.iter_mut().find(|field| field.path() == path) {
            known.direction = direction;
        } else if let Err(kind) = check_key(path, fields.len()) {
            self.0 = Err(SortError::new(kind, Some(path), None));
        } else {
            fields.push(SortField::new(path, direction));
        }
        self
    }

    /// The sort order.
    ///
    /// # Errors
    /// The first field that is not valid: its path or a segment is empty, a segment starts
    /// with `$`, the path holds U+0000 or has more than [`SortSpec::MAX_SEGMENTS`]
    /// segments, or there are more than [`SortSpec::MAX_KEYS`] fields.
    pub fn build(self) -> Result<SortSpec, SortError> {
        self.0
    }
}

/// `{"name":1}`, the sort order of a request without `sort` (SPEC §2).
impl Default for SortSpec {
    fn default() -> Self {
        Self {
            fields: vec![SortField::new(Field::Name.path(), Direction::Ascending)],
        }
    }
}

/// Reads the JSON object of the `sort` parameter. Cost: the length of the text, which the
/// caller has to bound; in a request [`Params::MAX_BYTES`](crate::Params::MAX_BYTES) does.
impl FromStr for SortSpec {
    type Err = SortError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let from = |byte: usize, kind| {
            let rest = text.get(byte..).unwrap_or_default();
            SortError::new(kind, None, Some(rest)).at(byte)
        };
        let valid = json::validate(text).map_err(|byte| from(byte, SortErrorKind::Malformed))?;
        let mut tokens = Tokens::new(valid);
        if tokens.next() != Some(Token::BeginObject) {
            return Err(from(byte_in(text, valid), SortErrorKind::NotAnObject));
        }
        // A repeated key keeps its first position and takes its last value, as in `JSON.parse`. So
        // a value that is no direction is an error only at the end.
        let mut members: Vec<(Cow<'_, str>, &str)> = Vec::new();
        while let Some(Token::String(literal)) = tokens.next() {
            let value = tokens.raw_value();
            let path = json::decode_string(literal);
            if let Some((_, known)) = members.iter_mut().find(|(known, _)| *known == path) {
                *known = value;
                continue;
            }
            let byte = byte_in(text, literal);
            check_key(&path, members.len())
                .map_err(|kind| SortError::new(kind, Some(&path), None).at(byte))?;
            members.push((path, value));
        }
        let fields = members.iter().map(|(path, value)| {
            let direction = direction(value).ok_or_else(|| {
                let error = SortError::new(SortErrorKind::Value, Some(path), Some(value));
                error.at(byte_in(text, value))
            });
            direction.map(|direction| SortField::new(path, direction))
        });
        fields
            .collect::<Result<_, _>>()
            .map(|fields| Self { fields })
    }
}

/// The direction of a number whose nearest double is 1 or -1 (SPEC §2, Sort).
fn direction(literal: &str) -> Option<Direction> {
    let is_number = literal.starts_with(|c: char| c == '-' || c.is_ascii_digit());
    let value: f64 = is_number.then(|| literal.parse().ok()).flatten()?;
    match value {
        1.0 => Some(Direction::Ascending),
        -1.0 => Some(Direction::Descending),
        _ => None,
    }
}

/// Checks whether `path` can be the next key after `keys` others.
fn check_key(path: &str, keys: usize) -> Result<(), SortErrorKind> {
    let invalid = path
        .split('.')
        .find_map(|segment| match segment.chars().next() {
            None => Some(SortErrorKind::EmptySegment),
            Some('$') => Some(SortErrorKind::DollarSegment),
            Some(_) => None,
        });
    match invalid {
        _ if path.is_empty() => Err(SortErrorKind::EmptyKey),
        _ if path.as_bytes().contains(&0) => Err(SortErrorKind::NulInKey),
        Some(kind) => Err(kind),
        None if path.bytes().filter(|b| *b == b'.').count() >= SortSpec::MAX_SEGMENTS => {
            Err(SortErrorKind::TooManySegments)
        }
        None if keys >= SortSpec::MAX_KEYS => Err(SortErrorKind::TooManyKeys),
        None => Ok(()),
    }
}

/// The byte at which `part`, a slice of `text`, begins.
fn byte_in(text: &str, part: &str) -> usize {
    part.as_ptr().addr().saturating_sub(text.as_ptr().addr())
}

/// The JSON object that `FromStr` reads, without spaces, with `1` and `-1`.
impl fmt::Display for SortSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::from("{");
        for (i, field) in self.fields.iter().enumerate() {
            if i > 0 {
                text.push(',');
            }
            json::push_string(&mut text, &field.path);
            text.push_str(match field.direction {
                Direction::Ascending => ":1",
                Direction::Descending => ":-1",
            });
        }
        text.push('}');
        f.write_str(&text)
    }
}
