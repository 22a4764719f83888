//! The conformance suite over collections of a MongoDB server.

use std::sync::Arc;

use livechat_units::{Unit, UnitQuery};
use livechat_units_conformance::{Change, Fixture, Group};
use livechat_units_testkit::mongodb::documents::to_bson;
use mongodb::bson::doc;

use crate::server::{RUNTIME, Scratch, server};

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
/// Cases in which the order of `secantusd-rs` differs from that in MongoDB's own tests.
const BEYOND_THE_STAND_IN: [(&str, &str); 2] = [
    (
        "mongodb_integers_beside_large_doubles",
        "secantusd-rs lists the double -2^55 before the integer -2^55 - 1",
    ),
    (
        "mongodb_arrays_on_deep_paths",
        "secantusd-rs skips elements of an array in which a path of three names ends early",
    ),
];
const DIGITS: &str = "BSON stores a number as an integer or a double, without its digits";

fn load(documents: &[Unit]) -> Scratch {
    let server = server().expect("`fixture` returns `None` without a server");
    RUNTIME.block_on(async {
        let scratch = Scratch::new(server).await;
        scratch.insert_units(documents).await;
        scratch
    })
}

/// `None` without a server; [`server`] says so, or fails if the tests require one.
fn fixture() -> Option<Fixture> {
    let server = server()?;
    let mut fixture = Fixture::lists(|documents: &[Unit]| {
        let scratch = load(documents);
        move |query: &UnitQuery| RUNTIME.block_on(scratch.store().list(query))
    })
    .with_writes(|documents| {
        let readers = Arc::new(load(documents));
        let writer = Arc::clone(&readers);
        (
            move |query: &UnitQuery| RUNTIME.block_on(readers.store().list(query)),
            move |change| RUNTIME.block_on(write(&writer, change)),
        )
    });
    fixture = fixture.without(Group::Digits, DIGITS);
    for (case, reason) in BEYOND_BSON {
        fixture = fixture.cannot(case, reason);
    }
    if server.is_stand_in() {
        for (case, reason) in BEYOND_THE_STAND_IN {
            fixture = fixture.cannot(case, reason);
        }
    }
    Some(fixture)
}

async fn write(scratch: &Scratch, change: Change) {
    match change {
        Change::Upsert(unit) => {
            let replace = scratch
                .collection
                .replace_one(doc! { "_id": unit.id() }, to_bson(&unit));
            replace.upsert(true).await.unwrap();
        }
        Change::Remove(id) => {
            let delete = scratch.collection.delete_one(doc! { "_id": id });
            delete.await.unwrap();
        }
    }
}

livechat_units_conformance::conformance_tests!(match fixture() {
    Some(fixture) => fixture,
    None => return,
});
