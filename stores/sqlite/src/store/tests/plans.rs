//! Which indexes the statements of a listing use, and how many steps they take.
//!
//! A step is an instruction of SQLite's virtual machine.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use livechat_units::{Cursor, Limit, Page, Scope, Unit, UnitQuery, UnitStore};
use rusqlite::StatementStatus;
use rusqlite::trace::{TraceEvent, TraceEventCodes};

use crate::query::Lister;
use crate::{SqliteOptions, SqliteStore};

/// The work of one statement of a listing.
#[derive(Debug, Default)]
struct Work {
    plan: String,
    steps: i32,
}

/// A store of this many units. All names differ; one in twenty contains "sales", and eight
/// contain "qzx".
fn store(units: usize, options: SqliteOptions) -> SqliteStore {
    let store = options.open_in_memory().unwrap();
    let unit = |i: usize| {
        let rare = if i % (units / 8) == 3 { "Qzx " } else { "" };
        let word = if i.is_multiple_of(20) {
            "Sales"
        } else {
            "Ot\u{434}el"
        };
        Unit::builder(format!("{:06}", i * 7919 % 1_000_003))
            .name(format!("{rare}{word} {}", i * 31 % units))
            .visibility(if i.is_multiple_of(2) {
                "public"
            } else {
                "private"
            })
            .num_monitors(i64::try_from(i % 31).unwrap())
            .num_departments(i64::try_from(i % 6).unwrap())
            .build()
            .unwrap()
    };
    store.replace_all((0..units).map(unit)).unwrap();
    store
}

fn query(text: &str, sort: &str) -> UnitQuery {
    UnitQuery::default()
        .with_text((!text.is_empty()).then(|| text.parse().unwrap()))
        .with_sort(sort.parse().unwrap())
}

