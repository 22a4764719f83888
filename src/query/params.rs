//! The query string: percent escapes, the four known parameters, their checks
//! (SPEC §2).

use std::borrow::Cow;

use percent_encoding::percent_decode;
use thiserror::Error;

use super::UnitQuery;
use super::page::{Page, PagePolicy};
use super::text::{TextError, TextFilter};
use crate::excerpt::excerpt;
use crate::order::{SortError, SortSpec};
use crate::version::ServerVersion;

/// The known parameters of a query string, found but not yet checked.
///
/// Unknown parameters are ignored. No value is decoded before
/// [`into_query`](Params::into_query), which reports the first of `offset`,
/// `count`, `sort` and `text` that is wrong.
///
/// ```
/// use livechat_units::{PagePolicy, Params};
///
/// let params = Params::parse("text=sales&count=10&sort=%7B%22name%22%3A-1%7D&_=17")?;
/// let query = params.into_query(PagePolicy::default())?;
/// assert_eq!(query.text().map(|text| text.as_str()), Some("sales"));
/// assert_eq!(query.sort().to_string(), r#"{"name":-1}"#);
/// # Ok::<(), livechat_units::QueryError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Params<'a> {
    version: ServerVersion,
    offset: Given<'a>,
    count: Given<'a>,
    sort: Given<'a>,
    text: Given<'a>,
}

/// How a parameter was given, and its (first) value as it was sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Given<'a> {
    #[default]
    Never,
    Once(&'a [u8]),
    Repeatedly(&'a [u8]),
    /// Its name has brackets. Holds the first such name and value.
    Bracketed(&'a [u8]),
}

/// A query string that cannot be answered (SPEC §2).
///
/// ```
/// use livechat_units::{PagePolicy, Params, QueryErrorKind};
///
/// let params = Params::parse("offset=-1")?;
/// let error = params.into_query(PagePolicy::default()).unwrap_err();
/// assert_eq!(error.kind(), QueryErrorKind::InvalidParams);
/// assert_eq!(
///     error.to_string(),
///     r#"Invalid offset parameter provided: "-1" (expected decimal digits, at most 9007199254740991)"#
/// );
/// # Ok::<(), livechat_units::QueryError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(transparent)]
pub struct QueryError(#[from] Problem);

/// The class of a [`QueryError`], as the answer's `errorType` names it.
///
/// ```
/// use livechat_units::{PagePolicy, Params, QueryErrorKind};
///
/// // The codes of another protocol:
/// let params = Params::parse("sort=name")?;
/// let error = params.into_query(PagePolicy::default()).unwrap_err();
/// let code = match error.kind() {
///     QueryErrorKind::TooLong => "RESOURCE_EXHAUSTED",
///     QueryErrorKind::InvalidParams | QueryErrorKind::InvalidSort => "INVALID_ARGUMENT",
///     _ => "UNKNOWN",
/// };
/// assert_eq!((code, error.parameter()), ("INVALID_ARGUMENT", Some("sort")));
/// # Ok::<(), livechat_units::QueryError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum QueryErrorKind {
    /// The query string has more than [`Params::MAX_BYTES`] bytes: a 414, which has no
    /// `errorType`.
    TooLong,
    /// `error-invalid-params`.
    InvalidParams,
    /// `error-invalid-sort`.
    InvalidSort,
}

#[derive(Clone, Debug, PartialEq, Eq, Error)]
enum Problem {
    #[error(
        "expected a query string of at most {} bytes, found {found}",
        Params::MAX_BYTES
    )]
    TooLong { found: usize },
    #[error("Invalid {name} parameter provided: \"{value}\" ({wrong})")]
    Param {
        name: &'static str,
        /// Decoded where it can be, escaped and cut to a bound.
        value: String,
        wrong: Wrong,
    },
    #[error("Invalid sort parameter provided: \"{value}\"")]
    Sort {
        /// Whole: the answer echoes it, and the query string is bounded.
        value: String,
        #[source]
        source: Option<SortError>,
    },
}

