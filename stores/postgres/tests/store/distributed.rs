//! The layout for a distributed table, without an extension: the statements, the lock, and the
//! kind of an error during a commit.

use std::error::Error;
use std::thread;

use livechat_units::{Limit, Page, StoreError, StoreErrorKind, TextFilter, Unit, UnitQuery};
use serde_json::Value;

use crate::server::{available, eventually};
use crate::stores::{On, Servers};
use crate::{block_on, plans, sql};

fn unit(id: &str) -> Unit {
    Unit::builder(id).name("Sales").build().unwrap()
}

fn page(offset: u64, limit: Limit) -> UnitQuery {
    UnitQuery::default().with_page(Page::new(offset, limit))
}

/// The plans of the statements of a list. The first is that of the total.
fn plans(query: &UnitQuery, others: &[Unit]) -> Vec<Value> {
    let servers = Servers::shared();
    let store = servers.store(On::Distributed, servers.options());
    let units = (0..300).map(|n| unit(&format!("u{n:03}")));
    block_on(store.replace_all(units.chain(others.iter().cloned()))).unwrap();
    let plans = block_on(store.explain(query)).unwrap();
    let plan = |text: &String| serde_json::from_str::<Value>(text).unwrap()[0]["Plan"].clone();
    plans.iter().map(plan).collect()
}

/// The rows of the statement.
fn output(plan: &Value) -> Vec<&str> {
    let output = plan["Output"].as_array().into_iter().flatten();
    output.filter_map(Value::as_str).collect()
}

