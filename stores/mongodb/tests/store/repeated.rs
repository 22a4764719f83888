//! Listings of documents that hold a field twice. SPEC §1 takes the last value.

use std::error::Error;

use livechat_units::{
    Cursor, Limit, Page, Scope, SortSpec, StoreErrorKind, TextFilter, Unit, UnitPage, UnitQuery,
    UnitStore,
};
use livechat_units_testkit::random::Random;
use mongodb::bson::{RawBson, RawDocumentBuf, doc};

use crate::raw::{array, object, raw, text, to_unit, unit};
use crate::server::{RUNTIME, Scratch, server};

fn load(documents: &[RawDocumentBuf]) -> Option<Scratch> {
    let server = server()?;
    RUNTIME.block_on(async {
        let scratch = Scratch::new(server).await;
        let collection = scratch.collection.clone_with_type::<RawDocumentBuf>();
        match collection.insert_many(documents).await {
            Ok(_) => Some(scratch),
            Err(error) => {
                eprintln!("not run, because the server refuses such documents: {error}");
                None
            }
        }
    })
}

/// Whether the expressions of the server see both values of a repeated field.
///
/// The stand-in's see one. It filters by the first value and sorts by the last, so a cursor can
/// skip a document by one of them, and nothing shows it.
fn sees_both(scratch: &Scratch) -> bool {
    let id = "repeats x";
    let document = raw(&[("_id", text(id)), ("x", 1.into()), ("x", 2.into())]);
    RUNTIME.block_on(async {
        let collection = scratch.collection.clone_with_type::<RawDocumentBuf>();
        collection.insert_one(document).await.unwrap();
        let fields = doc! { "$size": { "$objectToArray": "$$ROOT" } };
        let pipeline = [
            doc! { "$match": { "_id": id } },
            doc! { "$match": { "$expr": { "$eq": [fields, 3] } } },
        ];
        let mut found = scratch.collection.aggregate(pipeline).await.unwrap();
        let is_seen = found.advance().await.unwrap();
        collection.delete_one(doc! { "_id": id }).await.unwrap();
        is_seen
    })
}

fn sort(sort: &str) -> SortSpec {
    sort.parse().unwrap()
}

fn ids(page: &UnitPage) -> Vec<String> {
    page.units().map(|unit| unit.id().to_owned()).collect()
}

/// Checks that the store's answer is the reference's.
fn agrees(scratch: &Scratch, units: &[Unit], query: &UnitQuery) {
    let listed = RUNTIME.block_on(scratch.store().list(query)).unwrap();
    let expected = units.list(query).unwrap();
    assert_eq!(ids(&listed), ids(&expected), "{query:?}");
    assert_eq!(listed.total(), expected.total(), "{query:?}");
    assert!(listed.units().eq(expected.units()), "{query:?}");
}

fn page(offset: u64, count: u64) -> Page {
    Page::new(offset, Limit::at_most(count).unwrap())
}

#[test]
fn a_sort_goes_by_the_last_value() {
    let all = [
        unit("a", &[("name", text("a")), ("name", text("z"))]),
        unit("b", &[("name", text("b"))]),
        unit("c", &[("name", text("c"))]),
        unit(
            "d",
            &[("name", text("z")), ("x", 1.into()), ("name", text("A"))],
        ),
    ];
    let Some(scratch) = load(&all) else {
        return;
    };
    let units = all.each_ref().map(to_unit);
    for has_indexes in [false, true] {
        if has_indexes {
            RUNTIME.block_on(scratch.store().create_indexes()).unwrap();
        }
        for spec in [r#"{"name":1}"#, r#"{"name":-1}"#, r#"{"x":1,"name":1}"#] {
            // Some pages contain no document that repeats a field, by either value.
            for page in [page(0, 1), page(1, 2), page(3, 1), page(0, 50), page(4, 1)] {
                let query = UnitQuery::default().with_sort(sort(spec)).with_page(page);
                agrees(&scratch, &units, &query);
            }
        }
    }
}

