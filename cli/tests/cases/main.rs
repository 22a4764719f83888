//! Recorded cases: a request and the exact answer.
//!
//! | file | answers |
//! |---|---|
//! | `public.jsonl` | of an independent program that uses PCRE2 and MongoDB's rules for sort keys |
//! | `versions.jsonl` | of the versions of Rocket.Chat, in the same format |
//! | `own.jsonl` | for what the other two do not cover; bodies are compared byte for byte |
//!
//! If MongoDB does not define the order of some units, the case has `tie_groups`: see
//! [`check_groups`].

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use livechat_units::{MemoryStore, Response};
use livechat_units_cli::request::Request;
use serde_json::Value;
use serde_json::value::RawValue;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases")
}

fn read(name: &str) -> String {
    let path = folder().join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The case as a request line, with the documents of its fixture.
fn request_line(line: &str, fixtures: &mut HashMap<String, String>) -> String {
    let members: HashMap<String, &RawValue> = serde_json::from_str(line).unwrap();
    let mut request: HashMap<&str, &RawValue> = HashMap::new();
    for key in [
        "documents",
        "settings",
        "caller",
        "query_string",
        "server_version",
    ] {
        if let Some(value) = members.get(key) {
            request.insert(key, value);
        }
    }
    let fixture: Box<RawValue>;
    if let Some(name) = members.get("fixture") {
        let name: String = serde_json::from_str(name.get()).unwrap();
        let text = fixtures
            .entry(name)
            .or_insert_with_key(|name| read(&format!("fixtures/{name}.json")));
        fixture = RawValue::from_string(text.trim().to_owned()).unwrap();
        request.insert("documents", &fixture);
    }
    serde_json::to_string(&request).unwrap()
}

/// Status and body of the answer. Checks that three stores give the same answer: a slice, a
/// `MemoryStore` that was loaded, and one to which the documents were added one by one.
fn answer(line: &str, fixtures: &mut HashMap<String, String>) -> (u16, String) {
    let request = Request::read(&request_line(line, fixtures)).unwrap();
    let documents = request.documents();
    let loaded: MemoryStore = documents.iter().cloned().collect();
    let mut extended = MemoryStore::new();
    extended.extend(documents.iter().rev().cloned());
    let answer = joined(request.answer_from(&documents));
    assert_eq!(joined(request.answer_from(&loaded)), answer, "{line}");
    assert_eq!(joined(request.answer_from(&extended)), answer, "{line}");
    answer
}

/// Status and body, with the chunks joined.
fn joined(response: Response) -> (u16, String) {
    let status = response.status();
    let body: Vec<u8> = response.into_body().into_chunks().flatten().collect();
    (status, String::from_utf8(body).unwrap())
}

#[test]
fn public_cases() {
    assert_eq!(check_cases("public.jsonl"), 308);
}

/// The differences between versions of Rocket.Chat (SPEC §5).
#[test]
fn cases_of_versions() {
    assert_eq!(check_cases("versions.jsonl"), 15);
}

/// Checks every case of the file, and returns the number of cases.
fn check_cases(file: &str) -> usize {
    let mut fixtures = HashMap::new();
    let mut passed = 0;
    for line in read(file).lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let (status, body) = answer(line, &mut fixtures);
        let name = &case["name"];
        assert_eq!(case["expected"]["status"], status, "{name}: {body}");
        let mut body: Value = serde_json::from_str(&body).unwrap();
        let mut expected = case["expected"]["body"].clone();
        if let Some(groups) = case["tie_groups"].as_array() {
            let found = body["units"].take();
            let listed = expected["units"].take();
            check_groups(found.as_array().unwrap(), groups, name);
            assert_eq!(
                found.as_array().unwrap().len(),
                listed.as_array().unwrap().len()
            );
        }
        assert_eq!(body, expected, "{name}");
        passed += 1;
    }
    passed
}

/// Checks that the units of a page are in the order of the groups. From each group the page
/// has `take` units, in any order.
fn check_groups(found: &[Value], groups: &[Value], name: &Value) {
    let mut found = found.iter().map(|unit| unit["_id"].as_str().unwrap());
    let mut seen = BTreeSet::new();
    for group in groups {
        let ids: BTreeSet<&str> = group["ids"]
            .as_array()
            .unwrap()
            .iter()
            .map(|id| id.as_str().unwrap())
            .collect();
        for _ in 0..group["take"].as_u64().unwrap() {
            let id = found.next().unwrap();
            assert!(ids.contains(id) && seen.insert(id), "{name}: {id}");
        }
    }
    assert_eq!(found.next(), None, "{name}");
}

#[test]
fn own_cases() {
    let mut fixtures = HashMap::new();
    let mut names = BTreeSet::new();
    for line in read("own.jsonl").lines() {
        let case: HashMap<String, &RawValue> = serde_json::from_str(line).unwrap();
        let expected: HashMap<String, &RawValue> =
            serde_json::from_str(case["expected"].get()).unwrap();
        let (status, body) = answer(line, &mut fixtures);
        let name = case["name"].get();
        assert_eq!(
            expected["status"].get(),
            status.to_string(),
            "{name}: {body}"
        );
        assert_eq!(expected["body"].get(), body, "{name}");
        assert!(names.insert(name.to_owned()), "{name} appears twice");
    }
    assert!(names.len() >= 100, "{} cases", names.len());
}