/// What was wrong with a parameter.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
enum Wrong {
    #[error("given more than once")]
    Repeated,
    #[error("expected a name without brackets")]
    Bracketed,
    #[error("expected percent-encoded UTF-8")]
    Encoding,
    #[error("expected decimal digits, at most {}", Page::MAX_REQUESTED)]
    Number,
    #[error("{}", .0.problem())]
    Text(TextError),
}

impl<'a> Params<'a> {
    /// The longest query string, in bytes. Every other bound on what a request
    /// carries follows from it.
    pub const MAX_BYTES: usize = 65_536;

    /// Finds the known parameters in a query string, without its `?`. It may be any
    /// bytes. Cost: one pass.
    ///
    /// # Errors
    /// [`QueryErrorKind::TooLong`], before anything is read.
    pub fn parse<S: AsRef<[u8]> + ?Sized>(query_string: &'a S) -> Result<Self, QueryError> {
        let bytes = query_string.as_ref();
        if bytes.len() > Self::MAX_BYTES {
            return Err(Problem::TooLong { found: bytes.len() }.into());
        }
        let mut params = Self::default();
        for pair in bytes.split(|&byte| byte == b'&') {
            let mut halves = pair.splitn(2, |&byte| byte == b'=');
            let name = halves.next().unwrap_or_default();
            let value = halves.next().unwrap_or_default();
            // An escape that cannot be decoded stays as it is, and no known name has
            // a percent sign in it.
            let name = Cow::from(percent_decode(name));
            let (name, bracketed) = without_brackets(&name);
            let given = match name {
                b"offset" => &mut params.offset,
                b"count" => &mut params.count,
                b"sort" => &mut params.sort,
                b"text" => &mut params.text,
                _ => continue,
            };
            *given = match *given {
                Given::Bracketed(first) => Given::Bracketed(first),
                _ if bracketed => Given::Bracketed(pair),
                Given::Never => Given::Once(value),
                Given::Once(first) | Given::Repeatedly(first) => Given::Repeatedly(first),
            };
        }
        Ok(params)
    }

    /// Reads the parameters as `version` does (SPEC §5): from [`ServerVersion::V8`] on, an
    /// empty `sort` is invalid.
    #[must_use]
    pub fn with_server_version(mut self, version: ServerVersion) -> Self {
        self.version = version;
        self
    }

    /// Checks every parameter and makes the query of them, over every unit.
    ///
    /// # Errors
    /// The first of `offset`, `count`, `sort` and `text` that is wrong.
    pub fn into_query(self, policy: PagePolicy) -> Result<UnitQuery, QueryError> {
        let offset = number("offset", self.offset)?.unwrap_or(0);
        let limit = policy.limit(number("count", self.count)?);
        let sort = sort(self.sort, self.version)?;
        let text = text(self.text)?;
        Ok(UnitQuery::default()
            .with_page(Page::new(offset, limit))
            .with_sort(sort)
            .with_text(text))
    }
}

impl QueryError {
    /// The class of the error.
    pub fn kind(&self) -> QueryErrorKind {
        match self.0 {
            Problem::TooLong { .. } => QueryErrorKind::TooLong,
            Problem::Param { .. } => QueryErrorKind::InvalidParams,
            Problem::Sort { .. } => QueryErrorKind::InvalidSort,
        }
    }

    /// The parameter that is wrong; `None` where the query string as a whole is.
    pub fn parameter(&self) -> Option<&'static str> {
        match self.0 {
            Problem::TooLong { .. } => None,
            Problem::Param { name, .. } => Some(name),
            Problem::Sort { .. } => Some("sort"),
        }
    }

    /// What is wrong with the sort object, where that is the error: which key,
    /// which value, where in the text. `None` also when it could not be decoded.
    pub fn sort_error(&self) -> Option<&SortError> {
        match &self.0 {
            Problem::Sort { source, .. } => source.as_ref(),
            _ => None,
        }
    }
}