#[test]
fn a_sort_goes_by_the_last_value_at_any_depth() {
    let twice = object(&[("b", 1.into()), ("b", 9.into())]);
    let all = [
        unit("a", &[("a", twice.clone())]),
        unit("b", &[("a", object(&[("b", 2.into())]))]),
        unit("c", &[("a", object(&[("b", 10.into()), ("c", 1.into())]))]),
        unit(
            "d",
            &[("a", array(&[twice.clone(), object(&[("b", 20.into())])]))],
        ),
        unit(
            "e",
            &[("a", object(&[("b", object(&[("c", twice.clone())]))]))],
        ),
        unit("f", &[("a", object(&[("b", array(&[1.into(), twice]))]))]),
        unit(
            "g",
            &[
                ("a", object(&[("b", 0.into())])),
                ("a", object(&[("b", 5.into())])),
            ],
        ),
    ];
    let Some(scratch) = load(&all) else {
        return;
    };
    let units = all.each_ref().map(to_unit);
    for spec in [
        r#"{"a.b":1}"#,
        r#"{"a.b":-1}"#,
        r#"{"a":1}"#,
        r#"{"a":-1}"#,
        r#"{"a.b.c":1}"#,
    ] {
        for page in [page(0, 1), page(1, 3), page(0, 50)] {
            let query = UnitQuery::default().with_sort(sort(spec)).with_page(page);
            agrees(&scratch, &units, &query);
        }
    }
}

#[test]
fn a_filter_goes_by_the_last_value() {
    let all = [
        unit("a", &[("name", text("Sales")), ("name", text("Support"))]),
        unit("b", &[("name", text("Support")), ("name", text("Sales"))]),
        unit("c", &[("name", text("Sales")), ("type", text("d"))]),
        unit("d", &[("name", text("Sales"))]),
        raw(&[
            ("_id", text("e")),
            ("type", text("d")),
            ("name", text("Sales")),
            ("type", text("u")),
        ]),
        unit("f", &[("name", 7.into()), ("name", text("Sales"))]),
        unit("g", &[("name", text("Sales")), ("name", RawBson::Null)]),
        raw(&[
            ("_id", text("h")),
            ("type", text("d")),
            ("name", text("Sales")),
        ]),
    ];
    let units = all.each_ref().map(to_unit);
    let everything = UnitQuery::default().with_page(Page::new(0, Limit::Unlimited));
    let sales = TextFilter::new("sales").unwrap();
    let scope = Scope::only(["a", "b", "e"]);
    // Each document beside one that repeats no field, and then all documents.
    for chosen in (0..all.len())
        .map(|i| vec![i, 3])
        .chain([(0..all.len()).collect()])
    {
        let mut chosen = chosen;
        chosen.sort_unstable();
        chosen.dedup();
        let documents: Vec<_> = chosen.iter().map(|i| all[*i].clone()).collect();
        let units: Vec<_> = chosen.iter().map(|i| units[*i].clone()).collect();
        let Some(scratch) = load(&documents) else {
            return;
        };
        for query in [
            everything.clone(),
            everything.clone().with_text(sales.clone()),
            everything.clone().with_scope(scope.clone()),
            everything.clone().with_page(page(0, 1)),
            everything.clone().with_page(page(9, 1)),
            everything
                .clone()
                .with_text(sales.clone())
                .with_sort(sort("{}"))
                .with_page(page(0, 1)),
        ] {
            agrees(&scratch, &units, &query);
        }
    }
}

