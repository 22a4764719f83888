//! Random writes and queries. A slice of the same units gives the expected answers.

use std::collections::BTreeMap;

use livechat_units::{
    Cursor, Limit, Page, Scope, SortSpec, TextFilter, Unit, UnitQuery, UnitStore,
};
use livechat_units_testkit::random::Random;

use crate::block_on;
use crate::stores::{On, store_of};

const WORDS: &[&str] = &[
    "Sales",
    "sáles",
    "ОТДЕЛ",
    "отдел",
    "ΟΔΟΣ",
    "οδοσα",
    "100%",
    "a_b",
    r"c:\\d",
    "'; --",
    "東京",
    "K",
    "\u{212A}elvin",
    "ſ",
    "x",
];
const TEXTS: &[&str] = &[
    "s", "sal", "ale", "ОТД", "тде", "δοσ", "ΔΟΣ", "%", "0%", "_", "a_", r"\", r":\d", "'", "東京",
    "k", "s k", "x x", "xxx", "none",
];
const SORTS: &[&str] = &[
    "{}",
    r#"{"_id":-1}"#,
    r#"{"name":1}"#,
    r#"{"name":-1}"#,
    r#"{"numMonitors":1}"#,
    r#"{"numMonitors":-1}"#,
    r#"{"visibility":-1,"numMonitors":1}"#,
    r#"{"visibility":1,"_id":-1,"name":1}"#,
    r#"{"_updatedAt":-1,"name":1,"numDepartments":-1}"#,
    r#"{"type":-1}"#,
    r#"{"numMonitors":-1,"type":1}"#,
    r#"{"type.x":1,"name":1,"_id.x":-1}"#,
    r#"{"region":-1}"#,
    r#"{"name":1,"region":1}"#,
];

/// What the next units are like. While one unit has an array or a long name, other statements
/// list all of them.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Regular,
    SomeIrregular,
}

