//! Why a store could not answer.

use std::error::Error as StdError;
use std::fmt;

use thiserror::Error;

use crate::order::OrderError;

/// The operation of every error that a query causes.
const LIST: &str = "list units";

/// Enough for a sentence that shows two parts of a query, each cut to 80 characters.
const MAX_REASON_SCALARS: usize = 400;

/// A listing that failed: which operation, how, and the store's own error, which
/// `source` gives back and which can be downcast. `Display` shows the first two: a log
/// wants the sources too.
///
/// ```
/// use std::error::Error;
/// use std::io;
/// use livechat_units::{StoreError, StoreErrorKind};
///
/// let cause = io::Error::new(io::ErrorKind::ConnectionReset, "reset by peer");
/// let error = StoreError::new(StoreErrorKind::Unavailable, "list units").with_source(cause);
/// assert_eq!(error.to_string(), "cannot list units: the store is unavailable");
/// assert!(error.is_transient());
/// assert!(error.source().unwrap().downcast_ref::<io::Error>().is_some());
/// ```
#[derive(Debug, Error)]
#[error("cannot {operation}: {kind}")]
pub struct StoreError {
    kind: StoreErrorKind,
    operation: &'static str,
    #[source]
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// How a store failed. [`InvalidQuery`](Self::InvalidQuery) and
/// [`Unsupported`](Self::Unsupported) are answered with 400; every other kind with a 500
/// that says nothing about it.
///
/// A store maps its driver's errors, and keeps them as the source:
///
/// ```
/// use std::io;
/// use livechat_units::{StoreError, StoreErrorKind};
///
/// fn failed(error: io::Error) -> StoreError {
///     let kind = match error.kind() {
///         io::ErrorKind::TimedOut => StoreErrorKind::Timeout,
///         io::ErrorKind::ConnectionReset | io::ErrorKind::NotConnected => StoreErrorKind::Unavailable,
///         io::ErrorKind::InvalidData => StoreErrorKind::Corrupt,
///         _ => StoreErrorKind::Failed,
///     };
///     StoreError::new(kind, "list units").with_source(error)
/// }
/// assert!(failed(io::ErrorKind::TimedOut.into()).is_transient());
/// assert_eq!(failed(io::ErrorKind::PermissionDenied.into()).kind(), StoreErrorKind::Failed);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// The data cannot be listed by this query: answered with 400 (SPEC §2, Sort). The
    /// message of the error's source becomes part of the answer, so it must say nothing
    /// that the client may not know.
    InvalidQuery,
    /// The store cannot be reached, or has lost the connection.
    Unavailable,
    /// The store did not answer in time.
    Timeout,
    /// The store holds data that is not valid: a document that cannot be read as a unit, or
    /// a damaged file or index. The error's source says which.
    Corrupt,
    /// The store cannot serve a part of this query, or keep a part of this document,
    /// though both are valid. The error's source names the part, and the bound if it is
    /// one of size. For a query the answer is 400. Its message is the reason of the
    /// [`Unsupported`] among the sources; without one the message is fixed.
    Unsupported,
    /// Anything else.
    Failed,
}

impl fmt::Display for StoreErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::InvalidQuery => "the query cannot be answered for this data",
            Self::Unavailable => "the store is unavailable",
            Self::Timeout => "the store did not answer in time",
            Self::Corrupt => "the store holds data that is not valid",
            Self::Unsupported => "the store does not support it",
            Self::Failed => "the store failed",
        })
    }
}

impl StoreError {
    /// A failure of `operation`, a verb phrase such as `"list units"`.
    pub fn new(kind: StoreErrorKind, operation: &'static str) -> Self {
        Self {
            kind,
            operation,
            source: None,
        }
    }

    /// Adds the store's own error.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// How the store failed.
    pub fn kind(&self) -> StoreErrorKind {
        self.kind
    }

    /// What it was doing.
    pub fn operation(&self) -> &'static str {
        self.operation
    }

    /// Whether the same call may succeed later.
    pub fn is_transient(&self) -> bool {
        matches!(
            self.kind,
            StoreErrorKind::Unavailable | StoreErrorKind::Timeout
        )
    }
}

/// A part of a valid query that a store does not serve: which part, and why.
///
/// It becomes a [`StoreError`] of kind [`StoreErrorKind::Unsupported`], which an endpoint
/// answers with 400. The client sees the reason: it names the part and the bound, and must
/// not describe the host.
///
/// ```
/// use livechat_units::{
///     Caller, Endpoint, Permission, QueryPart, StoreError, UnitPage, UnitQuery, UnitStore,
///     Unsupported, User,
/// };
///
/// struct NamesOnly;
///
/// impl UnitStore for NamesOnly {
///     fn list(&self, query: &UnitQuery) -> Result<UnitPage, StoreError> {
///         let reason = format!("expected a sort by \"name\", found {}", query.sort());
///         Err(Unsupported::new(QueryPart::Sort, reason).into())
///     }
/// }
///
/// let caller = Caller::from(User::new().with_permission(Permission::MANAGE_LIVECHAT_UNITS));
/// let response = Endpoint::default().handle(&NamesOnly, &caller, r#"sort={"type":1}"#);
/// assert_eq!(response.status(), 400);
/// assert_eq!(
///     response.into_body().into_bytes(),
///     br#"{"success":false,"error":"expected a sort by \"name\", found {\"type\":1} [error-invalid-sort]","errorType":"error-invalid-sort"}"#
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{reason}")]
pub struct Unsupported {
    part: QueryPart,
    reason: String,
}

/// A part of a [`UnitQuery`](crate::UnitQuery), as an [`Unsupported`] names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum QueryPart {
    /// The text filter: `error-invalid-params`.
    Text,
    /// The sort: `error-invalid-sort`.
    Sort,
    /// The offset and the count: `error-invalid-params`.
    Page,
    /// The position after which the page begins: `error-invalid-params`.
    Cursor,
}

impl Unsupported {
    /// A part that is not served. The reason says what was expected and what was found. It
    /// is cut to 400 characters.
    pub fn new(part: QueryPart, reason: impl Into<String>) -> Self {
        let mut reason = reason.into();
        if let Some((end, _)) = reason.char_indices().nth(MAX_REASON_SCALARS) {
            reason.truncate(end);
            reason.push('…');
        }
        Self { part, reason }
    }

    /// The part.
    pub fn part(&self) -> QueryPart {
        self.part
    }
}

impl From<Unsupported> for StoreError {
    fn from(unsupported: Unsupported) -> Self {
        Self::new(StoreErrorKind::Unsupported, LIST).with_source(unsupported)
    }
}

/// A unit without a position in the order: the query is invalid for this data.
impl From<OrderError> for StoreError {
    fn from(error: OrderError) -> Self {
        Self::new(StoreErrorKind::InvalidQuery, LIST).with_source(error)
    }
}
