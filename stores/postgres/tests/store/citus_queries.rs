//! Queries on Citus: how much the workers send, which settings apply on them, and to which
//! nodes a store can connect.

use livechat_units::{Limit, Page, TextFilter, Unit, UnitQuery};
use livechat_units_postgres::{Layout, PostgresOptions, PostgresStore};
use serde_json::Value;

use crate::citus::{Citus, alone, in_use, new_schema, workers};
use crate::stores::{On, store_of};
use crate::{block_on, plans, sql};

fn unit(id: &str) -> Unit {
    Unit::builder(id).name("Sales").build().unwrap()
}

fn with_text(text: &str) -> UnitQuery {
    UnitQuery::default().with_text(Some(text.parse::<TextFilter>().unwrap()))
}

/// Reads a number of bytes as `EXPLAIN` of Citus prints it, such as `16 kB`.
fn bytes(pretty: &str) -> u64 {
    let (number, unit) = pretty.split_once(' ').expect("a number and a unit");
    let unit = match unit {
        "bytes" => 1,
        "kB" => 1 << 10,
        "MB" => 1 << 20,
        other => panic!("{other}"),
    };
    number.parse::<u64>().expect("a number") * unit
}

/// How many bytes of rows the workers send to the coordinator for the query.
fn received(store: &PostgresStore, query: &UnitQuery) -> u64 {
    let mut sum = 0;
    for plan in block_on(store.explain(query)).unwrap() {
        let plan: Value = serde_json::from_str(&plan).unwrap();
        for node in plans::below(&plan[0]["Plan"]) {
            let received = &node["Distributed Query"]["Job"]["Tuple data received from nodes"];
            sum += received.as_str().map_or(0, bytes);
        }
    }
    sum
}

