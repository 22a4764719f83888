//! Connections that threads take turns with.

use std::cell::Cell;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use crate::error::{Fault, Problem};
use crate::rebuild::NO_VERSION;

type Connect = dyn Fn() -> Result<Connection, Fault> + Send + Sync;

/// At most so many connections, opened as they are needed. Nobody waits for one
/// longer than for a lock of the database.
pub(crate) struct Pool {
    state: Mutex<State>,
    returned: Condvar,
    most: usize,
    patience: Duration,
    connect: Box<Connect>,
}

#[derive(Default)]
struct State {
    idle: Vec<Open>,
    /// Idle and in use.
    open: usize,
}

struct Open {
    connection: Connection,
    /// See [`Loan::known`].
    known: Cell<i64>,
}

/// A connection on loan.
pub(crate) struct Loan<'a> {
    pool: &'a Pool,
    /// Until it is dropped.
    open: Option<Open>,
}

impl Pool {
    pub(crate) fn new(
        most: usize,
        patience: Duration,
        connect: impl Fn() -> Result<Connection, Fault> + Send + Sync + 'static,
    ) -> Self {
        Self {
            state: Mutex::default(),
            returned: Condvar::new(),
            most,
            patience,
            connect: Box::new(connect),
        }
    }

    /// With a connection that is open already.
    pub(crate) fn with(self, connection: Connection) -> Self {
        let mut state = self.state();
        state.open += 1;
        state.idle.push(Open::new(connection));
        drop(state);
        self
    }

    /// A connection that is open and that nobody uses.
    pub(crate) fn take_idle(&self) -> Option<Loan<'_>> {
        let idle = self.state().idle.pop();
        idle.map(|open| self.loan(open))
    }

    pub(crate) fn take(&self) -> Result<Loan<'_>, Fault> {
        let start = Instant::now();
        let mut state = self.state();
        loop {
            if let Some(open) = state.idle.pop() {
                return Ok(self.loan(open));
            }
            if state.open < self.most {
                state.open += 1;
                drop(state);
                let connected = (self.connect)();
                return match connected {
                    Ok(connection) => Ok(self.loan(Open::new(connection))),
                    Err(fault) => {
                        self.forget();
                        Err(fault)
                    }
                };
            }
            let left = self.patience.saturating_sub(start.elapsed());
            if left.is_zero() {
                let problem = Problem::NoConnection {
                    connections: self.most,
                    waited: self.patience,
                };
                return Err(problem.into());
            }
            let waited = self.returned.wait_timeout(state, left);
            (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn loan(&self, open: Open) -> Loan<'_> {
        Loan {
            pool: self,
            open: Some(open),
        }
    }

    /// One connection less is open.
    fn forget(&self) {
        let mut state = self.state();
        state.open = state.open.saturating_sub(1);
        drop(state);
        self.returned.notify_one();
    }

    /// No step under the lock leaves the state half changed, so a panic elsewhere in a
    /// thread that held it does no harm.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool")
            .field("most", &self.most)
            .finish_non_exhaustive()
    }
}

impl Open {
    fn new(connection: Connection) -> Self {
        Self {
            connection,
            known: Cell::new(NO_VERSION),
        }
    }
}

impl Loan<'_> {
    /// The version of the file in which this connection last knew that the total is right.
    pub(crate) fn known(&self) -> &Cell<i64> {
        match &self.open {
            Some(open) => &open.known,
            None => unreachable!("a connection is given back when the loan is dropped"),
        }
    }
}

impl Deref for Loan<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        match &self.open {
            Some(open) => &open.connection,
            None => unreachable!("a connection is given back when the loan is dropped"),
        }
    }
}

impl DerefMut for Loan<'_> {
    fn deref_mut(&mut self) -> &mut Connection {
        match &mut self.open {
            Some(open) => &mut open.connection,
            None => unreachable!("a connection is given back when the loan is dropped"),
        }
    }
}

impl Drop for Loan<'_> {
    fn drop(&mut self) {
        let Some(open) = self.open.take() else {
            return;
        };
        // A transaction that could not be rolled back must not reach the next one.
        if open.connection.is_autocommit() {
            self.pool.state().idle.push(open);
            self.pool.returned.notify_one();
        } else {
            drop(open);
            self.pool.forget();
        }
    }
}

/// A transaction that reads, of statements that are prepared once: those of rusqlite are
/// parsed again each time, which is a good part of a short listing.
pub(crate) struct Snapshot<'a> {
    pub(crate) connection: &'a Connection,
}

impl<'a> Snapshot<'a> {
    pub(crate) fn of(connection: &'a Connection) -> rusqlite::Result<Self> {
        connection.prepare_cached("BEGIN")?.execute([])?;
        Ok(Self { connection })
    }
}

impl Drop for Snapshot<'_> {
    fn drop(&mut self) {
        let end = self.connection.prepare_cached("COMMIT");
        // Where this fails, the connection is not used again.
        end.and_then(|mut end| end.execute([])).ok();
    }
}
