//! How a mirror is made.

use std::time::Duration;

use livechat_units::{MemoryStore, SortSpec};

/// How a [`Mirror`](crate::Mirror) is made.
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

    /// The age of a state from which on a listing fails with `Unavailable`. Default: 30 seconds.
    ///
    /// The age is the time since the beginning of the reading that has confirmed the state. An
    /// idle source is confirmed after each [interval](Self::with_interval). The time during which the
    /// machine is suspended does not count on Linux, where [`Instant`](std::time::Instant) leaves it out.
    pub fn with_max_staleness(mut self, max_staleness: Duration) -> Self {
        self.max_staleness = max_staleness;
        self
    }

    /// The longest time between the end of a reading of the source and the beginning of the
    /// next. Default: a second, and 25 milliseconds for a [`BlockingSource`](crate::BlockingSource), which cannot
    /// report changes. At most a third of the
    /// [largest staleness](Self::with_max_staleness) is used.
    #[doc(alias("poll", "heartbeat"))]
    pub fn with_interval(mut self, interval: Duration) -> Self {
        self.interval = Some(interval);
        self
    }

    /// The longest pause after an error of the source. The first pause has 100 milliseconds, each
    /// further one twice as many. Default: 10 seconds.
    #[doc(alias("backoff", "retry"))]
    pub fn with_max_pause(mut self, max_pause: Duration) -> Self {
        self.max_pause = max_pause;
        self
    }

    /// Declares a sort order, as [`MemoryStore::with_orders`] does. A page in an order that is
    /// neither declared nor one of a single documented field sorts all matches after each change,
    /// and changes wait meanwhile.
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