/// The work of a listing, by the text of the statement.
fn work(store: &SqliteStore, query: &UnitQuery) -> BTreeMap<String, Work> {
    let statements = Arc::new(Mutex::new(BTreeMap::<String, (i32, i32)>::new()));
    let mut connection = store.database.writer.take().unwrap();
    // Statements that are already prepared would continue their counters.
    connection.flush_prepared_statement_cache();
    let seen = Arc::clone(&statements);
    let note = move |event: TraceEvent<'_>| {
        if let TraceEvent::Profile(statement, _) = event {
            let steps = statement.get_status(StatementStatus::VmStep);
            let prepared_again = statement.get_status(StatementStatus::RePrepare);
            seen.lock()
                .unwrap()
                .insert(statement.sql().into_owned(), (steps, prepared_again));
        }
    };
    connection
        .trace_v2(TraceEventCodes::SQLITE_TRACE_PROFILE, Some(note))
        .unwrap();
    let lister = Lister {
        connection: &connection,
        orders: store.database.orders(),
        max_sorted: store.options.max_sorted,
    };
    let page = lister.list(query).unwrap();
    assert!(!page.is_empty());
    connection
        .trace_v2(TraceEventCodes::empty(), None::<fn(TraceEvent<'_>)>)
        .unwrap();
    let statements = std::mem::take(&mut *statements.lock().unwrap());
    let work = statements
        .into_iter()
        // FTS5 runs statements of its own on its own tables.
        .filter(|(sql, _)| !sql.contains("'names"))
        .map(|(sql, (steps, prepared_again))| {
            assert_eq!(prepared_again, 0, "{sql}");
            let mut explain = connection
                .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
                .unwrap();
            let mut rows = explain.raw_query();
            let mut plan = String::new();
            while let Some(row) = rows.next().unwrap() {
                plan.push_str(&row.get::<_, String>("detail").unwrap());
                plan.push('\n');
            }
            (sql, Work { plan, steps })
        });
    work.collect()
}

fn steps(work: &BTreeMap<String, Work>) -> i32 {
    work.values().map(|work| work.steps).sum()
}

#[track_caller]
fn assert_plans(store: &SqliteStore, query: &UnitQuery, expected: &[&str]) {
    let work = work(store, query);
    let mut plans: Vec<&str> = work.values().flat_map(|work| work.plan.lines()).collect();
    plans.sort_unstable();
    let mut expected = expected.to_vec();
    expected.sort_unstable();
    assert_eq!(plans, expected, "{work:#?}");
}

/// Reads the total.
const COUNT: &str = "SCAN tally";
/// Reads one document of a page.
const DOCUMENT: &str = "SEARCH document USING INTEGER PRIMARY KEY (rowid=?)";
/// Reads the documents within the statement that walks the index.
const DOCUMENTS: &str = "SEARCH document USING INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN";

const W7: &str = r#"{"visibility":1,"numMonitors":-1,"name":1}"#;

/// The fields whose sort order an index has.
const FIELDS: [&str; 7] = [
    "name",
    "visibility",
    "numMonitors",
    "numDepartments",
    "_updatedAt",
    "_id",
    "type",
];

#[test]
fn sort_orders_by_one_field_are_read_from_an_index() {
    let store = store(1_000, SqliteOptions::new());
    for (field, index) in [
        ("name", "by_name"),
        ("visibility", "by_visibility"),
        ("numMonitors", "by_monitors"),
        ("numDepartments", "by_departments"),
        ("_updatedAt", "by_updated"),
        ("_id", "by_id"),
        ("type", "by_id"),
    ] {
        let walk = format!("SCAN unit USING COVERING INDEX {index}");
        let ascending = query("", &format!(r#"{{"{field}":1}}"#));
        assert_plans(&store, &ascending, &[COUNT, &walk, DOCUMENTS]);
        let page = Page::new(7, Limit::at_most(50).unwrap());
        assert_plans(
            &store,
            &ascending.with_page(page),
            &[COUNT, &walk, DOCUMENT],
        );
        let descending = query("", &format!(r#"{{"{field}":-1}}"#));
        let work = work(&store, &descending);
        let walks = work.values().any(|work| work.plan.starts_with(&walk));
        let sorts = work.values().any(|work| work.plan.contains("TEMP B-TREE"));
        assert!(walks && !sorts, "{work:#?}");
    }
}

#[test]
fn arrays_are_merged_into_a_descending_sort_order() {
    let store = store(1_000, SqliteOptions::new());
    let array = r#"{"_id":"u","type":"u","numMonitors":[1,40]}"#;
    store.upsert(&array.parse().unwrap()).unwrap();
    let descending = query("", r#"{"numMonitors":-1}"#);
    let work = work(&store, &descending);
    let merged = work.values().find(|work| work.plan.contains("MERGE"));
    let plan = &merged.unwrap().plan;
    assert!(plan.contains("USING COVERING INDEX by_monitors"), "{plan}");
    assert!(
        plan.contains("USING COVERING INDEX arrays_monitors"),
        "{plan}"
    );
    assert!(!plan.contains("TEMP B-TREE"), "{plan}");
}

#[test]
fn sort_orders_by_several_fields_have_an_index_only_if_declared() {
    let declared = SqliteOptions::new().with_order(W7.parse().unwrap());
    let walk = "SCAN unit USING COVERING INDEX order_1";
    let parallel = "SEARCH unit USING COVERING INDEX by_parallel (parallel>?)";
    let query = query("", W7);
    assert_plans(
        &store(1_000, declared),
        &query,
        &[COUNT, parallel, walk, DOCUMENTS],
    );
    let work = work(&store(1_000, SqliteOptions::new()), &query);
    let sort = "SCAN unit\nUSE TEMP B-TREE FOR ORDER BY\n";
    assert!(work.values().any(|work| work.plan == sort), "{work:#?}");
}

#[test]
fn long_texts_are_found_by_trigrams() {
    let store = store(8_000, SqliteOptions::new());
    let find = "SCAN names VIRTUAL TABLE INDEX 0:M1";
    // Few matches are read and sorted.
    let sort = [
        "SCAN found VIRTUAL TABLE INDEX 1:",
        "SEARCH unit USING INTEGER PRIMARY KEY (rowid=?)",
        "USE TEMP B-TREE FOR ORDER BY",
    ];
    let rare = query("qzx", r#"{"name":1}"#);
    assert_plans(
        &store,
        &rare,
        &[COUNT, find, sort[0], sort[1], sort[2], DOCUMENT],
    );
    // With many matches, an index is walked until the page is full.
    let walk = "SCAN unit USING COVERING INDEX by_monitors";
    let common = query("sales", r#"{"numMonitors":1}"#);
    assert_plans(&store, &common, &[COUNT, find, walk, DOCUMENT]);
    // The walk is given up if the matches are far from its start. These names are last.
    let walk = "SCAN unit USING COVERING INDEX by_name";
    let far = query("sales", r#"{"name":1}"#);
    let plans = [COUNT, find, walk, sort[0], sort[1], sort[2], DOCUMENT];
    assert_plans(&store, &far, &plans);
    let work = work(&store, &far);
    let walked = work.values().find(|work| work.plan.contains(walk));
    assert!(walked.unwrap().steps < 4 * 5 * 400, "{work:#?}");
}

#[test]
fn short_texts_are_found_in_blocks_of_names() {
    let store = store(1_000, SqliteOptions::new());
    let blocks = "SCAN name_block";
    let long = "SCAN unit USING INDEX long_names";
    let walk = "SCAN unit USING COVERING INDEX by_name";
    let short = query("l", r#"{"name":1}"#);
    assert_plans(&store, &short, &[COUNT, blocks, long, walk, DOCUMENT]);
}

#[test]
fn a_scope_is_looked_up_id_by_id() {
    let store = store(1_000, SqliteOptions::new());
    let query = query("", r#"{"name":1}"#).with_scope(Scope::only(["000000", "007919", "none"]));
    let work = work(&store, &query);
    let by_id = "SEARCH unit USING COVERING INDEX by_id (id=?)\n";
    let found = work.values().any(|work| work.plan.ends_with(by_id));
    assert!(found && steps(&work) < 500, "{work:#?}");
}

/// Ten times as many units take the same number of steps.
#[test]
fn the_steps_of_a_first_page_do_not_depend_on_the_number_of_units() {
    let options = || SqliteOptions::new().with_order(W7.parse().unwrap());
    let (few, many) = (store(1_000, options()), store(10_000, options()));
    for query in [
        query("", r#"{"name":1}"#),
        query("", r#"{"_updatedAt":-1}"#),
        query("", W7),
        // Eight names in both stores.
        query("qzx", r#"{"name":1}"#),
    ] {
        let (few, many) = (work(&few, &query), work(&many, &query));
        assert_eq!(steps(&few), steps(&many), "{few:#?} {many:#?}");
        assert!(steps(&few) < 2_500, "{few:#?}");
    }
}

/// The query for the page after the unit of this rank.
fn after(store: &SqliteStore, query: &UnitQuery, rank: u64) -> UnitQuery {
    let one = Page::new(rank, Limit::at_most(1).unwrap());
    let unit = store.list(&query.clone().with_page(one)).unwrap();
    let unit = unit.units().next().unwrap();
    let cursor = Cursor::new(query.sort(), &unit).unwrap();
    query.clone().with_cursor(cursor)
}

/// A page in the middle takes the steps of the first one, a search for each column, and one
/// step for each unit, to compare it with the position.
#[test]
fn a_page_after_a_cursor_takes_the_steps_of_a_first_page() {
    const MORE: i32 = 50 + 5 * 20;
    let mixed = r#"{"numDepartments":-1,"visibility":1}"#;
    let singles = FIELDS.map(|field| [1, -1].map(|way| format!(r#"{{"{field}":{way}}}"#)));
    let mut sorts: Vec<&str> = singles.as_flattened().iter().map(String::as_str).collect();
    sorts.extend(["{}", W7, mixed]);
    for units in [1_000, 10_000] {
        let options = SqliteOptions::new().with_order(W7.parse().unwrap());
        let store = store(units, options.with_order(mixed.parse().unwrap()));
        let assert_continues = |sort: &str| {
            let first = query("", sort);
            let middle = after(&store, &first, u64::try_from(units / 2).unwrap());
            let (first, middle) = (work(&store, &first), work(&store, &middle));
            assert!(
                steps(&middle) <= steps(&first) + MORE,
                "{sort}: {first:#?} {middle:#?}"
            );
        };
        for sort in &sorts {
            assert_continues(sort);
        }
        // Also if an index of arrays is merged.
        for field in &FIELDS[..5] {
            let array = format!(r#"{{"_id":"u {field}","type":"u","{field}":[1,"u"]}}"#);
            store.upsert(&array.parse().unwrap()).unwrap();
            assert_continues(&format!(r#"{{"{field}":-1}}"#));
        }
        assert_continues(W7);
    }
}

/// The same page by an offset takes at least as many steps.
#[test]
fn sorting_after_a_cursor_takes_no_more_steps_than_an_offset() {
    let store = store(10_000, SqliteOptions::new());
    let scope = (0..200).map(|i| format!("{:06}", i * 7919 % 1_000_003));
    for (query, rank) in [
        (query("", W7), 5_000),
        (query("", r#"{"visibility":-1,"name":1}"#), 5_000),
        (query("qzx", r#"{"name":1}"#), 4),
        (
            query("", r#"{"name":-1}"#).with_scope(Scope::only(scope)),
            100,
        ),
    ] {
        let page = Page::new(rank + 1, query.page().limit());
        let skipped = work(&store, &query.clone().with_page(page));
        let continued = work(&store, &after(&store, &query, rank));
        assert!(
            steps(&continued) <= steps(&skipped),
            "{skipped:#?} {continued:#?}"
        );
    }
}

/// The index of the first field bounds the units that can be on the page.
#[test]
fn a_sort_that_starts_with_a_field_of_many_values_sorts_few_units() {
    let (few, many) = (1_000, 10_000);
    let [few, many] = [few, many].map(|units| store(units, SqliteOptions::new()));
    for sort in [
        r#"{"name":1,"numMonitors":-1}"#,
        r#"{"name":-1,"visibility":1}"#,
    ] {
        for rank in [None, Some(500)] {
            let [few, many] = [&few, &many].map(|store| {
                let first = query("", sort);
                work(
                    store,
                    &match rank {
                        None => first,
                        Some(rank) => after(store, &first, rank),
                    },
                )
            });
            assert_eq!(steps(&few), steps(&many), "{few:#?} {many:#?}");
            let part = "SEARCH unit USING INDEX by_name";
            assert!(
                many.values().any(|work| work.plan.contains(part)),
                "{many:#?}"
            );
        }
    }
}

/// Skipped units are skipped in an index; their documents are not read.
#[test]
fn a_large_offset_takes_steps_only_in_the_index() {
    let store = store(10_000, SqliteOptions::new());
    let page = Page::new(9_000, Limit::at_most(50).unwrap());
    let query = query("", r#"{"name":1}"#).with_page(page);
    let work = work(&store, &query);
    let documents: Vec<_> = work
        .values()
        .filter(|work| work.plan.contains("document"))
        .collect();
    assert!(documents[0].steps < 1_000, "{work:#?}");
    assert!((9_000..40_000).contains(&steps(&work)), "{work:#?}");
}
