//! Following a source: rounds, one after the other, and a pause after each.

use std::mem;
use std::sync::Arc;
use std::time::{Duration, Instant};

use event_listener::Listener;
use futures_lite::future::or;
use livechat_units::{MemoryStore, StoreError};
use tracing::{debug, info, warn};

use crate::apply;
use crate::error::Problem;
use crate::mirror::Mirror;
use crate::options::MirrorOptions;
use crate::shared::{Shared, State};
use crate::source::{BlockingSource, Changes, Source};

/// The most changes that are made while readers wait. A change takes about a tenth of a
/// millisecond in a store of a million units. More changes are made in another store, which then
/// takes its place.
const MAX_IN_LOCK: usize = 32;

/// The pause after the first error.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

impl MirrorOptions {
    /// A mirror of `source`, and the future that follows the source. The future runs until the
    /// last clone of the mirror is dropped. It needs a runtime of tokio with its timer. Dropping it
    /// stops the mirror.
    ///
    /// The thread that runs the future applies the changes, which takes about 5 seconds for a
    /// snapshot of a million units and a tenth of a millisecond for a change. A host with so many
    /// units runs the future on a thread of its own.
    pub fn follow<S: Source>(
        self,
        source: S,
    ) -> (Mirror, impl Future<Output = ()> + Send + use<S>) {
        let (mirror, follower) = Follower::new(self, Duration::from_secs(1));
        (mirror, follow(source, follower))
    }

    /// A mirror of `source`, and the function that follows the source. It returns when the last
    /// clone of the mirror was dropped. The host calls it on a thread of its own.
    pub fn follow_blocking<S: BlockingSource>(
        self,
        source: S,
    ) -> (Mirror, impl FnOnce() + Send + use<S>) {
        let (mirror, follower) = Follower::new(self, Duration::from_millis(25));
        (mirror, move || follow_blocking(source, follower))
    }
}

/// Follows the source until the last mirror is dropped.
async fn follow(mut source: impl Source, mut follower: Follower) {
    while let Some(round) = follower.begin() {
        let changes = source.changes().await;
        match follower.end(&round, changes) {
            Some(Next::Wait(at_most)) => or(source.wait(at_most), follower.asked(&round)).await,
            Some(Next::Pause(pause)) => {
                or(tokio::time::sleep(pause), follower.closed()).await;
            }
            None => return,
        }
    }
}

/// Follows the source until the last mirror is dropped.
fn follow_blocking(mut source: impl BlockingSource, mut follower: Follower) {
    while let Some(round) = follower.begin() {
        let changes = source.changes();
        match follower.end(&round, changes) {
            Some(Next::Wait(at_most)) => {
                let requested = round.requested;
                follower.until_within(at_most, |shared| shared.requested() != requested);
            }
            Some(Next::Pause(pause)) => follower.until_within(pause, |_| false),
            None => return,
        }
    }
}

/// Applies what a source returns. When it is dropped, the mirror is stopped.
struct Follower {
    shared: Arc<Shared>,
    interval: Duration,
    /// The errors since the last round that has succeeded.
    errors: u32,
}

/// The beginning of a round.
struct Round {
    began: Instant,
    /// The last request that was made before.
    requested: u64,
}

/// What follows a round.
enum Next {
    /// A wait for the source or for a request.
    Wait(Duration),
    /// A pause after an error.
    Pause(Duration),
}

impl Follower {
    /// A mirror with its follower. `interval` is the default of the source.
    fn new(options: MirrorOptions, interval: Duration) -> (Mirror, Self) {
        let interval = options.interval(interval);
        let shared = Arc::new(Shared::new(options));
        let mirror = Mirror::new(Arc::clone(&shared));
        let follower = Self {
            shared,
            interval,
            errors: 0,
        };
        (mirror, follower)
    }

    /// `None` if there is no mirror any more.
    fn begin(&self) -> Option<Round> {
        let requested = self.shared.requested();
        let began = Instant::now();
        (!self.shared.is_closed()).then_some(Round { began, requested })
    }

    /// Applies what the source has returned. `None` if the state is unusable.
    fn end(&mut self, round: &Round, changes: Result<Changes, StoreError>) -> Option<Next> {
        let next = match changes {
            Ok(changes) => self.succeed(round, changes),
            Err(error) => self.fail(error),
        };
        self.shared.ended.notify(usize::MAX);
        match next {
            Ok(next) => Some(next),
            Err(problem) => {
                warn!("{problem}");
                None
            }
        }
    }

