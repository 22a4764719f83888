//! What each case asks of a store, counted: a case that asked for less would still pass.

use std::sync::{Arc, Mutex};

use super::case::Case;
use super::own::change;
use super::random::SEED;
use super::show::show_query;
use super::{CASES, Change, Fixture};
use crate::query::UnitQuery;
use crate::store::UnitStore;
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
const RANDOM: [&str; 1] = ["random_"];

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

/// The reference, and what it has been asked.
fn listening() -> (Fixture, Arc<Mutex<Asked>>) {
    let asked = Arc::new(Mutex::new(Asked::default()));
    let (read, written) = (Arc::clone(&asked), Arc::clone(&asked));
    let fixture = Fixture::lists(move |documents| {
        read.lock().unwrap().load(documents);
        let (asked, units) = (Arc::clone(&read), documents.to_vec());
        move |query: &UnitQuery| {
            asked.lock().unwrap().query(query);
            units.list(query)
        }
    });
    let fixture = fixture.with_writes(move |documents| {
        written.lock().unwrap().load(documents);
        let units = Arc::new(Mutex::new(documents.to_vec()));
        let (asked_to_list, asked_to_change) = (Arc::clone(&written), Arc::clone(&written));
        let changed = Arc::clone(&units);
        (
            move |query: &UnitQuery| {
                asked_to_list.lock().unwrap().query(query);
                units.lock().unwrap().list(query)
            },
            move |made: Change| {
                asked_to_change.lock().unwrap().changes += 1;
                change(&mut changed.lock().unwrap(), made);
            },
        )
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

fn is_one_of(beginnings: &[&str], name: &str) -> bool {
    beginnings
        .iter()
        .any(|beginning| name.starts_with(beginning))
}

#[test]
fn what_each_case_asks() {
    check(|name| !is_one_of(&LONG, name) && !is_one_of(&RANDOM, name));
}

#[test]
fn what_each_long_case_asks() {
    check(|name| is_one_of(&LONG, name));
}

#[test]
fn what_each_random_case_asks() {
    if std::env::var_os(SEED).is_some() {
        eprintln!("skipped: {SEED} is set, and the list is that of the seed of the kit");
        return;
    }
    check(|name| is_one_of(&RANDOM, name));
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
