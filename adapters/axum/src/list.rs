//! From a store that does not await to a `list` that does.

use std::future::{Future, Ready, ready};
use std::panic::resume_unwind;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use livechat_units::{StoreError, StoreErrorKind, UnitPage, UnitQuery};
use tokio::task::JoinHandle;
use tracing::Span;

/// A `list` for [`router`](crate::router) that answers on the thread that asks: for
/// stores in memory, whose pages take microseconds.
///
/// What takes longer holds up every other request of that thread: a page of everything,
/// of a million units, say, or a sort that no index serves. Where clients may ask for
/// that, take [`blocking`]. A live store is behind a lock:
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
///     // A panic in the middle of a write: nobody knows what the indexes say.
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

/// A `list` for [`router`](crate::router) that runs on one of tokio's threads for work
/// that blocks: for stores that wait for a disk or a network, and for long listings.
///
/// It costs two switches between threads. As many listings run at once as the runtime has
/// such threads (512 unless it is told otherwise); the others wait. When the client goes
/// away, a listing that has not begun is dropped, and one that has runs to its end,
/// unseen. A panic is passed on to the request.
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
/// The function that is returned must be called within a tokio runtime, as the handlers
/// of `axum::serve` are.
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

/// A listing on a thread of its own; see [`blocking`].
///
/// A store that blocks cannot be interrupted, but the request need not wait for it:
///
/// ```
/// use std::time::Duration;
/// use livechat_units::{StoreError, StoreErrorKind, Unit, UnitQuery, UnitStore};
/// use livechat_units_axum::blocking;
/// use tokio::time::timeout;
///
/// let on_a_thread = blocking(|query| Vec::<Unit>::new().list(query));
/// let list = move |query: UnitQuery| {
///     let listing = timeout(Duration::from_secs(5), on_a_thread(query));
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
