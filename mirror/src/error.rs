//! Why a mirror cannot answer.

use std::sync::Arc;
use std::time::Duration;

use livechat_units::{StoreError, StoreErrorKind};
use thiserror::Error;

pub(crate) const LIST: &str = "list units";
pub(crate) const GET: &str = "read a unit";
pub(crate) const EXPLAIN: &str = "explain a query";
pub(crate) const READY: &str = "wait for the first state";
pub(crate) const CAUGHT_UP: &str = "wait until the mirror has caught up";

/// One variant for each reason.
#[derive(Debug, Error)]
pub(crate) enum Problem {
    #[error("the mirror has no state yet")]
    Starting(#[source] Option<Arc<StoreError>>),
    #[error("expected a state that is at most {max_staleness:?} old, found one of {age:?}")]
    Stale {
        age: Duration,
        max_staleness: Duration,
        /// The last error of the source.
        #[source]
        error: Option<Arc<StoreError>>,
    },
    #[error("nothing follows the source any more: its future was dropped, or its thread has ended")]
    Stopped(#[source] Option<Arc<StoreError>>),
    #[error("expected the state within {waited:?}")]
    TimedOut {
        waited: Duration,
        #[source]
        error: Option<Arc<StoreError>>,
    },
    #[error("a change of the mirror's indexes has panicked")]
    Poisoned,
    #[error("expected to list the units of the mirror")]
    Unlisted(#[source] StoreError),
}

impl Problem {
    pub(crate) fn during(self, operation: &'static str) -> StoreError {
        let kind = match self {
            Self::Starting(_) | Self::Stale { .. } | Self::Stopped(_) => {
                StoreErrorKind::Unavailable
            }
            Self::TimedOut { .. } => StoreErrorKind::Timeout,
            Self::Poisoned | Self::Unlisted(_) => StoreErrorKind::Corrupt,
        };
        StoreError::new(kind, operation).with_source(self)
    }
}
