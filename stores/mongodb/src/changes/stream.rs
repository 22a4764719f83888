//! A change stream on the server, read batch by batch.

use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

use bson::raw::{RawBsonRef, RawDocument, RawDocumentBuf};
use bson::{Document, Timestamp, doc};
use futures_core::Stream as _;
use mongodb::options::{AggregateOptions, ReadConcern};
use mongodb::raw_batch_cursor::{RawBatch, RawBatchCursor};
use tokio::time::{Instant, timeout_at};

use super::token::{is_of_stand_in, time_of};
use crate::connection::Connection;
use crate::error::Problem;

/// A change stream that can be resumed. Dropping the future of [`next`](Self::next) loses no
/// event: the cursor of the driver keeps the command that is under way.
pub(super) struct Stream {
    /// `None` if the next command resumes the stream.
    cursor: Option<RawBatchCursor>,
    /// Where to resume: after everything that [`next`](Self::next) has returned.
    token: RawDocumentBuf,
    /// The cluster time up to which the stream was read.
    pub(super) time: Timestamp,
    /// How long the server waits for an event before it sends an empty batch.
    max_await: Duration,
    /// When the command that is under way was sent.
    asked: Option<Instant>,
}

/// The events of one reply, and the time up to which the stream was read.
pub(super) struct Batch {
    pub(super) events: Vec<Event>,
    pub(super) time: Timestamp,
}

/// An event of the stream, without the contents of the document.
pub(super) struct Event {
    pub(super) time: Timestamp,
    pub(super) kind: Kind,
    pub(super) in_transaction: bool,
}

pub(super) enum Kind {
    /// The document of this key, `{"_id": …}`, was inserted, changed or deleted.
    Document(RawDocumentBuf),
    /// The collection was dropped or renamed, or the stream has ended.
    Collection,
    /// An event that changes no document.
    Other,
}

impl Stream {
    /// A stream that begins with the next event.
    pub(super) async fn open(
        connection: &Connection,
        max_await: Duration,
    ) -> Result<Self, Problem> {
        let cursor = connection
            .within(watch(connection, None, max_await))
            .await?;
        let mut stream = Self::resume(
            RawDocumentBuf::new(),
            Timestamp {
                time: 0,
                increment: 0,
            },
            max_await,
        );
        stream.cursor = Some(cursor);
        // The first reply has no event, but the token.
        stream.next(connection).await?;
        Ok(stream)
    }

    /// A stream that begins after the same event as `self`.
    pub(super) fn fork(&self, max_await: Duration) -> Self {
        Self::resume(self.token.clone(), self.time, max_await)
    }

    fn resume(token: RawDocumentBuf, time: Timestamp, max_await: Duration) -> Self {
        Self {
            cursor: None,
            token,
            time,
            max_await,
            asked: None,
        }
    }

    /// Whether a dropped future has left a command under way. The reply may be older than what
    /// the caller asks for now.
    pub(super) fn is_asked(&self) -> bool {
        self.asked.is_some()
    }

    /// Whether the next batch comes from a new cursor, which the server opens at the token.
    pub(super) fn is_interrupted(&self) -> bool {
        self.cursor.is_none()
    }

    /// The next batch, empty if nothing has happened. After an error, the next call resumes.
    pub(super) async fn next(&mut self, connection: &Connection) -> Result<Batch, Problem> {
        let batch = self.next_raw(connection).await;
        self.asked = None;
        let batch = batch.and_then(|batch| self.read(&batch));
        if batch.is_err() {
            // Dropping the cursor closes it on the server.
            self.cursor = None;
        }
        batch
    }

