//! The stored total: it is right after every kind of write, and a wrong one is detected and
//! repaired.

use livechat_units::{Limit, Page, Unit, UnitQuery};
use livechat_units_postgres::{Config, Layout, PostgresOptions, PostgresStore};

use crate::server::{Server, available, eventually, run};
use crate::stores::{On, Servers};
use crate::{block_on, sql};

fn unit(number: usize) -> Unit {
    let id = format!("u{number:03}");
    Unit::builder(id).name("Sales").build().unwrap()
}

/// A new database on the server.
fn database(server: &Server, name: &str) -> Config {
    let mut config = server.config();
    let made = format!("CREATE DATABASE {name} TEMPLATE template0");
    sql::run(&config, &made);
    config.dbname(name);
    config
}

fn store(config: &Config) -> PostgresStore {
    let options = PostgresOptions::new(config.clone()).with_pool_size(4);
    options.build().unwrap()
}

/// A store with these units in a database of its own.
fn store_with(server: &Server, name: &str, units: usize) -> (Config, PostgresStore) {
    let config = database(server, name);
    let store = store(&config);
    migrate(&store);
    block_on(store.replace_all((0..units).map(unit))).unwrap();
    (config, store)
}

fn migrate(store: &PostgresStore) {
    block_on(store.migrate(&Layout::one_server())).unwrap();
}

/// The total of a page with one unit. Such a page does not show that a total is wrong.
fn total(store: &PostgresStore) -> u64 {
    let first = Page::new(0, Limit::at_most(1).unwrap());
    let query = UnitQuery::default().with_page(first);
    block_on(store.list(&query)).unwrap().total()
}

/// Whether the stored number is used and right.
fn is_right(store: &PostgresStore) -> bool {
    block_on(store.check_total()).unwrap().is_right()
}

/// Runs a client program of PostgreSQL in the database.
fn client(program: &str, config: &Config, arguments: &[&str], input: &str) -> (String, String) {
    let port = config.get_ports()[0].to_string();
    let mut all = vec!["--host=127.0.0.1", "--username=postgres", "--port", &port];
    all.extend(["--dbname", config.get_dbname().unwrap()]);
    all.extend(arguments);
    run(program, &all, input)
}

/// Data alone is restored into existing tables, with and without their triggers.
#[test]
fn restored_data_is_counted_once() {
    if !available() {
        return;
    }
    let server = &Servers::shared().first;
    let (from, source) = store_with(server, "dumped", 60);
    for (into, arguments) in [
        ("restored", &["--data-only"][..]),
        ("restored_as_replica", &["--data-only"]),
        (
            "restored_untriggered",
            &["--data-only", "--disable-triggers"],
        ),
        (
            "restored_units",
            &["--data-only", "--disable-triggers", "--table=*.units"],
        ),
        ("restored_inserts", &["--data-only", "--inserts"]),
    ] {
        let (dump, _) = client("pg_dump", &from, arguments, "");
        let (config, open) = store_with(server, into, 0);
        assert_eq!(total(&open), 0);
        let role = match into {
            "restored_as_replica" => "SET session_replication_role = replica;\n",
            _ => "",
        };
        client("psql", &config, &["--quiet"], &(role.to_owned() + &dump));
        assert_eq!(total(&open), 60, "{into}");
        let new = store(&config);
        assert_eq!(total(&new), 60, "{into}");
        let rows = sql::number(&config, "SELECT count(*) FROM livechat_units.meta");
        assert_eq!(rows, 1, "{into}");
        migrate(&new);
        for store in [&open, &new] {
            assert!(is_right(store), "{into}");
            block_on(store.remove("u000")).unwrap();
            block_on(store.upsert(&unit(60))).unwrap();
            assert_eq!(total(store), 60, "{into}");
        }
    }
    // Back into the same table, in one transaction.
    let (dump, _) = client("pg_dump", &from, &["--data-only"], "");
    sql::run(&from, "TRUNCATE livechat_units.units");
    assert_eq!(total(&source), 0);
    assert!(is_right(&source));
    let (_, reported) = client("psql", &from, &["--quiet", "--single-transaction"], &dump);
    assert_eq!(reported, "");
    assert_eq!(total(&source), 60);
    // A whole database is restored: its tables are new ones.
    let (dump, _) = client("pg_dump", &from, &[], "");
    let copy = database(server, "copied_whole");
    client("psql", &copy, &["--quiet"], &dump);
    let copy = store(&copy);
    assert_eq!(total(&copy), 60);
    migrate(&copy);
    assert!(is_right(&copy));
}

