//! Which indexes the statements of a listing use, and how many steps they take.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use livechat_units::{Cursor, Limit, Page, Scope, Unit, UnitQuery, UnitStore};
use rusqlite::StatementStatus;
use rusqlite::trace::{TraceEvent, TraceEventCodes};

use super::{Lister, SqliteStore};
use crate::SqliteOptions;

/// Of each statement that a listing ran.
#[derive(Debug, Default)]
struct Work {
    plan: String,
    /// Steps of SQLite's virtual machine.
    steps: i32,
}

/// Unit `i` of so many; all their names are different, one in twenty has "sales", eight
/// have "qzx".
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

/// What listing takes, by the text of the statement.
fn work(store: &SqliteStore, query: &UnitQuery) -> BTreeMap<String, Work> {
    let statements = Arc::new(Mutex::new(BTreeMap::<String, (i32, i32)>::new()));
    let mut connection = store.writer.take().unwrap();
    // The counters of statements that were prepared before go on.
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
        orders: &store.orders,
        max_sorted: store.max_sorted,
    };
    let page = lister.list(query).unwrap();
    assert!(!page.is_empty());
    connection
        .trace_v2(TraceEventCodes::empty(), None::<fn(TraceEvent<'_>)>)
        .unwrap();
    let statements = std::mem::take(&mut *statements.lock().unwrap());
    let work = statements
        .into_iter()
        // FTS5 has statements of its own, on its own tables.
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

/// The count, and the documents of a page.
const COUNT: &str = "SCAN tally";
const DOCUMENT: &str = "SEARCH document USING INTEGER PRIMARY KEY (rowid=?)";
/// The documents in the statement that walks the order.
const DOCUMENTS: &str = "SEARCH document USING INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN";

const W7: &str = r#"{"visibility":1,"numMonitors":-1,"name":1}"#;

/// That an index has the order of.
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
fn orders_of_one_field_are_walked_in_their_index() {
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
fn arrays_are_merged_into_a_descending_order() {
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
fn several_fields_are_walked_where_they_are_kept_and_else_sorted() {
    let kept = SqliteOptions::new().with_order(W7.parse().unwrap());
    let walk = "SCAN unit USING COVERING INDEX order_1";
    let parallel = "SEARCH unit USING COVERING INDEX by_parallel (parallel>?)";
    let query = query("", W7);
    assert_plans(
        &store(1_000, kept),
        &query,
        &[COUNT, parallel, walk, DOCUMENTS],
    );
    let work = work(&store(1_000, SqliteOptions::new()), &query);
    let sort = "SCAN unit\nUSE TEMP B-TREE FOR ORDER BY\n";
    assert!(work.values().any(|work| work.plan == sort), "{work:#?}");
}

#[test]
fn texts_are_found_by_their_trigrams() {
    let store = store(8_000, SqliteOptions::new());
    let find = "SCAN names VIRTUAL TABLE INDEX 0:M1";
    // Few: read and sorted.
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
    // Many: the order is walked until the page is full.
    let walk = "SCAN unit USING COVERING INDEX by_monitors";
    let common = query("sales", r#"{"numMonitors":1}"#);
    assert_plans(&store, &common, &[COUNT, find, walk, DOCUMENT]);
    // But not past all that comes before them, here as the greatest names.
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

/// Ten times the units take the same steps.
#[test]
fn a_first_page_takes_the_same_steps_however_many_units_there_are() {
    let options = || SqliteOptions::new().with_order(W7.parse().unwrap());
    let (few, many) = (store(1_000, options()), store(10_000, options()));
    for query in [
        query("", r#"{"name":1}"#),
        query("", r#"{"_updatedAt":-1}"#),
        query("", W7),
        // Eight names, of however many.
        query("qzx", r#"{"name":1}"#),
    ] {
        let (few, many) = (work(&few, &query), work(&many, &query));
        assert_eq!(steps(&few), steps(&many), "{few:#?} {many:#?}");
        assert!(steps(&few) < 2_500, "{few:#?}");
    }
}

/// The page behind the unit at this place of the order.
fn behind(store: &SqliteStore, query: &UnitQuery, place: u64) -> UnitQuery {
    let one = Page::new(place, Limit::at_most(1).unwrap());
    let unit = store.list(&query.clone().with_page(one)).unwrap();
    let unit = unit.units().next().unwrap();
    let cursor = Cursor::new(query.sort(), &unit).unwrap();
    query.clone().with_cursor(cursor)
}

/// A page in the middle takes the steps of the first one, and a search for each column,
/// and one step a unit, for whether it has the same values still.
#[test]
fn a_page_behind_a_cursor_takes_the_steps_of_a_first_one() {
    const MORE: i32 = 50 + 5 * 20;
    let mixed = r#"{"numDepartments":-1,"visibility":1}"#;
    let singles = FIELDS.map(|field| [1, -1].map(|way| format!(r#"{{"{field}":{way}}}"#)));
    let mut sorts: Vec<&str> = singles.as_flattened().iter().map(String::as_str).collect();
    sorts.extend(["{}", W7, mixed]);
    for units in [1_000, 10_000] {
        let options = SqliteOptions::new().with_order(W7.parse().unwrap());
        let store = store(units, options.with_order(mixed.parse().unwrap()));
        let assert_goes_on = |sort: &str| {
            let first = query("", sort);
            let middle = behind(&store, &first, u64::try_from(units / 2).unwrap());
            let (first, middle) = (work(&store, &first), work(&store, &middle));
            assert!(
                steps(&middle) <= steps(&first) + MORE,
                "{sort}: {first:#?} {middle:#?}"
            );
        };
        for sort in &sorts {
            assert_goes_on(sort);
        }
        // Where an index of arrays is merged, too.
        for field in &FIELDS[..5] {
            let array = format!(r#"{{"_id":"u {field}","type":"u","{field}":[1,"u"]}}"#);
            store.upsert(&array.parse().unwrap()).unwrap();
            assert_goes_on(&format!(r#"{{"{field}":-1}}"#));
        }
        assert_goes_on(W7);
    }
}

/// The same page by an offset takes no fewer steps.
#[test]
fn what_is_sorted_is_not_more_behind_a_cursor() {
    let store = store(10_000, SqliteOptions::new());
    let scope = (0..200).map(|i| format!("{:06}", i * 7919 % 1_000_003));
    for (query, place) in [
        (query("", W7), 5_000),
        (query("", r#"{"visibility":-1,"name":1}"#), 5_000),
        (query("qzx", r#"{"name":1}"#), 4),
        (
            query("", r#"{"name":-1}"#).with_scope(Scope::only(scope)),
            100,
        ),
    ] {
        let page = Page::new(place + 1, query.page().limit());
        let skipped = work(&store, &query.clone().with_page(page));
        let gone_on = work(&store, &behind(&store, &query, place));
        assert!(
            steps(&gone_on) <= steps(&skipped),
            "{skipped:#?} {gone_on:#?}"
        );
    }
}

/// The index of the first field says where the page is.
#[test]
fn an_order_that_begins_with_a_field_of_many_values_is_sorted_in_part() {
    let (few, many) = (1_000, 10_000);
    let [few, many] = [few, many].map(|units| store(units, SqliteOptions::new()));
    for sort in [
        r#"{"name":1,"numMonitors":-1}"#,
        r#"{"name":-1,"visibility":1}"#,
    ] {
        for place in [None, Some(500)] {
            let [few, many] = [&few, &many].map(|store| {
                let first = query("", sort);
                work(
                    store,
                    &match place {
                        None => first,
                        Some(place) => behind(store, &first, place),
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

/// What is skipped is skipped in an index, and no document of it is read.
#[test]
fn a_deep_page_takes_steps_for_what_it_skips_alone() {
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
