//! The errors of stores.

use std::error::Error as StdError;
use std::fmt;

use thiserror::Error;

use crate::order::OrderError;

/// The operation in an error from [`UnitStore::list`](super::UnitStore::list).
const LIST: &str = "list units";

/// The maximum length of a reason, in scalars. A sentence with two excerpts of 80 scalars fits.
const MAX_REASON_SCALARS: usize = 400;

/// A failed operation of a store: the operation, the kind of failure, and the store's own error.
///
/// `Display` shows the operation and the kind, `source` the store's own error. A log needs both.
///
/// ```
/// use livechat_units::{StoreError, StoreErrorKind};
///
/// let cause = std::io::Error::other("connection reset");
/// let error = StoreError::new(StoreErrorKind::Unavailable, "list units").with_source(cause);
/// assert_eq!(error.to_string(), "cannot list units: the store is unavailable");
/// assert!(error.is_transient());
/// ```
#[derive(Debug, Error)]
#[error("cannot {operation}: {kind}")]
pub struct StoreError {
    kind: StoreErrorKind,
    operation: &'static str,
    #[source]
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// The kind of a store's failure. [`Pending::finish`](crate::Pending::finish) has the responses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// The query is invalid for the data, for example because two paths of the sort lead
    /// through different arrays of one unit (SPEC §2, Sort). The client gets the message of
    /// the error's source, which must not describe the host.
    InvalidQuery,
    /// The store cannot be reached, or the connection is lost.
    Unavailable,
    /// The store did not answer in time.
    Timeout,
    /// The store contains invalid data: a document that cannot be read as a unit, or a
    /// damaged file or index. The source of the error describes it.
    Corrupt,
    /// The store cannot serve a part of a valid query, or cannot store a part of a valid
    /// document. The source of the error names the part, and the bound if the part is too
    /// large. For a query, the client gets the reason of an [`Unsupported`].
    Unsupported,
    /// Any other failure.
    Failed,
}

impl fmt::Display for StoreErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::InvalidQuery => "the query cannot be answered for this data",
            Self::Unavailable => "the store is unavailable",
            Self::Timeout => "the store did not answer in time",
            Self::Corrupt => "the store holds data that is not valid",
            Self::Unsupported => "the store does not support this query or document",
            Self::Failed => "the store failed",
        })
    }
}

impl StoreError {
    /// A failure of `operation`, which is a verb phrase such as `"list units"`.
    pub fn new(kind: StoreErrorKind, operation: &'static str) -> Self {
        Self {
            kind,
            operation,
            source: None,
        }
    }

    /// Attaches the store's own error as the source.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The kind of the failure.
    pub fn kind(&self) -> StoreErrorKind {
        self.kind
    }

    /// The operation that failed, as a verb phrase.
    pub fn operation(&self) -> &'static str {
        self.operation
    }

    /// Whether the same call may succeed later: true for
    /// [`Unavailable`](StoreErrorKind::Unavailable) and [`Timeout`](StoreErrorKind::Timeout).
    pub fn is_transient(&self) -> bool {
        use StoreErrorKind::{Timeout, Unavailable};
        matches!(self.kind, Unavailable | Timeout)
    }
}

/// A part of a valid query that a store does not serve, and the reason.
///
/// It converts into a [`StoreError`] of the kind [`StoreErrorKind::Unsupported`]. The client
/// gets the reason, which names the part and the bound, and must not describe the host.
///
/// ```
/// use livechat_units::{QueryPart, StoreError, StoreErrorKind, Unsupported};
///
/// let reason = r#"expected a sort by "name", found {"type":1}"#;
/// let error = StoreError::from(Unsupported::new(QueryPart::Sort, reason));
/// assert_eq!(error.kind(), StoreErrorKind::Unsupported);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{reason}")]
pub struct Unsupported {
    part: QueryPart,
    reason: String,
}

/// A part of a [`UnitQuery`](crate::UnitQuery). It determines the `errorType` of the response.
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
    /// A part that the store does not serve. `reason` says what was expected and what was
    /// found. It is cut to 400 characters.
    pub fn new(part: QueryPart, reason: impl Into<String>) -> Self {
        let mut reason = reason.into();
        if let Some((end, _)) = reason.char_indices().nth(MAX_REASON_SCALARS) {
            reason.truncate(end);
            reason.push('…');
        }
        Self { part, reason }
    }

    /// The part that the store does not serve.
    pub fn part(&self) -> QueryPart {
        self.part
    }
}

impl From<Unsupported> for StoreError {
    fn from(unsupported: Unsupported) -> Self {
        Self::new(StoreErrorKind::Unsupported, LIST).with_source(unsupported)
    }
}

/// Converts into an error of the kind [`StoreErrorKind::InvalidQuery`].
impl From<OrderError> for StoreError {
    fn from(error: OrderError) -> Self {
        Self::new(StoreErrorKind::InvalidQuery, LIST).with_source(error)
    }
}
