//! The query string: finding, decoding and checking its four known parameters (SPEC §2).
//!
//! [`Params::parse`] finds the parameters in one pass and borrows their undecoded values.
//! [`Params::into_query`] decodes and checks them, and reports the first that is invalid.
//! [`Params::MAX_BYTES`] bounds the memory and the time of both.

use std::borrow::Cow;

use percent_encoding::percent_decode;
use thiserror::Error;

use super::UnitQuery;
use super::page::{Page, PagePolicy};
use super::text::TextFilter;
use crate::excerpt::excerpt;
use crate::order::{SortError, SortSpec};
use crate::version::ServerVersion;

/// The known parameters of a query string, undecoded and unchecked.
///
/// ```
/// use livechat_units::{PagePolicy, Params, QueryErrorKind};
///
/// let params = Params::parse("text=sales&count=10&sort=%7B%22name%22%3A-1%7D&_=17")?;
/// let query = params.into_query(PagePolicy::default())?;
/// assert_eq!(query.text().map(|text| text.as_str()), Some("sales"));
/// assert_eq!(query.sort().to_string(), r#"{"name":-1}"#);
///
/// let error = Params::parse("offset=-1")?.into_query(PagePolicy::default()).unwrap_err();
/// assert_eq!((error.kind(), error.parameter()), (QueryErrorKind::InvalidParams, Some("offset")));
/// # Ok::<(), livechat_units::QueryError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Params<'a> {
    version: ServerVersion,
    offset: Param<'a>,
    count: Param<'a>,
    sort: Param<'a>,
    text: Param<'a>,
}

/// The occurrences of one parameter in a query string, with undecoded bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Param<'a> {
    #[default]
    Absent,
    /// The value of the only occurrence.
    Once(&'a [u8]),
    /// The value of the first of several occurrences.
    Repeated(&'a [u8]),
    /// The first pair of name and value whose name has brackets, such as `text[]=a`.
    Bracketed(&'a [u8]),
}

/// An invalid query string (SPEC §2).
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct QueryError {
    kind: QueryErrorKind,
    parameter: Option<&'static str>,
    /// The response to an invalid parameter contains this text.
    message: String,
    #[source]
    sort_error: Option<SortError>,
}

/// The class of a [`QueryError`], which determines the status and the `errorType` (SPEC §4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum QueryErrorKind {
    /// The query string has more than [`Params::MAX_BYTES`] bytes: 414, without an `errorType`.
    TooLong,
    /// The value of `offset`, `count` or `text` is invalid, or a known parameter occurs more
    /// than once or with brackets in its name (`text[]`): 400 with `error-invalid-params`.
    InvalidParams,
    /// The value of `sort` is invalid: 400 with `error-invalid-sort`.
    InvalidSort,
}

impl<'a> Params<'a> {
    /// The maximum length of a query string, in bytes. It bounds the length of every parameter.
    pub const MAX_BYTES: usize = 65_536;

    /// Finds the known parameters in a query string. The query string begins after the `?`
    /// and may contain any bytes. Cost: one pass over the bytes. No value is copied.
    ///
    /// # Errors
    /// Only [`QueryErrorKind::TooLong`], if the query string has more than [`Params::MAX_BYTES`]
    /// bytes. [`into_query`](Params::into_query) finds all other errors.
    pub fn parse<S: AsRef<[u8]> + ?Sized>(query_string: &'a S) -> Result<Self, QueryError> {
        let bytes = query_string.as_ref();
        let (length, max) = (bytes.len(), Self::MAX_BYTES);
        if length > max {
            let message = format!("expected a query string of at most {max} bytes, found {length}");
            return Err(QueryError::new(QueryErrorKind::TooLong, None, message));
        }
        let mut params = Self::default();
        for pair in bytes.split(|&byte| byte == b'&') {
            let mut halves = pair.splitn(2, |&byte| byte == b'=');
            let mut half = || halves.next().unwrap_or_default();
            let (name, value) = (half(), half());
            // Decoding leaves a malformed escape as it is. No known name contains a percent
            // sign, so such a name is unknown.
            let name = Cow::from(percent_decode(name));
            let (name, is_bracketed) = strip_brackets(&name);
            let param = match name {
                b"offset" => &mut params.offset,
                b"count" => &mut params.count,
                b"sort" => &mut params.sort,
                b"text" => &mut params.text,
                _ => continue,
            };
            *param = match *param {
                Param::Bracketed(first) => Param::Bracketed(first),
                _ if is_bracketed => Param::Bracketed(pair),
                Param::Absent => Param::Once(value),
                Param::Once(first) | Param::Repeated(first) => Param::Repeated(first),
            };
        }
        Ok(params)
    }

    /// Sets the version whose rules apply (SPEC §5). An empty `sort` is an error from
    /// [`ServerVersion::V8`] on. Before, it means the default sort order.
    #[must_use]
    pub fn with_server_version(mut self, version: ServerVersion) -> Self {
        self.version = version;
        self
    }

    /// Checks every parameter and returns the query, with [`Scope::All`](crate::Scope::All) and
    /// without a cursor. `policy` determines the limit of the page. Cost: linear in the length.
    ///
    /// # Errors
    /// The error of the first invalid parameter, in the order `offset`, `count`, `sort`, `text`.
    pub fn into_query(self, policy: PagePolicy) -> Result<UnitQuery, QueryError> {
        let offset = check_number("offset", self.offset)?.unwrap_or(0);
        let limit = policy.limit(check_number("count", self.count)?);
        let sort = check_sort(self.sort, self.version)?;
        let text = check_text(self.text)?;
        Ok(UnitQuery::default()
            .with_page(Page::new(offset, limit))
            .with_sort(sort)
            .with_text(text))
    }
}

impl QueryError {
    fn new(kind: QueryErrorKind, parameter: Option<&'static str>, message: String) -> Self {
        Self {
            kind,
            parameter,
            message,
            sort_error: None,
        }
    }

    fn invalid(parameter: &'static str, value: &str, reason: &str) -> Self {
        let value = excerpt(value);
        let message = format!("Invalid {parameter} parameter provided: \"{value}\" ({reason})");
        Self::new(QueryErrorKind::InvalidParams, Some(parameter), message)
    }

    /// `value` is not cut, because Rocket.Chat's response repeats it completely.
    fn invalid_sort(value: &str, sort_error: Option<SortError>) -> Self {
        let message = format!("Invalid sort parameter provided: \"{value}\"");
        let mut error = Self::new(QueryErrorKind::InvalidSort, Some("sort"), message);
        error.sort_error = sort_error;
        error
    }

    /// The class of the error.
    pub fn kind(&self) -> QueryErrorKind {
        self.kind
    }

    /// The name of the invalid parameter; `None` for [`QueryErrorKind::TooLong`].
    pub fn parameter(&self) -> Option<&'static str> {
        self.parameter
    }

    /// The error of parsing the value of `sort`, with the invalid key and the byte at which it
    /// is. `None` if the value could not be decoded, and for every other error.
    pub fn sort_error(&self) -> Option<&SortError> {
        self.sort_error.as_ref()
    }
}

