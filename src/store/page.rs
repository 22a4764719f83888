//! The result of a listing: the units of one page and the total of all matches.
//!
//! A store that has [`Unit`]s returns them in a `Vec`. A store that has JSON appends it to a
//! buffer, which begins with the head of the response body, so the body needs no copy:
//!
//! ```text
//! bytes  {"units":[{"_id":"uA",…},{"_id":"uB",…}
//! ends                          ^              ^     one offset for each unit
//! ```
//!
//! [`UnitPage::units`] parses a unit of the buffer when it yields the unit.

use crate::query::page::Page;
use crate::unit::Unit;

/// One page of a listing, made from units ([`UnitPage::new`]) or JSON ([`UnitPage::builder`]).
#[derive(Clone, Debug)]
pub struct UnitPage {
    units: Units,
    offset: u64,
    total: u64,
}

#[derive(Clone, Debug)]
enum Units {
    Parsed(Vec<Unit>),
    Joined(JoinedJson),
}

impl UnitPage {
    /// The beginning of the body of a response with status 200.
    pub(crate) const HEAD: &[u8] = br#"{"units":["#;

    /// A page of these units, in this order, out of `total` matches. The store is trusted.
    pub fn new(units: Vec<Unit>, page: Page, total: u64) -> Self {
        Self::of(Units::Parsed(units), page, total)
    }

    /// Starts an empty page for a store that has JSON, which the builder joins for the response.
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
    /// JSON if it was added with [`push_json`](UnitPageBuilder::push_json).
    ///
    /// # Panics
    /// If `push_json` was called with a text that is not the JSON of a unit.
    pub fn units(&self) -> impl ExactSizeIterator<Item = Unit> + '_ {
        let other_text =
            || unreachable!("expected the JSON of a unit from the store, found another text");
        (0..self.len()).map(move |i| self.unit(i).unwrap_or_else(other_text))
    }

    /// The last unit of this page.
    pub(crate) fn last(&self) -> Option<Unit> {
        self.unit(self.len().checked_sub(1)?)
    }

    fn unit(&self, i: usize) -> Option<Unit> {
        match &self.units {
            Units::Parsed(units) => units.get(i).cloned(),
            Units::Joined(joined) => joined.unit(i),
        }
    }

    /// The number of units of this page.
    pub fn len(&self) -> usize {
        match &self.units {
            Units::Parsed(units) => units.len(),
            Units::Joined(joined) => joined.ends.len(),
        }
    }

    /// Whether this page has no units. The [`total`](UnitPage::total) may still be larger than 0.
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
            Units::Parsed(units) => units.get(i).map(|unit| unit.as_json().as_bytes()),
            Units::Joined(joined) => joined.json_at(i),
        }
    }

    /// The buffer with [`UnitPage::HEAD`] and the JSON of the units, separated by commas.
    /// A page without a buffer is returned as the error.
    pub(crate) fn into_joined(self) -> Result<Vec<u8>, Self> {
        match self.units {
            Units::Joined(joined) => Ok(joined.bytes),
            Units::Parsed(_) => Err(self),
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

/// Builds a [`UnitPage`] from units and their JSON, in the order of the page.
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
pub struct UnitPageBuilder(JoinedJson);

impl UnitPageBuilder {
    /// A builder with memory for `units` units with `bytes` bytes of JSON in total.
    pub(super) fn with_capacity(units: usize, bytes: usize) -> Self {
        /// Bytes for the rest of the body: its text, and three numbers of 20 digits.
        const TAIL: usize = 96;
        let mut joined = Vec::with_capacity(UnitPage::HEAD.len() + bytes + units + TAIL);
        joined.extend_from_slice(UnitPage::HEAD);
        Self(JoinedJson {
            bytes: joined,
            ends: Vec::with_capacity(units),
            pushed: Vec::new(),
        })
    }

    /// Adds a unit. Cost: a copy of its JSON, and the increment of a reference count.
    pub fn push(&mut self, unit: &Unit) {
        self.0.pushed.push((self.0.ends.len(), unit.clone()));
        self.push_bytes(unit.as_json().as_bytes());
    }

    /// Adds a unit as JSON. Cost: a copy of `json`.
    ///
    /// `json` must be the [`as_json`](Unit::as_json) of the unit that [`Unit::from_json`] parses
    /// from it. The store is trusted: nothing is checked here. If other programs can write the data
    /// of a store, the store must parse each unit and call [`push`](UnitPageBuilder::push) instead.
    pub fn push_json(&mut self, json: &str) {
        self.push_bytes(json.as_bytes());
    }

    /// Adds a unit as JSON, which must be UTF-8; see [`push_json`](UnitPageBuilder::push_json).
    pub(super) fn push_bytes(&mut self, json: &[u8]) {
        let JoinedJson { bytes, ends, .. } = &mut self.0;
        if !ends.is_empty() {
            bytes.push(b',');
        }
        bytes.extend_from_slice(json);
        ends.push(bytes.len());
    }

    /// The page with the added units. `page` is what was requested, `total` counts all matches.
    pub fn build(self, page: Page, total: u64) -> UnitPage {
        UnitPage::of(Units::Joined(self.0), page, total)
    }
}

/// The JSON of the units of a page, joined to the beginning of a response body.
#[derive(Clone, Debug)]
struct JoinedJson {
    /// [`UnitPage::HEAD`] and the JSON of the units, separated by commas.
    bytes: Vec<u8>,
    /// For each unit, the offset in `bytes` at which its JSON ends.
    ends: Vec<usize>,
    /// The units that were added by `push`, with their indexes on the page, ascending. They
    /// are not parsed from `bytes`, because plain JSON does not preserve all types.
    pushed: Vec<(usize, Unit)>,
}

impl JoinedJson {
    fn unit(&self, i: usize) -> Option<Unit> {
        let found = self.pushed.binary_search_by_key(&i, |(index, _)| *index);
        if let Some((_, unit)) = found.ok().and_then(|at| self.pushed.get(at)) {
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