/// Programs that copy or replicate databases use such sessions.
#[test]
fn writes_in_sessions_of_replicas_are_counted() {
    if !available() {
        return;
    }
    let (config, store) = store_with(&Servers::shared().first, "replica_role", 20);
    let writer = sql::Open::new(&config);
    writer.run("SET session_replication_role = replica");
    for (statements, right) in [
        ("DELETE FROM livechat_units.units WHERE _id < 'u005'", 15),
        (
            "CREATE TEMP TABLE copied AS TABLE livechat_units.units; \
             UPDATE copied SET _id = 'copy of ' || _id; \
             INSERT INTO livechat_units.units TABLE copied",
            30,
        ),
        // A rolled back savepoint is not counted; a released one is.
        (
            "BEGIN; DELETE FROM livechat_units.units WHERE _id = 'u010'; \
             SAVEPOINT one; DELETE FROM livechat_units.units; ROLLBACK TO one; \
             SAVEPOINT two; DELETE FROM livechat_units.units WHERE _id = 'u011'; RELEASE two; \
             INSERT INTO livechat_units.units SELECT 'new', folded, document, name, visibility, \
             num_monitors, num_departments, updated_at, regular, up, down, parallel \
             FROM livechat_units.units LIMIT 1; COMMIT",
            29,
        ),
        ("BEGIN; DELETE FROM livechat_units.units; ROLLBACK", 29),
        ("TRUNCATE livechat_units.units", 0),
        ("INSERT INTO livechat_units.units TABLE copied", 15),
    ] {
        writer.run(statements);
        assert_eq!(total(&store), right, "{statements}");
        assert!(is_right(&store), "{statements}");
    }
    writer.run("SET session_replication_role = local; DELETE FROM livechat_units.units");
    assert_eq!(total(&store), 0);
    assert!(is_right(&store));
}

/// With a publication of `units`, as the documentation recommends, and with one of all tables.
#[test]
fn a_subscriber_of_a_logical_replication_has_the_right_total() {
    if !available() {
        return;
    }
    let servers = Servers::shared();
    for (name, publication, is_kept) in [
        ("published", "FOR TABLE livechat_units.units", true),
        ("published_all", "FOR ALL TABLES", false),
    ] {
        let (from, source) = store_with(&servers.first, name, 40);
        let (into, replica) = store_with(&servers.shards[0], name, 0);
        sql::run(&from, &format!("CREATE PUBLICATION {name} {publication}"));
        let port = from.get_ports()[0];
        sql::run(
            &into,
            &format!(
                "CREATE SUBSCRIPTION {name} CONNECTION 'host=127.0.0.1 port={port} \
                 user=postgres dbname={name}' PUBLICATION {name}"
            ),
        );
        let agrees = |units: u64| {
            eventually("the units are replicated", || {
                let found = sql::number(&into, "SELECT count(*) FROM livechat_units.units");
                (u64::try_from(found).unwrap() == units).then_some(())
            });
            assert_eq!(total(&replica), units, "{name}");
            assert_eq!(total(&store(&into)), units, "{name}");
            if is_kept {
                assert!(is_right(&replica), "{name}");
            }
        };
        agrees(40);
        block_on(source.replace_all((10..70).map(unit))).unwrap();
        block_on(source.remove("u069")).unwrap();
        block_on(source.upsert(&unit(10))).unwrap();
        agrees(59);
        sql::run(&from, "TRUNCATE livechat_units.units");
        agrees(0);
        block_on(source.upsert(&unit(1))).unwrap();
        agrees(1);
        let rows = sql::number(&into, "SELECT count(*) FROM livechat_units.meta");
        assert_eq!(rows, 1);
        sql::run(&into, &format!("DROP SUBSCRIPTION {name}"));
        migrate(&replica);
        assert!(is_right(&replica), "{name}");
    }
}

