//! The states of the collection, one after the other, for a reader that keeps all units.
//!
//! ```text
//!  following one call: its steps, below
//!  stream    a change stream: which documents have changed, and up to which cluster time it was
//!            read. The contents in its events are not used
//!  pending   one entry for each document that has changed, until a call has returned it
//!  reading   the documents themselves, read at one cluster time
//!  identity  the UUID of the collection, which another deployment does not have
//!  bell      a second change stream, whose commands wait for an event
//! ```
//!
//! A call of [`Feed::changes`] is:
//!
//! 1. `find` with a limit of one, on the primary or on each shard: its reply has the time `t` of
//!    the last write.
//! 2. `getMore` until the stream has passed `t`. The change stream shows what a majority has
//!    acknowledged, and the resume token of an empty batch also has a time.
//! 3. `find` for the documents that have changed up to `t`, in a snapshot at `t`.
//! 4. `listCollections` for the UUID of the collection, if documents were read or the stream was
//!    resumed. If it is not the UUID of the first call, the address leads to another collection,
//!    and all documents are read.
//!
//! The state of the reader and these documents are the state at `t`, transactions included.
//!
//! The documents are neither looked up by the stream nor computed from its events. A lookup
//! (`fullDocument: "updateLookup"`) returns a document that can be later than its event. While a
//! document changes again and again, no time would ever come at which all documents that were
//! looked up are known to be of one state. The description of an update would have to be applied to
//! the document, whose order of fields and fields with dots in their names it does not determine on
//! every version of MongoDB, and the reader would have to keep the BSON of all documents. A read at
//! `t` is exact on every version with snapshots, transfers each document once however often it
//! has changed, and cannot fail because an event has more than 16 MB.
//!
//! On a sharded cluster, a transaction over several shards is visible in a snapshot before the
//! times of its events. The stream is then read on to a time after the reading, and the other documents
//! of such transactions are read in the same snapshot. This takes at most two readings, however
//! often a document changes.
//!
//! A server without snapshots returns documents that can be later than `t`. The stream is then
//! read on to a time after the reading. The documents are those of `t` if no event shows that one
//! of them has changed meanwhile; the others are read again, at the later time. After 100 readings
//! or 5 seconds the call ends: a document that has changed in each of them can then be later than
//! the rest of the state. It is never earlier than before.
//!
//! The first call also reads all documents, after the stream was opened. What changes meanwhile
//! is read again in step 3.

mod following;
mod identity;
mod pending;
mod reading;
mod stream;
mod token;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use livechat_units::{StoreError, Unit};
use tokio::time::timeout;

use self::following::{Failure, Following};
use crate::connection::Connection;
use crate::error::{Problem, READ_CHANGES};
use crate::store::MongoStore;

/// The most streams that one call opens, if each of them ends.
const MAX_STREAMS: usize = 3;

/// `$changeStream` on a server that stands alone.
const NO_CHANGE_STREAMS: i32 = 40573;

/// What has changed between two states of the collection.
#[derive(Debug)]
pub enum ChangedUnits {
    /// All units of the new state: the feed cannot say what has changed.
    All(Vec<Unit>),
    /// For each `_id` that may have changed, once, its unit in the new state, or `None` if the
    /// new state has none.
    Some(Vec<(String, Option<Unit>)>),
}

