//! Values that a MongoDB collection can contain and the conformance suite's documents cannot.

use std::error::Error;
use std::sync::{Arc, Mutex};

use livechat_units::{
    Limit, Page, Scope, SortSpec, StoreErrorKind, TextFilter, Unit, UnitQuery, UnitStore,
};
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Bson, DateTime, Decimal128, Document, Regex, doc, raw::cstr};
use mongodb::event::EventHandler;
use mongodb::event::command::CommandEvent;
use mongodb::options::Collation;

use crate::server::{RUNTIME, Scratch, options, server};

const EVERYTHING: Page = Page::new(0, Limit::Unlimited);

fn by(sort: &str) -> UnitQuery {
    let sort: SortSpec = sort.parse().unwrap();
    UnitQuery::default().with_sort(sort).with_page(EVERYTHING)
}

fn containing(text: &str) -> UnitQuery {
    by("{}").with_text(TextFilter::new(text).unwrap())
}

/// A collection of these documents; `None` without a server.
fn load(documents: &[Document]) -> Option<Scratch> {
    let server = server()?;
    Some(RUNTIME.block_on(async {
        let scratch = Scratch::new(server).await;
        scratch.insert(documents).await;
        scratch
    }))
}

fn units(scratch: &Scratch, query: &UnitQuery) -> Vec<Unit> {
    let page = RUNTIME.block_on(scratch.store().list(query)).unwrap();
    let units: Vec<Unit> = page.units().collect();
    assert_eq!(page.total(), u64::try_from(units.len()).unwrap());
    units
}

fn ids(scratch: &Scratch, query: &UnitQuery) -> Vec<String> {
    let units = units(scratch, query);
    units.iter().map(|unit| unit.id().to_owned()).collect()
}

fn unit(id: impl Into<Bson>, field: &str, value: impl Into<Bson>) -> Document {
    let mut unit = doc! { "_id": id.into(), "type": "u" };
    unit.insert(field, value.into());
    unit
}

#[test]
fn types_are_preserved() {
    let at = DateTime::from_millis(1_663_242_272_103);
    let Some(scratch) = load(&[doc! {
        "_id": "u", "type": "u", "int": 1_i32, "long": i64::MAX, "double": 1.0, "nan": f64::NAN,
        "zero": -0.0, "at": at, "_updatedAt": at, "deep": { "at": [at, 2.5, { "z": 1, "a": 2 }] },
        "decimal": "1.50".parse::<Decimal128>().unwrap(),
    }]) else {
        return;
    };
    let unit = units(&scratch, &by("{}")).remove(0);
    assert_eq!(
        unit.as_json(),
        r#"{"_id":"u","type":"u","int":1,"long":9223372036854775807,"double":1,"nan":null,"zero":0,"at":"2022-09-15T11:44:32.103Z","_updatedAt":"2022-09-15T11:44:32.103Z","deep":{"at":["2022-09-15T11:44:32.103Z",2.5,{"z":1,"a":2}]},"decimal":{"$numberDecimal":"1.50"}}"#
    );
    let json = unit.to_extended_json();
    for typed in [
        r#""nan":{"$numberDouble":"NaN"}"#,
        r#""at":{"$date":"2022-09-15T11:44:32.103Z"}"#,
        r#""deep":{"at":[{"$date":"2022-09-15T11:44:32.103Z"},"#,
    ] {
        assert!(json.contains(typed), "{json}");
    }
}

