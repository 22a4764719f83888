//! The functions `list` for stores that are not async.

use std::future::{Future, Ready, ready};
use std::panic::resume_unwind;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use livechat_units::{StoreError, StoreErrorKind, UnitPage, UnitQuery};
use tokio::task::JoinHandle;
use tracing::Span;

/// A function `list` for [`router`](crate::router) that runs on the thread of the request. It is
/// for stores in memory, where a page takes microseconds.
///
/// A slow listing blocks all other requests of that thread. Examples are an unlimited page of a
/// million units, and a sort order without an index. If clients may send such requests, use
/// [`blocking`].
///
/// A store that changes needs a lock:
///
/// ```
/// use std::sync::{Arc, RwLock};
/// use livechat_units::{MemoryStore, StoreError, StoreErrorKind, UnitStore};
/// use livechat_units_axum::inline;
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
        let task = move || span.in_scope(|| list(&query));
        Listing(tokio::task::spawn_blocking(task))
    }
}

/// The future of a listing that runs on a blocking thread, see [`blocking`].
///
/// A store that blocks cannot be interrupted. A timeout ends the wait of the request:
///
/// ```
/// use std::time::Duration;
/// use livechat_units::{StoreError, StoreErrorKind, Unit, UnitQuery, UnitStore};
/// use livechat_units_axum::blocking;
/// use tokio::time::timeout;
///
/// let list_on_thread = blocking(|query| Vec::<Unit>::new().list(query));
/// let list = move |query: UnitQuery| {
///     let listing = timeout(Duration::from_secs(5), list_on_thread(query));
///     async {
///         let too_late = |_| Err(StoreError::new(StoreErrorKind::Timeout, "list units"));
///         listing.await.unwrap_or_else(too_late)
///     }
/// };
/// # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
/// # let page = runtime.block_on(async { list(UnitQuery::default()).await })?;
/// # assert_eq!(page.total(), 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use = "a listing that is dropped may never begin"]
pub struct Listing(JoinHandle<Result<UnitPage, StoreError>>);

impl Future for Listing {
    type Output = Result<UnitPage, StoreError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(context).map(|joined| {
            joined.unwrap_or_else(|error| match error.try_into_panic() {
                Ok(panic) => resume_unwind(panic),
                // The runtime is shutting down.
                Err(error) => {
                    Err(StoreError::new(StoreErrorKind::Unavailable, "list units")
                        .with_source(error))
                }
            })
        })
    }
}

impl Drop for Listing {
    fn drop(&mut self) {
        self.0.abort();
    }
}
