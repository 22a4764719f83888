//! Following the collection along one change stream: the steps of a call.

use std::time::Duration;

use bson::Timestamp;
use livechat_units::StoreErrorKind;
use tokio::time::{Instant, sleep};

use super::ChangedUnits;
use super::identity::Identity;
use super::pending::{Interval, Key, Mark, Pending};
use super::reading::{self, Units};
use super::stream::Stream;
use crate::connection::Connection;
use crate::error::Problem;

/// How long the server waits for an event while `Feed::changes` reads the stream. It has read
/// everything then, so it waits only for the time of the stream to move on.
const AWAIT: Duration = Duration::from_millis(2);

/// The pause after the first empty batch of a stream that has not reached the time of the last
/// write. A majority acknowledges a write after some milliseconds, so each further pause is twice
/// as long as the one before, up to [`LAST_PAUSE`]: an idle shard can take 10 seconds.
const FIRST_PAUSE: Duration = Duration::from_millis(1);
const LAST_PAUSE: Duration = Duration::from_millis(256);

/// How long the server waits for an event during `Feed::wait` before it sends an empty batch,
/// after which the driver asks again.
const BELL_AWAIT: Duration = Duration::from_secs(5);

/// The pause after an error of the bell. `Feed::changes` reports the error, if it persists.
const BELL_PAUSE: Duration = Duration::from_secs(1);

/// The most readings of documents that change while they are read, on a server without
/// snapshots. A reading and the events after it take some milliseconds.
const MAX_READINGS: usize = 100;

/// The longest time of these readings, one of which can take longer. It is a sixth of the age that
/// a state in a mirror may have by default.
const MAX_READING_TIME: Duration = Duration::from_secs(5);

/// A stream, and what it has shown.
pub(super) struct Following {
    stream: Stream,
    /// Opened by the first wait.
    bell: Option<Stream>,
    pending: Pending,
    is_router: bool,
    /// The collection that the stream shows.
    identity: Identity,
    /// Whether the stream was resumed since the identity was compared.
    is_doubtful: bool,
    /// Whether the current call has resumed the stream.
    has_resumed: bool,
    /// The time of the last state that was returned. `None` before the first one.
    returned: Option<Timestamp>,
}

/// How far a batch has brought the stream.
struct Progress {
    /// Whether the batch had no event.
    is_empty: bool,
    time: Timestamp,
}

/// Why a stream cannot be followed.
pub(super) enum Failure {
    /// The changes since the last state cannot be found out any more.
    Lost,
    Problem(Problem),
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

/// The documents that have changed, at one time.
struct Settled {
    keys: Vec<Key>,
    units: Units,
    mark: Mark,
}

impl Following {
    /// Opens a change stream.
    pub(super) async fn start(connection: &Connection) -> Result<Self, Problem> {
        Ok(Self {
            stream: Stream::open(connection, AWAIT).await?,
            bell: None,
            pending: Pending::default(),
            is_router: connection.within(connection.is_router()).await?,
            identity: Identity::of(connection).await?,
            is_doubtful: false,
            has_resumed: false,
            returned: None,
        })
    }

    /// What has changed since the last call that succeeded.
    pub(super) async fn next_state(
        &mut self,
        connection: &Connection,
    ) -> Result<ChangedUnits, Failure> {
        self.has_resumed = false;
        let mut base = None;
        if self.returned.is_none() {
            // The stream of a router can begin later than the last write.
            let time = reading::now(connection).await?.max(self.stream.time);
            base = Some(reading::all(connection, time).await?);
        }
        let mut settled = self.settle(connection).await?;
        if !settled.keys.is_empty() || self.is_doubtful {
            self.check_identity(connection).await?;
        }
        // From here on nothing is awaited: either all of this happens, or the next call repeats
        // it.
        self.returned = Some(settled.mark.time);
        for key in &settled.keys {
            self.pending.remove(key, settled.mark);
        }
        if let Some(mut base) = base {
            base.replace(&settled.keys, settled.units);
            return Ok(ChangedUnits::All(base.into_vec()));
        }
        let ids = settled.keys.into_iter().filter_map(|key| match key {
            Key::Unit(id) => Some(id),
            Key::Other(_) => None,
        });
        let changes = ids.map(|id| {
            let unit = settled.units.take(&id);
            (id, unit)
        });
        Ok(ChangedUnits::Some(changes.collect()))
    }

    /// Reads the documents that have changed, at a time that is not before the call.
    async fn settle(&mut self, connection: &Connection) -> Result<Settled, Failure> {
        let mut time = self.now(connection).await?;
        self.read_until(connection, time).await?;
        let mut keys = self.pending.until(time);
        let mut again = keys.clone();
        let mut units = Units::default();
        let deadline = Instant::now().checked_add(MAX_READING_TIME);
        let mut readings = 0;
        loop {
            let mark = self.pending.mark(time);
            let (found, is_exact) = reading::by_keys(connection, &again, time).await?;
            units.replace(&again, found);
            let settled = Settled { keys, units, mark };
            if settled.keys.is_empty() || is_exact && !self.is_router {
                return Ok(settled);
            }
            let end = self.now(connection).await?;
            self.read_until(connection, end).await?;
            let meanwhile = Interval {
                after: mark,
                until: end,
            };
            if is_exact {
                return self.with_transactions(connection, settled, meanwhile).await;
            }
            readings += 1;
            let is_over = deadline.is_some_and(|deadline| Instant::now() >= deadline);
            let has_changed = |key| self.pending.has_changed(key, meanwhile);
            // At the last reading, the documents that have changed meanwhile can be later than the
            // others, but none is older than in a state before. Their next changes are pending.
            if readings == MAX_READINGS || is_over || !again.iter().any(has_changed) {
                return Ok(settled);
            }
            units = settled.units;
            again = self.pending.within(meanwhile);
            keys = self.pending.until(end);
            time = end;
        }
    }

