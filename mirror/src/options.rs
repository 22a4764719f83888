//! The settings of a mirror.

use std::time::Duration;

use livechat_units::{MemoryStore, SortSpec};

/// The settings of a [`Mirror`](crate::Mirror).
///
/// ```
/// use std::time::Duration;
/// use livechat_units_mirror::MirrorOptions;
///
/// let options = MirrorOptions::new()
///     .with_max_staleness(Duration::from_secs(10))
///     .with_order(r#"{"visibility":1,"numMonitors":-1}"#.parse()?);
/// # Ok::<(), livechat_units::SortError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct MirrorOptions {
    pub(crate) max_staleness: Duration,
    interval: Option<Duration>,
    pub(crate) max_pause: Duration,
    orders: Vec<SortSpec>,
}

impl MirrorOptions {
    /// The default options. The documentation of each method says its default.
    pub fn new() -> Self {
        Self {
            max_staleness: Duration::from_secs(30),
            interval: None,
            max_pause: Duration::from_secs(10),
            orders: Vec::new(),
        }
    }

    /// The largest age of a state that is listed. If the state is older, a listing fails with
    /// `Unavailable`. Default: 30 seconds.
    ///
    /// The age is the time since the beginning of the round that has confirmed the state. The state
    /// of an idle source is confirmed after each [interval](Self::with_interval). On Linux the age does
    /// not include the time during which the machine was suspended, because
    /// [`Instant`](std::time::Instant) does not.
    pub fn with_max_staleness(mut self, max_staleness: Duration) -> Self {
        self.max_staleness = max_staleness;
        self
    }

    /// The longest time between the end of a round and the beginning of the next, unless the round
    /// has failed. Default: 1 second for a [`Source`](crate::Source), 25 milliseconds for a
    /// [`BlockingSource`](crate::BlockingSource), which cannot report changes. A longer interval than
    /// a third of [`with_max_staleness`](Self::with_max_staleness) is reduced to that third.
    #[doc(alias("poll", "heartbeat"))]
    pub fn with_interval(mut self, interval: Duration) -> Self {
        self.interval = Some(interval);
        self
    }

    /// The longest pause after a round that failed. The first pause lasts 100 milliseconds, each
    /// further one twice as long as the one before, up to this bound. Default: 10 seconds.
    #[doc(alias("backoff", "retry"))]
    pub fn with_max_pause(mut self, max_pause: Duration) -> Self {
        self.max_pause = max_pause;
        self
    }

    /// Declares a sort order, as [`MemoryStore::with_orders`] does. An order without an index is
    /// sorted again after each change, and changes wait while it is sorted.
    pub fn with_order(mut self, order: SortSpec) -> Self {
        self.orders.push(order);
        self
    }

    pub(crate) fn empty_store(&self) -> MemoryStore {
        MemoryStore::with_orders(self.orders.iter().cloned())
    }

    /// The interval, if that of the source is `default`.
    pub(crate) fn interval(&self, default: Duration) -> Duration {
        let interval = self.interval.unwrap_or(default);
        interval.min(self.max_staleness / 3)
    }
}

impl Default for MirrorOptions {
    fn default() -> Self {
        Self::new()
    }
}