fn unit(random: &mut Random, kind: Kind) -> Unit {
    let id = format!("u{:02}", random.below(60));
    let of = if random.below(12) == 0 { "d" } else { "u" };
    let odd = kind == Kind::SomeIrregular && random.below(4) == 0;
    let name = match random.below(if odd { 4 } else { 16 }) {
        0 => "7".to_owned(),
        1 if odd => format!(r#"["{}","{}"]"#, random.pick(WORDS), random.pick(WORDS)),
        2 if odd => "[]".to_owned(),
        // Longer than the columns of keys, and equal up to their length.
        3 if odd => format!(r#""{}{}""#, "x".repeat(300), random.pick(WORDS)),
        _ => format!(r#""{} {}""#, random.pick(WORDS), random.pick(WORDS)),
    };
    let (monitors, visibility) = if odd {
        (
            random.pick(&["[1,5]", "[]", "2"]),
            random.pick(&[r#"["public",2]"#, r#""private""#]),
        )
    } else {
        (
            random.pick(&["0", "1", "1.0", "-3", "9007199254740993", "null"]),
            random.pick(&[r#""public""#, r#""private""#, "true"]),
        )
    };
    let region = random.pick(&["1", r#""EU""#, r#"["a","b"]"#, r#"{"$date":5}"#]);
    format!(
        r#"{{"_id":"{id}","type":"{of}","name":{name},"numMonitors":{monitors},
            "visibility":{visibility},"region":{region}}}"#
    )
    .parse()
    .unwrap()
}

/// A cursor at a unit that exists, existed, or never did.
fn cursor(random: &mut Random, kind: Kind, met: &[Unit], sort: &SortSpec) -> Option<Cursor> {
    let unit = match random.below(8) {
        0 => unit(random, kind),
        1 => unit(random, Kind::SomeIrregular),
        2 => {
            // Before or after the ids with the same beginning, and a name that cannot be stored.
            let id = format!("u{:02}\0", random.below(60));
            let name = format!("{}\0", random.pick(WORDS));
            Unit::builder(id).name(name).build().unwrap()
        }
        _ => met.get(random.below(met.len().max(1)))?.clone(),
    };
    // A unit with two arrays has no position.
    Cursor::new(sort, &unit).ok()
}

fn query(random: &mut Random, kind: Kind, met: &[Unit]) -> UnitQuery {
    let sort: SortSpec = random.pick(SORTS).parse().unwrap();
    let limit = match random.below(4) {
        0 => Limit::Unlimited,
        _ => Limit::at_most(1 + u64::try_from(random.below(12)).unwrap()).unwrap(),
    };
    let cursor = match random.below(2) {
        0 => cursor(random, kind, met, &sort),
        _ => None,
    };
    // Only few units follow most positions.
    let most = if cursor.is_some() { 5 } else { 20 };
    let offset = u64::try_from(random.below(most)).unwrap();
    let mut query = UnitQuery::default()
        .with_sort(sort)
        .with_page(Page::new(offset, limit));
    if let Some(cursor) = cursor {
        query = query.with_cursor(cursor);
    }
    if random.below(2) == 0 {
        query = query.with_text(random.pick(TEXTS).parse::<TextFilter>().unwrap());
    }
    if random.below(4) == 0 {
        let ids = (0..30).map(|_| format!("u{:02}", random.below(70)));
        query = query.with_scope(Scope::only(ids.collect::<Vec<_>>()));
    }
    query
}

pub(crate) fn run(on: On, seed: u64, steps: usize) {
    if !on.available() {
        return;
    }
    let store = store_of(on, &[]);
    let mut model: BTreeMap<String, Unit> = BTreeMap::new();
    let mut random = Random(seed);
    let mut kind = Kind::Regular;
    // The latest units and a few earlier ones, most of which have changed since.
    let mut met: Vec<Unit> = Vec::new();
    for step in 0..steps {
        match random.below(40) {
            0 => {
                kind = [Kind::Regular, Kind::SomeIrregular][random.below(2)];
                let size = random.below(60);
                let units = (0..size).map(|_| unit(&mut random, kind));
                let units: Vec<Unit> = units.collect();
                met.drain(..met.len().saturating_sub(20));
                met.extend_from_slice(&units);
                block_on(store.replace_all(units.iter().cloned())).unwrap();
                model.clear();
                model.extend(units.into_iter().map(|unit| (unit.id().to_owned(), unit)));
                model.retain(|_, unit| unit.is_unit());
            }
            1..4 => {
                let id = format!("u{:02}", random.below(60));
                let was_there = model.remove(&id).is_some();
                assert_eq!(block_on(store.remove(&id)).unwrap(), was_there, "{step}");
            }
            4..14 => {
                let unit = unit(&mut random, kind);
                block_on(store.upsert(&unit)).unwrap();
                met.push(unit.clone());
                if unit.is_unit() {
                    model.insert(unit.id().to_owned(), unit);
                } else {
                    model.remove(unit.id());
                }
            }
            14..16 => {
                let id = format!("u{:02}", random.below(60));
                assert_eq!(block_on(store.get(&id)).unwrap(), model.get(&id).cloned());
            }
            _ => {
                let query = query(&mut random, kind, &met);
                let units: Vec<Unit> = model.values().cloned().collect();
                match (block_on(store.list(&query)), units.list(&query)) {
                    (Ok(found), Ok(expected)) => {
                        assert_eq!(found.total(), expected.total(), "{step}: {query:?}");
                        let json = |page: &livechat_units::UnitPage| -> Vec<String> {
                            page.units()
                                .map(|unit| unit.to_extended_json().into_owned())
                                .collect()
                        };
                        assert_eq!(json(&found), json(&expected), "{step}: {query:?}");
                    }
                    (Err(found), Err(expected)) => {
                        assert_eq!(found.kind(), expected.kind(), "{step}: {query:?}");
                    }
                    (found, expected) => {
                        panic!("{step}: {query:?}: {found:?} instead of {expected:?}")
                    }
                }
            }
        }
    }
}

#[test]
fn random_writes_and_queries_on_one_server() {
    run(On::One, 1, 1_500);
}

#[test]
fn random_writes_and_queries_on_three_servers() {
    run(On::Three, 2, 700);
}
