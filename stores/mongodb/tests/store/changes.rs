//! The feed over a server: every kind of write.

mod deployments;
mod faults;
mod model;
mod random;
mod reader;
mod times;
mod wait;

use std::collections::BTreeMap;

use livechat_units::{Limit, Page, StoreErrorKind, Unit, UnitQuery};
use livechat_units_mongodb::{ChangedUnits, Feed, MongoStore};
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Document, doc};

use crate::server::{RUNTIME, Scratch, Server, options};

/// The units of a reader, as it has put them together from changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Copy {
    units: BTreeMap<String, String>,
}

impl Copy {
    fn new(units: impl IntoIterator<Item = Unit>) -> Self {
        let units = units.into_iter();
        let units = units.map(|unit| (unit.id().to_owned(), unit.to_extended_json().into_owned()));
        Self {
            units: units.collect(),
        }
    }

    /// Applies changes. Returns whether they were all units.
    fn apply(&mut self, changes: ChangedUnits) -> bool {
        match changes {
            ChangedUnits::All(units) => {
                let count = units.len();
                *self = Self::new(units);
                assert_eq!(self.units.len(), count, "each unit is listed once");
                true
            }
            ChangedUnits::Some(changes) => {
                for (id, unit) in changes {
                    match unit {
                        Some(unit) => {
                            assert_eq!(unit.id(), id);
                            let json = unit.to_extended_json().into_owned();
                            self.units.insert(id, json);
                        }
                        None => drop(self.units.remove(&id)),
                    }
                }
                false
            }
        }
    }
}

async fn listed(store: &MongoStore) -> Copy {
    let query = UnitQuery::default().with_page(Page::new(0, Limit::Unlimited));
    Copy::new(store.list(&query).await.unwrap().units())
}

/// A feed with its copy.
struct Reader {
    scratch: Scratch,
    feed: Feed,
    copy: Copy,
    /// Ends last.
    _server: Server,
}

impl Reader {
    /// Has read the first state.
    async fn over(server: Server, scratch: Scratch) -> Self {
        let feed = scratch.store().feed();
        let copy = Copy::default();
        let mut reader = Self {
            scratch,
            feed,
            copy,
            _server: server,
        };
        assert!(reader.read().await, "the first state is a snapshot");
        reader
    }

    /// Reads and applies the next changes. Returns whether they were all units.
    async fn read(&mut self) -> bool {
        let changes = self.feed.changes().await.unwrap();
        let is_all = self.copy.apply(changes);
        assert_eq!(self.copy, listed(&self.scratch.store()).await);
        is_all
    }

    async fn read_changes(&mut self) {
        assert!(!self.read().await, "changes suffice");
    }
}

async fn over_server() -> Option<Reader> {
    let server = Server::own()?;
    let scratch = Scratch::new(&server).await;
    let unit = |id: &str| doc! { "_id": id, "type": "u", "name": "a" };
    let other = doc! { "_id": "d", "name": "department" };
    scratch.insert(&[unit("a"), unit("b"), other]).await;
    Some(Reader::over(server, scratch).await)
}