/// The server does not examine them for repeated fields.
#[test]
fn the_core_lists_deep_objects() {
    let nested = |levels: usize, last: i32| {
        (0..levels).fold(RawBson::from(last), |value, _| object(&[("a", value)]))
    };
    let all = [
        unit("a", &[("a", nested(8, 2))]),
        unit("b", &[("a", nested(8, 1))]),
        unit("c", &[("a", text("x"))]),
    ];
    let Some(scratch) = load(&all) else {
        return;
    };
    let units = all.each_ref().map(to_unit);
    let query = UnitQuery::default().with_sort(sort(r#"{"a":1}"#));
    let store = scratch.options().with_max_sorted(0).build();
    let listed = RUNTIME.block_on(store.list(&query)).unwrap();
    assert_eq!(ids(&listed), ["c", "b", "a"]);

    let deeper = unit("d", &[("a", nested(9, 1))]);
    let collection = scratch.collection.clone_with_type::<RawDocumentBuf>();
    RUNTIME.block_on(async { collection.insert_one(&deeper).await.unwrap() });
    let error = RUNTIME.block_on(store.list(&query)).unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unsupported);
    assert_eq!(
        error.source().unwrap().to_string(),
        "a sort by a field in which objects nest in more than 8 levels: expected at most 0 matches \
         to put in order, found more"
    );
    let mut units = units.to_vec();
    units.push(to_unit(&deeper));
    agrees(&scratch, &units, &query);
}

/// A field that decides nothing is answered with its last value.
#[test]
fn other_fields_are_answered_by_the_last_value() {
    let all = [
        unit(
            "a",
            &[("x", 1.into()), ("name", text("b")), ("x", 2.into())],
        ),
        unit(
            "b",
            &[
                ("x", object(&[("y", 1.into()), ("y", 2.into())])),
                ("name", text("a")),
            ],
        ),
    ];
    let Some(scratch) = load(&all) else {
        return;
    };
    let units = all.each_ref().map(to_unit);
    assert_eq!(
        units[0].as_json(),
        r#"{"_id":"a","type":"u","x":2,"name":"b"}"#
    );
    agrees(&scratch, &units, &UnitQuery::default());
}

#[test]
fn random_documents_that_hold_fields_twice() {
    let mut random = Random(11);
    for _ in 0..12 {
        let value = |random: &mut Random| match random.below(6) {
            0 => RawBson::Null,
            1 => object(&[("k", 1.into()), ("k", 3.into())]),
            2 => object(&[("k", 2.into())]),
            _ => text(["a", "b", "ab", "c"][random.below(4)]),
        };
        let mut all = Vec::new();
        for id in 0..12 {
            let mut fields = vec![("_id", text(&format!("{id:02}")))];
            for _ in 0..=random.below(6) {
                let field = ["type", "name", "x", "y"][random.below(4)];
                // Only in every fourth document may a field repeat.
                if id % 4 != 0 && fields.iter().any(|(key, _)| *key == field) {
                    continue;
                }
                let value = match field {
                    "type" => text(["u", "u", "d"][random.below(3)]),
                    _ => value(&mut random),
                };
                fields.push((field, value));
            }
            if id % 4 != 0 && fields.iter().all(|(key, _)| *key != "type") {
                fields.push(("type", text("u")));
            }
            all.push(raw(&fields));
        }
        let Some(scratch) = load(&all) else {
            return;
        };
        let units: Vec<Unit> = all.iter().map(to_unit).collect();
        for _ in 0..12 {
            let spec = ["{}", r#"{"name":1}"#, r#"{"x.k":-1}"#, r#"{"x":1,"y":-1}"#];
            let mut query = UnitQuery::default()
                .with_sort(sort(spec[random.below(4)]))
                .with_page(page(u64::try_from(random.below(3)).unwrap(), 3));
            if random.below(2) == 0 {
                query = query.with_text(TextFilter::new("a").unwrap());
            }
            if random.below(3) == 0 && sees_both(&scratch) {
                let cursor = Cursor::new(query.sort(), random.pick(&units)).unwrap();
                query = query.with_cursor(cursor);
            }
            agrees(&scratch, &units, &query);
        }
    }
}