impl<'a> Given<'a> {
    /// The value as sent, which may be empty; `None` if there is none.
    fn value(self, name: &'static str) -> Result<Option<&'a [u8]>, Problem> {
        let problem = |value: &str, wrong| Problem::Param {
            name,
            value: excerpt(value),
            wrong,
        };
        match self {
            Self::Never => Ok(None),
            Self::Once(value) => Ok(Some(value)),
            Self::Repeatedly(first) => Err(problem(&as_sent(first), Wrong::Repeated)),
            Self::Bracketed(pair) => {
                let pair = decode(pair).unwrap_or_else(|| as_sent(pair));
                Err(problem(&pair, Wrong::Bracketed))
            }
        }
    }

    /// The decoded value, of a parameter that is not `sort`; `None` if it is empty.
    fn decoded(self, name: &'static str) -> Result<Option<Cow<'a, str>>, Problem> {
        let Some(raw) = self.value(name)?.filter(|raw| !raw.is_empty()) else {
            return Ok(None);
        };
        match decode(raw) {
            Some(value) => Ok(Some(value)),
            None => Err(Problem::Param {
                name,
                value: excerpt(&as_sent(raw)),
                wrong: Wrong::Encoding,
            }),
        }
    }
}

fn number(name: &'static str, given: Given<'_>) -> Result<Option<u64>, Problem> {
    let Some(value) = given.decoded(name)? else {
        return Ok(None);
    };
    let digits = value.bytes().all(|b| b.is_ascii_digit());
    let number = digits.then(|| value.parse::<u64>().ok()).flatten();
    match number.filter(|&number| number <= Page::MAX_REQUESTED) {
        Some(number) => Ok(Some(number)),
        None => Err(Problem::Param {
            name,
            value: excerpt(&value),
            wrong: Wrong::Number,
        }),
    }
}

fn sort(given: Given<'_>, version: ServerVersion) -> Result<SortSpec, Problem> {
    let raw = match given.value("sort")? {
        None => return Ok(SortSpec::default()),
        Some(b"") if !version.refuses_empty_sort() => return Ok(SortSpec::default()),
        Some(raw) => raw,
    };
    let Some(value) = decode(raw) else {
        return Err(Problem::Sort {
            value: as_sent(raw).into_owned(),
            source: None,
        });
    };
    value.parse().map_err(|error| Problem::Sort {
        value: value.into_owned(),
        source: Some(error),
    })
}

fn text(given: Given<'_>) -> Result<Option<TextFilter>, Problem> {
    let Some(value) = given.decoded("text")? else {
        return Ok(None);
    };
    TextFilter::new(&value)
        .map(Some)
        .map_err(|error| Problem::Param {
            name: "text",
            value: excerpt(&value),
            wrong: Wrong::Text(error),
        })
}

/// The name inside or before the first bracket, and whether there is a bracket. For
/// Rocket.Chat's parser, `text[]`, `text[a]` and `[text]` all set `text`.
fn without_brackets(name: &[u8]) -> (&[u8], bool) {
    let outer = name.strip_prefix(b"[").unwrap_or(name);
    let end = outer.iter().position(|byte| b"[]".contains(byte));
    let inner = end.and_then(|end| outer.get(..end)).unwrap_or(outer);
    (inner, inner.len() < name.len())
}

/// The value that was sent; `None` for a malformed escape, and for bytes that are
/// not UTF-8.
fn decode(raw: &[u8]) -> Option<Cow<'_, str>> {
    let mut rest = raw;
    while let Some(at) = rest.iter().position(|&byte| byte == b'%') {
        let escape = rest.get(at + 1..at + 3)?;
        if !escape.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        rest = rest.get(at + 3..)?;
    }
    if raw.contains(&b'+') {
        let spaced: Vec<u8> = raw
            .iter()
            .map(|&byte| if byte == b'+' { b' ' } else { byte })
            .collect();
        let decoded = percent_decode(&spaced).decode_utf8().ok()?;
        return Some(Cow::Owned(decoded.into_owned()));
    }
    percent_decode(raw).decode_utf8().ok()
}

/// The undecoded value, for messages. Bytes that are not UTF-8 cannot be shown in
/// JSON and become U+FFFD.
fn as_sent(raw: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(raw)
}
