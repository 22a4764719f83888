//! The search for documents that have a field twice: the commands, and the listings that follow
//! their answers.

use std::error::Error;

use livechat_units::{
    Limit, Page, SortSpec, StoreError, StoreErrorKind, TextFilter, UnitPage, UnitQuery,
};
use mongodb::bson::{Bson, Document, RawDocumentBuf, doc};

use crate::commands::{commands_of, condition, only_units, server};
use crate::raw::{object, raw, text, unit};
use crate::scripted::{Reply, Role, Scripted, Stores, census, documents, seeks_only_in_spec};
use crate::server::RUNTIME;

fn is_repeated(object: impl Into<Bson>) -> Bson {
    let object = object.into();
    let merged = doc! { "$mergeObjects": [object.clone()] };
    doc! { "$ne": [{ "$bsonSize": object }, { "$bsonSize": merged }] }.into()
}

fn is_string(field: &str) -> Document {
    doc! { "$eq": [{ "$type": field }, "string"] }
}

fn nests(field: &str) -> Bson {
    doc! { "$in": [{ "$type": field }, ["object", "array"]] }.into()
}

#[test]
fn the_census_counts_documents_that_have_a_field_twice() {
    let by = |sort: &str| UnitQuery::default().with_sort(sort.parse().unwrap());
    let commands = commands_of(&by("{}"));
    let expected = doc! { "$or": [is_repeated("$$ROOT"), { "$ne": ["$type", "u"] }] };
    assert_eq!(condition(&commands, "repeated"), expected.into());
    assert_eq!(condition(&commands, "nested"), doc! { "$or": [] }.into());

    let commands = commands_of(&by(r#"{"a.b":1,"c":1,"a.c":-1}"#));
    let expected = doc! { "$or": [nests("$a"), nests("$c")] };
    assert_eq!(condition(&commands, "nested"), expected.into());

    let text = UnitQuery::default().with_text(TextFilter::new("a").unwrap());
    let counted = condition(&commands_of(&text), "repeated");
    let expected = doc! { "$or": [
        is_repeated("$$ROOT"), { "$ne": ["$type", "u"] }, { "$not": [name_matches("a")] },
    ] };
    assert_eq!(counted, expected.into());
}

fn name_matches(regex: &str) -> Document {
    let input = doc! { "$cond": [is_string("$name"), "$name", ""] };
    let matches = doc! { "$regexMatch": { "input": input, "regex": regex, "options": "i" } };
    doc! { "$and": [is_string("$name"), matches] }
}

#[test]
fn objects_in_sort_fields_are_examined() {
    let sort: SortSpec = r#"{"a.b":1,"c":1,"a.c":-1}"#.parse().unwrap();
    let server = Scripted::new(Role::Alone, |command| {
        let counts = doc! {
            "total": 1, "objectIds": 0, "dateStrings": 0, "arrays": 0, "repeated": 0,
            "nested": 1,
        };
        if command.contains_key("aggregate") {
            documents(&[counts])
        } else {
            documents(&[])
        }
    });
    let query = UnitQuery::default().with_sort(sort);
    RUNTIME.block_on(server.store().list(&query)).unwrap();
    let commands = server.commands();
    let [_, _, find, _] = &commands[..] else {
        panic!("expected four commands, found {commands:?}");
    };
    let filter = find.get_document("filter").unwrap();
    assert_eq!(*filter.get("type").unwrap(), only_units());
    let condition = filter.get("$expr").unwrap();
    let fields = condition.as_document().unwrap().get_array("$or").unwrap();
    assert_eq!(fields.len(), 2, "expected each sort field once");
    let levels = fields[0].to_string().matches("$mergeObjects").count();
    assert_eq!(levels, 8);
    // MongoDB's default limit is 200 levels, and the command adds some.
    assert_eq!(depth(condition), 60);
}

fn depth(value: &Bson) -> usize {
    match value {
        Bson::Document(document) => 1 + document.values().map(depth).max().unwrap_or(0),
        Bson::Array(array) => 1 + array.iter().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

#[test]
fn documents_that_the_filter_does_not_match_are_searched() {
    let text = TextFilter::new("A.ß").unwrap();
    let query = UnitQuery::default().with_text(text);
    let server = server(Role::Alone, 1);
    let _ = RUNTIME.block_on(server.store().list(&query));
    let searches = server.only_in_spec();
    let [find] = &searches[..] else {
        panic!("expected one command, found {searches:?}");
    };
    let regex = r"a\.(?-i:[ßẞ])";
    let name = doc! {
        "$regex": regex, "$options": "i", "$type": "string", "$not": { "$type": "array" },
    };
    let is_match = doc! { "$and": [
        is_string("$type"), { "$eq": ["$type", "u"] }, name_matches(regex),
    ] };
    assert_eq!(
        *find.get_document("filter").unwrap(),
        doc! {
            "_id": { "$type": ["string", "objectId"] },
            "$nor": [{ "type": only_units(), "name": name }],
            "$expr": { "$or": [is_repeated("$$ROOT"), is_match] },
        }
    );
    assert!(
        !find.contains_key("limit"),
        "the store examines every document that the filter does not match"
    );
    assert_eq!(
        *find.get_document("collation").unwrap(),
        doc! { "locale": "simple" }
    );
}

/// Two units. The first has two names: one sorts before the name of the second unit, the other
/// after it.
fn two_units() -> [RawDocumentBuf; 2] {
    [
        unit("a", &[("name", text("a")), ("name", text("z"))]),
        unit("b", &[("name", text("b"))]),
    ]
}

/// The answer of a server in which the store finds the repeated field.
#[derive(Clone, Copy, PartialEq)]
enum FoundIn {
    Census,
    OnlyInSpec,
    Page,
}

/// A server with the documents of [`two_units`] that sorts a unit by the first of its names.
fn sorts_by_first_name(found_in: FoundIn) -> Scripted {
    Scripted::with_only_in_spec(Role::Alone, move |command| {
        let filter = command.get_document("filter").cloned().unwrap_or_default();
        let [a, b] = two_units();
        if command.contains_key("aggregate") {
            let Reply::Documents(mut counts) = census(2) else {
                panic!("expected documents");
            };
            if found_in == FoundIn::Census {
                let mut count = Document::try_from(counts.remove(0)).unwrap();
                count.insert("repeated", 1);
                return documents(&[count]);
            }
            Reply::Documents(counts)
        } else if seeks_only_in_spec(command) {
            Reply::Documents(if found_in == FoundIn::OnlyInSpec {
                vec![a]
            } else {
                vec![]
            })
        } else if filter.contains_key("$expr") {
            Reply::Documents(vec![a])
        } else if filter.contains_key("$or") {
            Reply::Documents(vec![a, b])
        } else {
            Reply::Documents(vec![a])
        }
    })
}

fn first_by_name(server: &Scripted, max_sorted: u64) -> Result<UnitPage, StoreError> {
    let by_name: SortSpec = r#"{"name":1}"#.parse().unwrap();
    let first = Page::new(0, Limit::at_most(1).unwrap());
    let query = UnitQuery::default().with_sort(by_name).with_page(first);
    let store = server.options().with_max_sorted(max_sorted).build();
    RUNTIME.block_on(store.list(&query))
}

#[test]
fn the_core_lists_the_matches_if_one_of_them_has_a_field_twice() {
    for found_in in [FoundIn::Census, FoundIn::OnlyInSpec, FoundIn::Page] {
        let server = sorts_by_first_name(found_in);
        let listed = first_by_name(&server, 2).unwrap();
        let ids: Vec<String> = listed.units().map(|unit| unit.id().to_owned()).collect();
        assert_eq!(ids, ["b"]);
        assert_eq!(listed.total(), 2);

        let error = first_by_name(&server, 1).unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Corrupt);
        assert_eq!(
            error.source().unwrap().to_string(),
            "a document that holds the field \"name\" twice, with the _id \"a\": expected at most \
             1 matches to put in order, found more"
        );
    }
}

/// A department that has `field` twice.
fn department(id: &str, field: &str) -> RawDocumentBuf {
    let own = [("_id", text(id)), ("type", text("d"))];
    raw(&[&own[..], &[(field, text("a")), (field, text("b"))]].concat())
}

/// `document` with its first DEL replaced by a byte that is not valid UTF-8.
fn invalid_utf8(document: &RawDocumentBuf) -> RawDocumentBuf {
    let mut bytes = document.as_bytes().to_vec();
    let at = bytes.iter().position(|byte| *byte == 0x7F).unwrap();
    bytes[at] = 0xFF;
    RawDocumentBuf::from_bytes(bytes).unwrap()
}

/// A server with one match, `b`. It answers the search for matches only in SPEC with `found`.
fn with_only_in_spec(found: Vec<RawDocumentBuf>) -> Scripted {
    Scripted::with_only_in_spec(Role::Alone, move |command| {
        let [_, b] = two_units();
        if command.contains_key("aggregate") {
            census(1)
        } else if seeks_only_in_spec(command) {
            Reply::Documents(found.clone())
        } else {
            Reply::Documents(vec![b])
        }
    })
}

/// The search also returns departments, which are in the same collection.
#[test]
fn documents_that_do_not_match_with_any_value_are_skipped() {
    let other = raw(&[
        ("_id", text("c")),
        ("type", text("d")),
        ("x", text("\u{7F}")),
        ("x", text("a")),
    ]);
    let found = vec![
        department("a", "x"),
        department("b", "name"),
        invalid_utf8(&other),
        unit("u", &[("type", text("d"))]),
    ];
    let listed = first_by_name(&with_only_in_spec(found.clone()), 0).unwrap();
    assert_eq!((listed.len(), listed.total()), (1, 1));

    // The search continues after them and finds a match.
    let [a, _] = two_units();
    let error = first_by_name(&with_only_in_spec([found, vec![a]].concat()), 0).unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Corrupt);
    let source = error.source().unwrap().to_string();
    assert!(source.contains(r#"with the _id "a""#), "{source}");
}

/// For a long text, the store reads all candidates and the core selects the matches.
#[test]
fn a_candidate_that_cannot_be_read_is_an_error_only_if_it_may_match() {
    let long = "a".repeat(2000);
    let query = UnitQuery::default().with_text(TextFilter::new(&long).unwrap());
    let list = |kind: &'static str, name: &str| {
        let kind = if kind == "both" {
            vec!["d", "u"]
        } else {
            vec![kind]
        };
        let kinds = kind.iter().map(|kind| ("type", text(kind)));
        let fields = [
            ("_id", text("c")),
            ("x", text("\u{7F}")),
            ("name", text(name)),
        ];
        let all: Vec<_> = fields.into_iter().chain(kinds).collect();
        let candidate = invalid_utf8(&raw(&all));
        let unit = unit("u", &[("name", text(&long))]);
        let server = Scripted::new(Role::Alone, move |_| {
            Reply::Documents(vec![candidate.clone(), unit.clone()])
        });
        let listed = RUNTIME.block_on(server.store().list(&query));
        listed
            .map(|page| page.total())
            .map_err(|error| error.kind())
    };
    assert_eq!(list("d", &long), Ok(1));
    assert_eq!(list("u", "b"), Ok(1));
    assert_eq!(list("u", &long), Err(StoreErrorKind::Corrupt));
    assert_eq!(list("both", &long), Err(StoreErrorKind::Corrupt));
}

#[test]
fn departments_do_not_count_towards_the_bound() {
    let server = Scripted::with_only_in_spec(Role::Alone, |_| {
        let [_, b] = two_units();
        Reply::Documents(vec![department("a", "x"), b, department("c", "x")])
    });
    let sort = (0..SortSpec::MAX_KEYS).fold(SortSpec::builder(), |sort, key| {
        sort.ascending(&format!("k{key}"))
    });
    let query = UnitQuery::default().with_sort(sort.build().unwrap());
    let list = |bound| {
        let store = server.options().with_max_sorted(bound).build();
        RUNTIME.block_on(store.list(&query))
    };
    assert_eq!(list(1).unwrap().total(), 1);
    assert_eq!(list(0).unwrap_err().kind(), StoreErrorKind::Unsupported);
}

/// MongoDB's `$regexMatch` fails for a name that is not valid UTF-8. A `$regex` in a filter does
/// not match such a name and does not fail.
#[test]
fn a_listing_starts_again_if_regex_match_fails() {
    let short = TextFilter::new("b").unwrap();
    let long = TextFilter::new(&"b".repeat(2000)).unwrap();
    for (text, total) in [(short, 1), (long, 0)] {
        let server = Scripted::with_only_in_spec(Role::Alone, |command| {
            let is_census = command.contains_key("aggregate");
            if !is_census && command.to_string().contains("$regexMatch") {
                let message = "Error occurred while executing the regular expression in \
                               $regexMatch. Result code: UTF-8 error: illegal byte (0xfe or 0xff)";
                Reply::Error(51156, message)
            } else if is_census {
                census(1)
            } else if seeks_only_in_spec(command) {
                Reply::Documents(vec![department("a", "x")])
            } else {
                let [_, b] = two_units();
                Reply::Documents(vec![b])
            }
        });
        let query = UnitQuery::default().with_text(text);
        let listed = RUNTIME.block_on(server.store().list(&query)).unwrap();
        assert_eq!(listed.total(), total);
        let mut commands = [server.only_in_spec(), server.commands()].concat();
        commands.retain(|command| command.to_string().contains("$mergeObjects"));
        commands.retain(|command| command.contains_key("find"));
        let [_, again] = &commands[..] else {
            panic!("expected two commands, found {commands:?}");
        };
        let again = again.to_string();
        assert!(!again.contains("$regexMatch"), "{again}");
    }
}

/// The store examines only the fields of the document itself and the fields inside sort fields.
#[test]
fn errors_name_repeated_fields_that_were_examined() {
    let reason_for = |document: RawDocumentBuf| {
        let server = Scripted::with_only_in_spec(Role::Alone, move |command| {
            if command.contains_key("aggregate") {
                census(1)
            } else {
                Reply::Documents(vec![document.clone()])
            }
        });
        let error = first_by_name(&server, 0).unwrap_err();
        error.source().unwrap().to_string()
    };
    let twice = object(&[("x", 1.into()), ("x", 2.into())]);
    let long = "y".repeat(200);
    let deep = unit("u", &[("name", object(&[(&long, twice.clone())]))]);
    assert!(
        reason_for(deep)
            .starts_with(r#"a document that holds the field "x" twice, with the _id "u":"#)
    );
    let own = unit("u", &[(&long, 1.into()), (&long, 2.into())]);
    let expected = format!(
        r#"a document that holds the field "{}…" twice"#,
        "y".repeat(80)
    );
    assert!(reason_for(own).starts_with(&expected));
    let elsewhere = unit("u", &[("other", twice)]);
    assert!(
        reason_for(elsewhere).starts_with("a document that MongoDB's expressions read differently")
    );
}