    /// Adds the other documents of transactions over several shards. A snapshot can contain such
    /// a transaction before the time of its event on a shard. Documents that only transactions
    /// after the snapshot have changed are the same as before.
    async fn with_transactions(
        &mut self,
        connection: &Connection,
        mut settled: Settled,
        meanwhile: Interval,
    ) -> Result<Settled, Failure> {
        let others = self.pending.first_in_transactions(meanwhile);
        let time = settled.mark.time;
        let (found, is_exact) = reading::by_keys(connection, &others, time).await?;
        if !is_exact {
            return Err(Failure::Problem(Problem::WrongReply {
                field: "a snapshot at the time of the one before",
            }));
        }
        settled.units.replace(&others, found);
        settled.keys.extend(others);
        Ok(settled)
    }

    /// Fails if the address leads to another collection than the one whose changes the stream
    /// has shown. Everything that was read before this call is of the same collection as they.
    async fn check_identity(&mut self, connection: &Connection) -> Result<(), Failure> {
        if Identity::of(connection).await? != self.identity {
            return Err(Failure::Lost);
        }
        self.is_doubtful = false;
        Ok(())
    }

    /// The time of the last write, and not before the last state. A shared reference would make
    /// the future not `Send`, because a cursor is not `Sync`.
    async fn now(&mut self, connection: &Connection) -> Result<Timestamp, Problem> {
        let now = reading::now(connection).await?;
        Ok(self.returned.map_or(now, |returned| now.max(returned)))
    }

    /// Reads the stream up to this time, with commands that are sent after the call.
    async fn read_until(
        &mut self,
        connection: &Connection,
        time: Timestamp,
    ) -> Result<(), Failure> {
        if self.stream.is_asked() {
            // The command under way is from before this call, and so its reply shows less.
            self.read_batch(connection).await?;
        }
        let timeout = connection.options().timeout;
        let deadline = Instant::now().checked_add(timeout);
        let mut pause = FIRST_PAUSE;
        loop {
            let progress = self.read_batch(connection).await?;
            if self.is_doubtful {
                // Another collection need never have events of this time.
                self.check_identity(connection).await?;
            }
            if self.has_passed(&progress, time) {
                return Ok(());
            }
            if progress.is_empty {
                sleep(pause).await;
                pause = LAST_PAUSE.min(pause * 2);
            }
            if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                return Err(Failure::Problem(Problem::NotReached { timeout }));
            }
        }
    }

    /// Reads a batch into the pending changes. Resumes the stream, once in each call.
    async fn read_batch(&mut self, connection: &Connection) -> Result<Progress, Failure> {
        self.is_doubtful |= self.stream.is_interrupted();
        let batch = match self.stream.next(connection).await {
            Err(_) if !self.has_resumed => {
                self.has_resumed = true;
                self.is_doubtful = true;
                self.stream.next(connection).await
            }
            batch => batch,
        };
        let batch = batch.map_err(|problem| match problem.kind() {
            StoreErrorKind::Unavailable | StoreErrorKind::Timeout => Failure::Problem(problem),
            // The server does not continue from the token: the oplog has lost it, or the
            // collection is another one. Whatever the reason is, a new stream shows the error
            // again if it has nothing to do with the token.
            _ => Failure::Lost,
        })?;
        let progress = Progress {
            is_empty: batch.events.is_empty(),
            time: batch.time,
        };
        for event in batch.events {
            if !self.pending.add(event) {
                return Err(Failure::Lost);
            }
        }
        Ok(progress)
    }

    /// Whether the stream has shown everything up to this time, after this batch.
    fn has_passed(&self, progress: &Progress, time: Timestamp) -> bool {
        // Events of one transaction have one time and can be in several batches, so a batch with
        // events shows only that those before its time are complete. On a sharded cluster the
        // same holds for an empty batch: another shard can still have an event of that time.
        progress.time > time || progress.time == time && progress.is_empty && !self.is_router
    }

    /// Returns as soon as there is an event that no call has returned.
    pub(super) async fn ring(&mut self, connection: &Connection) {
        if self.returned.is_none() || !self.pending.is_empty() {
            return;
        }
        let read_to = self.stream.time;
        let bell = self
            .bell
            .get_or_insert_with(|| self.stream.fork(BELL_AWAIT));
        loop {
            match bell.next(connection).await {
                // The bell can be behind the stream.
                Ok(batch) if batch.events.iter().all(|event| event.time < read_to) => {}
                Ok(_) => return,
                Err(_) => {
                    self.bell = None;
                    sleep(BELL_PAUSE).await;
                    return;
                }
            }
        }
    }
}
