//! No case is written and then forgotten.

use std::collections::BTreeSet;
use std::path::Path;

use super::{CASES, Case, Requirement};

/// The cases in a source: functions that take a kit and give back nothing.
fn cases_in(source: &str) -> Vec<&str> {
    let functions = source.lines().filter_map(|line| {
        let line = line.strip_prefix("pub(super) ").unwrap_or(line);
        let (name, parameters) = line.strip_prefix("fn ")?.split_once('(')?;
        let (_, kind) = parameters.split_once(": ")?;
        (kind == "&Kit<'_>) {").then_some(name)
    });
    functions.collect()
}

/// Every Rust source below a directory.
fn sources(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).unwrap();
    let sources = entries.flat_map(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path)
        } else {
            vec![std::fs::read_to_string(path).unwrap()]
        }
    });
    sources.collect()
}

#[test]
fn every_case_is_in_the_list() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/conformance");
    let sources = sources(&directory);
    let written: Vec<&str> = sources
        .iter()
        .map(String::as_str)
        .flat_map(cases_in)
        .collect();
    let listed: BTreeSet<&str> = CASES.iter().map(Case::name).collect();
    let missing: Vec<_> = written
        .iter()
        .filter(|name| !listed.contains(*name))
        .collect();
    assert!(missing.is_empty(), "not in the list: {missing:?}");
    assert_eq!(written.len(), CASES.len(), "not found in the sources");
    assert_eq!(listed.len(), CASES.len(), "a name twice");
}

#[test]
fn a_forgotten_case_is_found() {
    let source = [
        "/// A case.",
        "pub(super) fn listed(kit: &Kit<'_>) {",
        "}",
        "fn forgotten(_kit: &Kit<'_>) {",
        "fn with_more(kit: &Kit<'_>, keys: usize) {",
        "fn with_an_answer(kit: &Kit<'_>) -> Loaded {",
    ];
    assert_eq!(cases_in(&source.join("\n")), ["listed", "forgotten"]);
}

#[test]
fn most_cases_are_required() {
    let required = CASES
        .iter()
        .filter(|case| case.requirement() == Requirement::Required);
    assert!(3 * required.count() > 2 * CASES.len());
}

#[test]
fn every_case_is_about_a_section() {
    for case in CASES {
        assert!(case.section().starts_with('§'), "{case:?}");
    }
}
