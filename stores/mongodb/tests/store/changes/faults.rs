//! The feed over a cluster: elections, lost tokens, a collection that is replaced, replies that it
//! cannot read.

use std::time::{Duration, Instant};

use livechat_units::StoreErrorKind;
use livechat_units_testkit::mongodb::cluster::{Cluster, Model, State, unit};
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Bson, Document, doc};

use super::reader::{MEMBER, Reader, cluster, source};
use crate::scripted::{Reply, Role, Stores};
use crate::server::RUNTIME;

fn streams(cluster: &Cluster) -> Vec<Document> {
    let mut commands = cluster.server().commands();
    commands.retain(|command| command.contains_key("aggregate"));
    let stage = |command: &Document| {
        let stage = command.get_array("pipeline").unwrap()[0]
            .as_document()
            .unwrap();
        stage.get_document("$changeStream").unwrap().clone()
    };
    commands.iter().map(stage).collect()
}

#[test]
fn a_new_primary() {
    for fault in [
        || Reply::Error(10107, "not primary"),
        || Reply::Error(11602, "operation was interrupted"),
        || Reply::Error(43, "cursor not found"),
        || Reply::Error(237, "the cursor was killed"),
        || Reply::Close,
    ] {
        let (cluster, mut reader) = cluster(MEMBER);
        cluster.put("a", 3);
        cluster.model().faults.push_back(("getMore", fault()));
        assert!(!reader.read().unwrap(), "the stream is resumed");
        assert_eq!(reader.state, cluster.state());
        let streams = streams(&cluster);
        assert_eq!(streams.len(), 2);
        assert!(!streams[0].contains_key("resumeAfter"));
        assert!(streams[1].contains_key("resumeAfter"));
    }
}

#[test]
fn a_cluster_without_a_primary_for_a_time() {
    let (cluster, mut reader) = cluster(MEMBER);
    cluster.put("a", 3);
    for command in ["getMore", "aggregate", "aggregate"] {
        let fault = Reply::Error(10107, "not primary");
        cluster.model().faults.push_back((command, fault));
    }
    let error = reader.read().unwrap_err();
    assert_eq!(
        error.kind(),
        StoreErrorKind::Unavailable,
        "{}",
        source(&error)
    );
    assert_eq!(error.operation(), "read changes");
    cluster.put("b", 4);
    assert!(!reader.read().unwrap(), "the stream is resumed later");
    assert_eq!(reader.state, cluster.state());

    // The documents cannot be read. Their changes are part of the next call.
    cluster.put("c", 5);
    let hook = |model: &mut Model, command: &Document| {
        if command.contains_key("find") && !command.contains_key("limit") {
            model
                .faults
                .push_back(("find", Reply::Error(91, "shutdown")));
        }
    };
    cluster.model().hook = Some(Box::new(hook));
    let error = reader.read().unwrap_err();
    assert_eq!(
        error.kind(),
        StoreErrorKind::Unavailable,
        "{}",
        source(&error)
    );
    cluster.model().hook = None;
    assert!(!reader.read().unwrap());
    assert_eq!(reader.state, cluster.state());
}

#[test]
fn a_token_that_the_oplog_has_lost() {
    for code in [286, 280, 136, 260, 50811] {
        let (cluster, mut reader) = cluster(MEMBER);
        cluster.put("a", 3);
        let fault = Reply::Error(code, "history lost");
        cluster.model().faults.push_back(("getMore", fault));
        let fault = Reply::Error(code, "the token is lost");
        cluster.model().faults.push_back(("aggregate", fault));
        assert!(reader.read().unwrap(), "{code}: all units are read");
        assert_eq!(reader.state, cluster.state());
        assert!(!streams(&cluster)[2].contains_key("resumeAfter"));
        cluster.put("b", 4);
        assert!(!reader.read().unwrap());
        assert_eq!(reader.state, cluster.state());
    }
    // After a restart that has taken so long that the oplog begins later.
    let (cluster, mut reader) = cluster(MEMBER);
    cluster.put("a", 3);
    cluster.put("b", 3);
    cluster.model().lost = 4;
    cluster.model().close_cursors();
    assert!(reader.read().unwrap());
    assert_eq!(reader.state, cluster.state());
}

#[test]
fn an_error_that_is_not_about_the_token() {
    let (cluster, mut reader) = cluster(MEMBER);
    cluster.put("a", 3);
    for command in ["getMore", "aggregate", "aggregate"] {
        let fault = Reply::Error(13, "not authorized");
        cluster.model().faults.push_back((command, fault));
    }
    let error = reader.read().unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Failed);
    assert!(source(&error).contains("not authorized"));
    assert!(reader.read().unwrap());
    assert_eq!(reader.state, cluster.state());
}

