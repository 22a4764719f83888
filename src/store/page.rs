//! The result of a listing: the units of one page and the total of all matches.
//!
//! A [`UnitPage`] has one of two forms. A store of [`Unit`]s returns them as a `Vec`. A
//! store of JSON appends the JSON of each unit to a buffer, which begins with the head of
//! the response body, so that the body needs no copy:
//!
//! ```text
//! bytes  {"units":[{"_id":"uA",…},{"_id":"uB",…}
//! ends                          ^              ^     one offset a unit
//! ```
//!
//! A page of the second form parses a [`Unit`] when [`UnitPage::units`] yields it.

use crate::query::page::Page;
use crate::unit::Unit;

/// One page of a listing.
///
/// ```
/// use livechat_units::{Limit, Page, Unit, UnitPage};
///
/// // A store has read these rows and this count from a database:
/// let rows = vec![Unit::builder("uB").name("Support").build()?];
/// let page = UnitPage::new(rows, Page::new(1, Limit::at_most(1).unwrap()), 3);
///
/// assert_eq!((page.offset(), page.len(), page.total()), (1, 1, 3));
/// for unit in page.units() {
///     assert_eq!(unit.name(), Some("Support"));
/// }
/// # Ok::<(), livechat_units::UnitError>(())
/// ```
#[derive(Clone, Debug)]
pub struct UnitPage {
    units: Units,
    offset: u64,
    total: u64,
}

#[derive(Clone, Debug)]
enum Units {
    Values(Vec<Unit>),
    Joined(JoinedUnits),
}

impl UnitPage {
    /// The beginning of the body of a 200.
    pub(crate) const HEAD: &[u8] = br#"{"units":["#;

    /// A page of these units, in this order, out of `total` matches. The store is trusted:
    /// nothing is checked here.
    pub fn new(units: Vec<Unit>, page: Page, total: u64) -> Self {
        Self::of(Units::Values(units), page, total)
    }

    /// Starts a page of units that a store has as JSON. The builder joins the JSON for the
    /// body of the response, and [`units`](UnitPage::units) parses a unit only when the
    /// iterator yields it.
    pub fn builder() -> UnitPageBuilder {
        UnitPageBuilder::with_capacity(0, 0)
    }

    fn of(units: Units, page: Page, total: u64) -> Self {
        Self {
            units,
            offset: page.offset(),
            total,
        }
    }

    /// The units of this page in order. Each costs a reference count, or the parsing of its
    /// JSON if the page was built with [`push_json`](UnitPageBuilder::push_json).
    ///
    /// # Panics
    /// If [`UnitPageBuilder::push_json`] was called with a text that is not the JSON of a
    /// unit.
    pub fn units(&self) -> impl ExactSizeIterator<Item = Unit> + '_ {
        (0..self.len()).map(|i| {
            self.unit(i).unwrap_or_else(|| {
                unreachable!("expected the JSON of a unit from the store, found another text")
            })
        })
    }

    /// The last unit of this page.
    pub(crate) fn last(&self) -> Option<Unit> {
        self.unit(self.len().checked_sub(1)?)
    }

    fn unit(&self, i: usize) -> Option<Unit> {
        match &self.units {
            Units::Values(units) => units.get(i).cloned(),
            Units::Joined(joined) => joined.unit(i),
        }
    }

    /// The number of units of this page.
    pub fn len(&self) -> usize {
        match &self.units {
            Units::Values(units) => units.len(),
            Units::Joined(joined) => joined.ends.len(),
        }
    }

    /// Whether this page has no units. The [`total`](UnitPage::total) may still be larger
    /// than 0.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The requested offset: the number of matches to skip from the beginning of the
    /// order, or from the cursor if the query has one.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// The number of all matches, including those before the cursor.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The JSON of each unit in order.
    pub(crate) fn json(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.len()).filter_map(|i| self.json_at(i))
    }

    /// The JSON of the `i`-th unit, counted from 0.
    pub(crate) fn json_at(&self, i: usize) -> Option<&[u8]> {
        match &self.units {
            Units::Values(units) => units.get(i).map(|unit| unit.as_json().as_bytes()),
            Units::Joined(joined) => joined.json_at(i),
        }
    }

    /// The buffer with [`UnitPage::HEAD`] and the JSON of the units, separated by commas.
    /// Returns the page itself if it was made of units.
    pub(crate) fn into_joined(self) -> Result<Vec<u8>, Self> {
        match self.units {
            Units::Joined(joined) => Ok(joined.bytes),
            Units::Values(_) => Err(self),
        }
    }
}

/// Pages are equal if their responses are equal: the same JSON of units, offset and total.
impl PartialEq for UnitPage {
    fn eq(&self, other: &Self) -> bool {
        (self.offset, self.total) == (other.offset, other.total) && self.json().eq(other.json())
    }
}

