//! Reading documents at a cluster time.

use std::collections::HashMap;
use std::future::poll_fn;
use std::pin::pin;

use bson::raw::{RawBsonRef, RawDocument};
use bson::{Document, Timestamp, doc};
use futures_core::Stream;
use livechat_units::{Unit, UnitQuery};
use mongodb::ClientSession;
use mongodb::error::Result as DriverResult;
use mongodb::options::{FindOptions, ReadConcern, ReadPreference, SelectionCriteria};
use mongodb::raw_batch_cursor::RawBatch;

use super::pending::Key;
use crate::connection::{Connection, simple_collation};
use crate::error::{Problem, quoted};
use crate::query::read_match;

/// About the most values of `_id` in one command.
const MAX_IDS: usize = 1_000;
/// The most bytes of several `_id`s in one command. MongoDB accepts 16 MB, and a single `_id` can
/// have almost as much.
const MAX_BYTES: usize = 1_000_000;

/// `SnapshotTooOld`: the server has deleted the snapshot while it was read.
const SNAPSHOT_TOO_OLD: i32 = 239;
/// `SnapshotUnavailable`: the server does not have the snapshot.
const SNAPSHOT_UNAVAILABLE: i32 = 246;

/// What a read may see.
#[derive(Clone, Copy)]
enum Time {
    /// The state at this cluster time.
    At(Timestamp),
    /// For each document the state at some time from this one on.
    From(Timestamp),
    /// For each document some state.
    Any,
}

impl Time {
    /// The best that the deployment has.
    async fn best(connection: &Connection, time: Timestamp) -> Result<Self, Problem> {
        Ok(if connection.within(connection.has_snapshots()).await? {
            Self::At(time)
        } else {
            Self::From(time)
        })
    }
}

/// Units by their `_id`.
#[derive(Default)]
pub(super) struct Units {
    units: HashMap<String, Found>,
}

struct Found {
    unit: Unit,
    /// Whether the `_id` of the document is an `ObjectId`.
    is_object_id: bool,
}

impl Units {
    /// Adds the document if it is a unit.
    fn add(&mut self, document: &RawDocument) -> Result<(), Problem> {
        let Some(row) = read_match(document, &UnitQuery::default())? else {
            return Ok(());
        };
        let is_object_id = matches!(document.get("_id"), Ok(Some(RawBsonRef::ObjectId(_))));
        let id = row.unit.id().to_owned();
        let unit = row.unit;
        let replaced = self.units.insert(id, Found { unit, is_object_id });
        match replaced {
            Some(replaced) if replaced.is_object_id != is_object_id => Err(Problem::TwoUnits {
                id: quoted(replaced.unit.id()),
            }),
            _ => Ok(()),
        }
    }

    /// Replaces the units of these keys by those that were read again.
    pub(super) fn replace(&mut self, keys: &[Key], mut read: Self) {
        for key in keys {
            let Key::Unit(id) = key else {
                continue;
            };
            match read.units.remove_entry(id) {
                Some((id, found)) => drop(self.units.insert(id, found)),
                None => drop(self.units.remove(id)),
            }
        }
    }

    /// The unit with this `_id`.
    pub(super) fn take(&mut self, id: &str) -> Option<Unit> {
        Some(self.units.remove(id)?.unit)
    }

    pub(super) fn into_vec(self) -> Vec<Unit> {
        self.units.into_values().map(|found| found.unit).collect()
    }
}

/// The cluster time of the last write to any primary. Everything that was acknowledged before
/// the call is not later.
pub(super) async fn now(connection: &Connection) -> Result<Timestamp, Problem> {
    // A router asks each shard that has documents of the collection, which a command without a
    // collection would not do.
    let options = FindOptions::builder()
        .limit(-1)
        .projection(doc! { "_id": 1 })
        .read_concern(ReadConcern::local())
        .selection_criteria(SelectionCriteria::ReadPreference(ReadPreference::Primary))
        .build();
    let find = connection.collection().find(doc! {}).with_options(options);
    let mut cursor = connection.within(find.batch()).await?;
    let reply = next_batch(connection, &mut cursor).await?;
    let time = reply.and_then(|reply| reply.as_raw_document().get_timestamp("operationTime").ok());
    time.ok_or(Problem::WrongReply {
        field: "`operationTime`",
    })
}