/// The total of this page.
fn total_beside(store: &PostgresStore, offset: u64, limit: Limit) -> u64 {
    let query = UnitQuery::default().with_page(Page::new(offset, limit));
    block_on(store.list(&query)).unwrap().total()
}

/// By a page that shows it, by a check, and by the next migration.
#[test]
fn a_wrong_total_is_detected_and_repaired() {
    if !available() {
        return;
    }
    let (config, _) = store_with(&Servers::shared().first, "miscounted", 20);
    for wrong in [7, 93, -1_000] {
        // No trigger fires for this.
        let forge = format!(
            "SET livechat_units.recount = 'on'; UPDATE livechat_units.counts SET n = {wrong} \
             WHERE slot = -1"
        );
        for (offset, limit) in [
            (0, Limit::Unlimited),
            (0, Limit::at_most(100).unwrap()),
            (15, Limit::at_most(10).unwrap()),
            (19, Limit::at_most(1).unwrap()),
            (20, Limit::at_most(5).unwrap()),
        ] {
            let (noticing, other) = (store(&config), store(&config));
            assert_eq!(total(&noticing), 20);
            sql::run(&config, &forge);
            // A full page does not show it, nor does a page past the end of a total that is too small.
            let page = (offset, limit);
            let unnoticed = [
                (93, (19, Limit::at_most(1).unwrap())),
                (7, (20, Limit::at_most(5).unwrap())),
            ];
            if !unnoticed.contains(&(wrong, page)) {
                assert_eq!(total_beside(&noticing, offset, limit), 20, "{offset}");
                // From then on all other pages have the right total.
                assert_eq!(total(&noticing), 20, "{offset}");
            }
            let check = block_on(other.check_total()).unwrap();
            assert_eq!(check.counted(), 20);
            assert!(!check.is_right(), "{check:?}");
            assert_eq!(total(&other), 20);
            migrate(&store(&config));
            for store in [&noticing, &other] {
                assert_eq!(total(store), 20);
                assert!(is_right(store));
            }
        }
    }
}

/// Lists count after another client has written to `counts`, or has disabled and enabled
/// triggers.
#[test]
fn counts_that_others_have_written_are_not_used() {
    if !available() {
        return;
    }
    let (config, store) = store_with(&Servers::shared().first, "distrusted", 20);
    for change in [
        "UPDATE livechat_units.counts SET n = n + 1",
        "DELETE FROM livechat_units.counts",
        "INSERT INTO livechat_units.counts VALUES (70, 5)",
        "TRUNCATE livechat_units.counts",
        "SET session_replication_role = replica; UPDATE livechat_units.counts SET n = 7",
        "ALTER TABLE livechat_units.units DISABLE TRIGGER ALL; \
         DELETE FROM livechat_units.units WHERE _id = 'u019'; \
         ALTER TABLE livechat_units.units ENABLE TRIGGER ALL; \
         INSERT INTO livechat_units.units SELECT 'u019', folded, document, name, visibility, \
         num_monitors, num_departments, updated_at, regular, up, down, parallel \
         FROM livechat_units.units LIMIT 1",
        "ALTER TABLE livechat_units.counts DISABLE TRIGGER USER; \
         UPDATE livechat_units.counts SET n = 7; \
         ALTER TABLE livechat_units.counts ENABLE TRIGGER USER",
        "DROP TRIGGER count_replicated ON livechat_units.units",
    ] {
        sql::run(&config, change);
        assert_eq!(total(&store), 20, "{change}");
        assert_eq!(
            block_on(store.check_total()).unwrap().stored(),
            None,
            "{change}"
        );
        migrate(&store);
        assert!(is_right(&store), "{change}");
        assert_eq!(total(&store), 20, "{change}");
    }
    block_on(store.repair_total(&Layout::one_server())).unwrap();
    assert!(is_right(&store));
}

