//! The commands of a listing, compared whole.

use livechat_units::{Limit, Page, Scope, SortSpec, TextFilter, UnitQuery};
use livechat_units_mongodb::{Consistency, MongoStore};
use mongodb::bson::{Bson, Document, doc, oid::ObjectId};
use mongodb::options::{CollectionOptions, ReadConcern, ReadPreference, SelectionCriteria};

use crate::scripted::{Role, Scripted, Stores, at_cluster_time, census, documents};
use crate::server::RUNTIME;

/// A server that counts `total` matches and returns one unit on every page.
pub(crate) fn server(role: Role, total: i32) -> Scripted {
    Scripted::new(role, move |command| {
        if command.contains_key("aggregate") {
            census(total)
        } else {
            documents(&[doc! { "_id": "u", "type": "u", "name": "a.b" }])
        }
    })
}

pub(crate) fn sort(sort: &str) -> SortSpec {
    sort.parse().unwrap()
}

/// The commands of a listing on a standalone server.
pub(crate) fn commands_of(query: &UnitQuery) -> Vec<Document> {
    let server = server(Role::Alone, 1000);
    let store = server.store();
    let _ = RUNTIME.block_on(store.list(query));
    server.commands()
}

pub(crate) fn only_units() -> Bson {
    doc! { "$eq": "u", "$type": "string", "$not": { "$type": "array" } }.into()
}

pub(crate) fn simple() -> Document {
    doc! { "locale": "simple" }
}