/// All units, read after `time`: at `time` itself if the deployment has snapshots, else each
/// document at some later time.
pub(super) async fn all(connection: &Connection, time: Timestamp) -> Result<Units, Problem> {
    let mut units = Units::default();
    let at = Time::best(connection, time).await?;
    match read(connection, doc! {}, at, &mut units).await {
        // Reading has taken longer than the server keeps a snapshot, which is 5 minutes if it is
        // not configured. A read without a snapshot has no such limit.
        Err(problem)
            if problem.has_code(SNAPSHOT_TOO_OLD) || problem.has_code(SNAPSHOT_UNAVAILABLE) =>
        {
            units = Units::default();
            read(connection, doc! {}, Time::From(time), &mut units).await?;
        }
        read => drop(read?),
    }
    Ok(units)
}

/// All units, each at some time.
pub(super) async fn all_at_any_time(connection: &Connection) -> Result<Units, Problem> {
    let mut units = Units::default();
    read(connection, doc! {}, Time::Any, &mut units).await?;
    Ok(units)
}

/// The units with these keys. The flag: whether all of them are from the state at `time`. If
/// not, each is from some later state.
pub(super) async fn by_keys(
    connection: &Connection,
    keys: &[Key],
    time: Timestamp,
) -> Result<(Units, bool), Problem> {
    let mut units = Units::default();
    let mut is_exact = true;
    let at = Time::best(connection, time).await?;
    let mut keys = keys.iter().peekable();
    while keys.peek().is_some() {
        let (mut ids, mut bytes) = (Vec::new(), 0);
        let fits = |key: &&Key, ids: usize, bytes: usize| {
            ids == 0 || ids < MAX_IDS && bytes + key.len() < MAX_BYTES
        };
        while let Some(key) = keys.next_if(|key| fits(key, ids.len(), bytes)) {
            ids.extend(key.ids());
            bytes += key.len();
        }
        is_exact &= read(connection, doc! { "_id": { "$in": ids } }, at, &mut units).await?;
    }
    Ok((units, is_exact))
}

/// Adds the units among the documents that match the filter. Returns whether all of them are from
/// the state at the time of [`Time::At`].
async fn read(
    connection: &Connection,
    filter: Document,
    time: Time,
    units: &mut Units,
) -> Result<bool, Problem> {
    let mut session = session(connection, time).await?;
    let read_concern = match time {
        // The driver adds its own read concern only to commands that have none.
        Time::At(_) => Some(ReadConcern::snapshot()),
        Time::From(_) => Some(ReadConcern::majority()),
        Time::Any => None,
    };
    let options = FindOptions::builder()
        .collation(simple_collation())
        .read_concern(read_concern)
        .build();
    let find = connection.collection().find(filter).with_options(options);
    let find = find.session(&mut session);
    let mut cursor = connection.within(find.batch()).await?;
    let mut batches = cursor.stream(&mut session);
    let mut read_at = None;
    while let Some(batch) = next_batch(connection, &mut batches).await? {
        // Only the first reply has the time.
        read_at = read_at.or_else(|| at_cluster_time(&batch));
        for document in batch.doc_slices()? {
            let document = document.map_err(mongodb::error::Error::from)?;
            let document = document.as_document().ok_or(Problem::WrongReply {
                field: "a document",
            })?;
            units.add(document)?;
            // The documents of a batch of 16 MB are all ready.
            tokio::task::coop::consume_budget().await;
        }
    }
    Ok(matches!(time, Time::At(time) if read_at == Some(time)))
}

/// The time of the snapshot from which a server has read. The stand-in of the tests, which has
/// no snapshots, returns the time of the last write: if that is the time that was asked for,
/// nothing was written since, and the documents are from the state at that time.
fn at_cluster_time(batch: &RawBatch) -> Option<Timestamp> {
    let cursor = batch.as_raw_document().get_document("cursor").ok()?;
    cursor.get_timestamp("atClusterTime").ok()
}

async fn session(connection: &Connection, time: Time) -> Result<ClientSession, Problem> {
    let client = connection.collection().client();
    let session = client.start_session();
    Ok(match time {
        Time::At(time) => session.snapshot(true).snapshot_time(time).await?,
        Time::From(time) => {
            let mut session = session.causal_consistency(true).await?;
            session.advance_operation_time(time);
            session
        }
        Time::Any => session.causal_consistency(false).await?,
    })
}

async fn next_batch(
    connection: &Connection,
    batches: &mut (impl Stream<Item = DriverResult<RawBatch>> + Unpin),
) -> Result<Option<RawBatch>, Problem> {
    let mut batches = pin!(batches);
    let next = poll_fn(|context| batches.as_mut().poll_next(context));
    connection.within(async { next.await.transpose() }).await
}