#[test]
fn only_a_string_is_a_type_or_a_name() {
    let regex = Regex {
        pattern: cstr!("sales").into(),
        options: cstr!("i").into(),
    };
    let symbol = |text: &str| Bson::Symbol(text.to_owned());
    let Some(scratch) = load(&[
        unit("a", "name", "Sales"),
        unit("b", "name", vec!["Sales"]),
        unit("c", "name", Bson::RegularExpression(regex)),
        unit("d", "name", symbol("Sales")),
        doc! { "_id": "e", "type": ["u"], "name": "Sales" },
        doc! { "_id": "f", "type": symbol("u"), "name": "Sales" },
        doc! { "_id": "g", "type": "U", "name": "Sales" },
        doc! { "_id": 7, "type": "u", "name": "Sales" },
        doc! { "_id": { "a": 1 }, "type": "u", "name": "Sales" },
    ]) else {
        return;
    };
    assert_eq!(ids(&scratch, &by("{}")), ["a", "b", "c", "d"]);
    assert_eq!(ids(&scratch, &containing("sales")), ["a"]);
}

#[test]
fn object_ids_read_as_their_digits() {
    let hex = ["0000000000000000000000aa", "ffffffffffffffffffffffff"];
    let [low, high] = hex.map(|hex| ObjectId::parse_str(hex).unwrap());
    let Some(scratch) = load(&[unit(high, "name", "a"), unit(low, "name", "a")]) else {
        return;
    };
    let descending = by(r#"{"name":-1}"#);
    assert_eq!(ids(&scratch, &by("{}")), hex);
    assert_eq!(ids(&scratch, &descending), [hex[1], hex[0]]);
    let only = by("{}").with_scope(Scope::only([hex[1], "z"]));
    assert_eq!(ids(&scratch, &only), [hex[1]]);

    // MongoDB sorts every string before every ObjectId.
    RUNTIME.block_on(scratch.insert(&[unit("0", "name", "a"), unit("z", "name", "a")]));
    assert_eq!(ids(&scratch, &by("{}")), ["0", hex[0], hex[1], "z"]);
    assert_eq!(ids(&scratch, &descending), ["z", hex[1], hex[0], "0"]);
    assert_eq!(ids(&scratch, &only), [hex[1], "z"]);
    let store = scratch.options().with_max_sorted(3).build();
    let error = RUNTIME.block_on(store.list(&by("{}"))).unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unsupported);
    assert_eq!(
        error.source().unwrap().to_string(),
        "units some of whose ids are strings and some ObjectIds: expected at most 3 matches to \
         put in order, found more"
    );
}

