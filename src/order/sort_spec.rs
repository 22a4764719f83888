//! The `sort` parameter: a JSON object of fields and directions (SPEC §2, Sort).

mod error;
mod parse;

use std::fmt;
use std::str::FromStr;

pub use self::error::{SortError, SortErrorKind};
use crate::json;

/// The order of a listing: fields, the most significant first, each with its
/// direction (SPEC §2, Sort).
///
/// `FromStr` reads the JSON object of the `sort` parameter, and `Display` writes it
/// in the one canonical spelling. Ties that remain are broken by `_id` in the
/// direction of the last field, so every order is total.
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
pub struct SortSpec {
    fields: Vec<SortField>,
}

/// One field of a [`SortSpec`] and the direction in which it sorts.
///
/// ```
/// use livechat_units::{SortField, SortSpec};
///
/// // A store with indexes looks for a field that has none:
/// let indexed = ["_id", "name", "numMonitors"];
/// let sort: SortSpec = r#"{"name":1,"customFields.region":-1}"#.parse()?;
/// let mut paths = sort.fields().iter().map(SortField::path);
/// assert_eq!(paths.find(|path| !indexed.contains(path)), Some("customFields.region"));
/// # Ok::<(), livechat_units::SortError>(())
/// ```
///
/// A path is a client's text: it must not go into a statement of a database as it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SortField {
    path: Box<str>,
    direction: Direction,
}

/// Which end of the order comes first.
///
/// ```
/// use livechat_units::{Direction, SortSpec};
///
/// // A click on the head of a column turns its order round:
/// let clicked = |shown: Direction| SortSpec::builder().then("name", shown.reversed()).build();
/// assert_eq!(clicked(Direction::Ascending)?.to_string(), r#"{"name":-1}"#);
/// # Ok::<(), livechat_units::SortError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "there are no other directions")]
pub enum Direction {
    /// The smallest value first: `1`.
    Ascending,
    /// The largest value first: `-1`.
    Descending,
}

impl SortSpec {
    /// The most fields that an order can have: MongoDB's bound.
    pub const MAX_KEYS: usize = 32;
    /// The most segments that a dotted path can have.
    pub const MAX_SEGMENTS: usize = 256;

    /// Starts an order without any field. See [`SortSpecBuilder`].
    pub fn builder() -> SortSpecBuilder {
        SortSpecBuilder {
            fields: Vec::new(),
            error: None,
        }
    }

    /// The fields, the most significant first. Empty for `{}`: ids alone decide.
    pub fn fields(&self) -> &[SortField] {
        &self.fields
    }

    /// The direction in which `_id` breaks ties: that of the last field, ascending
    /// where there is none.
    pub fn tie_break(&self) -> Direction {
        let last = self.fields.last();
        last.map_or(Direction::Ascending, SortField::direction)
    }

    /// The same fields with every direction turned round. Lists the reverse, as
    /// long as there is a field and no path meets an array.
    #[must_use]
    pub fn reversed(&self) -> Self {
        let mut reversed = self.clone();
        for field in &mut reversed.fields {
            field.direction = field.direction.reversed();
        }
        reversed
    }
}

impl SortField {
    /// The field, as a dotted path.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Its direction.
    pub fn direction(&self) -> Direction {
        self.direction
    }
}

impl Direction {
    /// The other one.
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
/// As in JSON, a field named twice keeps its first place and takes its last
/// direction. What cannot be sorted by is told by [`build`](Self::build), the first of it.
///
/// ```
/// use livechat_units::{SortErrorKind, SortSpec};
///
/// let sort = SortSpec::builder().ascending("name").descending("numMonitors").descending("name");
/// assert_eq!(sort.build()?.to_string(), r#"{"name":-1,"numMonitors":-1}"#);
///
/// let error = SortSpec::builder().ascending("a..b").ascending("$where").build().unwrap_err();
/// assert_eq!((error.kind(), error.key()), (SortErrorKind::EmptySegment, Some("a..b")));
/// # Ok::<(), livechat_units::SortError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `build`"]
pub struct SortSpecBuilder {
    fields: Vec<SortField>,
    error: Option<SortError>,
}

impl SortSpecBuilder {
    /// Then by this field, the smallest value first.
    pub fn ascending(self, path: &str) -> Self {
        self.then(path, Direction::Ascending)
    }

    /// Then by this field, the largest value first.
    pub fn descending(self, path: &str) -> Self {
        self.then(path, Direction::Descending)
    }

    /// Then by this field, in this direction.
    pub fn then(mut self, path: &str, direction: Direction) -> Self {
        if let Some(known) = self.fields.iter_mut().find(|f| *f.path == *path) {
            known.direction = direction;
        } else if let Err(kind) = parse::check_key(path, self.fields.len()) {
            self.error
                .get_or_insert_with(|| SortError::of_key(kind, path, None));
        } else {
            self.fields.push(SortField {
                path: path.into(),
                direction,
            });
        }
        self
    }

    /// The order.
    ///
    /// # Errors
    /// The first field that cannot be sorted by: an empty path or segment, a
    /// segment that starts with `$`, U+0000, too many segments, too many fields.
    pub fn build(self) -> Result<SortSpec, SortError> {
        match self.error {
            None => Ok(SortSpec {
                fields: self.fields,
            }),
            Some(error) => Err(error),
        }
    }
}

/// `{"name":1}`, the order of a request that asks for none (SPEC §2).
impl Default for SortSpec {
    fn default() -> Self {
        Self {
            fields: vec![SortField {
                path: "name".into(),
                direction: Direction::Ascending,
            }],
        }
    }
}

/// Reads the JSON object of the `sort` parameter. Cost: the length of the text. That
/// has no bound here; in a request it is within that of the query string.
impl FromStr for SortSpec {
    type Err = SortError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse::parse(text)
    }
}

/// The JSON object that `FromStr` reads, without blanks, with `1` and `-1`.
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