    async fn next_raw(&mut self, connection: &Connection) -> Result<RawBatch, Problem> {
        let cursor = match &mut self.cursor {
            Some(cursor) => cursor,
            none => {
                let watch = watch(connection, Some(&self.token), self.max_await);
                none.insert(connection.within(watch).await?)
            }
        };
        let asked = *self.asked.get_or_insert_with(Instant::now);
        let next = poll_fn(|context| Pin::new(&mut *cursor).poll_next(context));
        let limit = connection.options().timeout.saturating_add(self.max_await);
        let batch = match asked.checked_add(limit) {
            None => next.await,
            Some(deadline) => match timeout_at(deadline, next).await {
                Ok(batch) => batch,
                Err(_) => return Err(connection.no_answer().await),
            },
        };
        Ok(batch.ok_or(Problem::StreamEnded)??)
    }

    /// The events of a reply. Moves the token.
    fn read(&mut self, batch: &RawBatch) -> Result<Batch, Problem> {
        let mut events = Vec::new();
        let mut token = None;
        for event in batch.doc_slices()? {
            let event = event.map_err(wrong("an event"))?;
            let event = event.as_document().ok_or(WRONG_EVENT)?;
            events.push(read_event(event)?);
            token = Some(
                event
                    .get_document("_id")
                    .map_err(wrong("the token of an event"))?,
            );
        }
        let cursor = batch.as_raw_document().get_document("cursor");
        let cursor = cursor.map_err(wrong("`cursor`"))?;
        // It is the token of the last event, or a later one.
        if let Ok(batch_token) = cursor.get_document("postBatchResumeToken") {
            token = Some(batch_token);
        }
        let token = token.ok_or(NO_TOKEN)?;
        let last = events.last().map(|event| event.time);
        let time = match time_of(token) {
            Some(time) => time,
            None if is_of_stand_in(token) => last.unwrap_or(END),
            None => return Err(NO_TOKEN),
        };
        self.token = token.to_owned();
        if time != END {
            self.time = time;
        }
        Ok(Batch { events, time })
    }
}

/// Later than all times.
const END: Timestamp = Timestamp {
    time: u32::MAX,
    increment: u32::MAX,
};

const WRONG_EVENT: Problem = Problem::WrongReply { field: "an event" };
const NO_TOKEN: Problem = Problem::WrongReply {
    field: "a resume token that begins with a cluster time",
};

fn wrong<E>(field: &'static str) -> impl Fn(E) -> Problem {
    move |_| Problem::WrongReply { field }
}

fn read_event(event: &RawDocument) -> Result<Event, Problem> {
    let kind = event.get_str("operationType");
    let kind = match kind.map_err(wrong("`operationType` of an event"))? {
        "insert" | "update" | "replace" | "delete" => {
            let key = event.get_document("documentKey");
            let key = key.map_err(wrong("`documentKey` of an event"))?;
            Kind::Document(key.to_owned())
        }
        "drop" | "rename" | "dropDatabase" | "invalidate" => Kind::Collection,
        _ => Kind::Other,
    };
    let time = event.get_timestamp("clusterTime");
    Ok(Event {
        time: time.map_err(wrong("`clusterTime` of an event"))?,
        kind,
        in_transaction: matches!(event.get("txnNumber"), Ok(Some(number)) if number != RawBsonRef::Null),
    })
}

/// Sends the command that opens a stream.
async fn watch(
    connection: &Connection,
    after: Option<&RawDocumentBuf>,
    max_await: Duration,
) -> Result<RawBatchCursor, Problem> {
    let mut stage = Document::new();
    if let Some(token) = after {
        let token = Document::try_from(token.clone());
        stage.insert("resumeAfter", token.map_err(wrong("a resume token"))?);
    }
    let pipeline = [
        doc! { "$changeStream": stage },
        // The documents themselves are read later, so their contents need not be sent here.
        doc! { "$project": {
            "operationType": 1, "clusterTime": 1, "documentKey._id": 1, "txnNumber": 1,
        } },
    ];
    let options = AggregateOptions::builder()
        .max_await_time(max_await)
        // Change streams have no other.
        .read_concern(ReadConcern::majority())
        .build();
    let aggregate = connection.collection().aggregate(pipeline);
    Ok(aggregate.with_options(options).batch().await?)
}