impl Eq for UnitPage {}

/// Builds a [`UnitPage`] from units and their JSON, in the order of the page; see
/// [`UnitPage::builder`].
///
/// ```
/// use livechat_units::{Page, Unit, UnitPage};
///
/// let unit = Unit::builder("uA").name("Sales").build()?;
/// let stored = unit.as_json().to_owned();
///
/// let mut page = UnitPage::builder();
/// page.push_json(&stored);
/// page.push(&Unit::builder("uB").name("Support").build()?);
/// let page = page.build(Page::default(), 2);
/// assert_eq!(page.units().next(), Some(unit));
/// # Ok::<(), livechat_units::UnitError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `build`"]
pub struct UnitPageBuilder(JoinedUnits);

impl UnitPageBuilder {
    /// A builder with memory for `units` units with `bytes` bytes of JSON in total.
    pub(super) fn with_capacity(units: usize, bytes: usize) -> Self {
        /// Bytes for the rest of the body: its text, and three numbers of 20 digits.
        const TAIL: usize = 96;
        let mut joined = Vec::with_capacity(UnitPage::HEAD.len() + bytes + units + TAIL);
        joined.extend_from_slice(UnitPage::HEAD);
        Self(JoinedUnits {
            bytes: joined,
            ends: Vec::with_capacity(units),
            values: Vec::new(),
        })
    }

    /// Adds a unit. Cost: a copy of its JSON, and a reference count.
    pub fn push(&mut self, unit: &Unit) {
        self.0.values.push((self.0.ends.len(), unit.clone()));
        self.push_bytes(unit.as_json().as_bytes());
    }

    /// Adds a unit as JSON. Cost: a copy of `json`.
    ///
    /// [`Unit::from_json`] must read a unit from `json` whose
    /// [`as_json`](Unit::as_json) is `json`. The store is trusted: nothing is checked here.
    /// A store whose data others can write parses the unit and calls
    /// [`push`](UnitPageBuilder::push) instead.
    pub fn push_json(&mut self, json: &str) {
        self.push_bytes(json.as_bytes());
    }

    /// Adds a unit as JSON, which must be UTF-8; see
    /// [`push_json`](UnitPageBuilder::push_json).
    pub(super) fn push_bytes(&mut self, json: &[u8]) {
        let JoinedUnits { bytes, ends, .. } = &mut self.0;
        if !ends.is_empty() {
            bytes.push(b',');
        }
        bytes.extend_from_slice(json);
        ends.push(bytes.len());
    }

    /// Builds `page` of the units that were added, out of `total` matches.
    pub fn build(self, page: Page, total: u64) -> UnitPage {
        UnitPage::of(Units::Joined(self.0), page, total)
    }
}

/// The units of a page as the beginning of a body.
#[derive(Clone, Debug)]
struct JoinedUnits {
    /// [`UnitPage::HEAD`] and the JSON of the units, separated by commas.
    bytes: Vec<u8>,
    /// For each unit, the offset in `bytes` at which its JSON ends.
    ends: Vec<usize>,
    /// The units that were added by `push`, with their numbers in the page, ascending. Such
    /// a unit cannot be parsed from `bytes` if its plain JSON loses a type.
    values: Vec<(usize, Unit)>,
}

impl JoinedUnits {
    fn unit(&self, i: usize) -> Option<Unit> {
        let found = self.values.binary_search_by_key(&i, |(number, _)| *number);
        if let Some((_, unit)) = found.ok().and_then(|at| self.values.get(at)) {
            return Some(unit.clone());
        }
        let json = std::str::from_utf8(self.json_at(i)?).ok()?;
        Unit::from_json(json).ok()
    }

    fn json_at(&self, i: usize) -> Option<&[u8]> {
        let start = match i.checked_sub(1) {
            Some(previous) => self.ends.get(previous)? + 1,
            None => UnitPage::HEAD.len(),
        };
        self.bytes.get(start..*self.ends.get(i)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_the_pushed_units_in_order() {
        let unit = |id: &str| Unit::builder(id).name("Sales").build().unwrap();
        let mut page = UnitPage::builder();
        assert!(page.clone().build(Page::default(), 0).is_empty());
        page.push_json(unit("a").as_json());
        page.push(&unit("b"));
        page.push_json(unit("c").as_json());
        let page = page.build(Page::default(), 3);
        assert!(!page.is_empty());
        assert!(page.units().eq(["a", "b", "c"].map(unit)));
        let json = page.json().map(<[u8]>::to_vec);
        assert!(json.eq(["a", "b", "c"].map(|id| unit(id).as_json().as_bytes().to_vec())));
    }
}
