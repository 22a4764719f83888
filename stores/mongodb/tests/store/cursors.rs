//! Listings after a cursor: by the server alone, and by the core.

use std::error::Error;

use livechat_units::{
    Cursor, Limit, Page, SortSpec, StoreError, StoreErrorKind, Unit, UnitPage, UnitQuery, UnitStore,
};
use livechat_units_testkit::random::Random;
use mongodb::bson::{Bson, DateTime, Document, doc, oid::ObjectId};

use crate::server::{RUNTIME, Scratch, server};

const EVERYTHING: Page = Page::new(0, Limit::Unlimited);

/// Values of every type of JSON except arrays. Some of them are equal in the sort order.
fn values() -> Vec<Option<Bson>> {
    let large = 9_007_199_254_740_993_i64;
    let values: [Bson; 38] = [
        Bson::Null,
        f64::NAN.into(),
        f64::NEG_INFINITY.into(),
        f64::INFINITY.into(),
        (-0.0).into(),
        0_i32.into(),
        0_i64.into(),
        1_i32.into(),
        1.0.into(),
        1.5.into(),
        (-1).into(),
        large.into(),
        (large - 1).into(),
        9_007_199_254_740_992.0.into(),
        9_007_199_254_740_994.0.into(),
        i64::MAX.into(),
        9_223_372_036_854_775_808.0.into(),
        i64::MIN.into(),
        "".into(),
        "Z".into(),
        "a".into(),
        "a\0".into(),
        "é".into(),
        doc! {}.into(),
        doc! { "a": 1 }.into(),
        doc! { "a": 1.0 }.into(),
        doc! { "a": f64::NAN }.into(),
        doc! { "a": 1, "b": Bson::Null }.into(),
        doc! { "b": 1 }.into(),
        doc! { "a": "x" }.into(),
        doc! { "a": [1, { "b": false }] }.into(),
        doc! { "a": { "b": DateTime::from_millis(-1) } }.into(),
        false.into(),
        true.into(),
        DateTime::from_millis(-1).into(),
        DateTime::from_millis(0).into(),
        DateTime::from_millis(0).into(),
        DateTime::from_millis(8_640_000_000_000_000).into(),
    ];
    values.into_iter().map(Some).chain([None, None]).collect()
}

fn load(documents: &[Document]) -> Option<Scratch> {
    let server = server()?;
    Some(RUNTIME.block_on(async {
        let scratch = Scratch::new(server).await;
        scratch.insert(documents).await;
        scratch
    }))
}

fn sort(sort: &str) -> SortSpec {
    sort.parse().unwrap()
}

/// The answer of a store that fails if the core has to sort a unit.
fn list_on_server(scratch: &Scratch, query: &UnitQuery) -> Result<UnitPage, StoreError> {
    let store = scratch.options().with_max_sorted(0).build();
    RUNTIME.block_on(store.list(query))
}

fn ids(page: &UnitPage) -> Vec<String> {
    page.units().map(|unit| unit.id().to_owned()).collect()
}

fn all_units(scratch: &Scratch) -> Vec<Unit> {
    let query = UnitQuery::default().with_sort(sort("{}"));
    list_on_server(scratch, &query.with_page(EVERYTHING))
        .unwrap()
        .units()
        .collect()
}

/// Checks that the server's answers after cursors at `positions` equal the reference's. The units
/// in `positions` need not be in the collection.
fn assert_agrees(scratch: &Scratch, units: &[Unit], positions: &[Unit], spec: &SortSpec) {
    for position in positions {
        let cursor = Cursor::new(spec, position).unwrap();
        for page in [EVERYTHING, Page::new(1, Limit::at_most(3).unwrap())] {
            let query = UnitQuery::default()
                .with_cursor(cursor.clone())
                .with_page(page);
            let expected = units.list(&query).unwrap();
            let listed = list_on_server(scratch, &query).unwrap();
            let position = position.to_extended_json();
            assert_eq!(ids(&listed), ids(&expected), "{spec} after {position}");
            assert_eq!(listed.total(), expected.total(), "{spec} after {position}");
        }
    }
}

