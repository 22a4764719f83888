//! Connections that threads share.

use std::cell::Cell;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use crate::error::Problem;

type Connect = dyn Fn() -> Result<Connection, Problem> + Send + Sync;

/// A bounded number of connections. Each is opened when it is first needed. A thread that
/// finds none idle waits until one is returned, up to a timeout.
pub(crate) struct Pool {
    state: Mutex<State>,
    returned: Condvar,
    max_connections: usize,
    timeout: Duration,
    connect: Box<Connect>,
}

#[derive(Default)]
struct State {
    idle: Vec<Pooled>,
    /// How many connections are open, idle or lent.
    open: usize,
}

struct Pooled {
    connection: Connection,
    /// See [`Loan::number`].
    number: u64,
    /// See [`Loan::checked_version`].
    checked_version: Cell<Option<i64>>,
}

/// A connection that is lent to one thread. Dropping the loan returns it.
pub(crate) struct Loan<'a> {
    pool: &'a Pool,
    /// `None` only while the loan is dropped.
    pooled: Option<Pooled>,
}

impl Pool {
    /// A pool without open connections. `connect` opens one.
    pub(crate) fn new(
        max_connections: usize,
        timeout: Duration,
        connect: impl Fn() -> Result<Connection, Problem> + Send + Sync + 'static,
    ) -> Self {
        Self {
            state: Mutex::default(),
            returned: Condvar::new(),
            max_connections,
            timeout,
            connect: Box::new(connect),
        }
    }

    /// Adds a connection that is already open.
    pub(crate) fn with(self, connection: Connection) -> Self {
        let mut state = self.state();
        state.open += 1;
        state.idle.push(Pooled::new(connection));
        drop(state);
        self
    }

    /// An idle connection, if there is one. It neither opens a connection nor waits.
    pub(crate) fn take_idle(&self) -> Option<Loan<'_>> {
        let idle = self.state().idle.pop();
        idle.map(|pooled| self.lend(pooled))
    }

    /// An idle connection, a new one, or the next one that is returned.
    pub(crate) fn take(&self) -> Result<Loan<'_>, Problem> {
        let start = Instant::now();
        let mut state = self.state();
        loop {
            if let Some(pooled) = state.idle.pop() {
                return Ok(self.lend(pooled));
            }
            if state.open < self.max_connections {
                state.open += 1;
                drop(state);
                return self.connect();
            }
            let left = self.timeout.saturating_sub(start.elapsed());
            if left.is_zero() {
                return Err(Problem::NoConnection {
                    connections: self.max_connections,
                    waited: self.timeout,
                });
            }
            let waited = self.returned.wait_timeout(state, left);
            (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Opens a connection that is already counted in [`State::open`].
    fn connect(&self) -> Result<Loan<'_>, Problem> {
        match (self.connect)() {
            Ok(connection) => Ok(self.lend(Pooled::new(connection))),
            Err(problem) => {
                self.remove_one();
                Err(problem)
            }
        }
    }

    fn lend(&self, pooled: Pooled) -> Loan<'_> {
        Loan {
            pool: self,
            pooled: Some(pooled),
        }
    }

    /// Notes that a connection was closed, or was not opened.
    fn remove_one(&self) {
        let mut state = self.state();
        state.open = state.open.saturating_sub(1);
        drop(state);
        self.returned.notify_one();
    }

    /// No step under the lock leaves the state half changed. So the state is valid even if a
    /// thread has panicked while it held the lock.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool")
            .field("max_connections", &self.max_connections)
            .finish_non_exhaustive()
    }
}

impl Pooled {
    fn new(connection: Connection) -> Self {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        Self {
            connection,
            number: NUMBER.fetch_add(1, Ordering::Relaxed),
            checked_version: Cell::new(None),
        }
    }
}

const RETURNED: &str = "a connection is returned only when its loan is dropped";

impl Loan<'_> {
    /// The `PRAGMA data_version` of this connection at which the total was last checked.
    pub(crate) fn checked_version(&self) -> &Cell<Option<i64>> {
        &self.pooled().checked_version
    }

    /// The number of this connection. Every connection of the process has another one.
    pub(crate) fn number(&self) -> u64 {
        self.pooled().number
    }

    fn pooled(&self) -> &Pooled {
        match &self.pooled {
            Some(pooled) => pooled,
            None => unreachable!("{RETURNED}"),
        }
    }
}

impl Deref for Loan<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.pooled().connection
    }
}

impl DerefMut for Loan<'_> {
    fn deref_mut(&mut self) -> &mut Connection {
        match &mut self.pooled {
            Some(pooled) => &mut pooled.connection,
            None => unreachable!("{RETURNED}"),
        }
    }
}

impl Drop for Loan<'_> {
    fn drop(&mut self) {
        let Some(pooled) = self.pooled.take() else {
            return;
        };
        // A transaction that could not be ended must not reach the next thread.
        if pooled.connection.is_autocommit() {
            self.pool.state().idle.push(pooled);
            self.pool.returned.notify_one();
        } else {
            drop(pooled);
            self.pool.remove_one();
        }
    }
}
