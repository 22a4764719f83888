//! The plans of queries, as PostgreSQL reports them: which indexes are read, what the shards
//! do, and how many rows they send.

use livechat_units::{Cursor, Limit, Page, TextFilter, Unit, UnitQuery};
use livechat_units_postgres::PostgresStore;
use serde_json::Value;

use crate::block_on;
use crate::server::available;
use crate::stores::{On, Servers, store_of};

const UNITS: usize = 20_000;
const HALF: u64 = 10_000;
const PAGE: u64 = 50;
/// The type of the plan node of a foreign table.
const FETCH: u64 = 1_000;

/// Units with realistic names: some words are in many of them, others in few.
fn units() -> Vec<Unit> {
    let word = |number: usize| ["Sales", "Отдел", "Support", "plain"][number % 4];
    let unit = |number: usize| {
        let rare = if number % 4_999 == 1 { " Qzx" } else { "" };
        let name = format!("{} {:05}{rare}", word(number), number * 7_919 % UNITS);
        Unit::builder(format!("u{number:05}"))
            .name(name)
            .visibility(["public", "private"][number % 2])
            .num_monitors(i64::try_from(number % 31).unwrap())
            .build()
            .unwrap()
    };
    (0..UNITS).map(unit).collect()
}

fn query(text: &str, sort: &str, offset: u64) -> UnitQuery {
    let text = (!text.is_empty()).then(|| text.parse::<TextFilter>().unwrap());
    let page = Page::new(offset, Limit::at_most(PAGE).unwrap());
    UnitQuery::default()
        .with_text(text)
        .with_sort(sort.parse().unwrap())
        .with_page(page)
}

/// The nodes of all plans of the query.
fn nodes(store: &PostgresStore, query: &UnitQuery) -> Vec<Value> {
    let plans = block_on(store.explain(query)).unwrap();
    let nodes = plans.iter().flat_map(|plan| {
        let plan: Value = serde_json::from_str(plan).unwrap();
        below(&plan[0]["Plan"])
    });
    nodes.collect()
}

/// The node and all those below it.
pub(crate) fn below(node: &Value) -> Vec<Value> {
    let children = node["Plans"].as_array().into_iter().flatten();
    let mut all = vec![node.clone()];
    all.extend(children.flat_map(below));
    all
}

fn texts(nodes: &[Value], key: &str) -> Vec<String> {
    let texts = nodes.iter().filter_map(|node| node[key].as_str());
    texts.map(str::to_owned).collect()
}

fn rows(node: &Value) -> u64 {
    // The number is a fraction if a node ran several times, and on newer servers.
    let rows = node["Actual Rows"].as_f64().unwrap() * node["Actual Loops"].as_f64().unwrap();
    format!("{rows:.0}").parse().unwrap()
}

const NAME: &str = r#"{"name":1}"#;
const THREE: &str = r#"{"visibility":1,"numMonitors":-1,"name":1}"#;
/// A sort order in which `_id` is reversed among equal names.
const IDS_REVERSED: &str = r#"{"name":1,"_id":-1}"#;

