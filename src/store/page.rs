//! What a store answers: the units of one page, and how many there are in all.

use crate::query::page::Page;
use crate::unit::Unit;

/// One page of a listing.
///
/// ```
/// use livechat_units::{Limit, Page, Unit, UnitPage};
///
/// // What a store makes of the rows and the count that its database gave:
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
    Listed(Vec<Unit>),
    Written(Written),
}

impl UnitPage {
    /// What a body begins with. A written page has it in front already, so that the
    /// body is made of it without a copy.
    pub(crate) const HEAD: &[u8] = br#"{"units":["#;

    /// The units of `page`, in their order, out of `total` matches. That they are these is
    /// the store's promise; it is not checked.
    pub fn new(units: Vec<Unit>, page: Page, total: u64) -> Self {
        Self::of(Units::Listed(units), page, total)
    }

    /// Starts a page of units that a store has as JSON: the body is joined as they come,
    /// and a unit is read from its JSON only when somebody asks for
    /// [`units`](UnitPage::units).
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

    /// The units of this page, in their order. Where the store holds units, each is a
    /// clone, which costs a reference count; where it holds JSON, each is read from it as
    /// it is taken.
    ///
    /// # Panics
    /// When the page was [built](UnitPageBuilder::push_json) of what is no unit's JSON.
    pub fn units(&self) -> impl ExactSizeIterator<Item = Unit> + '_ {
        (0..self.len()).map(|place| {
            self.unit(place)
                .unwrap_or_else(|| unreachable!("a store lists what was a unit before"))
        })
    }

    /// The last unit of this page.
    pub(crate) fn last(&self) -> Option<Unit> {
        self.unit(self.len().checked_sub(1)?)
    }

    fn unit(&self, place: usize) -> Option<Unit> {
        match &self.units {
            Units::Listed(units) => units.get(place).cloned(),
            Units::Written(written) => written.unit(place),
        }
    }

    /// How many units this page has.
    pub fn len(&self) -> usize {
        match &self.units {
            Units::Listed(units) => units.len(),
            Units::Written(written) => written.ends.len(),
        }
    }

    /// Whether this page has no unit; there may be others.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The matches that were skipped, as asked for; behind the cursor, where the query has
    /// one.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// The number of all matches, those before a cursor included.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The JSON of each unit.
    pub(crate) fn json(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.len()).filter_map(|place| self.json_at(place))
    }

    /// The JSON of the unit at this place of the page.
    pub(crate) fn json_at(&self, place: usize) -> Option<&[u8]> {
        match &self.units {
            Units::Listed(units) => units.get(place).map(|unit| unit.as_json().as_bytes()),
            Units::Written(written) => written.json_at(place),
        }
    }

    /// [`UnitPage::HEAD`] and the JSON of the units with commas between them, if the
    /// store has joined it; else the page.
    pub(crate) fn into_joined(self) -> Result<Vec<u8>, Self> {
        match self.units {
            Units::Written(written) => Ok(written.joined),
            Units::Listed(_) => Err(self),
        }
    }
}

/// Equal when they are answered alike.
impl PartialEq for UnitPage {
    fn eq(&self, other: &Self) -> bool {
        (self.offset, self.total) == (other.offset, other.total) && self.json().eq(other.json())
    }
}

impl Eq for UnitPage {}

/// Puts a [`UnitPage`] together of units in their order; see [`UnitPage::builder`].
///
/// ```
/// use livechat_units::{Page, Unit, UnitPage};
///
/// let unit = Unit::builder("uA").name("Sales").build()?;
/// let kept = unit.as_json().to_owned();
///
/// let mut page = UnitPage::builder();
/// page.push_json(&kept);
/// page.push(&Unit::builder("uB").name("Support").build()?);
/// let page = page.build(Page::default(), 2);
/// assert_eq!(page.units().next(), Some(unit));
/// # Ok::<(), livechat_units::UnitError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "the page is made by `build`"]
pub struct UnitPageBuilder(Written);

impl UnitPageBuilder {
    /// For so many units of so many bytes together.
    pub(super) fn with_capacity(units: usize, bytes: usize) -> Self {
        // And the end of the body.
        const TAIL: usize = 96;
        let mut joined = Vec::with_capacity(UnitPage::HEAD.len() + bytes + units + TAIL);
        joined.extend_from_slice(UnitPage::HEAD);
        Self(Written {
            joined,
            ends: Vec::with_capacity(units),
            kept: Vec::new(),
        })
    }

    /// Adds a unit.
    pub fn push(&mut self, unit: &Unit) {
        self.0.kept.push((self.0.ends.len(), unit.clone()));
        self.push_bytes(unit.as_json().as_bytes());
    }

    /// Adds the unit that [`Unit::from_json`] reads from `json`, which must be what
    /// [`as_json`](Unit::as_json) of that unit has written. It is not looked at here: a
    /// store that cannot be sure of it, because others can write where it keeps it, say,
    /// reads the unit and adds that.
    pub fn push_json(&mut self, json: &str) {
        self.push_bytes(json.as_bytes());
    }

    pub(super) fn push_bytes(&mut self, json: &[u8]) {
        let Written { joined, ends, .. } = &mut self.0;
        if !ends.is_empty() {
            joined.push(b',');
        }
        joined.extend_from_slice(json);
        ends.push(joined.len());
    }

    /// The units that were added are those of `page`, out of `total` matches.
    pub fn build(self, page: Page, total: u64) -> UnitPage {
        UnitPage::of(Units::Written(self.0), page, total)
    }
}

/// The units of a page as the beginning of a body.
#[derive(Clone, Debug)]
struct Written {
    joined: Vec<u8>,
    /// Where the JSON of each unit ends.
    ends: Vec<usize>,
    /// By place: units that their JSON cannot give back.
    kept: Vec<(usize, Unit)>,
}

impl Written {
    fn unit(&self, place: usize) -> Option<Unit> {
        let kept = self.kept.binary_search_by_key(&place, |(place, _)| *place);
        if let Some((_, unit)) = kept.ok().and_then(|at| self.kept.get(at)) {
            return Some(unit.clone());
        }
        let json = std::str::from_utf8(self.json_at(place)?).ok()?;
        Unit::from_json(json).ok()
    }

    fn json_at(&self, place: usize) -> Option<&[u8]> {
        let from = match place.checked_sub(1) {
            Some(before) => self.ends.get(before)? + 1,
            None => UnitPage::HEAD.len(),
        };
        self.joined.get(from..*self.ends.get(place)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_the_units_that_were_pushed() {
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
