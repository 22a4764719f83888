//! Mirrors of MongoDB, while the server is stopped, and the collection is replaced.

use std::thread;
use std::time::Duration;

use ::mongodb::bson::{Document, doc};
use ::mongodb::{Client, Collection};
use livechat_units::{Unit, UnitStore};
use livechat_units_mirror::{Mirror, MirrorOptions, Phase};
use livechat_units_testkit::effort;
use livechat_units_testkit::mongodb::RUNTIME;
use livechat_units_testkit::mongodb::documents::to_bson;
use livechat_units_testkit::mongodb::server::Server;
use livechat_units_testkit::random::Random;

use crate::history::{History, Units};
use crate::mongodb::{Mirrored, PATIENCE, mirror_of, names, remove, unit, upsert};

fn write(collection: &Collection<Document>, units: &mut Units, random: &mut Random) {
    let id = format!("u{}", random.below(20));
    if random.below(3) == 0 {
        remove(collection, &id);
        units.remove(&id);
    } else {
        let name = format!("name {}", random.below(1_000_000));
        let unit = Unit::builder(&*id).name(name.as_str()).build().unwrap();
        upsert(collection, &unit);
        units.insert(id, unit);
    }
}

/// Checks that the mirror shows the newest state.
fn check(mirror: &Mirror, history: &History) {
    mirror.caught_up_within(PATIENCE).unwrap();
    let page = mirror.list(&History::query()).unwrap();
    assert_eq!(history.check(&page, history.newest()), history.newest());
}

fn snapshots(mirror: &Mirror) -> u64 {
    mirror.status().snapshots
}

#[test]
fn a_server_that_is_stopped_and_started_again() {
    let directory = tempfile::tempdir().unwrap();
    let Some(mut server) = Server::restartable(0, directory.path(), &[]) else {
        return;
    };
    let port = server.port();
    let mirrored = Mirrored::new(&server, &[]);
    let (collection, mirror) = (&mirrored.collection, &mirrored.mirror);
    let (history, mut random) = (History::new(), Random(5));
    let restarts = effort::choose("restarts of MongoDB", 3, 60);
    for restart in 0..restarts {
        for _ in 0..random.below(20) {
            history.write(|units| write(collection, units, &mut random));
        }
        check(mirror, &history);
        history.write(|units| write(collection, units, &mut random));
        server.stop();
        let last = history.newest() - 1;
        history.check(&mirror.list(&History::query()).unwrap(), last);
        server = Server::restartable(port, directory.path(), &[]).unwrap();
        check(mirror, &history);
        assert_eq!(mirror.status().phase, Phase::Current, "{restart}");
    }
    assert_eq!(
        snapshots(mirror),
        1,
        "the stream is resumed after a restart"
    );

    // The oplog loses the position of the mirror while the mirror has no connection.
    server.stop();
    let short = ["--oplog-max-entries", "5"];
    let elsewhere = Server::restartable(0, directory.path(), &short).unwrap();
    let client = RUNTIME.block_on(async { Client::with_uri_str(elsewhere.url()).await.unwrap() });
    let namespace = collection.namespace();
    let same = client
        .database(&namespace.db)
        .collection::<Document>(&namespace.coll);
    for _ in 0..40 {
        history.write(|units| write(&same, units, &mut random));
    }
    let prune = doc! { "secantusAdmin.pruneOplog": 1 };
    RUNTIME.block_on(async { client.database("admin").run_command(prune).await.unwrap() });
    drop(same);
    elsewhere.stop();
    let server = Server::restartable(port, directory.path(), &[]).unwrap();
    check(mirror, &history);
    assert_eq!(snapshots(mirror), 2, "the position is lost");
    history.write(|units| write(collection, units, &mut random));
    check(mirror, &history);
    assert_eq!(snapshots(mirror), 2);
    drop(mirrored);
    server.stop();
}

#[test]
fn another_server_at_the_same_address() {
    let directories = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let start = |port, at: usize| Server::restartable(port, directories[at].path(), &[]);
    let Some(server) = start(0, 0) else {
        return;
    };
    let port = server.port();
    let mirrored = Mirrored::new(&server, &[unit("a", "Sales"), unit("b", "Support")]);
    let other = start(0, 1).unwrap();
    let client = RUNTIME.block_on(async { Client::with_uri_str(other.url()).await.unwrap() });
    let namespace = mirrored.collection.namespace();
    let same = client.database(&namespace.db).collection(&namespace.coll);
    upsert(&same, &unit("a", "Care"));
    other.stop();
    server.stop();
    let server = start(port, 1).unwrap();
    mirrored.mirror.caught_up_within(PATIENCE).unwrap();
    assert_eq!(names(&mirrored.mirror), "Care");
    assert_eq!(snapshots(&mirrored.mirror), 2);
    upsert(&mirrored.collection, &unit("c", "Service"));
    mirrored.mirror.caught_up_within(PATIENCE).unwrap();
    assert_eq!(names(&mirrored.mirror), "Care Service");
    assert_eq!(snapshots(&mirrored.mirror), 2);
    drop(mirrored);
    server.stop();
}

#[test]
fn a_collection_that_is_dropped_or_renamed_and_made_again() {
    let Some(server) = Server::own() else {
        return;
    };
    let mirrored = Mirrored::new(&server, &[]);
    let (collection, mirror) = (&mirrored.collection, &mirrored.mirror);
    let (history, mut random) = (History::new(), Random(6));
    let namespace = collection.namespace().to_string();
    let admin = collection.client().database("admin");
    let drops = effort::choose("collections of MongoDB that are dropped", 10, 140);
    for round in 0..drops {
        for _ in 0..random.below(10) {
            history.write(|units| write(collection, units, &mut random));
        }
        if round % 3 > 0 {
            check(mirror, &history);
        }
        history.write(|units| {
            units.clear();
            RUNTIME.block_on(async {
                if round % 2 == 0 {
                    collection.drop().await.unwrap();
                    return;
                }
                let document = to_bson(&unit("a", "a"));
                collection
                    .replace_one(doc! { "_id": "a" }, document)
                    .upsert(true)
                    .await
                    .unwrap();
                let rename = doc! {
                    "renameCollection": &namespace, "to": format!("{namespace}_old"),
                    "dropTarget": true,
                };
                admin.run_command(rename).await.unwrap();
            });
        });
        history.write(|units| write(collection, units, &mut random));
        check(mirror, &history);
    }
    assert!(snapshots(mirror) > 1);
}

#[test]
fn mirrors_that_are_dropped_do_not_disturb_another() {
    let Some(server) = Server::own() else {
        return;
    };
    let mirrored = Mirrored::new(&server, &[unit("a", "Sales")]);
    let url = server.url().to_owned();
    let mut random = Random(7);
    for _ in 0..effort::choose("mirrors of MongoDB that are dropped", 10, 100) {
        let client = RUNTIME.block_on(async { Client::with_uri_str(&url).await.unwrap() });
        let namespace = mirrored.collection.namespace();
        let collection = client.database(&namespace.db).collection(&namespace.coll);
        let mirror = mirror_of(&collection, MirrorOptions::new());
        thread::sleep(Duration::from_millis(random.below(30)));
        drop(mirror);
    }
    upsert(&mirrored.collection, &unit("b", "Support"));
    mirrored.mirror.caught_up_within(PATIENCE).unwrap();
    assert_eq!(names(&mirrored.mirror), "Sales Support");
}
