//! The mirror: its public face.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use event_listener::Listener;
use livechat_units::{Explain, StoreError, Unit, UnitPage, UnitQuery, UnitStore};

use crate::error::{CAUGHT_UP, EXPLAIN, GET, LIST, Problem, READY};
use crate::shared::{Shared, State};
use crate::status::{Phase, Status};

/// A `MemoryStore` that follows a source by itself. [`MirrorOptions`](crate::MirrorOptions) makes
/// one; the [crate](crate) has examples.
///
/// A clone is another handle of the same mirror. A listing waits neither for the network nor for a
/// disk. It waits while at most 32 changes are applied, which takes some milliseconds, or as long as
/// a load where a write of [`MemoryStore`](livechat_units::MemoryStore) says so; and, while changes
/// wait to be applied, for a listing that sorts.
///
/// # Errors
///
/// | kind | when |
/// |---|---|
/// | `Unavailable` | there is no state yet, or the state is older than [the bound](crate::MirrorOptions::with_max_staleness). Its [`source`](std::error::Error::source) is the error of the last round, if that round failed. Also if nothing follows the source any more |
/// | `Timeout` | the mirror was not ready, or had not caught up, within the time of the call |
/// | `Corrupt` | the mirror has panicked while it changed the state |
/// | others | those of a [`MemoryStore`](livechat_units::MemoryStore) |
#[derive(Clone)]
#[doc(alias("replica", "cache"))]
pub struct Mirror {
    handle: Arc<Handle>,
}

/// Ends the follower when the last mirror is dropped.
struct Handle {
    shared: Arc<Shared>,
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.shared.close();
    }
}

impl Mirror {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        let handle = Arc::new(Handle { shared });
        Self { handle }
    }

    /// Waits for the first state. It works on any async runtime.
    ///
    /// # Errors
    /// `Unavailable` if nothing follows the source any more, and `Corrupt`. If a round fails, this
    /// call waits on, because the mirror tries again: [`status`](Self::status) has the error. A host
    /// that must not wait longer sets a timeout of its own.
    pub async fn ready(&self) -> Result<(), StoreError> {
        let is_ready = |state: &State| state.confirmed.is_some();
        self.until(is_ready)
            .await
            .map_err(|problem| problem.during(READY))
    }

    /// Does the same as [`ready`](Self::ready), and blocks the thread for at most `timeout`.
    ///
    /// # Errors
    /// As [`ready`](Self::ready), and `Timeout`.
    pub fn ready_within(&self, timeout: Duration) -> Result<(), StoreError> {
        let is_ready = |state: &State| state.confirmed.is_some();
        self.until_within(timeout, is_ready)
            .map_err(|problem| problem.during(READY))
    }

    /// Waits until the mirror has everything that was committed to the source before this call.
    /// After it, a host reads its own writes. Cost: one round, which calls that wait at the same
    /// time share.
    ///
    /// # Errors
    /// As [`ready`](Self::ready).
    pub async fn caught_up(&self) -> Result<(), StoreError> {
        let request = self.handle.shared.request();
        let has_answered = |state: &State| state.answered >= request;
        self.until(has_answered)
            .await
            .map_err(|problem| problem.during(CAUGHT_UP))
    }

    /// Does the same as [`caught_up`](Self::caught_up), and blocks the thread for at most
    /// `timeout`.
    ///
    /// # Errors
    /// As [`caught_up`](Self::caught_up), and `Timeout`.
    pub fn caught_up_within(&self, timeout: Duration) -> Result<(), StoreError> {
        let request = self.handle.shared.request();
        let has_answered = |state: &State| state.answered >= request;
        self.until_within(timeout, has_answered)
            .map_err(|problem| problem.during(CAUGHT_UP))
    }

    /// The condition of the mirror, for monitoring.
    pub fn status(&self) -> Status {
        let shared = &self.handle.shared;
        match shared.read() {
            Ok(state) => state.status(shared.options.max_staleness),
            Err(problem) => Status {
                phase: Phase::Stopped,
                age: None,
                error: Some(Arc::new(problem.during(LIST))),
                units: 0,
                changes: 0,
                snapshots: 0,
            },
        }
    }

    /// The unit with this `_id`.
    ///
    /// # Errors
    /// See [`Mirror`].
    pub fn get(&self, id: &str) -> Result<Option<Unit>, StoreError> {
        self.answer(GET, |state| Ok(state.units.get(id)))
    }

    /// As [`MemoryStore::explain`](livechat_units::MemoryStore::explain).
    ///
    /// # Errors
    /// See [`Mirror`].
    pub fn explain(&self, query: &UnitQuery) -> Result<Explain, StoreError> {
        self.answer(EXPLAIN, |state| state.units.explain(query))
    }

    fn answer<T>(
        &self,
        operation: &'static str,
        answer: impl FnOnce(&State) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let shared = &self.handle.shared;
        let checked = shared.read().and_then(|state| {
            state.check(shared.options.max_staleness)?;
            Ok(state)
        });
        let state = checked.map_err(|problem| problem.during(operation))?;
        answer(&state)
    }

    async fn until(&self, is_done: impl Fn(&State) -> bool) -> Result<(), Problem> {
        loop {
            let ended = self.handle.shared.ended.listen();
            if self.is_done(&is_done)? {
                return Ok(());
            }
            ended.await;
        }
    }

    fn until_within(
        &self,
        timeout: Duration,
        is_done: impl Fn(&State) -> bool,
    ) -> Result<(), Problem> {
        let deadline = Instant::now().checked_add(timeout);
        loop {
            let ended = self.handle.shared.ended.listen();
            if self.is_done(&is_done)? {
                return Ok(());
            }
            let Some(deadline) = deadline else {
                ended.wait();
                continue;
            };
            if ended.wait_deadline(deadline).is_none() {
                let error = self.handle.shared.read()?.error.clone();
                let waited = timeout;
                return Err(Problem::TimedOut { waited, error });
            }
        }
    }

    /// Fails if the state will not change any more.
    fn is_done(&self, is_done: impl Fn(&State) -> bool) -> Result<bool, Problem> {
        let state = self.handle.shared.read()?;
        match is_done(&state) {
            false if state.is_stopped => Err(Problem::Stopped(state.error.clone())),
            is_done => Ok(is_done),
        }
    }
}

impl UnitStore for Mirror {
    fn list(&self, query: &UnitQuery) -> Result<UnitPage, StoreError> {
        self.answer(LIST, |state| state.units.list(query))
    }
}

/// The status, and no unit.
impl fmt::Debug for Mirror {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mirror")
            .field("status", &self.status())
            .finish_non_exhaustive()
    }
}