    fn succeed(&mut self, round: &Round, changes: Changes) -> Result<Next, Problem> {
        let is_first = self.shared.read()?.confirmed.is_none();
        let is_snapshot = matches!(changes, Changes::All(_));
        let units = self.apply(round, changes)?;
        if is_snapshot {
            let meaning = if is_first {
                "the first state"
            } else {
                "a snapshot in place of changes"
            };
            info!(units, "the mirror has read {meaning}");
        }
        if self.errors > 0 {
            info!(errors = self.errors, "the mirror reads its source again");
        }
        self.errors = 0;
        Ok(Next::Wait(self.interval))
    }

    fn fail(&mut self, error: StoreError) -> Result<Next, Problem> {
        let error = Arc::new(error);
        let pause = FIRST_PAUSE.saturating_mul(1 << self.errors.min(20));
        let pause = pause.min(self.shared.options.max_pause);
        self.errors = self.errors.saturating_add(1);
        let shown: &(dyn std::error::Error + 'static) = &*error;
        if self.errors == 1 {
            warn!(error = shown, "the mirror cannot read its source");
        } else {
            debug!(
                error = shown,
                errors = self.errors,
                ?pause,
                "the mirror still cannot read its source"
            );
        }
        self.shared.write()?.error = Some(error);
        Ok(Next::Pause(pause))
    }

    /// Makes the changes in one step for readers. Returns the number of units.
    fn apply(&self, round: &Round, changes: Changes) -> Result<usize, Problem> {
        let changes = match changes {
            Changes::Some(changes) => changes,
            Changes::All(units) => {
                let mut next = self.shared.options.empty_store();
                let _ = next.replace_all(units);
                return self.finish(round, |state| {
                    state.snapshots = state.snapshots.saturating_add(1);
                    Some(mem::replace(&mut state.units, next))
                });
            }
        };
        let count = u64::try_from(changes.len()).unwrap_or(u64::MAX);
        let made = |state: &mut State| state.changes = state.changes.saturating_add(count);
        if changes.len() > MAX_IN_LOCK {
            // Nobody else writes, so the other store loses no change.
            let empty = self.shared.options.empty_store();
            let next = apply::changed(&self.shared.read()?.units, changes, empty)
                .map_err(Problem::Unlisted)?;
            return self.finish(round, |state| {
                made(state);
                Some(mem::replace(&mut state.units, next))
            });
        }
        let prepared = match changes.as_slice() {
            [(_, Some(unit))] => Some(self.shared.read()?.units.prepare(unit.clone())),
            _ => None,
        };
        self.finish(round, |state| {
            made(state);
            match prepared {
                Some(prepared) => drop(state.units.apply(prepared)),
                None => apply::make(&mut state.units, changes),
            }
            None
        })
    }

    /// Changes the state in the lock. The units that `change` returns are dropped after it.
    fn finish(
        &self,
        round: &Round,
        change: impl FnOnce(&mut State) -> Option<MemoryStore>,
    ) -> Result<usize, Problem> {
        let mut state = self.shared.write()?;
        let old = change(&mut state);
        state.confirmed = Some(round.began);
        state.answered = round.requested;
        state.error = None;
        let units = state.units.len();
        drop(state);
        drop(old);
        Ok(units)
    }

    /// Waits until a request is made that this round does not answer, or the last mirror is
    /// dropped.
    async fn asked(&self, round: &Round) {
        self.until(|shared| shared.requested() != round.requested)
            .await;
    }

    /// Waits until the last mirror is dropped.
    async fn closed(&self) {
        self.until(|_| false).await;
    }

    async fn until(&self, is_asked: impl Fn(&Shared) -> bool) {
        loop {
            let asked = self.shared.asked.listen();
            if self.shared.is_closed() || is_asked(&self.shared) {
                return;
            }
            asked.await;
        }
    }

    /// Does the same as [`until`](Self::until), and blocks the thread, at most this long.
    fn until_within(&self, at_most: Duration, is_asked: impl Fn(&Shared) -> bool) {
        let Some(deadline) = Instant::now().checked_add(at_most) else {
            return futures_lite::future::block_on(self.until(is_asked));
        };
        loop {
            let asked = self.shared.asked.listen();
            if self.shared.is_closed() || is_asked(&self.shared) {
                return;
            }
            if asked.wait_deadline(deadline).is_none() {
                return;
            }
        }
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        // A poisoned state is reported to every reader already.
        if let Ok(mut state) = self.shared.write() {
            state.is_stopped = true;
        }
        self.shared.ended.notify(usize::MAX);
        debug!("the mirror follows its source no longer");
    }
}
