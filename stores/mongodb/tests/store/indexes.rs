//! `create_indexes`: its commands, and its effect on a collection that has indexes.

use std::error::Error;

use livechat_units::{SortSpec, StoreError, StoreErrorKind, UnitQuery};
use livechat_units_mongodb::MongoStore;
use mongodb::bson::{Bson, Document, doc};
use mongodb::options::Collation;

use crate::commands::simple;
use crate::scripted::{Reply, Role, Scripted, Stores};
use crate::server::{RUNTIME, Scratch, server};

const FIELDS: [&str; 5] = [
    "name",
    "visibility",
    "numMonitors",
    "numDepartments",
    "_updatedAt",
];

/// An index with this collation. The first release named the simple one.
fn index(field: &str, collation: Option<Document>) -> Document {
    let mut keys = Document::new();
    keys.insert(field, 1);
    keys.insert("_id", 1);
    let mut index = doc! {
        "key": keys,
        "name": format!("livechat_units_{field}"),
        "partialFilterExpression": { "type": "u" },
    };
    if let Some(collation) = collation {
        index.insert("collation", collation);
    }
    index
}

fn indexes(collation: Option<&Document>) -> Vec<Bson> {
    let index = |field| Bson::from(index(field, collation.cloned()));
    FIELDS.into_iter().map(index).collect()
}

/// The reply to `listCollections` with these collections.
fn collections(collections: Vec<Document>) -> Reply {
    let cursor = doc! { "id": 0_i64, "ns": "db.$cmd.listCollections", "firstBatch": collections };
    Reply::Fields(doc! { "cursor": cursor })
}

fn create(store: &MongoStore) -> Result<(), StoreError> {
    RUNTIME.block_on(store.create_indexes())
}

/// The indexes that are sent to a server with this reply to `listCollections`.
fn sent(listed: impl Fn() -> Reply + Send + Sync + 'static) -> Vec<Bson> {
    let server = Scripted::new(Role::Alone, move |command| {
        if command.contains_key("listCollections") {
            listed()
        } else {
            Reply::Fields(Document::new())
        }
    });
    create(&server.store()).unwrap();
    let commands = server.commands();
    let [list, create] = &commands[..] else {
        panic!("expected two commands, found {commands:?}");
    };
    let expected = doc! { "listCollections": 1, "filter": { "name": "units" }, "cursor": {} };
    assert_eq!(*list, expected);
    create.get_array("indexes").unwrap().clone()
}

#[test]
fn no_collation_is_named_if_the_collection_has_none() {
    let without = indexes(None);
    assert_eq!(sent(|| collections(vec![])), without, "no collection yet");
    for options in [doc! {}, doc! { "collation": simple() }] {
        let listed = doc! { "name": "units", "type": "collection", "options": options };
        assert_eq!(sent(move || collections(vec![listed.clone()])), without);
    }
    let listed = doc! { "name": "units" };
    assert_eq!(sent(move || collections(vec![listed.clone()])), without);
}

#[test]
fn the_simple_collation_is_named_if_the_collection_has_another() {
    let collation = doc! { "locale": "en", "strength": 2 };
    let listed = doc! { "name": "units", "options": { "collation": collation } };
    let with = indexes(Some(&simple()));
    assert_eq!(sent(move || collections(vec![listed.clone()])), with);
}

/// The right to create indexes does not include the right to list collections. Proxies refuse
/// the command with codes of their own, and some servers do not know it.
#[test]
fn the_simple_collation_is_named_if_the_server_refuses_to_list_collections() {
    let with = indexes(Some(&simple()));
    for (code, message) in [
        (13, "not authorized on db"),
        (8000, "(Unauthorized) not authorized on db"),
        (59, "no such command: 'listCollections'"),
    ] {
        assert_eq!(sent(move || Reply::Error(code, message)), with, "{code}");
    }
}