/// Citus would make a plan over all shards for each subquery. Columns that no index has are
/// read only if a unit has arrays.
#[test]
fn the_total_is_one_flat_count() {
    if !available() {
        return;
    }
    let queries = [
        UnitQuery::default(),
        UnitQuery::default().with_text("sal".parse::<TextFilter>().ok()),
        UnitQuery::default().with_sort(r#"{"visibility":1,"name":-1}"#.parse().unwrap()),
        UnitQuery::default().with_sort("{}".parse().unwrap()),
    ];
    for query in queries {
        let total = plans(&query, &[]).swap_remove(0);
        assert!(!total.to_string().contains("FILTER"), "{total}");
        assert_flat(&total);
    }
    let arrays = r#"{"_id":"v","type":"u","name":["a"],"numMonitors":[]}"#;
    let arrays: Unit = arrays.parse().unwrap();
    let by_two = UnitQuery::default().with_sort(r#"{"visibility":1,"name":1}"#.parse().unwrap());
    let total = plans(&by_two, &[arrays]).swap_remove(0);
    assert!(total.to_string().contains("FILTER (WHERE"), "{total}");
    assert_flat(&total);
}

/// Asserts that the plan is one aggregate over one scan.
fn assert_flat(total: &Value) {
    assert_eq!(total["Node Type"], "Aggregate", "{total}");
    let below = plans::below(total);
    let is_scan = |node: &Value| node["Relation Name"] == "units";
    assert_eq!(
        below.iter().filter(|node| is_scan(node)).count(),
        1,
        "{total}"
    );
    let subplans = below.iter().filter(|node| !node["Subplan Name"].is_null());
    assert_eq!(subplans.count(), 0, "{total}");
}

/// Every shard sends as many rows as the page has. Most of them are dropped.
#[test]
fn a_bounded_page_is_first_read_as_ids() {
    if !available() {
        return;
    }
    let fifty = Limit::at_most(50).unwrap();
    for (query, documents_first) in [
        (page(0, fifty), false),
        (page(199, fifty), false),
        (page(200, fifty), false),
        // No row of these pages is dropped.
        (page(0, Limit::Unlimited), true),
    ] {
        let plans = plans(&query, &[]);
        let page = output(&plans[1]);
        let has = |name| page.iter().any(|column| column.ends_with(name));
        assert_eq!(has("document"), documents_first, "{page:?}");
        assert_eq!(plans.len(), if documents_first { 2 } else { 3 });
        if !documents_first {
            assert!(has("_id"), "{page:?}");
        }
    }
}

/// Asserts that the operation waits for the lock, and then cancels it.
fn waits<T: Send + std::fmt::Debug>(
    other: &sql::Open,
    lock: &str,
    operation: impl FnOnce() -> Result<T, StoreError> + Send,
) {
    thread::scope(|scope| {
        let waiting = scope.spawn(operation);
        let cancel = format!(
            "SELECT count(*) FILTER (WHERE pg_cancel_backend(pid)) FROM pg_locks \
             WHERE locktype = 'advisory' AND NOT granted \
             AND (classid::bigint << 32 | objid::bigint) = {lock}"
        );
        eventually("it waits for the lock", || {
            (other.number(&cancel) > 0).then_some(())
        });
        let error = waiting.join().unwrap().unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Timeout, "{error:?}");
    });
}

/// Readers take their snapshots while no writer commits, and a writer waits for them.
#[test]
fn readers_and_writers_share_a_lock() {
    if !available() {
        return;
    }
    let servers = Servers::shared();
    let options = servers.options().with_schema("instants");
    let store = servers.store(On::Distributed, options);
    block_on(store.upsert(&unit("a"))).unwrap();
    let other = sql::Open::new(&servers.first.config());
    let lock = "hashtextextended('livechat-units instant instants', 0)";
    other.run(&format!("SELECT pg_advisory_lock_shared({lock})"));
    let list = || block_on(store.list(&UnitQuery::default()));
    assert_eq!(list().unwrap().total(), 1);
    waits(&other, lock, || block_on(store.upsert(&unit("b"))));
    waits(&other, lock, || block_on(store.remove("a")));
    waits(&other, lock, || block_on(store.replace_all([unit("c")])));
    other.run(&format!("SELECT pg_advisory_unlock_shared({lock})"));
    other.run(&format!("SELECT pg_advisory_lock({lock})"));
    waits(&other, lock, list);
    other.run(&format!("SELECT pg_advisory_unlock({lock})"));
    // The cancelled writes have changed nothing.
    let page = list().unwrap();
    assert!(page.units().map(|unit| unit.id().to_owned()).eq(["a"]));
}

/// Citus reports a worker that is lost during a commit as an internal error. The write may have
/// been applied.
#[test]
fn an_internal_error_of_a_commit_is_transient() {
    if !available() {
        return;
    }
    let servers = Servers::shared();
    for (schema, on, deferred, kind) in [
        (
            "commits",
            On::Distributed,
            "DEFERRED",
            StoreErrorKind::Unavailable,
        ),
        (
            "statements",
            On::Distributed,
            "IMMEDIATE",
            StoreErrorKind::Failed,
        ),
        ("one_commits", On::One, "DEFERRED", StoreErrorKind::Failed),
    ] {
        let store = servers.store(on, servers.options().with_schema(schema));
        block_on(store.upsert(&unit("a"))).unwrap();
        sql::run(
            &servers.first.config(),
            &format!(
                "CREATE FUNCTION {schema}.fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
                   RAISE 'the commit fails' USING ERRCODE = 'XX000'; END $$; \
                 CREATE CONSTRAINT TRIGGER fails AFTER INSERT OR UPDATE OR DELETE \
                 ON {schema}.units DEFERRABLE INITIALLY {deferred} FOR EACH ROW \
                 EXECUTE FUNCTION {schema}.fail()"
            ),
        );
        for error in [
            block_on(store.upsert(&unit("b"))).unwrap_err(),
            block_on(store.remove("a")).unwrap_err(),
            block_on(store.replace_all([unit("c")])).unwrap_err(),
        ] {
            assert_eq!(error.kind(), kind, "{schema}: {error:?}");
            assert!(error.source().is_some(), "{schema}");
        }
    }
}
