//! What each case asks of a store, counted: a case that asked for less would still pass.

use std::sync::{Arc, Mutex};

use super::case::Case;
use super::own::{change, with_writes};
use super::random::SEED;
use super::show::show_query;
use super::{CASES, Fixture};
use crate::query::UnitQuery;
use crate::store::{StoreError, UnitPage, UnitStore};
use crate::unit::Unit;

/// A line for each case.
const ASKED: &str = include_str!("asked.tsv");

/// Their readers ask for as long as a writer writes.
const BESIDE_READERS: &str = "writes_beside_readers_";

/// What takes long, and has a test of its own.
const LONG: [&str; 7] = [
    "collection_of_2000",
    "cursor_of_names_of_100_kilobytes",
    "cursor_walk_of_600",
    "injection_in_",
    "scope_of_70000_ids",
    "sort_keys_of_odd_names",
    "writes_between_pages",
];

/// What depends on the seed.
const RANDOM: &str = "random_";

#[derive(Debug, Default)]
struct Asked {
    stores: usize,
    documents: usize,
    units: usize,
    document_bytes: usize,
    queries: usize,
    query_bytes: usize,
    changes: usize,
}

impl Asked {
    fn load(&mut self, documents: &[Unit]) {
        self.stores += 1;
        self.documents += documents.len();
        self.units += documents.iter().filter(|unit| unit.is_unit()).count();
        let bytes = documents.iter().map(|unit| unit.as_json().len());
        self.document_bytes += bytes.sum::<usize>();
    }

    fn query(&mut self, query: &UnitQuery) {
        self.queries += 1;
        self.query_bytes += show_query(query).len();
    }

    /// A line of the list.
    fn line(&self, case: &Case) -> String {
        format!(
            "{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}",
            case.name(),
            self.stores,
            self.documents,
            self.units,
            self.document_bytes,
            self.queries,
            self.query_bytes,
            self.changes
        )
    }
}

/// The reference, which notes what it is asked.
struct Listening {
    units: Vec<Unit>,
    asked: Arc<Mutex<Asked>>,
}

impl UnitStore for Listening {
    fn list(&self, query: &UnitQuery) -> Result<UnitPage, StoreError> {
        self.asked.lock().unwrap().query(query);
        self.units.list(query)
    }
}

fn listening() -> (Fixture, Arc<Mutex<Asked>>) {
    let asked = Arc::new(Mutex::new(Asked::default()));
    let noted = Arc::clone(&asked);
    let load = move |documents: &[Unit]| {
        noted.lock().unwrap().load(documents);
        Listening {
            units: documents.to_vec(),
            asked: Arc::clone(&noted),
        }
    };
    let fixture = with_writes(load, |store, made| {
        store.asked.lock().unwrap().changes += 1;
        change(&mut store.units, made);
    });
    (fixture, asked)
}

fn line_of(case: &Case) -> String {
    let (fixture, asked) = listening();
    case.run(&fixture);
    let mut asked = asked.lock().unwrap();
    if case.name().starts_with(BESIDE_READERS) {
        asked.queries = asked.queries.min(1);
        asked.query_bytes = 0;
    }
    asked.line(case)
}

/// Compares these cases with their lines.
fn check(is_chosen: impl Fn(&str) -> bool) {
    let cases = CASES.iter().filter(|case| is_chosen(case.name()));
    let found: Vec<String> = cases.map(line_of).collect();
    let of = |line: &&str| is_chosen(line.split('\t').next().unwrap_or_default());
    let expected: Vec<&str> = ASKED.lines().skip(1).filter(of).collect();
    let new = found
        .iter()
        .filter(|line| !expected.contains(&line.as_str()));
    let new: Vec<&str> = new.map(String::as_str).collect();
    assert!(
        new.is_empty() && expected.len() == found.len(),
        "expected {} lines in src/conformance/asked.tsv and not {}, and these:\n{}",
        found.len(),
        expected.len(),
        new.join("\n")
    );
}

fn is_long(name: &str) -> bool {
    LONG.iter().any(|beginning| name.starts_with(beginning))
}

#[test]
fn what_each_case_asks() {
    check(|name| !is_long(name) && !name.starts_with(RANDOM));
}

#[test]
fn what_each_long_case_asks() {
    check(is_long);
}

#[test]
fn what_each_random_case_asks() {
    if std::env::var_os(SEED).is_some() {
        eprintln!("skipped: {SEED} is set, and the list is that of the seed of the kit");
        return;
    }
    check(|name| name.starts_with(RANDOM));
}

#[test]
fn random_cases_ask_for_no_more_than_is_served() {
    let (fixture, asked) = listening();
    let fixture = fixture.cannot("cursor_dotted_path", "there are no paths");
    super::run("random_cursors", &fixture);
    // Those of the documented fields, of documents of two kinds.
    let asked = asked.lock().unwrap();
    assert_eq!((asked.stores, asked.queries), (2, 200));
}