#[test]
fn the_server_continues_after_every_type_of_json() {
    let documents: Vec<Document> = (0..)
        .zip(values())
        .map(|(index, value)| {
            // The order of the ids differs from the order of the values.
            let mut unit = doc! { "_id": format!("{:02}", index * 7 % 41), "type": "u" };
            if let Some(value) = value {
                unit.insert("v", value.clone());
                unit.insert("d", doc! { "v": value });
            }
            unit
        })
        .collect();
    let Some(scratch) = load(&documents) else {
        return;
    };
    let units = all_units(&scratch);
    for spec in [
        r#"{"v":1}"#,
        r#"{"v":-1}"#,
        r#"{"d.v":1}"#,
        r#"{"d.v":-1,"_id":1}"#,
    ] {
        assert_agrees(&scratch, &units, &units, &sort(spec));
    }
    // Cursors at units with arrays, which are not in the collection.
    let absent = ["[]", "[[]]", "[[1]]", "[{}]"].map(|value| {
        let json = format!(r#"{{"_id":"20","type":"u","v":{value}}}"#);
        Unit::from_json(&json).unwrap()
    });
    for spec in [r#"{"v":1}"#, r#"{"v":-1}"#, r#"{"v":-1,"_id":1}"#] {
        assert_agrees(&scratch, &units, &absent, &sort(spec));
    }
}

#[test]
fn random_sorts_by_several_fields() {
    let mut random = Random(7);
    let values = values();
    let fields = ["name", "visibility", "numMonitors", "_updatedAt", "x"];
    let mut unit = |id: usize| {
        let mut unit = doc! { "_id": format!("{id:03}"), "type": "u" };
        for field in fields {
            // Each field has few different values, so that many units tie.
            let choices = match field {
                "name" => &values[18..22],
                "visibility" => &values[19..21],
                "numMonitors" => &values[..8],
                "_updatedAt" => &values[34..],
                _ => &values[..],
            };
            if let Some(value) = random.pick(choices) {
                unit.insert(field, value.clone());
            }
        }
        unit
    };
    let documents: Vec<Document> = (0..160).map(&mut unit).collect();
    let Some(scratch) = load(&documents[..120]) else {
        return;
    };
    let Some(others) = load(&documents[120..]) else {
        return;
    };
    let (units, absent) = (all_units(&scratch), all_units(&others));
    for round in 0..60 {
        if round == 30 {
            let created = RUNTIME.block_on(scratch.store().create_indexes());
            created.unwrap();
        }
        let mut spec = SortSpec::builder();
        for _ in 0..random.below(4) {
            let field = ["_id", "type", "_id.x", "missing"].get(random.below(12));
            let field = field.unwrap_or(random.pick(&fields));
            spec = match random.below(2) {
                0 => spec.ascending(field),
                _ => spec.descending(field),
            };
        }
        let positions = match round % 2 {
            0 => &units,
            _ => &absent,
        };
        let positions: Vec<Unit> = (0..4).map(|_| random.pick(positions).clone()).collect();
        assert_agrees(&scratch, &units, &positions, &spec.build().unwrap());
    }
}

/// Checks that the core lists the units after cursors at `positions`, because of `reason`: the
/// answers equal the reference's, and a store that fails if the core has to sort gives `reason`.
fn assert_core_lists(scratch: &Scratch, spec: &str, positions: &[Unit], reason: &str) {
    let units: Vec<Unit> = {
        let query = UnitQuery::default().with_page(EVERYTHING);
        let page = RUNTIME.block_on(scratch.store().list(&query)).unwrap();
        page.units().collect()
    };
    for position in positions {
        let cursor = Cursor::new(&sort(spec), position).unwrap();
        let query = UnitQuery::default().with_cursor(cursor);
        let error = list_on_server(scratch, &query).unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Unsupported);
        let source = error.source().unwrap().to_string();
        assert_eq!(
            source,
            format!("{reason}: expected at most 0 matches to put in order, found more")
        );
        let listed = RUNTIME.block_on(scratch.store().list(&query)).unwrap();
        let expected = units.list(&query).unwrap();
        assert_eq!(
            ids(&listed),
            ids(&expected),
            "{spec} after {}",
            position.id()
        );
        assert_eq!(listed.total(), expected.total());
    }
}

fn json(json: &str) -> Unit {
    Unit::from_json(json).unwrap()
}