impl<'a> Param<'a> {
    /// The undecoded value, which may be empty; `None` if the parameter is absent.
    fn value(self, name: &'static str) -> Result<Option<&'a [u8]>, QueryError> {
        match self {
            Self::Absent => Ok(None),
            Self::Once(value) => Ok(Some(value)),
            Self::Repeated(first) => {
                let first = String::from_utf8_lossy(first);
                Err(QueryError::invalid(name, &first, "given more than once"))
            }
            Self::Bracketed(pair) => {
                let pair = decode(pair).unwrap_or_else(|| String::from_utf8_lossy(pair));
                let reason = "expected a name without brackets";
                Err(QueryError::invalid(name, &pair, reason))
            }
        }
    }

    /// The decoded value of a parameter other than `sort`; `None` if it is absent or empty.
    fn decoded(self, name: &'static str) -> Result<Option<Cow<'a, str>>, QueryError> {
        let Some(raw) = self.value(name)?.filter(|raw| !raw.is_empty()) else {
            return Ok(None);
        };
        let value = decode(raw).ok_or_else(|| {
            let raw = String::from_utf8_lossy(raw);
            QueryError::invalid(name, &raw, "expected percent-encoded UTF-8")
        });
        value.map(Some)
    }
}

fn check_number(name: &'static str, param: Param<'_>) -> Result<Option<u64>, QueryError> {
    let Some(value) = param.decoded(name)? else {
        return Ok(None);
    };
    let is_digits = value.bytes().all(|b| b.is_ascii_digit());
    match value.parse::<u64>() {
        Ok(number @ ..=Page::MAX_REQUESTED) if is_digits => Ok(Some(number)),
        _ => {
            let reason = format!("expected decimal digits, at most {}", Page::MAX_REQUESTED);
            Err(QueryError::invalid(name, &value, &reason))
        }
    }
}

fn check_sort(param: Param<'_>, version: ServerVersion) -> Result<SortSpec, QueryError> {
    let raw = match param.value("sort")? {
        None => return Ok(SortSpec::default()),
        Some(b"") if !version.refuses_empty_sort() => return Ok(SortSpec::default()),
        Some(raw) => raw,
    };
    let value =
        decode(raw).ok_or_else(|| QueryError::invalid_sort(&String::from_utf8_lossy(raw), None))?;
    let invalid = |error| QueryError::invalid_sort(&value, Some(error));
    value.parse().map_err(invalid)
}

fn check_text(param: Param<'_>) -> Result<Option<TextFilter>, QueryError> {
    let filter = param.decoded("text")?.map(|value| {
        TextFilter::new(&value)
            .map_err(|error| QueryError::invalid("text", &value, error.expected()))
    });
    filter.transpose()
}

/// Returns the name without brackets, and whether it had any. For Rocket.Chat's parser,
/// `text[]`, `text[a]` and `[text]` all set `text`.
fn strip_brackets(name: &[u8]) -> (&[u8], bool) {
    let outer = name.strip_prefix(b"[").unwrap_or(name);
    let end = outer.iter().position(|byte| b"[]".contains(byte));
    let inner = end.and_then(|end| outer.get(..end)).unwrap_or(outer);
    (inner, inner.len() < name.len())
}

/// Decodes `+` and percent escapes; `None` if an escape is malformed or the result is not UTF-8.
fn decode(raw: &[u8]) -> Option<Cow<'_, str>> {
    if !raw.iter().any(|byte| matches!(byte, b'%' | b'+')) {
        return std::str::from_utf8(raw).ok().map(Cow::Borrowed);
    }
    let mut decoded = Vec::with_capacity(raw.len());
    let mut bytes = raw.iter();
    while let Some(&byte) = bytes.next() {
        let mut digit = || char::from(*bytes.next()?).to_digit(16);
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => u8::try_from(digit()? << 4 | digit()?).ok()?,
            _ => byte,
        });
    }
    String::from_utf8(decoded).ok().map(Cow::Owned)
}
