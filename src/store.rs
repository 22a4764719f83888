//! What a store of units is.

mod error;
mod memory;
mod page;
mod slice;

use std::sync::Arc;

pub use self::error::{QueryPart, StoreError, StoreErrorKind, Unsupported};
pub use self::memory::{Explain, MemoryStore};
pub use self::page::{UnitPage, UnitPageBuilder};
use crate::query::UnitQuery;

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
/// different ids. So a page means the same on every run and every store. Matches up to
/// the query's [`Cursor`](crate::Cursor) are passed over, and counted all the same.
///
/// # Total
///
/// [`UnitPage::total`] counts all matches of scope and text, exactly, whatever the
/// page. Documents that are not units ([`Unit::is_unit`](crate::Unit::is_unit)) are
/// never listed, counted or matched.
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
#[doc(alias("backend", "repository"))]
pub trait UnitStore {
    /// The page of matches that `query` asks for, and how many matches there are.
    ///
    /// # Errors
    /// See the trait's documentation. Which kind becomes which answer is told at
    /// [`StoreErrorKind`].
    fn list(&self, query: &UnitQuery) -> Result<UnitPage, StoreError>;
}

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
