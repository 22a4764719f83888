//! The feed over an address that leads to another deployment, which accepts the token of the feed.

use livechat_units_testkit::mongodb::cluster::{Cluster, Model, State};
use mongodb::bson::Document;

use super::reader::{MEMBER, Reader, cluster, shards_advance};
use crate::scripted::{Role, Stores};

const OTHER: [(&str, i64); 2] = [("a", 1), ("z", 9)];

#[test]
fn another_deployment_before_a_call() {
    for role in [MEMBER, Role::Router] {
        // The time of its last write is before, at or after that of the last state.
        for difference in [-2, 0, 40] {
            let (cluster, mut reader) = cluster(role);
            cluster.put("a", 30);
            reader.read().unwrap();
            let last = cluster.model().last.saturating_add_signed(difference);
            cluster.model().replace(&OTHER, last);
            assert!(reader.read().unwrap(), "{difference}: all units are read");
            assert_eq!(reader.state, cluster.state());
            cluster.put("b", 40);
            assert!(!reader.read().unwrap());
            assert_eq!(reader.state, cluster.state());
        }
    }
}

/// The address changes at each moment of a call. No state has units of both deployments.
#[test]
fn another_deployment_during_a_call() {
    for role in [MEMBER, Role::Router] {
        for moment in 0..8 {
            let (cluster, mut reader) = cluster(role);
            for id in ["a", "b"] {
                cluster.put(id, 30);
            }
            let before = cluster.state();
            let mut left = moment;
            cluster.model().hook = Some(Box::new(move |model: &mut Model, command: &Document| {
                if role == Role::Router && command.contains_key("getMore") {
                    model.advance();
                }
                if left == 0 {
                    let last = model.last;
                    model.replace(&OTHER, last);
                }
                left -= 1;
            }));
            let is_all = reader.read().unwrap();
            let other = State::from(OTHER.map(|(id, n)| (id.to_owned(), n)));
            let expected = if is_all { &other } else { &before };
            assert_eq!(reader.state, *expected, "{role:?}, {moment}");
            if role == Role::Router {
                shards_advance(&cluster);
            } else {
                cluster.model().hook = None;
            }
            cluster.model().replace(&OTHER, 60);
            assert!(reader.read().unwrap());
            assert_eq!(reader.state, other);
        }
    }
}

#[test]
fn a_user_who_may_not_list_collections() {
    let cluster = Cluster::new(MEMBER);
    cluster.model().shows_uuid = false;
    let mut reader = Reader {
        feed: cluster.server().store().feed(),
        state: State::new(),
    };
    assert!(reader.read().unwrap());
    cluster.put("a", 3);
    assert!(!reader.read().unwrap());
    cluster.model().close_cursors();
    cluster.put("b", 3);
    assert!(!reader.read().unwrap(), "the stream is resumed");
    assert_eq!(reader.state, cluster.state());
    // What was not comparable before may be another collection.
    cluster.model().shows_uuid = true;
    cluster.put("c", 3);
    assert!(reader.read().unwrap());
    assert_eq!(reader.state, cluster.state());
}