#[test]
fn a_listing_counts_and_finds() {
    let query = UnitQuery::default()
        .with_text(TextFilter::new("A.b").unwrap())
        .with_sort(sort(r#"{"numMonitors":-1}"#))
        .with_page(Page::new(20, Limit::at_most(10).unwrap()));
    let mut commands = commands_of(&query);
    for command in &mut commands[1..] {
        let time = command.remove("maxTimeMS").unwrap();
        let millis = time
            .as_i32()
            .map_or_else(|| time.as_i64().unwrap(), i64::from);
        assert!((1..=60_000).contains(&millis), "{millis}");
    }
    let filter = doc! {
        "type": only_units(),
        "_id": { "$type": ["string", "objectId"] },
        "name": {
            "$regex": r"a\.b", "$options": "i", "$type": "string", "$not": { "$type": "array" },
        },
    };
    let count = |kind: Bson| doc! { "$sum": { "$cond": [kind, 1, 0] } };
    let is_object_id = doc! { "$eq": [{ "$type": "$_id" }, "objectId"] };
    assert_eq!(
        commands,
        [
            doc! { "hello": 1 },
            doc! {
                "aggregate": "units",
                "pipeline": [{ "$match": filter.clone() }, { "$group": {
                    "_id": Bson::Null,
                    "total": { "$sum": 1 },
                    "objectIds": count(is_object_id.into()),
                    "dateStrings": count(false.into()),
                    "arrays": count(doc! { "$or": [] }.into()),
                    "repeated": count(condition(&commands, "repeated")),
                    "nested": count(condition(&commands, "nested")),
                } }],
                "cursor": {},
                "collation": simple(),
            },
            doc! {
                "find": "units",
                "filter": filter,
                "sort": { "numMonitors": -1, "_id": -1 },
                "skip": 20_i64,
                "limit": 10_i64,
                "collation": simple(),
                "allowDiskUse": true,
            },
        ]
    );
}

/// The sort of the `find` that a listing sends.
fn sort_sent(spec: &SortSpec) -> Option<Document> {
    let query = UnitQuery::default().with_sort(spec.clone());
    let commands = commands_of(&query);
    let find = commands.iter().find(|command| command.contains_key("find"));
    find.unwrap().get_document("sort").ok().cloned()
}

#[test]
fn ties_are_broken_by_id_in_the_direction_of_the_last_key() {
    for (spec, expected) in [
        ("{}", doc! { "_id": 1 }),
        (r#"{"name":-1}"#, doc! { "name": -1, "_id": -1 }),
        (r#"{"a.b":-1,"z":1}"#, doc! { "a.b": -1, "z": 1, "_id": 1 }),
        (r#"{"_id":-1,"a":1}"#, doc! { "_id": -1, "a": 1 }),
        (r#"{"_id.x":-1}"#, doc! { "_id.x": -1, "_id": -1 }),
    ] {
        let sent = sort_sent(&sort(spec)).unwrap();
        assert_eq!(sent, expected);
        // Documents are equal in any order of their keys.
        assert!(sent.keys().eq(expected.keys()), "{sent}");
    }
}

#[test]
fn a_sort_of_33_keys_is_not_sent() {
    let keys = |count: usize| {
        let mut builder = SortSpec::builder();
        for key in 0..count {
            builder = builder.ascending(&format!("k{key}"));
        }
        builder.build().unwrap()
    };
    assert_eq!(sort_sent(&keys(31)).unwrap().len(), 32);
    assert_eq!(sort_sent(&keys(32)), None);
}

#[test]
fn a_path_of_33_segments_is_not_sent() {
    let path = |segments: usize| sort(&format!(r#"{{"{}":1}}"#, vec!["a"; segments].join(".")));
    assert_eq!(sort_sent(&path(32)).unwrap().len(), 2);
    assert_eq!(sort_sent(&path(33)), None);
}

/// The condition that the census counts by under the name `count`, for a sort.
fn counted(spec: &str, count: &str) -> Bson {
    condition(
        &commands_of(&UnitQuery::default().with_sort(sort(spec))),
        count,
    )
}

/// The condition that the census in these commands counts by under the name `count`.
pub(crate) fn condition(commands: &[Document], count: &str) -> Bson {
    let stages = commands[1].get_array("pipeline").unwrap();
    let group = stages[1].as_document().unwrap().get_document("$group");
    let sum = group
        .unwrap()
        .get_document(count)
        .unwrap()
        .get_document("$sum");
    sum.unwrap().get_array("$cond").unwrap()[0].clone()
}

#[test]
fn the_census_counts_date_strings_and_arrays_in_the_sort() {
    assert_eq!(
        counted(r#"{"_updatedAt":1}"#, "dateStrings"),
        doc! { "$eq": [{ "$type": "$_updatedAt" }, "string"] }.into()
    );
    let is_array = |path: &str| doc! { "$isArray": [path] };
    let met = |paths: &[&str]| {
        let paths = paths.iter().map(|path| is_array(path)).collect::<Vec<_>>();
        doc! { "$or": paths }
    };
    let one = |met: Document| doc! { "$cond": [met, 1, 0] };
    assert_eq!(
        counted(r#"{"a.b":1,"c":1}"#, "arrays"),
        doc! { "$or": [
            { "$gt": [{ "$add": [one(met(&["$a", "$a.b"])), one(met(&["$c"]))] }, 1] },
        ] }
        .into()
    );
    assert_eq!(
        counted(r#"{"a.10":1}"#, "arrays"),
        doc! { "$or": [met(&["$a", "$a.10"])] }.into()
    );
    // A number in the first segment is a field, and not an index into an array.
    assert_eq!(counted(r#"{"7":1}"#, "arrays"), doc! { "$or": [] }.into());
}

#[test]
fn a_scope_has_both_types_of_an_id() {
    let hex = "0123456789abcdef01234567";
    let query = UnitQuery::default().with_scope(Scope::only([hex, "b", &hex.to_uppercase()]));
    let commands = commands_of(&query);
    let filter = commands[2].get_document("filter").unwrap();
    assert_eq!(
        *filter,
        doc! {
            "type": only_units(),
            "_id": { "$in": [
                hex.to_uppercase(), hex, ObjectId::parse_str(hex).unwrap(), "b",
            ] },
        }
    );
}

#[test]
fn a_pattern_too_long_searches_for_the_beginning_of_the_text() {
    let text = "a.b".repeat(1000);
    let query = UnitQuery::default().with_text(TextFilter::new(&text).unwrap());
    let commands = commands_of(&query);
    assert_eq!(commands.len(), 2, "no census");
    let find = &commands[1];
    let candidates = find.get_document("filter").unwrap().get_array("$or");
    let unit = candidates.unwrap()[0].as_document().unwrap();
    let pattern = unit.get_document("name").unwrap();
    assert_eq!(
        pattern.get_str("$regex").unwrap(),
        &r"a\.b".repeat(300)[..999]
    );
    assert_eq!(find.get_document("sort").ok(), None);
    assert_eq!(find.get_i64("limit").unwrap(), 100_001);
}

#[test]
fn a_page_beyond_the_count_is_not_read() {
    let page = Page::new(5, Limit::Unlimited);
    let query = UnitQuery::default().with_page(page);
    let server = server(Role::Alone, 5);
    let listed = RUNTIME.block_on(server.store().list(&query)).unwrap();
    assert_eq!((listed.len(), listed.total()), (0, 5));
    assert_eq!(server.commands().len(), 2, "hello and aggregate");
}

#[test]
fn deployments_with_snapshots_read_from_one() {
    let snapshot = doc! { "level": "snapshot" };
    let same = doc! { "level": "snapshot", "atClusterTime": at_cluster_time() };
    for (role, expected) in [
        (Role::Alone, None),
        (Role::Member { wire_version: 12 }, None),
        (Role::Member { wire_version: 13 }, Some((&snapshot, &same))),
        (Role::Router, Some((&snapshot, &same))),
    ] {
        let server = server(role, 1);
        let store = server.store();
        for _ in 0..2 {
            RUNTIME.block_on(store.list(&UnitQuery::default())).unwrap();
        }
        let commands = server.commands();
        let names: Vec<&String> = commands.iter().filter_map(|c| c.keys().next()).collect();
        assert_eq!(
            names,
            ["hello", "aggregate", "find", "aggregate", "find"],
            "one hello for two listings"
        );
        for (at, find) in [(1, 2), (3, 4)] {
            let concern = |at: usize| commands[at].get_document("readConcern").ok();
            assert_eq!(concern(at).zip(concern(find)), expected, "{role:?}");
        }
    }
}

#[test]
fn the_host_can_choose_the_consistency() {
    let server = server(Role::Router, 1);
    let store = server
        .options()
        .with_consistency(Consistency::Separate)
        .build();
    RUNTIME.block_on(store.list(&UnitQuery::default())).unwrap();
    let commands = server.commands();
    assert_eq!(commands.len(), 2, "no hello");
    assert!(commands.iter().all(|c| !c.contains_key("readConcern")));
}

#[test]
fn read_concern_and_preference_are_those_of_the_collection() {
    for (role, level) in [(Role::Router, "snapshot"), (Role::Alone, "majority")] {
        let server = server(role, 1);
        let secondary = ReadPreference::Secondary { options: None };
        let settings = CollectionOptions::builder()
            .read_concern(ReadConcern::majority())
            .selection_criteria(SelectionCriteria::ReadPreference(secondary))
            .build();
        let store = MongoStore::new(&server.collection(settings));
        RUNTIME.block_on(store.list(&UnitQuery::default())).unwrap();
        for command in &server.commands()[1..] {
            let concern = command.get_document("readConcern").unwrap();
            assert_eq!(concern.get_str("level").unwrap(), level);
            // The driver sends none to a standalone server.
            let preference = command.get_document("$readPreference").ok();
            let mode = preference.map(|preference| preference.get_str("mode").unwrap());
            assert_eq!(mode, (role == Role::Router).then_some("secondary"));
        }
    }
}

#[test]
fn without_a_snapshot_the_page_corrects_the_count() {
    let of = |offset: u64, count: u64| {
        let page = Page::new(offset, Limit::at_most(count).unwrap());
        // The census counts 3 matches, and the page finds 1.
        let server = server(Role::Alone, 3);
        let query = UnitQuery::default().with_page(page);
        RUNTIME
            .block_on(server.store().list(&query))
            .unwrap()
            .total()
    };
    assert_eq!(of(0, 1), 3, "more may follow a full page");
    assert_eq!(of(2, 1), 3);
    assert_eq!(of(0, 2), 1, "a page that is not full is the last");
    assert_eq!(of(2, 2), 3);
}

/// A host lists in tasks of a runtime with several threads, so the future has to be `Send`.
#[test]
fn a_listing_runs_in_a_spawned_task() {
    let store = server(Role::Alone, 1).store();
    let task = RUNTIME.spawn(async move { store.list(&UnitQuery::default()).await });
    let listed = RUNTIME.block_on(task).unwrap();
    assert_eq!(listed.unwrap().total(), 1);
}

#[test]
fn debug_shows_the_options_and_no_client() {
    let store = server(Role::Alone, 0).store();
    assert_eq!(
        format!("{store:?}"),
        "MongoStore { namespace: \"db.units\", timeout: 60s, max_sorted: 100000, \
         consistency: None }"
    );
    let options = server(Role::Alone, 0).options();
    let options = options.with_consistency(Consistency::Snapshot);
    assert_eq!(
        format!("{options:?}"),
        "MongoOptions { namespace: \"db.units\", timeout: 60s, max_sorted: 100000, \
         consistency: Some(Snapshot) }"
    );
}
