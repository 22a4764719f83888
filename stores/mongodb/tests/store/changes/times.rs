//! The feed over a cluster: of which time its states are, with snapshots and without, on one
//! replica set and on several shards.

use std::time::Duration;

use livechat_units::StoreErrorKind;
use livechat_units_mongodb::Consistency;
use livechat_units_testkit::mongodb::cluster::{Cluster, Model, State, unit};
use mongodb::bson::Document;

use super::reader::{MEMBER, Reader, cluster, source};
use crate::scripted::{Reply, Role, Stores};

#[test]
fn documents_are_read_at_the_time_of_the_stream() {
    let (cluster, mut reader) = cluster(MEMBER);
    cluster.put("a", 3);
    // Written after the call has begun: while the documents are read.
    cluster.model().hook = Some(Box::new(|model: &mut Model, command: &Document| {
        if command.contains_key("find") && !command.contains_key("limit") {
            model.put("a", 4);
            model.put("c", 5);
        }
    }));
    let last = cluster.model().last;
    assert!(!reader.read().unwrap());
    assert_eq!(reader.state, cluster.model().state_at(last));
    assert_eq!(reader.state["a"], 3);
    cluster.model().hook = None;
    assert!(!reader.read().unwrap());
    assert_eq!(reader.state, cluster.state());

    // A call without changes reads no documents.
    let before = cluster.server().commands().len();
    assert!(!reader.read().unwrap());
    let commands = cluster.server().commands();
    let names = commands[before..]
        .iter()
        .map(|command| command.keys().next().unwrap().as_str());
    assert_eq!(names.collect::<Vec<_>>(), ["find", "getMore"]);
}

#[test]
fn a_server_without_snapshots_is_read_again_until_nothing_changes() {
    for consistency in [None, Some(Consistency::Separate)] {
        let role = Role::Member {
            wire_version: if consistency.is_none() { 9 } else { 21 },
        };
        let cluster = Cluster::new(role);
        cluster.model().has_snapshots = false;
        cluster.put("a", 1);
        let mut options = cluster.server().options();
        if let Some(consistency) = consistency {
            options = options.with_consistency(consistency);
        }
        let mut reader = Reader {
            feed: options.build().feed(),
            state: State::new(),
        };
        for round in 0..20 {
            let (begin, mut left) = (cluster.model().last, round);
            cluster.model().hook = Some(Box::new(move |model: &mut Model, command: &Document| {
                if left > 0 && (command.contains_key("find") || command.contains_key("getMore")) {
                    left -= 1;
                    model.put(["a", "b", "c"][left % 3], i64::from(model.last));
                }
            }));
            reader.read().unwrap();
            let model = cluster.model();
            let mut times = begin..=model.last;
            assert!(times.any(|time| model.state_at(time) == reader.state));
        }
        cluster.model().hook = None;
        reader.read().unwrap();
        assert_eq!(reader.state, cluster.state());

        // A document that changes all the time, beside one that does not.
        cluster.put("a", 7);
        cluster.put("c", 8);
        cluster.model().hook = Some(Box::new(|model: &mut Model, _: &Document| {
            model.put("a", i64::from(model.last));
        }));
        for _ in 0..3 {
            let (begin, before) = (cluster.model().last, reader.state["a"]);
            assert!(!reader.read().unwrap());
            // Each document is as it was at some time during the call.
            let a = reader.state["a"];
            assert!(a >= i64::from(begin) && a > before, "{a} after {before}");
            assert!(a <= i64::from(cluster.model().last));
            assert_eq!(reader.state["c"], 8);
        }
        cluster.model().hook = None;
        assert!(!reader.read().unwrap());
        assert_eq!(reader.state, cluster.state());
    }
}

/// With snapshots, a document that changes all the time is read once, or twice on shards.
#[test]
fn a_document_that_changes_all_the_time() {
    for (role, readings) in [(MEMBER, 1), (Role::Router, 2)] {
        let (cluster, mut reader) = cluster(role);
        cluster.put("a", 7);
        cluster.model().hook = Some(Box::new(|model: &mut Model, _: &Document| {
            let n = i64::from(model.last);
            model.transact(&[("a", n), ("b", n)]);
        }));
        for _ in 0..10 {
            let (begin, before) = (cluster.model().last, cluster.server().commands().len());
            assert!(!reader.read().unwrap());
            let model = cluster.model();
            let mut times = begin..=model.last;
            assert!(times.any(|time| model.state_at(time) == reader.state));
            drop(model);
            let commands = cluster.server().commands();
            let found = commands[before..]
                .iter()
                .filter(|command| command.contains_key("find") && !command.contains_key("limit"));
            assert!(found.count() <= readings);
        }
    }
}

