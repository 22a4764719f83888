//! A reader of the feed of a cluster.

use livechat_units::{StoreError, Unit};
use livechat_units_mongodb::{ChangedUnits, Feed};
use livechat_units_testkit::mongodb::cluster::{Cluster, Model, State};
use mongodb::bson::Document;

use crate::scripted::{Role, Stores};
use crate::server::RUNTIME;

pub(super) const MEMBER: Role = Role::Member { wire_version: 21 };

/// A feed with the state of its reader.
pub(super) struct Reader {
    pub(super) feed: Feed,
    pub(super) state: State,
}

pub(super) fn number(unit: &Unit) -> i64 {
    let json: serde_json::Value = serde_json::from_str(unit.as_json()).unwrap();
    json["n"].as_i64().unwrap()
}

impl Reader {
    pub(super) fn new(cluster: &Cluster) -> Self {
        Self {
            feed: cluster.server().store().feed(),
            state: State::new(),
        }
    }

    /// Applies the next changes. Returns whether they were all units.
    pub(super) fn read(&mut self) -> Result<bool, StoreError> {
        match RUNTIME.block_on(self.feed.changes())? {
            ChangedUnits::All(units) => {
                let units = units.iter();
                self.state = units
                    .map(|unit| (unit.id().to_owned(), number(unit)))
                    .collect();
                Ok(true)
            }
            ChangedUnits::Some(changes) => {
                for (id, unit) in changes {
                    match unit {
                        Some(unit) => drop(self.state.insert(id, number(&unit))),
                        None => drop(self.state.remove(&id)),
                    }
                }
                Ok(false)
            }
        }
    }
}

/// A cluster with two units, and a reader that has their state.
pub(super) fn cluster(role: Role) -> (Cluster, Reader) {
    let cluster = Cluster::new(role);
    cluster.put("a", 1);
    cluster.put("b", 2);
    if role == Role::Router {
        cluster.model().advance();
    }
    let mut reader = Reader::new(&cluster);
    let last = cluster.model().last;
    if role == Role::Router {
        shards_advance(&cluster);
    }
    assert!(reader.read().unwrap());
    assert_eq!(reader.state, cluster.model().state_at(last));
    (cluster, reader)
}

/// After each `getMore` all shards write a no-op, so that the time of the stream moves on.
pub(super) fn shards_advance(cluster: &Cluster) {
    cluster.model().hook = Some(Box::new(|model: &mut Model, command: &Document| {
        if command.contains_key("getMore") {
            model.advance();
        }
    }));
}

pub(super) fn source(error: &StoreError) -> String {
    std::error::Error::source(error).unwrap().to_string()
}
