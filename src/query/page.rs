//! Which part of a listing is asked for (SPEC §2, Page policy).

use std::num::NonZeroU64;

/// A page of a listing: matches to skip, and how many to take.
///
/// ```
/// use livechat_units::{Limit, Page};
///
/// let page = Page::new(100, Limit::at_most(50).unwrap());
/// assert_eq!(page.offset(), 100);
/// assert_eq!(page.range(120), 100..120);
/// assert_eq!(page.range(7), 7..7);
/// ```
#[doc(alias = "pagination")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Page {
    offset: u64,
    limit: Limit,
}

/// How many units a page holds at most.
///
/// ```
/// use livechat_units::{Limit, Page};
///
/// // What a store over SQL makes of it:
/// let clause = |limit| match limit {
///     Limit::AtMost(count) => format!("LIMIT {count}"),
///     Limit::Unlimited => String::new(),
/// };
/// assert_eq!(clause(Page::default().limit()), "LIMIT 50");
/// assert_eq!(clause(Limit::Unlimited), "");
/// assert_eq!(Limit::at_most(0), None);
/// ```
#[doc(alias = "page size")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "a page has a bound or it has none")]
pub enum Limit {
    /// So many.
    AtMost(NonZeroU64),
    /// All that there are.
    Unlimited,
}

impl Limit {
    /// At most `count` units; `None` for 0, which is no size of a page.
    pub const fn at_most(count: u64) -> Option<Self> {
        match NonZeroU64::new(count) {
            Some(count) => Some(Self::AtMost(count)),
            None => None,
        }
    }
}

impl Page {
    /// The largest `offset` and `count` that a request can carry: 2^53 - 1, the
    /// largest integer that JavaScript counts exactly.
    pub const MAX_REQUESTED: u64 = (1 << 53) - 1;

    /// The page that skips `offset` matches and takes what `limit` allows.
    pub const fn new(offset: u64, limit: Limit) -> Self {
        Self { offset, limit }
    }

    /// Matches to skip.
    #[doc(alias = "skip")]
    pub const fn offset(self) -> u64 {
        self.offset
    }

    /// Units to take.
    pub const fn limit(self) -> Limit {
        self.limit
    }

    /// The places of this page among `total` matches, for a store that has them in a
    /// list; empty past the end.
    pub fn range(self, total: usize) -> std::ops::Range<usize> {
        let within = |place: u64| usize::try_from(place).map_or(total, |place| place.min(total));
        let end = match self.limit {
            Limit::AtMost(count) => self.offset.saturating_add(count.get()),
            Limit::Unlimited => u64::MAX,
        };
        within(self.offset)..within(end)
    }

    /// The same where the page begins to count after the first `passed` of them.
    pub(crate) fn range_after(self, passed: usize, total: usize) -> std::ops::Range<usize> {
        let range = self.range(total.saturating_sub(passed));
        range.start + passed..range.end + passed
    }
}

/// The first page, of the 50 units that Rocket.Chat shows by default.
impl Default for Page {
    fn default() -> Self {
        Self::new(0, PagePolicy::default().limit(None))
    }
}

/// The settings of a workspace that decide the size of a page (SPEC §2, Page
/// policy).
///
/// ```
/// use livechat_units::{Limit, PagePolicy};
///
/// let policy = PagePolicy::default().with_max_count(30);
/// assert_eq!(Some(policy.limit(None)), Limit::at_most(30));
/// assert_eq!(Some(policy.limit(Some(7))), Limit::at_most(7));
/// assert_eq!(policy.limit(Some(0)), Limit::Unlimited);
/// assert_eq!(Some(policy.refuse_unlimited().limit(Some(0))), Limit::at_most(30));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct PagePolicy {
    default_count: NonZeroU64,
    max_count: NonZeroU64,
    everything: Everything,
}

/// What `count=0` means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Everything {
    Allowed,
    Refused,
}

impl PagePolicy {
    const DEFAULT_COUNT: NonZeroU64 = NonZeroU64::MIN.saturating_add(49);
    const MAX_COUNT: NonZeroU64 = NonZeroU64::MIN.saturating_add(99);

    /// `API_Default_Count`: the size of the page where a request asks for none, at most
    /// the maximum. A setting of 0 or less counts as 50.
    #[doc(alias = "API_Default_Count")]
    pub fn with_default_count(mut self, setting: i64) -> Self {
        self.default_count = positive_or(setting, Self::DEFAULT_COUNT);
        self
    }

    /// `API_Upper_Count_Limit`: larger counts are clamped to it, silently. A
    /// setting of 0 or less counts as 100.
    #[doc(alias = "API_Upper_Count_Limit")]
    pub fn with_max_count(mut self, setting: i64) -> Self {
        self.max_count = positive_or(setting, Self::MAX_COUNT);
        self
    }

    /// `API_Allow_Infinite_Count` on: `count=0` asks for everything.
    #[doc(alias = "API_Allow_Infinite_Count")]
    pub fn allow_unlimited(mut self) -> Self {
        self.everything = Everything::Allowed;
        self
    }

    /// `API_Allow_Infinite_Count` off: `count=0` asks for a page of default size.
    pub fn refuse_unlimited(mut self) -> Self {
        self.everything = Everything::Refused;
        self
    }

    /// The size of the page that a request with this `count` gets; `None` for a
    /// request without one.
    pub fn limit(self, count: Option<u64>) -> Limit {
        match (count.map(NonZeroU64::new), self.everything) {
            (Some(Some(count)), _) => Limit::AtMost(count.min(self.max_count)),
            (Some(None), Everything::Allowed) => Limit::Unlimited,
            (Some(None) | None, _) => Limit::AtMost(self.default_count.min(self.max_count)),
        }
    }
}

/// The defaults of Rocket.Chat: 50 a page, at most 100, everything for `count=0`.
impl Default for PagePolicy {
    fn default() -> Self {
        Self {
            default_count: Self::DEFAULT_COUNT,
            max_count: Self::MAX_COUNT,
            everything: Everything::Allowed,
        }
    }
}

fn positive_or(setting: i64, fallback: NonZeroU64) -> NonZeroU64 {
    let setting = u64::try_from(setting).ok();
    setting.and_then(NonZeroU64::new).unwrap_or(fallback)
}
