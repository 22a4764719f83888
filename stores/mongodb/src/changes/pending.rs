//! The documents of which the stream has shown a change that no call has returned yet.

use std::collections::HashMap;

use bson::raw::{RawBsonRef, RawDocumentBuf};
use bson::{Bson, Timestamp};

use super::stream::{Event, Kind};
use crate::row::bson_ids;

/// One entry for each document, however often it has changed.
#[derive(Default)]
pub(super) struct Pending {
    documents: HashMap<Key, Change>,
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

/// The changes of one document.
struct Change {
    /// The cluster time of the first one.
    first: Timestamp,
    /// The cluster time of the last one.
    last: Timestamp,
    /// The number of events up to the last one.
    arrived: u64,
    /// Whether one of them is part of a transaction.
    in_transaction: bool,
}

/// A moment in the stream: a cluster time, and the number of events that had arrived.
#[derive(Clone, Copy)]
pub(super) struct Mark {
    pub(super) time: Timestamp,
    arrived: u64,
}

impl Change {
    fn is_after(&self, mark: Mark) -> bool {
        self.last > mark.time || self.arrived > mark.arrived
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
            Kind::Document(key) => key,
            Kind::Other => return true,
            Kind::Collection => return false,
        };
        self.arrived = self.arrived.saturating_add(1);
        let change = self.documents.entry(Key::new(key)).or_insert(Change {
            first: event.time,
            last: event.time,
            arrived: self.arrived,
            in_transaction: false,
        });
        change.first = change.first.min(event.time);
        change.last = change.last.max(event.time);
        change.arrived = self.arrived;
        change.in_transaction |= event.in_transaction;
        true
    }

    /// The documents that have changed up to this time.
    pub(super) fn until(&self, time: Timestamp) -> Vec<Key> {
        self.select(|change| change.first <= time)
    }

    /// The documents that have changed after the mark and up to this time, and perhaps some
    /// others.
    pub(super) fn between(&self, mark: Mark, time: Timestamp) -> Vec<Key> {
        self.select(|change| change.is_after(mark) && change.first <= time)
    }

    fn select(&self, is_selected: impl Fn(&Change) -> bool) -> Vec<Key> {
        let selected = self.documents.iter();
        let selected = selected.filter(|(_, change)| is_selected(change));
        selected.map(|(key, _)| key.clone()).collect()
    }

    /// Whether a document has changed after the mark; if `in_transaction`, whether a transaction
    /// may have changed it.
    pub(super) fn has_changed(&self, key: &Key, mark: Mark, in_transaction: bool) -> bool {
        self.documents.get(key).is_some_and(|change| {
            change.is_after(mark) && (change.in_transaction || !in_transaction)
        })
    }

    /// Removes a document, unless it has changed after the mark.
    pub(super) fn remove(&mut self, key: &Key, mark: Mark) {
        if !self.has_changed(key, mark, false) {
            self.documents.remove(key);
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
