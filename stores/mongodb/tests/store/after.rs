//! The commands of a listing with a cursor.

use livechat_units::{Cursor, Limit, Page, Unit, UnitQuery};
use mongodb::bson::{Bson, doc};

use crate::commands::{commands_of, condition, only_units, server, sort};
use crate::scripted::{Role, Stores};
use crate::server::RUNTIME;

/// A query for the matches after the position of this document.
fn after(spec: &str, document: &str) -> UnitQuery {
    let unit = Unit::from_json(document).unwrap();
    UnitQuery::default().with_cursor(Cursor::new(&sort(spec), &unit).unwrap())
}

#[test]
fn a_cursor_filters_the_page_and_not_the_count() {
    let query = after(
        r#"{"name":1,"numMonitors":-1}"#,
        r#"{"_id":"t","name":"Sales","numMonitors":true}"#,
    );
    let commands = commands_of(&query.with_page(Page::new(5, Limit::at_most(10).unwrap())));
    let [_, aggregate, find] = &commands[..] else {
        panic!("expected three commands, found {commands:?}");
    };
    let stages = aggregate.get_array("pipeline").unwrap();
    let counted = stages[0].as_document().unwrap().get_document("$match");
    let all = doc! { "type": only_units(), "_id": { "$type": ["string", "objectId"] } };
    assert_eq!(*counted.unwrap(), all);

    let after_strings = [
        "object",
        "binData",
        "objectId",
        "bool",
        "date",
        "timestamp",
        "regex",
        "dbPointer",
        "javascript",
        "javascriptWithScope",
        "maxKey",
    ];
    let before_bools = [
        "minKey", "number", "string", "symbol", "object", "binData", "objectId",
    ];
    let same = doc! { "$eq": "Sales" };
    let mut expected = all;
    expected.insert(
        "$or",
        vec![
            doc! { "name": { "$gt": "Sales" } },
            doc! { "name": { "$type": &after_strings[..] } },
            doc! { "name": same.clone(), "numMonitors": { "$lt": true } },
            doc! { "name": same.clone(), "numMonitors": { "$in": [Bson::Null] } },
            doc! { "name": same.clone(), "numMonitors": { "$type": &before_bools[..] } },
            doc! { "name": same, "numMonitors": { "$eq": true }, "_id": { "$lt": "t" } },
        ],
    );
    assert_eq!(*find.get_document("filter").unwrap(), expected);
    assert_eq!(
        *find.get_document("sort").unwrap(),
        doc! { "name": 1, "numMonitors": -1, "_id": -1 }
    );
    assert_eq!(find.get_i64("skip").unwrap(), 5);
    assert_eq!(find.get_i64("limit").unwrap(), 10);
}

#[test]
fn with_a_cursor_the_census_counts_any_array() {
    let commands = commands_of(&after(r#"{"a.b":1,"c":1}"#, r#"{"_id":"t"}"#));
    let undefined = |path: &str| doc! { "$eq": [{ "$type": path }, "undefined"] };
    let is_array = |path: &str| doc! { "$isArray": [path] };
    assert_eq!(
        condition(&commands, "arrays"),
        doc! { "$or": [
            { "$or": [is_array("$a"), is_array("$a.b")] }, undefined("$a.b"),
            { "$or": [is_array("$c")] }, undefined("$c"),
        ] }
        .into()
    );
}

#[test]
fn a_cursor_too_long_for_a_command_is_not_sent() {
    let of = |bytes: usize| {
        let name = "x".repeat(bytes);
        let query = after(
            r#"{"name":1}"#,
            &format!(r#"{{"_id":"t","name":"{name}"}}"#),
        );
        let commands = commands_of(&query);
        commands.last().unwrap().contains_key("sort")
    };
    assert!(of(390_000));
    assert!(!of(410_000));
}

/// The number of matches before the page is not known, so the page cannot correct the count.
#[test]
fn after_a_cursor_the_total_is_the_count_or_more() {
    let of = |counted: i32, offset: u64| {
        let page = Page::new(offset, Limit::at_most(2).unwrap());
        let query = after(r#"{"name":1}"#, r#"{"_id":"t","name":"A"}"#).with_page(page);
        let listed = RUNTIME.block_on(server(Role::Alone, counted).store().list(&query));
        listed.unwrap().total()
    };
    assert_eq!(of(3, 0), 3);
    assert_eq!(of(3, 2), 3);
    assert_eq!(of(3, 3), 3, "the page is beyond the count");
    assert_eq!(of(1, 0), 1);
}
