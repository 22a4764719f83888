//! Mirrors of collections in MongoDB: the conformance suite, and what the mirror reads.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ::mongodb::Collection;
use ::mongodb::bson::{Document, doc};
use livechat_units::{Unit, UnitQuery, UnitStore};
use livechat_units_conformance::{Change, Fixture, Group};
use livechat_units_mirror::{Mirror, MirrorOptions, MongoSource};
use livechat_units_mongodb::MongoStore;
use livechat_units_testkit::mongodb::RUNTIME;
use livechat_units_testkit::mongodb::documents::to_bson;
use livechat_units_testkit::mongodb::server::{Server, collection, options, server};

use crate::soak::soak;

pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Cases with documents that no MongoDB can store.
const BEYOND_BSON: [(&str, &str); 3] = [
    (
        "documents_with_the_id_after_other_fields",
        "MongoDB moves `_id` to the front of a document",
    ),
    ("documents_with_nul_in_keys", "a key of BSON ends at U+0000"),
    (
        "documents_nested_in_256_levels",
        "MongoDB stores documents of at most 200 levels",
    ),
];
const DIGITS: &str = "BSON stores a number as an integer or a double, without its digits";

livechat_units_conformance::conformance_tests!({
    if server().is_none() {
        return;
    }
    fixture()
});

fn fixture() -> Fixture {
    let mut fixture = Fixture::lists(|documents: &[Unit]| {
        let server = server().expect("a test without a server has ended before");
        let mirrored = Mirrored::new(server, documents);
        move |query: &UnitQuery| mirrored.mirror.list(query)
    })
    .with_writes(|documents: &[Unit]| {
        let server = Server::own().expect("a test without a server has ended before");
        let mirrored = Arc::new(Mirrored::new(&server, documents));
        let writer = Arc::clone(&mirrored);
        (
            move |query: &UnitQuery| mirrored.mirror.list(query),
            move |change| {
                // Moved into the closure, so that the server lives as long as the mirror.
                let _ = &server;
                match change {
                    Change::Upsert(unit) => upsert(&writer.collection, &unit),
                    Change::Remove(id) => remove(&writer.collection, &id),
                }
                writer.mirror.caught_up_within(PATIENCE).unwrap();
            },
        )
    });
    fixture = fixture.without(Group::Digits, DIGITS);
    for (case, reason) in BEYOND_BSON {
        fixture = fixture.cannot(case, reason);
    }
    fixture
}

/// A collection and its mirror. The collection is dropped at the end of the test.
pub(crate) struct Mirrored {
    pub(crate) collection: Collection<Document>,
    pub(crate) mirror: Mirror,
}

impl Mirrored {
    pub(crate) fn new(server: &Server, documents: &[Unit]) -> Self {
        let collection = RUNTIME.block_on(async { collection(options(server).await) });
        let name = collection.name();
        let database = collection.client().database(&collection.namespace().db);
        RUNTIME.block_on(async { database.create_collection(name).await.unwrap() });
        if !documents.is_empty() {
            let documents: Vec<Document> = documents.iter().map(to_bson).collect();
            RUNTIME.block_on(async { collection.insert_many(documents).await.unwrap() });
        }
        let mirror = mirror_of(&collection, MirrorOptions::new());
        mirror.ready_within(PATIENCE).unwrap();
        Self { collection, mirror }
    }
}

impl Drop for Mirrored {
    fn drop(&mut self) {
        let dropped = RUNTIME.block_on(async { self.collection.drop().await });
        // The server of the test may have ended.
        drop(dropped);
    }
}

pub(crate) fn mirror_of(collection: &Collection<Document>, options: MirrorOptions) -> Mirror {
    let options = options.with_max_pause(Duration::from_millis(100));
    let source = MongoSource::new(&MongoStore::new(collection));
    let (mirror, follow) = options.follow(source);
    RUNTIME.spawn(follow);
    mirror
}

pub(crate) fn upsert(collection: &Collection<Document>, unit: &Unit) {
    let replace = collection.replace_one(doc! { "_id": unit.id() }, to_bson(unit));
    RUNTIME.block_on(async { replace.upsert(true).await.unwrap() });
}

pub(crate) fn remove(collection: &Collection<Document>, id: &str) {
    RUNTIME.block_on(async { collection.delete_one(doc! { "_id": id }).await.unwrap() });
}

pub(crate) fn unit(id: &str, name: &str) -> Unit {
    Unit::builder(id).name(name).build().unwrap()
}

/// The names, in their order.
pub(crate) fn names(mirror: &Mirror) -> String {
    let page = mirror.list(&UnitQuery::default()).unwrap();
    let names = page.units().map(|unit| unit.name().unwrap().to_owned());
    names.collect::<Vec<_>>().join(" ")
}

#[test]
fn events_are_read_at_once_and_not_all_units() {
    let Some(server) = Server::own() else {
        return;
    };
    let collection = RUNTIME.block_on(async { collection(options(&server).await) });
    upsert(&collection, &unit("a", "Sales"));
    upsert(&collection, &unit("b", "Support"));
    // Without events nothing would be read.
    let hour = Duration::from_secs(3_600);
    let options = MirrorOptions::new()
        .with_max_staleness(3 * hour)
        .with_interval(hour);
    let mirror = mirror_of(&collection, options);
    mirror.ready_within(PATIENCE).unwrap();
    let shows = |expected: &str| {
        let began = Instant::now();
        while names(&mirror) != expected {
            assert!(began.elapsed() < PATIENCE, "{}", names(&mirror));
            std::thread::sleep(Duration::from_millis(1));
        }
    };
    shows("Sales Support");
    upsert(&collection, &unit("a", "Care"));
    shows("Care Support");
    remove(&collection, "b");
    shows("Care");
    upsert(&collection, &unit("c", "Service"));
    mirror.caught_up_within(PATIENCE).unwrap();
    assert_eq!(names(&mirror), "Care Service");
    let status = mirror.status();
    assert_eq!(status.snapshots, 1, "{status:?}");
}

#[test]
#[ignore = "it measures times: ten minutes"]
fn soak_mongodb() {
    let Some(server) = Server::own() else {
        return;
    };
    let mirrored = Mirrored::new(&server, &[]);
    soak("MongoDB", &mirrored.mirror, |unit| {
        upsert(&mirrored.collection, unit);
    });
}
