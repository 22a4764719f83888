//! What follows a cursor: by the server alone, and where it is not asked.

use std::error::Error;

use livechat_units::{
    Cursor, Limit, Page, SortSpec, StoreError, StoreErrorKind, Unit, UnitPage, UnitQuery, UnitStore,
};
use mongodb::bson::{Bson, DateTime, Document, doc, oid::ObjectId};

use crate::random::Random;
use crate::server::{RUNTIME, Scratch, server};

const EVERYTHING: Page = Page::new(0, Limit::Unlimited);

/// Some of them equal, and none with an array at its top.
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

/// What the store answers that may put nothing in order itself.
fn list(scratch: &Scratch, query: &UnitQuery) -> Result<UnitPage, StoreError> {
    let store = scratch.store().with_max_sorted(0);
    RUNTIME.block_on(store.list(query))
}

fn ids(page: &UnitPage) -> Vec<String> {
    page.units().map(|unit| unit.id().to_owned()).collect()
}

fn all(scratch: &Scratch) -> Vec<Unit> {
    let query = UnitQuery::default().with_sort(sort("{}"));
    list(scratch, &query.with_page(EVERYTHING))
        .unwrap()
        .units()
        .collect()
}

/// The server's answer against the reference's, for cursors at units that are there and
/// at others.
fn agrees(scratch: &Scratch, units: &[Unit], places: &[Unit], spec: &SortSpec) {
    for place in places {
        let cursor = Cursor::new(spec, place).unwrap();
        for page in [EVERYTHING, Page::new(1, Limit::at_most(3).unwrap())] {
            let query = UnitQuery::default()
                .with_cursor(cursor.clone())
                .with_page(page);
            let expected = units.list(&query).unwrap();
            let listed = list(scratch, &query).unwrap();
            let place = place.to_extended_json();
            assert_eq!(ids(&listed), ids(&expected), "{spec} after {place}");
            assert_eq!(listed.total(), expected.total(), "{spec} after {place}");
        }
    }
}

