//! The documents of which the stream has shown a change that no call has returned yet.

use std::collections::HashMap;

use bson::raw::{RawBsonRef, RawDocumentBuf};
use bson::{Bson, Timestamp};

use super::stream::{Event, Kind};
use crate::row::bson_ids;

/// The events that no call has returned yet, by document.
#[derive(Default)]
pub(super) struct Pending {
    documents: HashMap<Key, Vec<Seen>>,
    /// The number of events so far.
    arrived: u64,
}

/// What identifies a document.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) enum Key {
    /// The `_id` of a unit: a string, or an `ObjectId` as its 24 digits.
    Unit(String),
    /// `{"_id": …}` with an `_id` of another type, as BSON. No unit has one.
    Other(Vec<u8>),
}

/// An event of a document.
struct Seen {
    time: Timestamp,
    /// The number of events up to this one.
    arrived: u64,
    in_transaction: bool,
}

/// A moment in the stream: a cluster time, and the number of events that had arrived.
#[derive(Clone, Copy)]
pub(super) struct Mark {
    pub(super) time: Timestamp,
    arrived: u64,
}

/// The events after a mark and up to a time.
#[derive(Clone, Copy)]
pub(super) struct Interval {
    pub(super) after: Mark,
    pub(super) until: Timestamp,
}

impl Seen {
    fn is_after(&self, mark: Mark) -> bool {
        self.time > mark.time || self.arrived > mark.arrived
    }

    fn is_in(&self, interval: Interval) -> bool {
        self.is_after(interval.after) && self.time <= interval.until
    }
}

impl Pending {
    pub(super) fn is_empty(&self) -> bool {
        self.documents.is_empty()
    }

    pub(super) fn mark(&self, time: Timestamp) -> Mark {
        Mark {
            time,
            arrived: self.arrived,
        }
    }

    /// Adds an event. Returns whether it changes at most one document.
    pub(super) fn add(&mut self, event: Event) -> bool {
        let key = match event.kind {
            Kind::Document(key) => Key::new(key),
            Kind::Other => return true,
            Kind::Collection => return false,
        };
        self.arrived = self.arrived.saturating_add(1);
        self.documents.entry(key).or_default().push(Seen {
            time: event.time,
            arrived: self.arrived,
            in_transaction: event.in_transaction,
        });
        true
    }

    /// The documents that have changed up to this time.
    pub(super) fn until(&self, time: Timestamp) -> Vec<Key> {
        self.select(|seen| seen.time <= time)
    }

    /// The documents that have changed in the interval.
    pub(super) fn within(&self, interval: Interval) -> Vec<Key> {
        self.select(|seen| seen.is_in(interval))
    }

    fn select(&self, is_selected: impl Fn(&Seen) -> bool) -> Vec<Key> {
        let selected = self.documents.iter();
        let selected = selected.filter(|(_, events)| events.iter().any(&is_selected));
        selected.map(|(key, _)| key.clone()).collect()
    }

    /// The documents that a transaction has changed in the interval, without those that have
    /// changed before it.
    pub(super) fn first_in_transactions(&self, interval: Interval) -> Vec<Key> {
        let selected = self.documents.iter().filter(|(_, events)| {
            let is_first = events.iter().all(|seen| seen.is_after(interval.after));
            let mut meanwhile = events.iter().filter(|seen| seen.is_in(interval));
            is_first && meanwhile.any(|seen| seen.in_transaction)
        });
        selected.map(|(key, _)| key.clone()).collect()
    }

    /// Whether a document has changed in the interval.
    pub(super) fn has_changed(&self, key: &Key, interval: Interval) -> bool {
        let mut events = self.documents.get(key).into_iter().flatten();
        events.any(|seen| seen.is_in(interval))
    }

    /// Removes the events of a document up to the mark.
    pub(super) fn remove(&mut self, key: &Key, mark: Mark) {
        if let Some(events) = self.documents.get_mut(key) {
            events.retain(|seen| seen.is_after(mark));
            if events.is_empty() {
                self.documents.remove(key);
            }
        }
    }
}

impl Key {
    fn new(key: RawDocumentBuf) -> Self {
        match key.get("_id") {
            Ok(Some(RawBsonRef::String(id))) => Self::Unit(id.to_owned()),
            Ok(Some(RawBsonRef::ObjectId(id))) => Self::Unit(id.to_hex()),
            _ => Self::Other(key.into_bytes()),
        }
    }

    /// The bytes of the `_id`.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Unit(id) => id.len(),
            Self::Other(key) => key.len(),
        }
    }

    /// The values of `_id` that documents of this key can have.
    pub(super) fn ids(&self) -> Vec<Bson> {
        match self {
            Self::Unit(id) => bson_ids(id).collect(),
            Self::Other(key) => {
                let key = RawDocumentBuf::from_bytes(key.clone()).ok();
                let id = key.as_ref().and_then(|key| key.get("_id").ok()?);
                id.and_then(|id| Bson::try_from(id).ok())
                    .into_iter()
                    .collect()
            }
        }
    }
}