#[test]
fn a_majority_that_is_late() {
    let (cluster, mut reader) = cluster(MEMBER);
    cluster.model().is_majority_reached = false;
    cluster.put("a", 3);
    let mut left = 5;
    cluster.model().hook = Some(Box::new(move |model: &mut Model, command: &Document| {
        if command.contains_key("getMore") {
            left -= 1;
            model.is_majority_reached = left <= 0;
            if left == 0 {
                model.shown = model.last;
            }
        }
    }));
    assert!(!reader.read().unwrap());
    assert_eq!(reader.state, cluster.state());

    let options = cluster.server().options();
    let store = options.with_timeout(Duration::from_millis(200)).build();
    let mut reader = Reader {
        feed: store.feed(),
        state: State::new(),
    };
    reader.read().unwrap();
    cluster.model().hook = None;
    cluster.model().is_majority_reached = false;
    cluster.put("a", 4);
    let error = reader.read().unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Timeout);
    assert!(source(&error).contains("the time of the primary within 200ms"));
}

#[test]
fn a_transaction_in_several_batches() {
    let (cluster, mut reader) = cluster(MEMBER);
    cluster.model().batch_size = 2;
    cluster
        .model()
        .transact(&[("a", 3), ("b", 3), ("c", 3), ("d", 3), ("e", 3)]);
    assert!(!reader.read().unwrap());
    assert_eq!(reader.state, cluster.state());
    assert_eq!(reader.state.len(), 5);
}

#[test]
fn two_shards() {
    // An event of the same time can follow an empty batch: the time has to be passed.
    let (cluster, mut reader) = cluster(Role::Router);
    cluster.put("a", 3);
    cluster.model().hook = None;
    let mut batches = 0;
    cluster.model().hook = Some(Box::new(move |model: &mut Model, command: &Document| {
        if command.contains_key("getMore") {
            batches += 1;
            match batches {
                2 => {
                    let time = model.last;
                    model.write_at(time, time, "update", "b".into(), Some(unit(3)), false);
                }
                0..4 => {}
                _ => model.advance(),
            }
        }
    }));
    assert!(!reader.read().unwrap());
    assert_eq!(reader.state["b"], 3);
    assert_eq!(reader.state, cluster.state());
}

/// A transaction over two shards is in a snapshot before the times of its events.
#[test]
fn a_transaction_over_two_shards() {
    let (cluster, mut reader) = cluster(Role::Router);
    cluster.put("a", 3);
    let mut written = false;
    cluster.model().hook = Some(Box::new(move |model: &mut Model, command: &Document| {
        if command.contains_key("getMore") {
            model.advance();
        }
        if command.contains_key("find") && !command.contains_key("limit") && !written {
            written = true;
            let time = command.get_document("readConcern").unwrap();
            let time = time.get_timestamp("atClusterTime").unwrap().increment;
            for (id, later) in [("a", 1), ("b", 2)] {
                let event_time = model.last + later;
                model.write_at(time, event_time, "update", id.into(), Some(unit(9)), true);
            }
        }
    }));
    assert!(!reader.read().unwrap());
    assert_eq!((reader.state["a"], reader.state["b"]), (9, 9));

    // One shard has shown its event before the call, and the other has not.
    cluster.model().hook = None;
    let time = cluster.model().last + 1;
    cluster
        .model()
        .write_at(time, time, "update", "a".into(), Some(unit(10)), true);
    let mut written = false;
    cluster.model().hook = Some(Box::new(move |model: &mut Model, command: &Document| {
        if command.contains_key("getMore") {
            model.advance();
        }
        if command.contains_key("find") && !command.contains_key("limit") && !written {
            written = true;
            let event_time = model.last + 1;
            model.write_at(time, event_time, "update", "b".into(), Some(unit(10)), true);
        }
    }));
    assert!(!reader.read().unwrap());
    assert_eq!((reader.state["a"], reader.state["b"]), (10, 10));
}

#[test]
fn a_snapshot_that_is_too_old() {
    for code in [239, 246] {
        let cluster = Cluster::new(MEMBER);
        cluster.put("a", 1);
        let mut first = true;
        cluster.model().hook = Some(Box::new(move |model: &mut Model, command: &Document| {
            if command.contains_key("find") && !command.contains_key("limit") {
                model.put("b", i64::from(model.last));
                if std::mem::take(&mut first) {
                    let fault = Reply::Error(code, "the snapshot is gone");
                    model.faults.push_back(("find", fault));
                }
            }
        }));
        let mut reader = Reader::new(&cluster);
        assert!(reader.read().unwrap());
        cluster.model().hook = None;
        assert!(!reader.read().unwrap());
        assert_eq!(reader.state, cluster.state());
    }
}