#[test]
fn indexes_that_cannot_be_created() {
    let fail = |refused: &'static str, code: i32| {
        let server = Scripted::new(Role::Alone, move |command| {
            if command.contains_key(refused) {
                Reply::Error(code, "no")
            } else {
                collections(vec![])
            }
        });
        create(&server.store()).unwrap_err()
    };
    for (refused, code, kind) in [
        ("listCollections", 11600, StoreErrorKind::Unavailable),
        ("listCollections", 50, StoreErrorKind::Timeout),
        ("createIndexes", 13, StoreErrorKind::Failed),
        ("createIndexes", 85, StoreErrorKind::Failed),
        ("createIndexes", 86, StoreErrorKind::Failed),
        ("createIndexes", 10107, StoreErrorKind::Unavailable),
    ] {
        let error = fail(refused, code);
        assert_eq!(error.kind(), kind, "{refused}: {code}");
        assert_eq!(error.operation(), "create indexes");
        assert!(error.source().is_some());
    }
}

/// A collection with this collation. `None` without a server, or if the server has no
/// collations.
fn scratch(collation: Option<&str>) -> Option<Scratch> {
    let server = server()?;
    RUNTIME.block_on(async {
        let scratch = Scratch::new(server).await;
        if let Some(locale) = collation {
            let database = scratch.collection.client().database("livechat_units_test");
            let collation = Collation::builder().locale(locale).build();
            let create = database.create_collection(scratch.collection.name());
            if let Err(error) = create.collation(collation).await {
                eprintln!("not run, because the server has no collations: {error}");
                return None;
            }
        }
        let units = ["b", "B", "a"].map(|name| doc! { "_id": name, "type": "u", "name": name });
        scratch.insert(&units).await;
        Some(scratch)
    })
}

fn names_of_indexes(scratch: &Scratch) -> Vec<String> {
    let names = RUNTIME.block_on(async { scratch.collection.list_index_names().await });
    let mut names = names.unwrap();
    names.sort_unstable();
    names
}

fn ids(scratch: &Scratch) -> Vec<String> {
    let sort: SortSpec = r#"{"name":1}"#.parse().unwrap();
    let listed = RUNTIME.block_on(scratch.store().list(&UnitQuery::default().with_sort(sort)));
    let units = listed.unwrap();
    units.units().map(|unit| unit.id().to_owned()).collect()
}

const NAMES: [&str; 6] = [
    "_id_",
    "livechat_units__updatedAt",
    "livechat_units_name",
    "livechat_units_numDepartments",
    "livechat_units_numMonitors",
    "livechat_units_visibility",
];

/// They have the same names.
#[test]
fn indexes_of_the_first_release_remain() {
    for collation in [None, Some("en")] {
        let Some(scratch) = scratch(collation) else {
            continue;
        };
        let command = doc! {
            "createIndexes": scratch.collection.name(),
            "indexes": indexes(Some(&simple())),
        };
        let database = scratch.collection.client().database("livechat_units_test");
        if let Err(error) = RUNTIME.block_on(async { database.run_command(command).await }) {
            eprintln!("not run, because the server has no collations: {error}");
            continue;
        }
        assert_eq!(names_of_indexes(&scratch), NAMES);
        for _ in 0..2 {
            create(&scratch.store()).unwrap();
            assert_eq!(names_of_indexes(&scratch), NAMES);
        }
        assert_eq!(ids(&scratch), ["B", "a", "b"]);
    }
}

/// The host's index has another name and another collation.
#[test]
fn the_hosts_index_of_the_same_keys_remains() {
    for collation in [None, Some("en")] {
        let Some(scratch) = scratch(collation) else {
            continue;
        };
        let own = doc! {
            "key": { "name": 1, "_id": 1 }, "name": "own", "collation": { "locale": "de" },
        };
        let command = doc! { "createIndexes": scratch.collection.name(), "indexes": [own] };
        let database = scratch.collection.client().database("livechat_units_test");
        if let Err(error) = RUNTIME.block_on(async { database.run_command(command).await }) {
            eprintln!("not run, because the server has no collations: {error}");
            continue;
        }
        create(&scratch.store()).unwrap();
        let mut expected = NAMES.map(str::to_owned).to_vec();
        expected.push("own".to_owned());
        assert_eq!(names_of_indexes(&scratch), expected);
        assert_eq!(ids(&scratch), ["B", "a", "b"]);
    }
}

/// MongoDB creates the collection with its first index.
#[test]
fn a_collection_that_does_not_exist_gets_the_indexes() {
    let Some(server) = server() else {
        return;
    };
    let scratch = RUNTIME.block_on(Scratch::new(server));
    create(&scratch.store()).unwrap();
    assert_eq!(names_of_indexes(&scratch), NAMES);
    assert_eq!(ids(&scratch), [""; 0]);
}
