//! Pages, and the policy that determines their limit (SPEC §2, Page policy).

use std::num::NonZeroU64;

/// A page of a listing: the number of matches to skip, and the maximum number to list.
///
/// ```
/// use livechat_units::{Limit, Page};
///
/// let page = Page::new(100, Limit::at_most(50).unwrap());
/// assert_eq!(page.range(120), 100..120);
/// assert_eq!(page.range(7), 7..7);
/// assert_eq!(Some(Page::default().limit()), Limit::at_most(50));
/// ```
#[doc(alias = "pagination")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Page {
    offset: u64,
    limit: Limit,
}

/// The maximum number of units of a page.
#[doc(alias = "page size")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(clippy::exhaustive_enums, reason = "there are no other limits")]
pub enum Limit {
    /// At most this many units.
    AtMost(NonZeroU64),
    /// All units after the offset (`count=0`).
    Unlimited,
}

impl Limit {
    /// A limit of `count` units; `None` if `count` is 0.
    pub const fn at_most(count: u64) -> Option<Self> {
        match NonZeroU64::new(count) {
            Some(count) => Some(Self::AtMost(count)),
            None => None,
        }
    }
}

impl Page {
    /// The largest `offset` and `count` of a request: 2^53 - 1, JavaScript's
    /// `Number.MAX_SAFE_INTEGER`.
    pub const MAX_REQUESTED: u64 = (1 << 53) - 1;

    /// The page that skips `offset` matches and lists as many as `limit` allows.
    pub const fn new(offset: u64, limit: Limit) -> Self {
        Self { offset, limit }
    }

    /// The number of matches to skip.
    #[doc(alias = "skip")]
    pub const fn offset(self) -> u64 {
        self.offset
    }

    /// The maximum number of units to list.
    pub const fn limit(self) -> Limit {
        self.limit
    }

    /// The range of this page in a list of `total` matches. It lies within `0..total`, and
    /// is empty if the offset is past the end.
    pub fn range(self, total: usize) -> std::ops::Range<usize> {
        let clamp = |at: u64| usize::try_from(at).map_or(total, |at| at.min(total));
        let end = match self.limit {
            Limit::AtMost(count) => self.offset.saturating_add(count.get()),
            Limit::Unlimited => u64::MAX,
        };
        clamp(self.offset)..clamp(end)
    }

    /// The range of this page in `total` matches, if `passed` of them lie at or before the cursor.
    pub(crate) fn range_after(self, passed: usize, total: usize) -> std::ops::Range<usize> {
        let range = self.range(total.saturating_sub(passed));
        range.start + passed..range.end + passed
    }
}

/// The first page, with the default limit of Rocket.Chat, 50 units.
impl Default for Page {
    fn default() -> Self {
        Self::new(0, PagePolicy::default().limit(None))
    }
}

/// The settings of a workspace that determine the limit of a page (SPEC §2, Page policy).
///
/// The default is Rocket.Chat's: 50 units, at most 100, and an unlimited page for `count=0`.
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
    /// Whether `count=0` requests an unlimited page.
    allows_unlimited: bool,
}

impl PagePolicy {
    /// The default of Rocket.Chat's setting `API_Default_Count`: 50 units.
    const DEFAULT_COUNT: NonZeroU64 = NonZeroU64::MIN.saturating_add(49);
    /// The default of Rocket.Chat's setting `API_Upper_Count_Limit`: 100 units.
    const MAX_COUNT: NonZeroU64 = NonZeroU64::MIN.saturating_add(99);

    /// Sets `API_Default_Count`: the limit, in units, for a request without `count`. The
    /// maximum count clamps it. A setting of 0 or less counts as 50.
    #[doc(alias = "API_Default_Count")]
    pub fn with_default_count(mut self, setting: i64) -> Self {
        self.default_count = positive_or(setting, Self::DEFAULT_COUNT);
        self
    }

    /// Sets `API_Upper_Count_Limit`: the maximum count, in units. A larger `count` is
    /// clamped to it without an error. A setting of 0 or less counts as 100.
    #[doc(alias = "API_Upper_Count_Limit")]
    pub fn with_max_count(mut self, setting: i64) -> Self {
        self.max_count = positive_or(setting, Self::MAX_COUNT);
        self
    }

    /// Turns `API_Allow_Infinite_Count` on: `count=0` requests an unlimited page.
    #[doc(alias = "API_Allow_Infinite_Count")]
    pub fn allow_unlimited(mut self) -> Self {
        self.allows_unlimited = true;
        self
    }

    /// Turns `API_Allow_Infinite_Count` off: `count=0` requests a page of the default count.
    pub fn refuse_unlimited(mut self) -> Self {
        self.allows_unlimited = false;
        self
    }

    /// The limit for a request with this `count`; `None` is a request without `count`.
    pub fn limit(self, count: Option<u64>) -> Limit {
        if count == Some(0) && self.allows_unlimited {
            return Limit::Unlimited;
        }
        let count = count.and_then(NonZeroU64::new);
        Limit::AtMost(count.unwrap_or(self.default_count).min(self.max_count))
    }
}

impl Default for PagePolicy {
    fn default() -> Self {
        Self {
            default_count: Self::DEFAULT_COUNT,
            max_count: Self::MAX_COUNT,
            allows_unlimited: true,
        }
    }
}

/// `setting`, or `fallback` if `setting` is 0 or less.
fn positive_or(setting: i64, fallback: NonZeroU64) -> NonZeroU64 {
    let setting = u64::try_from(setting).ok();
    setting.and_then(NonZeroU64::new).unwrap_or(fallback)
}
