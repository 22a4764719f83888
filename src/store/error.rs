//! Why a store could not answer.

use std::error::Error as StdError;
use std::fmt;

use thiserror::Error;

use crate::order::OrderError;

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

/// How a store failed.
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
    /// The data cannot be listed by this query: answered as 400 (SPEC §2, Sort). The
    /// message of the error's source becomes part of the answer, so it must not tell
    /// what is not for the client. Every other kind is a 500 that tells nothing.
    InvalidQuery,
    /// The store cannot be reached, or has lost the connection.
    Unavailable,
    /// The store did not answer in time.
    Timeout,
    /// A document of the store cannot be read as a unit.
    Corrupt,
    /// The store cannot serve a part of this query, or keep a part of this document,
    /// though both are valid. The error's source names the part, and the bound if it is
    /// one of size.
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
            Self::Corrupt => "a document of the store is not a unit",
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

/// A unit without a place in the order: the query is invalid for this data.
impl From<OrderError> for StoreError {
    fn from(error: OrderError) -> Self {
        Self::new(StoreErrorKind::InvalidQuery, "list units").with_source(error)
    }
}
