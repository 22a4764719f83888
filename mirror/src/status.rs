//! What a host can monitor.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use livechat_units::StoreError;

/// The condition of a mirror at one instant.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Status {
    /// Whether the mirror follows its source.
    pub phase: Phase,
    /// The time since the source was last read with success. No answer shows an older state.
    /// `None` before the first state.
    pub age: Option<Duration>,
    /// The error of the last reading, if it has failed.
    pub error: Option<Arc<StoreError>>,
    /// The number of units.
    pub units: usize,
    /// How many units were stored or removed since the start, without those of snapshots. A
    /// source may repeat a change.
    pub changes: u64,
    /// How often all units were read and replaced.
    pub snapshots: u64,
}

/// Whether a mirror follows its source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Phase {
    /// No state has been read yet.
    Starting,
    /// The last reading has succeeded, and is not older than the
    /// [bound](crate::MirrorOptions::with_max_staleness).
    Current,
    /// The last reading has failed, or takes too long. [`Status::age`] says since when.
    Behind,
    /// The future that follows the source was dropped, or its thread has ended. The mirror stays
    /// as it is, and lists until its state is too old.
    Stopped,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Starting => "starting",
            Self::Current => "current",
            Self::Behind => "behind",
            Self::Stopped => "stopped",
        })
    }
}