#[test]
fn every_kind_of_write() {
    RUNTIME.block_on(async {
        let Some(mut reader) = over_server().await else {
            return;
        };
        let collection = reader.scratch.collection.clone();
        reader.read_changes().await;

        let id = ObjectId::new();
        for document in [
            doc! { "_id": "c", "type": "u", "x": { "y": [1, 2.5] } },
            doc! { "_id": id, "type": "u" },
            doc! { "_id": 7, "type": "d" },
        ] {
            collection.insert_one(document).await.unwrap();
            reader.read_changes().await;
        }
        for (id, update) in [
            ("a", doc! { "$set": { "name": "b", "new": 1 } }),
            (
                "a",
                doc! { "$unset": { "name": 1 }, "$push": { "list": 5 } },
            ),
            ("b", doc! { "$set": { "type": "d" } }),
            ("b", doc! { "$set": { "type": "u" } }),
            ("d", doc! { "$set": { "name": "another" } }),
            ("d", doc! { "$set": { "type": "u" } }),
        ] {
            collection
                .update_one(doc! { "_id": id }, update)
                .await
                .unwrap();
            reader.read_changes().await;
        }
        let replacement = doc! { "type": "u", "z": 1, "a": 2 };
        collection
            .replace_one(doc! { "_id": "c" }, replacement)
            .await
            .unwrap();
        reader.read_changes().await;
        let bytes = id;
        collection.delete_one(doc! { "_id": bytes }).await.unwrap();
        collection.delete_one(doc! { "_id": "a" }).await.unwrap();
        reader.read_changes().await;

        // Several changes of one document are one.
        for n in 0..5 {
            let update = doc! { "$set": { "n": n } };
            collection
                .update_one(doc! { "_id": "b" }, update)
                .await
                .unwrap();
        }
        collection.delete_one(doc! { "_id": "c" }).await.unwrap();
        let ChangedUnits::Some(mut changes) = reader.feed.changes().await.unwrap() else {
            panic!("changes suffice");
        };
        changes.sort_by(|(a, _), (b, _)| a.cmp(b));
        let ids: Vec<&str> = changes.iter().map(|(id, _)| id.as_str()).collect();
        assert_eq!(ids, ["b", "c"]);
        assert!(changes[0].1.is_some() && changes[1].1.is_none());
    });
}

#[test]
fn many_changes_at_once() {
    RUNTIME.block_on(async {
        let Some(mut reader) = over_server().await else {
            return;
        };
        let documents = (0..2_500).map(|id| doc! { "_id": format!("{id:04}"), "type": "u" });
        reader.scratch.insert(&documents.collect::<Vec<_>>()).await;
        reader.read_changes().await;
        let collection = reader.scratch.collection.clone();
        collection
            .update_many(doc! {}, doc! { "$set": { "x": 1 } })
            .await
            .unwrap();
        reader.read_changes().await;
        collection
            .delete_many(doc! { "_id": { "$gt": "1" } })
            .await
            .unwrap();
        reader.read_changes().await;
    });
}

#[test]
fn changes_of_documents_with_long_ids() {
    RUNTIME.block_on(async {
        let Some(mut reader) = over_server().await else {
            return;
        };
        let id = |number: usize| format!("{number}{}", "x".repeat(300_000));
        let documents = (0..9).map(|number| doc! { "_id": id(number), "type": "u" });
        let documents: Vec<Document> = documents.collect();
        for document in documents {
            reader.scratch.insert(&[document]).await;
        }
        reader.read_changes().await;
    });
}

#[test]
fn a_transaction_is_in_one_state() {
    RUNTIME.block_on(async {
        let Some(mut reader) = over_server().await else {
            return;
        };
        let collection = reader.scratch.collection.clone();
        let mut session = collection.client().start_session().await.unwrap();
        session.start_transaction().await.unwrap();
        for id in ["x", "y"] {
            let document = doc! { "_id": id, "type": "u" };
            collection
                .insert_one(document)
                .session(&mut session)
                .await
                .unwrap();
        }
        let removed = collection.delete_one(doc! { "_id": "a" });
        removed.session(&mut session).await.unwrap();
        let before = reader.copy.clone();
        reader.read_changes().await;
        assert_eq!(reader.copy, before);
        session.commit_transaction().await.unwrap();
        reader.read_changes().await;
        assert_ne!(reader.copy, before);
    });
}

