//! §2: facts of MongoDB's own tests, through the endpoint, each in a store of its own.
//!
//! `conformance/src/cases/mongodb.rs` describes the file. The conformance cases check the same
//! facts over every store, many of them in one store.

use std::collections::{BTreeMap, HashMap};

use livechat_units::{Endpoint, MemoryStore, SortSpec, Unit, UnitStore};
use serde_json::value::RawValue;

use crate::{encode, manager};

type Members<'a> = HashMap<&'a str, &'a RawValue>;

/// The number of units that are added to those of a fact and that its text does not match.
const OTHERS: usize = 20;
/// The body of a 400 for parallel arrays.
const PARALLEL: &str = r#"{"success":false,"error":"cannot sort with keys that are parallel arrays [error-invalid-sort]","errorType":"error-invalid-sort"}"#;

/// A query, and the expected status and body of its response.
struct Answer<'a> {
    sort: &'a str,
    text: Option<String>,
    status: u16,
    body: String,
}

fn json<'a, T: serde::Deserialize<'a>>(text: &'a str) -> T {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error} in {text}"))
}

/// A unit with this id, the members of the object `fields`, and the members `more`, such
/// as `,"key":value`.
fn unit(id: &str, fields: &str, more: &str) -> Unit {
    let fields = fields.trim_start_matches('{').trim_end();
    let fields = fields.strip_suffix('}').unwrap();
    let comma = if fields.is_empty() { "" } else { "," };
    let unit = format!(r#"{{"_id":"{id}","type":"u"{comma}{fields}{more}}}"#);
    unit.parse().unwrap()
}

impl<'a> Answer<'a> {
    fn read(members: &Members<'a>, units: &[Unit]) -> Self {
        let (status, body) = match members.get("ids") {
            Some(ids) => (200, page(units, &json::<Vec<String>>(ids.get()))),
            None => (400, PARALLEL.to_owned()),
        };
        Self {
            sort: members["sort"].get(),
            text: members.get("text").map(|text| json(text.get())),
            status,
            body,
        }
    }

    /// Checks the response of `store`, twice, because a store may remember an order after
    /// the first query. `text` is the text of a query without one.
    fn check(&self, store: &dyn UnitStore, text: &str, title: &str) {
        let text = self.text.as_deref().unwrap_or(text);
        let (sort, text) = (encode(self.sort), encode(text));
        for _ in 0..2 {
            let query = format!("count=0&sort={sort}&text={text}");
            let response = Endpoint::default().handle(store, &manager(), &query);
            let status = response.status();
            let body = String::from_utf8(response.into_body().into_bytes()).unwrap();
            assert_eq!(
                (status, body.as_str()),
                (self.status, self.body.as_str()),
                "{title}, by {}",
                self.sort
            );
        }
    }
}

/// The body of a response with the units of these ids.
fn page(units: &[Unit], ids: &[String]) -> String {
    let listed = ids.iter().map(|id| {
        let unit = units.iter().find(|unit| unit.id() == id).unwrap();
        unit.as_json()
    });
    let (listed, count) = (listed.collect::<Vec<_>>().join(","), ids.len());
    format!(r#"{{"units":[{listed}],"count":{count},"offset":0,"total":{count},"success":true}}"#)
}

/// A store whose units were written one by one, each with another name and other fields
/// before, and from which one more unit was removed.
fn renamed(units: &[Unit], orders: &[SortSpec]) -> MemoryStore {
    let mut store = MemoryStore::with_orders(orders.iter().cloned());
    let earlier = r#"{"a":[[0]],"b":1,"v":[2,"x"],"name":"gone"}"#;
    for unit in units.iter().rev() {
        store.upsert(self::unit(unit.id(), earlier, ""));
        store.upsert(self::unit("gone", earlier, ""));
    }
    for unit in units {
        store.upsert(unit.clone());
    }
    store.remove("gone");
    store
}

/// Checks each answer with the reference and with four memory stores: loaded at once or
/// written unit by unit, with the orders declared or without.
fn check(answers: &[Answer<'_>], units: &[Unit], text: &str, title: &str) {
    let sorts = answers.iter().map(|answer| answer.sort.parse().unwrap());
    let sorts: Vec<SortSpec> = sorts.collect();
    let reversed: Vec<SortSpec> = sorts.iter().map(SortSpec::reversed).collect();
    let mut declared = MemoryStore::with_orders(sorts);
    let _ = declared.replace_all(units.iter().cloned());
    let stores = [
        ("loaded", units.iter().cloned().collect()),
        ("loaded, orders declared", declared),
        ("renamed", renamed(units, &[])),
        ("renamed, orders declared", renamed(units, &reversed)),
    ];
    for answer in answers {
        answer.check(&units, text, title);
        for (name, store) in &stores {
            answer.check(store, text, &format!("{name}, {title}"));
        }
    }
    for (_, store) in &stores {
        store.internal_validate();
    }
}

#[test]
fn facts_of_mongodb() {
    let facts = include_str!("../../conformance/src/cases/mongodb.jsonl");
    // The numbers of answers for documents of MongoDB's tests, and for similar documents.
    let (mut of_tests, mut of_similar) = (0, 0);
    for fact in facts.lines() {
        let members: Members<'_> = json(fact);
        let documents: BTreeMap<String, &RawValue> = json(members["documents"].get());
        let answers: Vec<Members<'_>> = json(members["answers"].get());
        let count = match members.get("test") {
            Some(_) => &mut of_tests,
            None => &mut of_similar,
        };
        *count += answers.len();
        let read = |more: &str| -> Vec<Unit> {
            let documents = documents.iter();
            let units = documents.map(|(id, fields)| unit(id, fields.get(), more));
            units.collect()
        };
        let units = read("");
        let expected = |units: &[Unit]| -> Vec<Answer<'_>> {
            let answers = answers.iter().map(|answer| Answer::read(answer, units));
            answers.collect()
        };
        check(&expected(&units), &units, "", fact);
        if units.iter().any(|unit| unit.name().is_some()) {
            continue;
        }
        // The same query with a text, in a store with other units that the text excludes.
        let units = read(r#","name":"Sales""#);
        let others = (0..OTHERS).map(|i| {
            let fields = format!(r#"{{"a":[{i}],"v":{i},"name":"Other {i}"}}"#);
            unit(&format!("other {i}"), &fields, "")
        });
        let all: Vec<Unit> = units.iter().cloned().chain(others).collect();
        check(&expected(&units), &all, "sales", fact);
    }
    assert_eq!((of_tests, of_similar), (376, 32));
}
