//! Listings on the threads of tokio that are for blocking work.

use std::panic::resume_unwind;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use livechat_units::{StoreError, StoreErrorKind, UnitPage, UnitQuery};
use tokio::task::JoinHandle;

/// A function `list` for [`UnitsService`](crate::UnitsService) that runs on one of tokio's
/// blocking threads. It is for stores that wait for a disk or a network, and for long
/// listings.
///
/// Needs the feature `tokio`.
///
/// Cost: two switches between threads. The number of blocking threads of the runtime (512 by
/// default, see `max_blocking_threads`) bounds the number of listings that run at the same
/// time. Further listings wait. [`Listing`] describes what happens to a listing whose request
/// ends.
///
/// ```
/// use std::sync::Arc;
/// use livechat_units::{Unit, UnitQuery, UnitStore};
/// use livechat_units_tower::blocking;
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
/// The returned function panics outside of a tokio runtime.
pub fn blocking<F>(list: F) -> impl Fn(UnitQuery) -> Listing + Send + Sync + 'static
where
    F: Fn(&UnitQuery) -> Result<UnitPage, StoreError> + Send + Sync + 'static,
{
    let list = Arc::new(list);
    move |query| {
        let list = Arc::clone(&list);
        Listing::spawn(move || list(&query))
    }
}

/// The future of a listing that runs on one of tokio's blocking threads. Needs the feature
/// `tokio`.
///
/// If it is dropped, as when the client closes the connection, a listing that waits for a
/// thread is dropped. A listing that runs continues to its end, and its result is dropped. A
/// panic of the listing is passed on to the task that polls the future. If the runtime shuts
/// down, the result is a [`StoreErrorKind::Unavailable`].
///
/// A store that blocks cannot be interrupted. A timeout ends the wait of the request:
///
/// ```
/// use std::time::Duration;
/// use livechat_units::{StoreError, StoreErrorKind, Unit, UnitQuery, UnitStore};
/// use livechat_units_tower::blocking;
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

impl Listing {
    /// Starts a listing on a blocking thread. It is for a function `list` that does more than
    /// [`blocking`], for example one that enters a tracing span on the thread.
    ///
    /// # Panics
    /// Panics outside of a tokio runtime.
    pub fn spawn<F>(list: F) -> Self
    where
        F: FnOnce() -> Result<UnitPage, StoreError> + Send + 'static,
    {
        Self(tokio::task::spawn_blocking(list))
    }
}

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