/// The states of the collection, one after the other: [`MongoStore::feed`] makes it.
///
/// Nothing is installed in MongoDB, and the feed only reads. It needs the privileges `find` and
/// `changeStream` on the collection and `listCollections` on the database, which the role `read`
/// has.
///
/// # Consistency
/// On a replica set and a sharded cluster, each state is one that the collection had at one
/// cluster time and that a majority has acknowledged; all changes of a transaction are in the same
/// one. If a shard commits its part of a transaction later than the other shards, and after the
/// call has read their parts, its part is in the next state.
///
/// Before MongoDB 5.0 there are no snapshots. A document that changes in each of 100 readings, or
/// for 5 seconds, can there be later than the rest of the state, but not later than the end of the
/// call. A standalone server has no change streams. There, every call reads all documents, each at
/// some time during the call, so the result need not be a state that the collection had.
///
/// # Another collection at the same address
/// A collection that was dropped and created again, restored from a dump, or that belongs to
/// another deployment, has another UUID. A call that finds another UUID reads all units and returns
/// them. From then on the states are those of the collection that the address leads to, whether
/// its cluster times are earlier or later. A user without the privilege `listCollections` sees no
/// UUID, and the feed then recognises neither of them.
///
/// # Cancellation
/// The futures of both methods can be dropped. What they have read is part of the next call.
///
/// ```no_run
/// use std::time::Duration;
/// use livechat_units_mongodb::{ChangedUnits, MongoStore};
///
/// # async fn example(store: MongoStore) -> Result<(), Box<dyn std::error::Error>> {
/// let mut feed = store.feed();
/// loop {
///     match feed.changes().await? {
///         ChangedUnits::All(units) => println!("{} units", units.len()),
///         ChangedUnits::Some(changes) => println!("{} changes", changes.len()),
///     }
///     feed.wait(Duration::from_secs(1)).await;
/// }
/// # }
/// ```
#[must_use]
pub struct Feed {
    connection: Arc<Connection>,
    /// `None` before the first call, and after the stream was lost.
    following: Option<Following>,
}

impl MongoStore {
    /// The states of the collection, one after the other. No I/O.
    ///
    /// The [time limit](crate::MongoOptions::with_timeout) applies to each reply of the server,
    /// and not to a whole call.
    pub fn feed(&self) -> Feed {
        Feed {
            connection: Arc::clone(self.connection()),
            following: None,
        }
    }
}

impl Feed {
    /// What has changed since the last call that succeeded. The first call returns
    /// [`ChangedUnits::All`], and so does a call after the collection was created, dropped or
    /// renamed, after the address leads to another one, or after the oplog has lost the position
    /// of the feed.
    ///
    /// The new state contains everything that was acknowledged before this call, and is not older
    /// than the state before. On a sharded cluster without writes the call can take as long as
    /// the shards wait between two no-ops, 10 seconds by default
    /// (`periodicNoopIntervalSecs`), because an idle shard confirms its time with a no-op.
    ///
    /// After a lost connection or an election the call resumes the stream once.
    ///
    /// # Errors
    /// See [`MongoStore`]. The next call continues where this one has failed. `Corrupt` also if
    /// two units have the same `_id`, one as a string and one as an `ObjectId`. `Timeout` also if
    /// no majority acknowledges the last write.
    pub async fn changes(&mut self) -> Result<ChangedUnits, StoreError> {
        // The future has some 20 kB, too much for the stack of a host.
        match Box::pin(self.next_state()).await {
            Ok(changes) => Ok(changes),
            Err(problem) => {
                let problem = self.connection.with_servers(problem).await;
                Err(problem.during(READ_CHANGES))
            }
        }
    }

    /// Waits until the collection may have changed, at most this long. What has changed is part
    /// of the next [`changes`](Self::changes). On a standalone server it always waits so long.
    pub async fn wait(&mut self, at_most: Duration) {
        let ring = async {
            match &mut self.following {
                Some(following) => following.ring(&self.connection).await,
                None => std::future::pending().await,
            }
        };
        // It makes no difference whether the time is over.
        drop(timeout(at_most, Box::pin(ring)).await);
    }

    async fn next_state(&mut self) -> Result<ChangedUnits, Problem> {
        for _ in 0..MAX_STREAMS {
            let following = match &mut self.following {
                Some(following) => following,
                none => match Following::start(&self.connection).await {
                    Ok(following) => none.insert(following),
                    Err(problem) if problem.has_code(NO_CHANGE_STREAMS) => {
                        let units = reading::all_at_any_time(&self.connection).await?;
                        return Ok(ChangedUnits::All(units.into_vec()));
                    }
                    Err(problem) => return Err(problem),
                },
            };
            match following.next_state(&self.connection).await {
                Ok(changes) => return Ok(changes),
                Err(Failure::Lost) => self.following = None,
                Err(Failure::Problem(problem)) => return Err(problem),
            }
        }
        Err(Problem::StreamLost {
            streams: MAX_STREAMS,
        })
    }
}

/// The namespace. The client is left out, because it holds credentials.
impl fmt::Debug for Feed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let namespace = self.connection.collection().namespace().to_string();
        f.debug_struct("Feed")
            .field("namespace", &namespace)
            .finish_non_exhaustive()
    }
}