/// The snapshot of such a transaction does not contain changes that were committed later.
#[test]
fn units_are_counted_after_a_truncate_with_an_old_snapshot() {
    if !available() {
        return;
    }
    for level in ["REPEATABLE READ", "SERIALIZABLE"] {
        let name = format!("truncated_{}", level.len());
        let (config, store) = store_with(&Servers::shared().first, &name, 20);
        block_on(store.repair_total(&Layout::one_server())).unwrap();
        let old = sql::Open::new(&config);
        old.run(&format!("BEGIN ISOLATION LEVEL {level}; SELECT 1"));
        block_on(store.upsert(&unit(20))).unwrap();
        old.run("TRUNCATE livechat_units.units; COMMIT");
        // A full page does not show a wrong total.
        block_on(store.upsert(&unit(21))).unwrap();
        assert_eq!(total(&store), 1, "{level}");
        migrate(&store);
        assert!(is_right(&store), "{level}");
        assert_eq!(total(&store), 1, "{level}");
    }
}

/// If another table takes the name, the stored number is that of the old table.
#[test]
fn units_are_counted_after_another_table_takes_the_name() {
    if !available() {
        return;
    }
    let (config, store) = store_with(&Servers::shared().first, "swapped", 20);
    assert_eq!(total(&store), 20);
    sql::run(
        &config,
        "CREATE TABLE livechat_units.new (LIKE livechat_units.units INCLUDING ALL); \
         INSERT INTO livechat_units.new SELECT * FROM livechat_units.units WHERE _id < 'u005'; \
         ALTER TABLE livechat_units.units RENAME TO old; \
         ALTER TABLE livechat_units.new RENAME TO units",
    );
    assert_eq!(total(&store), 5);
    assert_eq!(block_on(store.check_total()).unwrap().stored(), None);
    migrate(&store);
    assert!(is_right(&store));
    block_on(store.upsert(&unit(30))).unwrap();
    assert_eq!(total(&store), 6);
    assert!(is_right(&store));
}

/// The setting that counts changes differs from the one that permits a recount.
#[test]
fn a_schema_may_be_called_recount() {
    if !available() {
        return;
    }
    let servers = Servers::shared();
    let options = servers.options().with_schema("recount");
    let store = servers.store(On::One, options);
    block_on(store.replace_all((0..5).map(unit))).unwrap();
    let writer = sql::Open::new(&servers.first.config());
    writer.run("SET session_replication_role = replica; DELETE FROM recount.units");
    assert_eq!(total(&store), 0);
    block_on(store.replace_all((0..5).map(unit))).unwrap();
    writer.run(
        "BEGIN; SET LOCAL livechat_units.recount = 'on'; \
         DELETE FROM recount.units WHERE _id = 'u000'; COMMIT",
    );
    assert_eq!(total(&store), 4);
    assert!(is_right(&store));
}

/// The bound for a sort without an index applies to the units that exist.
#[test]
fn a_bound_is_compared_with_counted_matches() {
    if !available() {
        return;
    }
    let (config, _) = store_with(&Servers::shared().first, "bounded", 20);
    let by_path = UnitQuery::default().with_sort(r#"{"region.name":1}"#.parse().unwrap());
    for (wrong, bound, fits) in [(93, 20, true), (7, 19, false)] {
        sql::run(
            &config,
            &format!(
                "SET livechat_units.recount = 'on'; UPDATE livechat_units.counts SET n = {wrong} \
                 WHERE slot = -1"
            ),
        );
        let options = PostgresOptions::new(config.clone()).with_max_sorted(bound);
        let found = block_on(options.build().unwrap().list(&by_path));
        assert_eq!(found.is_ok(), fits, "{found:?}");
        match found {
            Ok(page) => assert_eq!(page.total(), 20),
            Err(error) => assert!(format!("{error:?}").contains("found 20"), "{error:?}"),
        }
    }
}
