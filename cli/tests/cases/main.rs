//! Recorded cases: a request and the exact answer.
//!
//! The answers of `public.jsonl` are those of an independent program over PCRE2 and
//! MongoDB's rules for sort keys. Where MongoDB leaves an order open, a case has
//! `tie_groups`. `versions.jsonl` has the answers of the server's versions, in the same
//! form. `own.jsonl` covers what the other two leave open; its bodies are compared byte for
//! byte.

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

/// Status and body of the answer. Three stores must give the same one: the documents as a
/// slice, a memory store that was loaded, and one that was filled document by document.
fn answer(line: &str, fixtures: &mut HashMap<String, String>) -> (u16, String) {
    let request = Request::read(&request_line(line, fixtures)).unwrap();
    let documents = request.documents();
    let loaded: MemoryStore = documents.iter().cloned().collect();
    let mut filled = MemoryStore::new();
    filled.extend(documents.iter().rev().cloned());
    let answer = joined(request.answer_from(&documents));
    assert_eq!(joined(request.answer_from(&loaded)), answer, "{line}");
    assert_eq!(joined(request.answer_from(&filled)), answer, "{line}");
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
    assert_eq!(passed("public.jsonl"), 308);
}

/// SPEC §5.
#[test]
fn cases_of_versions() {
    assert_eq!(passed("versions.jsonl"), 15);
}

/// The number of cases in this file; all of them must pass.
fn passed(file: &str) -> usize {
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

/// Each group of ids may come in any order, and `take` of them must come.
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
        assert!(names.insert(name.to_owned()), "{name} stands twice");
    }
    assert!(names.len() >= 100, "{} cases", names.len());
}