#[test]
fn a_collection_that_is_replaced() {
    for event in ["drop", "rename", "dropDatabase", "invalidate"] {
        let (cluster, mut reader) = cluster(MEMBER);
        cluster.put("a", 3);
        cluster.model().end(event);
        assert!(reader.read().unwrap(), "{event}");
        assert_eq!(reader.state, State::new());
        cluster.put("a", 4);
        assert!(!reader.read().unwrap());
        cluster.model().end(event);
        cluster.put("c", 5);
        assert!(reader.read().unwrap());
        assert_eq!(reader.state, cluster.state());
    }
    // Again and again.
    let (cluster, mut reader) = cluster(MEMBER);
    cluster.model().hook = Some(Box::new(|model: &mut Model, command: &Document| {
        if command.contains_key("getMore") {
            model.end("drop");
        }
    }));
    let error = reader.read().unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unavailable);
    assert!(source(&error).starts_with("expected a change stream that continues, found 3"));
}

#[test]
fn a_standalone_server() {
    let (cluster, mut reader) = {
        let cluster = Cluster::new(Role::Alone);
        cluster.put("a", 1);
        let reader = Reader::new(&cluster);
        (cluster, reader)
    };
    for n in 0..3 {
        cluster.put("b", n);
        assert!(reader.read().unwrap(), "there is no change stream");
        assert_eq!(reader.state, cluster.state());
        let began = Instant::now();
        RUNTIME.block_on(reader.feed.wait(Duration::from_millis(100)));
        assert!(began.elapsed() >= Duration::from_millis(100));
    }
}

#[test]
fn replies_that_the_feed_cannot_read() {
    let cursor = |token: Bson, event: Option<Document>| {
        let batch: Vec<Document> = event.into_iter().collect();
        Reply::Fields(doc! { "cursor": {
            "id": 1_i64, "ns": "db.units", "firstBatch": batch, "postBatchResumeToken": token,
        } })
    };
    let token = doc! { "_data": "82000000070000000100" };
    let event = doc! { "_id": token.clone(), "operationType": "insert" };
    for (reply, expected) in [
        (cursor(Bson::Null, None), "a resume token"),
        (
            cursor(doc! { "_data": "00" }.into(), None),
            "a resume token",
        ),
        (
            cursor(token.into(), Some(event)),
            "`documentKey` of an event",
        ),
    ] {
        let cluster = Cluster::new(MEMBER);
        cluster.model().faults.push_back(("aggregate", reply));
        let error = Reader::new(&cluster).read().unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Failed);
        assert!(
            source(&error).starts_with(&format!("expected {expected}")),
            "{}",
            source(&error)
        );
    }
    let cluster = Cluster::new(MEMBER);
    let empty = doc! { "id": 0_i64, "ns": "db.units", "firstBatch": [] };
    cluster
        .model()
        .faults
        .push_back(("find", Reply::Fields(doc! { "cursor": empty })));
    let error = Reader::new(&cluster).read().unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Failed);
    assert!(
        source(&error).starts_with("expected `operationTime`"),
        "{}",
        source(&error)
    );
}

#[test]
fn a_server_that_does_not_answer_is_asked_again() {
    let cluster = Cluster::new(MEMBER);
    cluster.put("a", 1);
    let options = cluster.server().options();
    let store = options.with_timeout(Duration::from_millis(300)).build();
    let mut reader = Reader {
        feed: store.feed(),
        state: State::new(),
    };
    reader.read().unwrap();
    cluster.put("a", 2);
    for command in ["getMore", "getMore", "find"] {
        cluster.model().faults.push_back((command, Reply::Nothing));
    }
    let mut errors = 0;
    while let Err(error) = reader.read() {
        assert_eq!(error.kind(), StoreErrorKind::Timeout, "{}", source(&error));
        errors += 1;
        assert!(errors < 4);
    }
    assert!(errors > 0);
    assert_eq!(reader.state, cluster.state());
}

#[test]
fn ids_of_other_types() {
    let (cluster, mut reader) = cluster(MEMBER);
    let id = ObjectId::from_bytes([7; 12]);
    cluster
        .model()
        .write("insert", 7.into(), Some(doc! { "type": "d" }));
    cluster.model().write("insert", id.into(), Some(unit(3)));
    assert!(!reader.read().unwrap());
    assert_eq!(reader.state[&id.to_hex()], 3);
    cluster.model().write("delete", id.into(), None);
    cluster.model().write("delete", 7.into(), None);
    assert!(!reader.read().unwrap());
    assert_eq!(reader.state, cluster.state());
}