#[test]
fn listings_continue_after_object_ids() {
    let hex = [
        "0000000000000000000000aa",
        "00000000000000000000ffff",
        "ffffffffffffffffffffffff",
    ];
    let units: Vec<Document> = hex
        .iter()
        .map(|hex| doc! { "_id": ObjectId::parse_str(hex).unwrap(), "type": "u", "name": "a" })
        .collect();
    let Some(scratch) = load(&units) else {
        return;
    };
    let units = all_units(&scratch);
    let mut positions = units.clone();
    positions.push(json(r#"{"_id":"00000000000000000000ab00","name":"a"}"#));
    for spec in ["{}", r#"{"_id":-1}"#, r#"{"name":1}"#, r#"{"name":-1}"#] {
        assert_agrees(&scratch, &units, &positions, &sort(spec));
        assert_core_lists(
            &scratch,
            spec,
            &[
                json(r#"{"_id":"1","name":"a"}"#),
                json(r#"{"_id":"00000000000000000000AB00"}"#),
            ],
            "a cursor whose id is a string, of units whose ids are ObjectIds",
        );
    }
    RUNTIME.block_on(scratch.insert(&[doc! { "_id": "1", "type": "u", "name": "a" }]));
    let reason = "units some of whose ids are strings and some ObjectIds";
    assert_core_lists(&scratch, r#"{"name":1}"#, &positions, reason);
}

#[test]
fn the_core_lists_after_a_cursor_if_a_sort_field_holds_an_array() {
    let Some(scratch) = load(&[
        doc! { "_id": "a", "type": "u", "x": 3, "y": { "z": [1, 5] } },
        doc! { "_id": "b", "type": "u", "x": [1, 9], "y": [{ "z": 2 }] },
        doc! { "_id": "c", "type": "u", "x": [], "y": 7 },
    ]) else {
        return;
    };
    let query = UnitQuery::default().with_page(EVERYTHING);
    let page = RUNTIME.block_on(scratch.store().list(&query)).unwrap();
    let units: Vec<Unit> = page.units().collect();
    for spec in [
        r#"{"x":1}"#,
        r#"{"x":-1}"#,
        r#"{"y.z":1}"#,
        r#"{"y.z":-1}"#,
        r#"{"x":1,"a":1}"#,
    ] {
        assert_core_lists(
            &scratch,
            spec,
            &units,
            "a cursor in a sort that meets arrays",
        );
    }
}

#[test]
fn the_core_lists_after_values_that_may_have_another_bson_type() {
    let digits = "0123456789abcdef01234567";
    let Some(scratch) = load(&[
        doc! { "_id": "a", "type": "u", "x": digits },
        doc! { "_id": "b", "type": "u", "x": "1" },
        doc! { "_id": "c", "type": "u", "x": { "a": digits } },
    ]) else {
        return;
    };
    let reason = "a cursor at a value that MongoDB may sort elsewhere";
    let positions = [
        format!(r#"{{"_id":"a","x":"{digits}"}}"#),
        format!(r#"{{"_id":"c","x":{{"a":"{digits}"}}}}"#),
        r#"{"_id":"a","x":{"$numberDecimal":"1"}}"#.to_owned(),
    ]
    .map(|document| json(&document));
    assert_core_lists(&scratch, r#"{"x":1}"#, &positions, reason);

    let id = ObjectId::parse_str(digits).unwrap();
    RUNTIME.block_on(scratch.insert(&[doc! { "_id": "d", "type": "u", "x": id }]));
    let after = |document: &str| {
        let cursor = Cursor::new(&sort(r#"{"x":1}"#), &json(document)).unwrap();
        let query = UnitQuery::default().with_cursor(cursor);
        RUNTIME.block_on(scratch.store().list(&query))
    };
    // MongoDB sorts the ObjectId after all objects.
    let listed = after(r#"{"_id":"b","x":"1"}"#).unwrap();
    assert_eq!(ids(&listed), ["c", "d"]);
    let listed = after(r#"{"_id":"x","x":"0"}"#).unwrap();
    assert_eq!(ids(&listed), ["a", "b", "c", "d"]);
    let error = after(&format!(r#"{{"_id":"d","x":"{digits}"}}"#)).unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unsupported);
    let source = error.source().unwrap().to_string();
    assert!(
        source.starts_with(&format!("{reason}: expected JSON's types")),
        "{source}"
    );
}