#[test]
fn strings_for_dates_are_dates() {
    let Some(scratch) = load(&[
        unit("a", "_updatedAt", "2022-09-15T11:44:32.103Z"),
        unit("b", "_updatedAt", DateTime::from_millis(1_663_242_272_104)),
        unit("c", "_updatedAt", "2022-09-15T11:44:33Z"),
        unit("d", "_updatedAt", "yesterday"),
    ]) else {
        return;
    };
    assert_eq!(
        ids(&scratch, &by(r#"{"_updatedAt":1}"#)),
        ["d", "a", "b", "c"]
    );
    assert_eq!(
        ids(&scratch, &by(r#"{"_updatedAt":-1}"#)),
        ["c", "b", "a", "d"]
    );
}

#[test]
fn the_server_sorts_types_that_json_lacks() {
    let decimal = |text: &str| text.parse::<Decimal128>().unwrap();
    let Some(scratch) = load(&[
        unit("a", "v", decimal("2.5")),
        unit("b", "v", 3),
        unit("c", "v", 2),
        unit("d", "v", Bson::MaxKey),
        unit("e", "v", Bson::MinKey),
        unit("f", "v", "z"),
        unit("g", "v", ObjectId::from_bytes([0; 12])),
    ]) else {
        return;
    };
    let order = ["e", "c", "a", "b", "f", "g", "d"];
    assert_eq!(ids(&scratch, &by(r#"{"v":1}"#)), order);
}

/// The collation is for other programs.
#[test]
fn a_collation_of_the_collection_changes_nothing() {
    let Some(server) = server() else {
        return;
    };
    let scratch = RUNTIME.block_on(async {
        let scratch = Scratch::new(server).await;
        let database = scratch.collection.client().database("livechat_units_test");
        let collation = Collation::builder()
            .locale("en")
            .strength(mongodb::options::CollationStrength::Secondary);
        let create = database.create_collection(scratch.collection.name());
        create.collation(collation.build()).await.unwrap();
        let names = [("a", "b"), ("b", "B"), ("c", "a")];
        scratch
            .insert(&names.map(|(id, name)| unit(id, "name", name)))
            .await;
        scratch.insert(&[doc! { "_id": "d", "type": "U" }]).await;
        scratch
    });
    assert_eq!(ids(&scratch, &by(r#"{"name":1}"#)), ["b", "c", "a"]);
    let only = by("{}").with_scope(Scope::only(["A", "b"]));
    assert_eq!(ids(&scratch, &only), ["b"]);
}

#[test]
fn a_page_longer_than_a_batch() {
    let all: Vec<Document> = (0..1500)
        .map(|index| unit(format!("{index:04}"), "numMonitors", index % 7))
        .collect();
    let Some(scratch) = load(&all) else {
        return;
    };
    let found = units(&scratch, &by(r#"{"numMonitors":-1}"#));
    assert_eq!(found.len(), 1500);
    let again = found.list(&by(r#"{"numMonitors":-1}"#)).unwrap();
    assert!(again.units().eq(found));
}

#[test]
fn listings_only_read() {
    let Some(server) = server() else {
        return;
    };
    let names = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&names);
    let scratch = RUNTIME.block_on(async {
        let mut options = options(server).await;
        options.command_event_handler = Some(EventHandler::callback(move |event| {
            if let CommandEvent::Started(started) = event {
                seen.lock().unwrap().push(started.command_name);
            }
        }));
        Scratch::with_options(options)
    });
    let all: Vec<Document> = (0..300)
        .map(|index| unit(format!("{index}"), "name", "Sales"))
        .collect();
    RUNTIME.block_on(scratch.insert(&all));
    names.lock().unwrap().clear();
    let keys: Vec<String> = (0..32).map(|key| format!(r#""k{key}":1"#)).collect();
    for query in [
        by("{}"),
        containing("sales"),
        containing(&"s".repeat(5000)),
        by(&format!("{{{}}}", keys.join(","))),
        by("{}").with_scope(Scope::only(["7", "8"])),
    ] {
        let store = scratch.store();
        RUNTIME.block_on(store.list(&query)).unwrap();
    }
    let mut names = names.lock().unwrap().clone();
    names.sort_unstable();
    names.dedup();
    let reading = [
        "aggregate",
        "endSessions",
        "find",
        "getMore",
        "hello",
        "killCursors",
    ];
    assert!(
        names.iter().all(|name| reading.contains(&name.as_str())),
        "{names:?}"
    );
    assert!(names.contains(&"find".to_owned()));
}

#[test]
fn indexes_are_created_once_and_change_no_answer() {
    let Some(scratch) = load(&[
        unit("a", "name", "b"),
        unit("b", "name", vec!["c", "a"]),
        unit("c", "name", Bson::Null),
        doc! { "_id": "d", "type": "d", "name": "a" },
        doc! { "_id": "e", "type": "u" },
    ]) else {
        return;
    };
    let queries = [
        by(r#"{"name":1}"#),
        by(r#"{"name":-1}"#),
        by(r#"{"numMonitors":1}"#),
        by("{}"),
    ];
    let before = queries.each_ref().map(|query| ids(&scratch, query));
    for _ in 0..2 {
        RUNTIME.block_on(scratch.store().create_indexes()).unwrap();
    }
    let mut names = RUNTIME
        .block_on(async { scratch.collection.list_index_names().await })
        .unwrap();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "_id_",
            "livechat_units__updatedAt",
            "livechat_units_name",
            "livechat_units_numDepartments",
            "livechat_units_numMonitors",
            "livechat_units_visibility",
        ]
    );
    assert_eq!(queries.each_ref().map(|query| ids(&scratch, query)), before);
    assert_eq!(before[0], ["c", "e", "b", "a"]);
}
