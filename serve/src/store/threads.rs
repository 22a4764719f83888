//! Threads for work that may take long or wait for a lock, so that the threads of the async
//! runtime remain free for requests.

use std::error::Error;
use std::sync::mpsc;
use std::{io, thread};

use livechat_units::{StoreError, StoreErrorKind};
use tokio::sync::oneshot;

/// Runs `work` on a thread that the runtime has for blocking work.
#[cfg(any(feature = "postgres", feature = "sqlite"))]
pub(super) async fn run_blocking<T, E>(
    work: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, E>
where
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
{
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(panicked(error).into()))
}

/// Follows a database on a thread of its own, so that reading many changes delays no request.
#[cfg(any(feature = "mongodb", feature = "postgres"))]
pub(super) fn follow(follow: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
    let runtime = tokio::runtime::Handle::current();
    follow_blocking(move || runtime.block_on(follow))
}

/// Calls the function that follows a database on a thread of its own.
#[cfg(any(feature = "mongodb", feature = "postgres", feature = "sqlite"))]
pub(super) fn follow_blocking(follow: impl FnOnce() + Send + 'static) -> io::Result<()> {
    thread::Builder::new()
        .name("mirror".to_owned())
        .spawn(follow)?;
    Ok(())
}

/// The thread that makes all changes of the memory store, one after the other.
///
/// Many allocators give each thread a region of its own. If the threads of the runtime made
/// the changes in turn, the store would spread over all regions, and a change could not reuse
/// the memory that a change on another thread has freed.
#[derive(Clone)]
pub(super) struct Writer(mpsc::Sender<Box<dyn FnOnce() + Send>>);

impl Writer {
    pub(super) fn start() -> io::Result<Self> {
        let (sender, changes) = mpsc::channel::<Box<dyn FnOnce() + Send>>();
        let make_all = move || changes.into_iter().for_each(|change| change());
        let name = "changes".to_owned();
        // The thread ends when the last sender is dropped.
        thread::Builder::new().name(name).spawn(make_all)?;
        Ok(Self(sender))
    }

    /// Makes one change on the thread, and returns its result.
    pub(super) async fn make<T, E>(
        &self,
        change: impl FnOnce() -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (sender, made) = oneshot::channel();
        let change = move || {
            // The request may have been cancelled.
            let _ = sender.send(change());
        };
        // If the thread has ended, the change is dropped with its sender, and `made` is an error.
        let _ = self.0.send(Box::new(change));
        made.await
            .unwrap_or_else(|error| Err(panicked(error).into()))
    }
}

/// The error for a change without a result: the change panicked, or an earlier one on the same
/// thread did.
fn panicked(error: impl Error + Send + Sync + 'static) -> StoreError {
    StoreError::new(StoreErrorKind::Failed, "change the units").with_source(error)
}
