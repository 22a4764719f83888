//! The functions `list` for stores that are not async.

use std::future::{Ready, ready};

use livechat_units::{StoreError, UnitPage, UnitQuery};

/// A function `list` for [`UnitsService`](crate::UnitsService) that runs on the thread of the
/// request. It is for stores in memory, where a page takes microseconds.
///
/// A slow listing blocks all other requests of that thread. Examples are an unlimited page of a
/// million units, and a sort order without an index. If clients may send such requests, use
/// `blocking` (feature `tokio`), or the threads of another runtime as the
/// [crate's documentation](crate#the-function-list) shows.
///
/// A store that changes needs a lock:
///
/// ```
/// use std::sync::{Arc, RwLock};
/// use livechat_units::{MemoryStore, StoreError, StoreErrorKind, UnitStore};
/// use livechat_units_tower::inline;
///
/// let units = Arc::new(RwLock::new(MemoryStore::new()));
/// let shared = Arc::clone(&units);
/// let list = inline(move |query| match shared.read() {
///     Ok(units) => units.list(query),
///     // A write panicked, so the indexes may be inconsistent.
///     Err(_) => Err(StoreError::new(StoreErrorKind::Corrupt, "read the units")),
/// });
/// # let _ = list(livechat_units::UnitQuery::default());
/// ```
pub fn inline<F>(
    list: F,
) -> impl Fn(UnitQuery) -> Ready<Result<UnitPage, StoreError>> + Send + Sync + 'static
where
    F: Fn(&UnitQuery) -> Result<UnitPage, StoreError> + Send + Sync + 'static,
{
    move |query| ready(list(&query))
}