#[test]
fn one_server_answers_from_indexes() {
    if !available() {
        return;
    }
    let servers = Servers::shared();
    let store = servers.options().build().unwrap();
    let layout = servers.layout(On::One).with_order(THREE.parse().unwrap());
    let layout = layout.with_order(IDS_REVERSED.parse().unwrap());
    block_on(store.migrate(&layout)).unwrap();
    block_on(store.replace_all(units())).unwrap();
    for (figure, query, index, most) in [
        ("W1", query("", NAME, 0), "units_by_na", PAGE),
        (
            "W1 reversed",
            query("", r#"{"name":-1}"#, 0),
            "units_by_na",
            PAGE,
        ),
        ("W2", query("", NAME, 10_000), "units_by_na", 10_000 + PAGE),
        ("W3", query("qzx", NAME, 0), "units_text", 5),
        ("W4", query("sales", NAME, 0), "units_text", 5_000),
        ("W7", query("", THREE, 0), "units_by_va_md_na", PAGE),
        (
            "W7 reversed",
            query("", r#"{"visibility":-1,"numMonitors":1,"name":-1}"#, 0),
            "units_by_va_md_na",
            PAGE,
        ),
        (
            "ids reversed",
            query("", IDS_REVERSED, 0),
            "units_by_na_id",
            PAGE,
        ),
        ("W9", query("отд", NAME, 0), "units_text", 5_000),
    ] {
        let nodes = nodes(&store, &query);
        let used = texts(&nodes, "Index Name");
        assert!(used.iter().any(|name| name == index), "{figure}: {used:?}");
        let scanned = nodes.iter().filter(|node| node["Relation Name"] == "units");
        for scan in scanned {
            assert!(rows(scan) <= most, "{figure}: {scan}");
            assert_ne!(scan["Node Type"], "Seq Scan", "{figure}: {scan}");
        }
    }
}

/// The query for the page after the unit in the middle of the sort order.
fn from_the_middle(store: &PostgresStore, sort: &str) -> UnitQuery {
    let one = Page::new(HALF + 100, Limit::at_most(1).unwrap());
    let found = block_on(store.list(&query("", sort, 0).with_page(one))).unwrap();
    let unit = found.units().next().unwrap();
    let cursor = Cursor::new(&sort.parse().unwrap(), &unit).unwrap();
    query("", sort, 0).with_cursor(cursor)
}

/// In some of the sort orders most units tie. One changes from ascending to descending and
/// back: its page is merged from three ranges, as ids.
#[test]
fn a_page_after_a_cursor_reads_no_more_than_a_first_one() {
    if !available() {
        return;
    }
    let servers = Servers::shared();
    let store = servers.options().build().unwrap();
    let layout = servers.layout(On::One).with_order(THREE.parse().unwrap());
    block_on(store.migrate(&layout)).unwrap();
    block_on(store.replace_all(units())).unwrap();
    for (sort, index, ranges) in [
        ("{}", "units_pkey", 1),
        (NAME, "units_by_na", 1),
        (r#"{"name":-1}"#, "units_by_na", 1),
        (r#"{"numMonitors":1}"#, "units_by_ma", 1),
        (r#"{"visibility":-1}"#, "units_by_va", 1),
        (THREE, "units_by_va_md_na", 3),
    ] {
        let all = nodes(&store, &from_the_middle(&store, sort));
        let pages = all.iter().filter(|node| node["Index Name"] == index);
        assert_eq!(pages.clone().count(), ranges, "{sort}: {all:?}");
        for scan in pages {
            assert!(rows(scan) <= PAGE, "{sort}: {scan}");
            assert!(scan["Rows Removed by Filter"].is_null(), "{sort}: {scan}");
        }
        let others = all.iter().filter(|node| node["Relation Name"] == "units");
        let others = others.filter(|node| node["Index Name"] != index);
        assert!(others.map(rows).sum::<u64>() <= PAGE, "{sort}: {all:?}");
    }
}

#[test]
fn shards_begin_at_the_cursor() {
    if !available() {
        return;
    }
    let store = store_of(On::Three, &units());
    for (sort, conditions) in [
        ("{}", &["(_id > "][..]),
        (NAME, &["(name > ", "(name = "]),
        (
            r#"{"numMonitors":-1}"#,
            &["(num_monitors < ", "(num_monitors = "],
        ),
    ] {
        let all = nodes(&store, &from_the_middle(&store, sort));
        let mut pages = texts(&all, "Remote SQL");
        pages.retain(|sql| sql.contains(" ORDER BY "));
        assert_eq!(pages.len(), 2 * conditions.len(), "{sort}: {pages:?}");
        for condition in conditions {
            let with = pages.iter().filter(|sql| sql.contains(condition));
            assert_eq!(with.count(), 2, "{sort}: {pages:?}");
        }
        // The shards do all of the work.
        assert!(all.iter().all(|node| node["Filter"].is_null()), "{sort}");
        let mut sent = all
            .iter()
            .filter(|node| node["Node Type"] == "Foreign Scan");
        assert!(
            sent.all(|scan| rows(scan) <= PAGE + FETCH),
            "{sort}: {all:?}"
        );
    }
}

/// All names with the text are at the end of the sort order. After a bounded number of steps
/// the matches are collected instead.
#[test]
fn matches_at_the_end_of_the_order_do_not_cost_a_walk_through_it() {
    if !available() {
        return;
    }
    let units = (0..UNITS).map(|number| {
        let word = if number % 5 == 0 { "zürich" } else { "Aachen" };
        let unit = Unit::builder(format!("u{number:05}")).name(format!("{word} {number:05}"));
        unit.build().unwrap()
    });
    let store = store_of(On::One, &units.collect::<Vec<_>>());
    let far = query("zürich", NAME, 0);
    let mut walked = 0;
    let mut collected = 0;
    for scan in nodes(&store, &far) {
        match scan["Index Name"].as_str() {
            Some("units_by_na") => walked += rows(&scan),
            Some("units_text") => collected += rows(&scan),
            _ => {}
        }
    }
    // Four times as far as evenly distributed matches require, then the count and the page.
    assert_eq!((walked, collected), (1_000, 2 * 4_000));
    assert_eq!(block_on(store.list(&far)).unwrap().total(), 4_000);
}

#[test]
fn a_total_without_text_counts_no_units() {
    if !available() {
        return;
    }
    let store = store_of(On::One, &units());
    let plans = block_on(store.explain(&query("", NAME, 0))).unwrap();
    // The first statement is that of the total.
    assert!(
        plans[0].contains(r#""Relation Name": "counts""#),
        "{}",
        plans[0]
    );
    let plan: Value = serde_json::from_str(&plans[0]).unwrap();
    assert!(rows(&plan[0]["Plan"]) == 1);
    assert_eq!(
        block_on(store.list(&query("", NAME, 0))).unwrap().total(),
        20_000
    );
}

#[test]
fn shards_filter_sort_limit_and_count() {
    if !available() {
        return;
    }
    let store = store_of(On::Three, &units());
    // The store may still expect irregular units, which an earlier test has written. After
    // one list it does not.
    block_on(store.list(&query("", NAME, 0))).unwrap();
    for (figure, query) in [
        ("W1", query("", NAME, 0)),
        ("W2", query("", NAME, 4_000)),
        ("W3", query("qzx", NAME, 0)),
        ("W4", query("sales", NAME, 0)),
        ("W7", query("", THREE, 0)),
        ("W9", query("отд", NAME, 0)),
    ] {
        let nodes = nodes(&store, &query);
        let end = query.page().offset() + PAGE;
        let mut pages = 0;
        let mut counts = 0;
        let foreign = nodes
            .iter()
            .filter(|node| node["Node Type"] == "Foreign Scan");
        for scan in foreign {
            assert!(rows(scan) <= end + FETCH, "{figure}: {scan}");
            let sql = scan["Remote SQL"].as_str().unwrap();
            let page = sql.contains(" ORDER BY ");
            if page {
                pages += 1;
                assert!(sql.contains("(regular)"), "{figure}: {sql}");
            }
            let count = sql.starts_with("SELECT count(*)") || sql.starts_with("SELECT sum(n)");
            counts += usize::from(count);
            if (page || count) && query.text().is_some() {
                assert!(sql.contains("(folded ~~ "), "{figure}: {sql}");
            }
            // The shards send all rows of a rare text. (The planner then omits the limit.)
            if page && figure != "W3" {
                assert!(
                    sql.contains(&format!(" LIMIT {end}::bigint")),
                    "{figure}: {sql}"
                );
            }
        }
        assert_eq!((pages, counts), (2, 2), "{figure}");
        // The coordinator sorts and filters only rows that the shards have sent.
        assert!(
            nodes.iter().all(|node| node["Filter"].is_null()),
            "{figure}"
        );
        assert!(
            nodes.iter().all(|node| node["Node Type"] != "Sort"),
            "{figure}"
        );
    }
}

/// Without statistics, as after a few upserts, the planner assumes that every foreign table is
/// small. The shards sort in this case too.
#[test]
fn shards_sort_tables_without_statistics() {
    if !available() {
        return;
    }
    let servers = Servers::shared();
    let store = servers.store(On::Three, servers.options());
    for unit in units().iter().take(50) {
        block_on(store.upsert(unit)).unwrap();
    }
    for query in [
        query("", NAME, 0),
        query("sales", THREE, 3),
        query("", "{}", 0),
    ] {
        let nodes = nodes(&store, &query);
        let sql = texts(&nodes, "Remote SQL");
        let sorted = sql.iter().filter(|sql| sql.contains(" ORDER BY ")).count();
        assert_eq!(sorted, 2, "{sql:?}");
        assert!(
            nodes.iter().all(|node| node["Node Type"] != "Sort"),
            "{query:?}"
        );
    }
}
