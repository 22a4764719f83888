//! What a store of units is.

mod error;
mod slice;

use std::sync::Arc;

pub use self::error::{StoreError, StoreErrorKind};
use crate::query::UnitQuery;
use crate::query::page::Page;
use crate::unit::Unit;

/// A collection of units that can be listed.
///
/// `[Unit]` is the reference: filter, sort, slice. Its answers define what every
/// other store has to answer. The trait is blocking and object-safe, and asks for
/// neither `Send` nor `Sync`: write `dyn UnitStore + Send + Sync` where they are
/// needed. An async store needs no trait; it has a method of this shape, and the
/// host runs it between [`Endpoint::begin`](crate::Endpoint::begin) and
/// [`Pending::finish`](crate::Pending::finish).
///
/// # Order
///
/// Matches are ordered by [`SortKey`](crate::SortKey), which leaves no ties between
/// different ids. So a page means the same on every run and every store.
///
/// # Total
///
/// [`UnitPage::total`] counts all matches of scope and text, exactly, whatever the
/// page. Documents that are not units ([`Unit::is_unit`]) are never listed, counted
/// or matched.
///
/// # Consistency
///
/// Page and total describe one state of the data. A store that cannot promise it
/// says so in its documentation.
///
/// # Errors
///
/// A store answers exactly or fails. It never ignores a part of the query; what it
/// cannot serve it refuses with an error that names the part.
///
/// ```
/// use livechat_units::{Unit, UnitQuery, UnitStore};
///
/// let units = [
///     Unit::builder("b").name("Support").build()?,
///     Unit::builder("a").name("Sales").build()?,
/// ];
/// let page = units.list(&UnitQuery::default())?;
/// assert_eq!(page.total(), 2);
/// assert_eq!(page.units().next().unwrap().name(), Some("Sales"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait UnitStore {
    /// The page of matches that `query` asks for, and how many matches there are.
    ///
    /// # Errors
    /// See the trait's documentation. Which kind becomes which answer is told at
    /// [`StoreErrorKind`].
    fn list(&self, query: &UnitQuery) -> Result<UnitPage, StoreError>;
}

/// One page of a listing.
#[derive(Clone, Debug)]
pub struct UnitPage {
    units: Vec<Unit>,
    offset: u64,
    total: u64,
}

impl UnitPage {
    /// The units of `page`, in their order, out of `total` matches.
    pub fn new(units: Vec<Unit>, page: Page, total: u64) -> Self {
        Self {
            units,
            offset: page.offset(),
            total,
        }
    }

    /// The units of this page, in their order. Each clone is a reference count.
    pub fn units(&self) -> impl ExactSizeIterator<Item = Unit> + '_ {
        self.units.iter().cloned()
    }

    /// How many units this page has.
    pub fn len(&self) -> usize {
        self.units.len()
    }

    /// Whether this page has no unit; there may be others.
    pub fn is_empty(&self) -> bool {
        self.units.is_empty()
    }

    /// The matches that were skipped, as asked for.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// The number of all matches.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The JSON of each unit.
    pub(crate) fn json(&self) -> impl Iterator<Item = &str> {
        self.units.iter().map(Unit::as_json)
    }

    /// The JSON of the unit at this place of the page.
    pub(crate) fn json_at(&self, place: usize) -> Option<&str> {
        self.units.get(place).map(Unit::as_json)
    }
}

/// Equal when they are answered alike.
impl PartialEq for UnitPage {
    fn eq(&self, other: &Self) -> bool {
        (self.offset, self.total) == (other.offset, other.total) && self.json().eq(other.json())
    }
}

impl Eq for UnitPage {}

macro_rules! forward {
    ($($pointer:ty),*) => {$(
        impl<S: UnitStore + ?Sized> UnitStore for $pointer {
            fn list(&self, query: &UnitQuery) -> Result<UnitPage, StoreError> {
                (**self).list(query)
            }
        }
    )*};
}

forward!(&S, Box<S>, Arc<S>);
