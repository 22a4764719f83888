//! What readers and the follower share: the state, and the requests of callers that wait.
//!
//! ```text
//!  Mirror and its clones                     Follower
//!    list, status ◄───────── State ◄───────── the end of a round
//!    caught_up ──────────► requested ───────► the beginning of a round
//!              ◄──────────── ended ◄───────── the end of a round
//! ```
//!
//! A *round* reads the source once. Its state has everything that was committed before the round
//! began, so the age of a state is the time since its round began.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::{Duration, Instant};

use event_listener::Event;
use livechat_units::{MemoryStore, StoreError};

use crate::error::Problem;
use crate::options::MirrorOptions;
use crate::status::{Phase, Status};

pub(crate) struct Shared {
    pub(crate) options: MirrorOptions,
    state: RwLock<State>,
    /// The number of the last request for a round.
    requested: AtomicU64,
    /// Whether the last mirror was dropped.
    is_closed: AtomicBool,
    /// A request was made, or the last mirror was dropped. The follower listens.
    pub(crate) asked: Event,
    /// A round has ended, or the follower has stopped. Callers that wait listen.
    pub(crate) ended: Event,
}

/// A state of the source, and how the last round ended.
pub(crate) struct State {
    pub(crate) units: MemoryStore,
    /// The beginning of the last round that has succeeded.
    pub(crate) confirmed: Option<Instant>,
    /// The last request that was made before that beginning.
    pub(crate) answered: u64,
    /// The error of the last round, if it has failed.
    pub(crate) error: Option<Arc<StoreError>>,
    pub(crate) is_stopped: bool,
    pub(crate) changes: u64,
    pub(crate) snapshots: u64,
}

impl Shared {
    pub(crate) fn new(options: MirrorOptions) -> Self {
        let state = State {
            units: options.empty_store(),
            confirmed: None,
            answered: 0,
            error: None,
            is_stopped: false,
            changes: 0,
            snapshots: 0,
        };
        Self {
            options,
            state: RwLock::new(state),
            requested: AtomicU64::new(0),
            is_closed: AtomicBool::new(false),
            asked: Event::new(),
            ended: Event::new(),
        }
    }

    pub(crate) fn read(&self) -> Result<RwLockReadGuard<'_, State>, Problem> {
        self.state.read().map_err(|_| Problem::Poisoned)
    }

    pub(crate) fn write(&self) -> Result<RwLockWriteGuard<'_, State>, Problem> {
        self.state.write().map_err(|_| Problem::Poisoned)
    }

    /// Asks for a round that begins after this call. Returns the number of the request.
    pub(crate) fn request(&self) -> u64 {
        let number = self
            .requested
            .fetch_add(1, Ordering::SeqCst)
            .wrapping_add(1);
        self.asked.notify(usize::MAX);
        number
    }

    /// The number of the last request.
    pub(crate) fn requested(&self) -> u64 {
        self.requested.load(Ordering::SeqCst)
    }

    /// Ends the follower at its next step.
    pub(crate) fn close(&self) {
        self.is_closed.store(true, Ordering::SeqCst);
        self.asked.notify(usize::MAX);
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::SeqCst)
    }
}

impl State {
    /// Fails if there is no state, or if it is older than `max_staleness`.
    pub(crate) fn check(&self, max_staleness: Duration) -> Result<(), Problem> {
        let error = self.error.clone();
        Err(match (self.age(), self.is_stopped) {
            (Some(age), _) if age <= max_staleness => return Ok(()),
            (_, true) => Problem::Stopped(error),
            (Some(age), false) => Problem::Stale {
                age,
                max_staleness,
                error,
            },
            (None, false) => Problem::Starting(error),
        })
    }

    pub(crate) fn status(&self, max_staleness: Duration) -> Status {
        let age = self.age();
        let phase = match age {
            _ if self.is_stopped => Phase::Stopped,
            None => Phase::Starting,
            Some(age) if self.error.is_none() && age <= max_staleness => Phase::Current,
            Some(_) => Phase::Behind,
        };
        Status {
            phase,
            age,
            error: self.error.clone(),
            units: self.units.len(),
            changes: self.changes,
            snapshots: self.snapshots,
        }
    }

    fn age(&self) -> Option<Duration> {
        self.confirmed.map(|confirmed| confirmed.elapsed())
    }
}