#[test]
fn a_collection_that_is_dropped_or_renamed() {
    RUNTIME.block_on(async {
        let Some(mut reader) = over_server().await else {
            return;
        };
        let collection = reader.scratch.collection.clone();
        let namespace = collection.namespace();
        let admin = collection.client().database("admin");
        let rename = |from: String, to: String| {
            let command = doc! { "renameCollection": from, "to": to, "dropTarget": true };
            admin.run_command(command)
        };
        let unit = |id: &str| doc! { "_id": id, "type": "u" };

        collection.drop().await.unwrap();
        assert!(
            reader.read().await,
            "a dropped collection is read as a whole"
        );
        collection.insert_one(unit("n")).await.unwrap();
        assert!(reader.read().await, "the collection is another one");
        collection.insert_one(unit("o")).await.unwrap();
        reader.read_changes().await;

        // Dropped and made again between two calls.
        collection.drop().await.unwrap();
        collection.insert_one(unit("m")).await.unwrap();
        assert!(reader.read().await);
        reader.read_changes().await;

        let other = format!("{namespace}_other");
        rename(namespace.to_string(), other.clone()).await.unwrap();
        assert!(reader.read().await);
        reader.read_changes().await;
        rename(other, namespace.to_string()).await.unwrap();
        reader.read().await;
        reader.read_changes().await;
        collection.insert_one(unit("l")).await.unwrap();
        reader.read_changes().await;
    });
}

#[test]
fn a_database_that_is_dropped() {
    RUNTIME.block_on(async {
        let Some(server) = Server::own() else {
            return;
        };
        let mut scratch = Scratch::new(&server).await;
        let name = format!("livechat_units_test_{}", std::process::id());
        let database = scratch.collection.client().database(&name);
        scratch.collection = database.collection("units");
        scratch.insert(&[doc! { "_id": "a", "type": "u" }]).await;
        let mut reader = Reader::over(server, scratch).await;
        database.drop().await.unwrap();
        assert!(reader.read().await);
        reader
            .scratch
            .insert(&[doc! { "_id": "b", "type": "u" }])
            .await;
        assert!(reader.read().await, "the collection is another one");
        database.drop().await.unwrap();
    });
}

#[test]
fn a_unit_that_cannot_be_read_is_an_error_until_it_is_gone() {
    RUNTIME.block_on(async {
        let Some(mut reader) = over_server().await else {
            return;
        };
        let collection = reader.scratch.collection.clone();
        collection
            .insert_one(doc! { "_id": 7, "type": "u" })
            .await
            .unwrap();
        collection
            .insert_one(doc! { "_id": "c", "type": "u" })
            .await
            .unwrap();
        for _ in 0..2 {
            let error = reader.feed.changes().await.unwrap_err();
            assert_eq!(error.kind(), StoreErrorKind::Corrupt);
            assert_eq!(error.operation(), "read changes");
        }
        let error = reader.scratch.store().feed().changes().await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Corrupt);
        collection.delete_one(doc! { "_id": 7 }).await.unwrap();
        reader.read_changes().await;

        let id = ObjectId::new();
        collection
            .insert_one(doc! { "_id": id, "type": "u" })
            .await
            .unwrap();
        reader.read_changes().await;
        collection
            .insert_one(doc! { "_id": id.to_hex(), "type": "u" })
            .await
            .unwrap();
        let errors = [
            reader.feed.changes().await.unwrap_err(),
            reader.scratch.store().feed().changes().await.unwrap_err(),
        ];
        for error in errors {
            assert_eq!(error.kind(), StoreErrorKind::Corrupt);
            let source = std::error::Error::source(&error).unwrap().to_string();
            assert!(source.contains(&id.to_hex()), "{source}");
        }
        collection.delete_one(doc! { "_id": id }).await.unwrap();
        reader.read_changes().await;
    });
}

#[test]
fn the_collection_need_not_exist() {
    RUNTIME.block_on(async {
        let Some(server) = Server::own() else {
            return;
        };
        let scratch = Scratch::with_options(options(&server).await);
        let mut reader = Reader::over(server, scratch).await;
        reader.read_changes().await;
        let unit: Document = doc! { "_id": "a", "type": "u" };
        reader.scratch.insert(&[unit]).await;
        assert!(reader.read().await, "the collection is a new one");
        reader.read_changes().await;
    });
}