#[test]
fn every_type_of_json_is_followed_by_what_follows() {
    let documents: Vec<Document> = (0..)
        .zip(values())
        .map(|(place, value)| {
            // So that ids and values go different ways.
            let mut unit = doc! { "_id": format!("{:02}", place * 7 % 41), "type": "u" };
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
    let units = all(&scratch);
    for spec in [
        r#"{"v":1}"#,
        r#"{"v":-1}"#,
        r#"{"d.v":1}"#,
        r#"{"d.v":-1,"_id":1}"#,
    ] {
        agrees(&scratch, &units, &units, &sort(spec));
    }
    // An array that is no longer there.
    let gone = ["[]", "[[]]", "[[1]]", "[{}]"].map(|value| {
        let json = format!(r#"{{"_id":"20","type":"u","v":{value}}}"#);
        Unit::from_json(&json).unwrap()
    });
    for spec in [r#"{"v":1}"#, r#"{"v":-1}"#, r#"{"v":-1,"_id":1}"#] {
        agrees(&scratch, &units, &gone, &sort(spec));
    }
}

#[test]
fn fields_together() {
    let mut random = Random(7);
    let values = values();
    let fields = ["name", "visibility", "numMonitors", "_updatedAt", "x"];
    let mut unit = |id: usize| {
        let mut unit = doc! { "_id": format!("{id:03}"), "type": "u" };
        for field in fields {
            // Few of them, so that many are equal.
            let some = match field {
                "name" => &values[18..22],
                "visibility" => &values[19..21],
                "numMonitors" => &values[..8],
                "_updatedAt" => &values[34..],
                _ => &values[..],
            };
            if let Some(value) = random.pick(some) {
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
    let (units, gone) = (all(&scratch), all(&others));
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
        let places = match round % 2 {
            0 => &units,
            _ => &gone,
        };
        let places: Vec<Unit> = (0..4).map(|_| random.pick(places).clone()).collect();
        agrees(&scratch, &units, &places, &spec.build().unwrap());
    }
}

/// Refused where nothing may be put in order here, because of this part; and else answered
/// as the reference does, for cursors at these units.
fn is_completed(scratch: &Scratch, spec: &str, places: &[Unit], part: &str) {
    let units: Vec<Unit> = {
        let query = UnitQuery::default().with_page(EVERYTHING);
        let page = RUNTIME.block_on(scratch.store().list(&query)).unwrap();
        page.units().collect()
    };
    for place in places {
        let cursor = Cursor::new(&sort(spec), place).unwrap();
        let query = UnitQuery::default().with_cursor(cursor);
        let error = list(scratch, &query).unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Unsupported);
        let source = error.source().unwrap().to_string();
        assert_eq!(
            source,
            format!("{part}: expected at most 0 matches to put in order, found more")
        );
        let listed = RUNTIME.block_on(scratch.store().list(&query)).unwrap();
        let expected = units.list(&query).unwrap();
        assert_eq!(ids(&listed), ids(&expected), "{spec} after {}", place.id());
        assert_eq!(listed.total(), expected.total());
    }
}

fn json(json: &str) -> Unit {
    Unit::from_json(json).unwrap()
}

#[test]
fn object_ids_are_followed_by_object_ids() {
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
    let units = all(&scratch);
    let mut places = units.clone();
    places.push(json(r#"{"_id":"00000000000000000000ab00","name":"a"}"#));
    for spec in ["{}", r#"{"_id":-1}"#, r#"{"name":1}"#, r#"{"name":-1}"#] {
        agrees(&scratch, &units, &places, &sort(spec));
        is_completed(
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
    let part = "units some of whose ids are strings and some ObjectIds";
    is_completed(&scratch, r#"{"name":1}"#, &places, part);
}

#[test]
fn arrays_are_followed_here() {
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
        is_completed(
            &scratch,
            spec,
            &units,
            "a cursor in a sort that meets arrays",
        );
    }
}

#[test]
fn values_that_may_be_of_other_types_are_followed_here() {
    let digits = "0123456789abcdef01234567";
    let Some(scratch) = load(&[
        doc! { "_id": "a", "type": "u", "x": digits },
        doc! { "_id": "b", "type": "u", "x": "1" },
        doc! { "_id": "c", "type": "u", "x": { "a": digits } },
    ]) else {
        return;
    };
    let part = "a cursor at a value that MongoDB may have in another place";
    let places = [
        format!(r#"{{"_id":"a","x":"{digits}"}}"#),
        format!(r#"{{"_id":"c","x":{{"a":"{digits}"}}}}"#),
        r#"{"_id":"a","x":{"$numberDecimal":"1"}}"#.to_owned(),
    ]
    .map(|place| json(&place));
    is_completed(&scratch, r#"{"x":1}"#, &places, part);

    let id = ObjectId::parse_str(digits).unwrap();
    RUNTIME.block_on(scratch.insert(&[doc! { "_id": "d", "type": "u", "x": id }]));
    let after = |place: &str| {
        let cursor = Cursor::new(&sort(r#"{"x":1}"#), &json(place)).unwrap();
        let query = UnitQuery::default().with_cursor(cursor);
        RUNTIME.block_on(scratch.store().list(&query))
    };
    // MongoDB has the ObjectId behind all objects.
    let listed = after(r#"{"_id":"b","x":"1"}"#).unwrap();
    assert_eq!(ids(&listed), ["c", "d"]);
    let listed = after(r#"{"_id":"x","x":"0"}"#).unwrap();
    assert_eq!(ids(&listed), ["a", "b", "c", "d"]);
    let error = after(&format!(r#"{{"_id":"d","x":"{digits}"}}"#)).unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unsupported);
    let source = error.source().unwrap().to_string();
    assert!(
        source.starts_with(&format!("{part}: expected JSON's types")),
        "{source}"
    );
}