/// Each of 32 shards sends the ids and the keys of a page. The documents of the page are sent
/// once.
#[test]
fn documents_are_sent_for_the_page_alone() {
    const DOCUMENT: u64 = 20_000;
    const PAGE: u64 = 50;
    let citus = Citus::Workers { shards: 32 };
    if !citus.available() {
        return;
    }
    let text = "x".repeat(20_000);
    let units = (0..1_600).map(|n| {
        let unit = Unit::builder(format!("u{n:04}")).name(format!("Sales {n:04}"));
        unit.field("note", text.as_str()).build().unwrap()
    });
    let store = store_of(On::Citus(citus), &units.collect::<Vec<_>>());
    let page = Page::new(0, Limit::at_most(PAGE).unwrap());
    for query in [
        UnitQuery::default(),
        with_text("sales"),
        UnitQuery::default().with_sort(r#"{"name":-1}"#.parse().unwrap()),
    ] {
        let received = received(&store, &query.with_page(page));
        println!("{received} bytes for a page of {PAGE} documents of 20 kB over 32 shards");
        let documents = PAGE * DOCUMENT;
        let ids = 32 * PAGE * 100;
        assert!(received >= documents, "{received}");
        assert!(received <= documents + documents / 10 + ids, "{received}");
    }
}

/// With `gin_fuzzy_search_limit`, the trigram index of a worker drops matches, unless the
/// session sets the limit to 0.
#[test]
fn settings_of_workers_change_no_answer() {
    if !(Citus::Workers { shards: 4 }).available() {
        return;
    }
    let _alone = alone();
    let schema = new_schema();
    let store = (Citus::Workers { shards: 4 }).store(&schema);
    let units = (0..12_000).map(|n| {
        let word = ["alpha", "beta"][n % 2];
        let unit = Unit::builder(format!("u{n:05}")).name(format!("Sales team {n:05} {word}"));
        unit.build().unwrap()
    });
    block_on(store.replace_all(units)).unwrap();
    let coordinator = (Citus::Workers { shards: 4 }).config();
    // The limit does not apply to entries that wait to be put into the index.
    sql::run(&coordinator, &format!("VACUUM {schema}.units"));
    let on_workers = |statements: [&str; 2]| {
        for worker in workers() {
            for statement in statements {
                sql::run(worker, statement);
            }
            sql::run(worker, "SELECT pg_reload_conf()");
        }
        // Open connections may not have read the setting yet.
        let _ = sql::number(
            &coordinator,
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
             WHERE application_name = 'livechat-units'",
        );
    };
    on_workers([
        "ALTER SYSTEM SET gin_fuzzy_search_limit = 5",
        "ALTER SYSTEM SET enable_seqscan = off",
    ]);
    let found: Vec<u64> = (0..5)
        .map(|_| block_on(store.list(&with_text("team 012"))).map_or(0, |page| page.total()))
        .collect();
    on_workers([
        "ALTER SYSTEM RESET gin_fuzzy_search_limit",
        "ALTER SYSTEM RESET enable_seqscan",
    ]);
    assert_eq!(found, [100; 5]);
}

/// Writes to a store on a node that has its own copy of the table `meta`.
fn lists_and_writes(store: &PostgresStore) {
    let ids = |store: &PostgresStore| {
        let page = block_on(store.list(&UnitQuery::default())).unwrap();
        let ids: Vec<String> = page.units().map(|unit| unit.id().to_owned()).collect();
        assert_eq!(page.total(), ids.len() as u64);
        ids
    };
    block_on(store.replace_all(["a", "b", "c"].map(unit))).unwrap();
    block_on(store.upsert(&unit("d"))).unwrap();
    assert!(block_on(store.remove("a")).unwrap());
    assert_eq!(ids(store), ["b", "c", "d"]);
    // With an array, the unit is irregular.
    let array: Unit = r#"{"_id":"e","type":"u","name":["x","y"]}"#.parse().unwrap();
    block_on(store.replace_all([array.clone(), unit("f")])).unwrap();
    assert_eq!(ids(store).len(), 2);
    assert_eq!(block_on(store.get("e")).unwrap(), Some(array));
}

/// Nodes that have shards: the single node, and the workers, on which `meta` must be a
/// reference table.
#[test]
fn a_node_that_has_shards_lists_and_writes() {
    let several = Citus::Workers { shards: 4 };
    if Citus::Single.available() {
        let store = Citus::Single.store(&new_schema());
        lists_and_writes(&store);
        // Also a new store, which remembers nothing of earlier calls.
        let schema = new_schema();
        drop(Citus::Single.store(&schema));
        sql::run(
            &Citus::Single.config(),
            &format!("SELECT create_reference_table('{schema}.meta')"),
        );
        lists_and_writes(&Citus::Single.options(&schema).build().unwrap());
    }
    if several.available() {
        let _in_use = in_use();
        let schema = new_schema();
        drop(several.store(&schema));
        sql::run(
            &several.config(),
            &format!("SELECT create_reference_table('{schema}.meta')"),
        );
        for node in workers().iter().chain([&several.config()]) {
            let options = PostgresOptions::new(node.clone()).with_schema(schema.as_str());
            lists_and_writes(&options.build().unwrap());
        }
    }
}

/// A host calls `migrate` at every start, also after the table was distributed.
#[test]
fn migrate_may_be_called_again_and_declare_an_order() {
    for citus in [Citus::Workers { shards: 4 }, Citus::Single] {
        if !citus.available() {
            continue;
        }
        let _in_use = in_use();
        let store = citus.store(&new_schema());
        let units = (0..50).map(|n| unit(&format!("u{n:02}")));
        block_on(store.replace_all(units)).unwrap();
        block_on(store.migrate(&Layout::distributed())).unwrap();
        let sort = r#"{"visibility":1,"numMonitors":-1}"#;
        let layout = Layout::distributed().with_order(sort.parse().unwrap());
        block_on(store.migrate(&layout)).unwrap();
        block_on(store.migrate(&layout)).unwrap();
        let query = UnitQuery::default().with_sort(sort.parse().unwrap());
        let page = block_on(store.list(&query)).unwrap();
        assert_eq!((page.total(), page.len()), (50, 50), "{citus:?}");
        block_on(store.upsert(&unit("v"))).unwrap();
        assert_eq!(
            block_on(store.list(&query)).unwrap().total(),
            51,
            "{citus:?}"
        );
    }
}
