//! Stores: the trait [`UnitStore`], its result [`UnitPage`] and its error [`StoreError`], and
//! two stores: `slice`, the reference, and `memory`, which has indexes.

mod error;
mod memory;
mod page;
mod pages;
mod slice;
mod written;

use std::sync::Arc;

pub use self::error::{QueryPart, StoreError, StoreErrorKind, Unsupported};
pub use self::memory::{Explain, MemoryStore, PreparedUpsert};
pub use self::page::{UnitPage, UnitPageBuilder};
pub use self::pages::Pages;
pub use self::written::Written;
use crate::query::UnitQuery;

/// A collection of units that answers queries.
///
/// `[Unit]` is the reference implementation: it filters, sorts and slices. Its answers
/// define the answers of every other store.
///
/// The trait is blocking and object-safe. It does not require `Send` or `Sync`. An async store
/// has an async method of the same shape instead. The host calls it between
/// [`Endpoint::begin`](crate::Endpoint::begin) and [`Pending::finish`](crate::Pending::finish).
///
/// * Order: a store orders matches by [`SortKey`](crate::SortKey). No two units with different
///   ids have equal sort keys, so a query has one result. The listing begins after the position
///   of the query's [`Cursor`](crate::Cursor). Matches up to it are not listed, but counted.
/// * Total: [`UnitPage::total`] is the exact number of matches of scope and text, whatever the
///   page and the cursor. Documents that are not units
///   ([`Unit::is_unit`](crate::Unit::is_unit)) are neither listed nor counted.
/// * Consistency: the page and the total describe one state of the data. The documentation of a
///   store says so if the store cannot guarantee this.
/// * Errors: a store answers exactly or fails. If it cannot serve a part of the query, it fails
///   with an [`Unsupported`] that names the part.
///
/// The documentation of the [crate](crate#a-store-of-your-own) has an example.
#[doc(alias("backend", "repository"))]
pub trait UnitStore {
    /// Lists the page of matches that `query` specifies, and counts all matches.
    ///
    /// # Errors
    /// [`StoreErrorKind`] lists the kinds of failure.
    fn list(&self, query: &UnitQuery) -> Result<UnitPage, StoreError>;
}

/// Implements [`UnitStore`] for pointers to stores.
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
