//! The functions `list` for stores that block, in the tracing span of the request.

use std::sync::Arc;

use livechat_units::{StoreError, UnitPage, UnitQuery};
use livechat_units_tower::Listing;
use tracing::Span;

/// A function `list` for [`router`](crate::router) that runs on one of tokio's blocking threads.
/// It is for stores that wait for a disk or a network, and for long listings.
///
/// Cost: two switches between threads. The number of blocking threads of the runtime (512 by
/// default, see `max_blocking_threads`) bounds the number of listings that run at the same time.
/// Further listings wait. If the client closes the connection, a listing that waits is dropped.
/// A listing that runs continues to its end, and its result is dropped. A panic is passed on to
/// the request.
///
/// ```
/// use std::sync::Arc;
/// use livechat_units::{Unit, UnitQuery, UnitStore};
/// use livechat_units_axum::blocking;
///
/// let store: Arc<dyn UnitStore + Send + Sync> = Arc::new(Vec::<Unit>::new());
/// let list = blocking(move |query| store.list(query));
/// # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
/// # let page = runtime.block_on(async { list(UnitQuery::default()).await })?;
/// # assert_eq!(page.total(), 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Panics
/// The returned function panics outside of a tokio runtime. `axum::serve` runs handlers within
/// one.
pub fn blocking<F>(list: F) -> impl Fn(UnitQuery) -> Listing + Send + Sync + 'static
where
    F: Fn(&UnitQuery) -> Result<UnitPage, StoreError> + Send + Sync + 'static,
{
    let list = Arc::new(list);
    move |query| {
        let list = Arc::clone(&list);
        let span = Span::current();
        Listing::spawn(move || span.in_scope(|| list(&query)))
    }
}
