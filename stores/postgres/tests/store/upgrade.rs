//! Tables of the first version, from a dump of `pg_dump`: lists are answered before and after
//! their upgrade.

use std::thread;

use livechat_units::{Limit, Page, TextFilter, Unit, UnitQuery, UnitStore};
use livechat_units_postgres::{Config, Layout, PostgresOptions, PostgresStore};

use crate::server::{Server, available};
use crate::stores::Servers;
use crate::{block_on, sql};

const DUMP: &str = include_str!("../data/schema_1.sql");

/// The documents that were written. The last one was removed again.
pub(crate) fn units() -> Vec<Unit> {
    let documents = include_str!("../data/units.jsonl").lines();
    let mut units: Vec<Unit> = documents.map(|json| json.parse().unwrap()).collect();
    units.pop();
    units
}

fn declared() -> Layout {
    Layout::one_server().with_order(r#"{"visibility":1,"name":-1}"#.parse().unwrap())
}

/// A database with the tables and the units of a dump.
pub(crate) fn restored(server: &Server, name: &str) -> Config {
    let mut config = server.config();
    sql::run(
        &config,
        &format!("CREATE DATABASE {name} TEMPLATE template0"),
    );
    config.dbname(name);
    sql::run(&config, DUMP);
    config
}

pub(crate) fn store(config: &Config) -> PostgresStore {
    let options = PostgresOptions::new(config.clone()).with_pool_size(2);
    options.build().unwrap()
}

fn answers_are_those_of(units: &Vec<Unit>, store: &PostgresStore) {
    for text in ["", "sales", "ТДЕ", "δοσ", "50%", "\\ A", "xxx"] {
        for sort in [
            "{}",
            r#"{"name":1}"#,
            r#"{"visibility":1,"name":-1}"#,
            r#"{"visibility":-1,"name":1}"#,
            r#"{"_updatedAt":-1}"#,
            r#"{"region.name":-1}"#,
        ] {
            for (offset, limit) in [(0, 4), (4, 4), (8, 4), (20, 4), (0, 0)] {
                let text = (!text.is_empty()).then(|| text.parse::<TextFilter>().unwrap());
                let limit = Limit::at_most(limit).unwrap_or(Limit::Unlimited);
                let query = UnitQuery::default()
                    .with_text(text)
                    .with_sort(sort.parse().unwrap())
                    .with_page(Page::new(offset, limit));
                let found = block_on(store.list(&query)).unwrap();
                let right = units.list(&query).unwrap();
                assert_eq!(found.total(), right.total(), "{query:?}");
                assert!(found.units().eq(right.units()), "{query:?}");
            }
        }
    }
}

fn is_right(store: &PostgresStore) -> bool {
    block_on(store.check_total()).unwrap().is_right()
}

#[test]
fn tables_of_the_first_version_are_listed_and_upgraded() {
    if !available() {
        return;
    }
    let config = restored(&Servers::shared().first, "of_version_1");
    sql::run(
        &config,
        "CREATE ROLE reader_of_1 LOGIN; GRANT USAGE ON SCHEMA livechat_units TO reader_of_1; \
         GRANT SELECT ON ALL TABLES IN SCHEMA livechat_units TO reader_of_1; \
         CREATE PUBLICATION everything FOR ALL TABLES",
    );
    // A superuser migrates the tables of another role.
    sql::run(
        &config,
        "CREATE ROLE owner_of_1 LOGIN; ALTER SCHEMA livechat_units OWNER TO owner_of_1; \
         ALTER TABLE livechat_units.units OWNER TO owner_of_1; \
         ALTER TABLE livechat_units.counts OWNER TO owner_of_1; \
         ALTER TABLE livechat_units.meta OWNER TO owner_of_1; \
         ALTER FUNCTION livechat_units.count_units() OWNER TO owner_of_1",
    );
    let mut units = units();
    let open = store(&config);
    answers_are_those_of(&units, &open);
    let new = Unit::builder("new").name("New").build().unwrap();
    block_on(open.upsert(&new)).unwrap();
    units.push(new);
    assert!(block_on(open.remove("sales")).unwrap());
    units.remove(0);
    answers_are_those_of(&units, &open);
    assert!(is_right(&open));

    // Several hosts migrate while one lists.
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| block_on(store(&config).migrate(&declared())).unwrap());
        }
        scope.spawn(|| answers_are_those_of(&units, &open));
    });
    for store in [&open, &store(&config)] {
        answers_are_those_of(&units, store);
        assert!(is_right(store));
    }
    let mut reader = config.clone();
    reader.user("reader_of_1");
    answers_are_those_of(&units, &store(&reader));
    // Running hosts of the first version read these tables.
    let sum = "SELECT sum(n)::bigint FROM livechat_units.counts";
    assert_eq!(sql::number(&config, sum), 10);
    let version = "SELECT version::bigint FROM livechat_units.meta WHERE place = 'here'";
    assert_eq!(sql::number(&config, version), 3);
    // The owner of the units owns all new objects.
    let of_others = "SELECT count(*) FROM pg_proc WHERE pronamespace = 'livechat_units'::regnamespace \
                     AND pg_get_userbyid(proowner) <> 'owner_of_1'";
    assert_eq!(sql::number(&config, of_others), 0);
    // The owner can repair the total afterwards.
    let mut owner = config.clone();
    owner.user("owner_of_1");
    sql::run(
        &owner,
        "DROP TRIGGER count_inserted ON livechat_units.units",
    );
    let owner = store(&owner);
    block_on(owner.migrate(&declared())).unwrap();
    answers_are_those_of(&units, &owner);
    assert!(is_right(&owner));
}

/// In the first version a restore of data left two rows in `meta`, and counted every unit
/// twice.
#[test]
fn damage_by_a_restore_into_the_first_version_is_repaired() {
    if !available() {
        return;
    }
    let config = restored(&Servers::shared().first, "damaged");
    sql::run(
        &config,
        "CREATE PUBLICATION everything FOR ALL TABLES; \
         INSERT INTO livechat_units.meta TABLE livechat_units.meta; \
         UPDATE livechat_units.counts SET n = 20",
    );
    let units = units();
    let damaged = store(&config);
    // A negative total.
    sql::run(&config, "UPDATE livechat_units.counts SET n = -5");
    answers_are_those_of(&units, &store(&config));
    assert!(!is_right(&damaged));
    sql::run(&config, "UPDATE livechat_units.counts SET n = 20");
    let all = UnitQuery::default().with_page(Page::new(0, Limit::Unlimited));
    assert_eq!(block_on(damaged.list(&all)).unwrap().total(), 10);
    assert!(!is_right(&damaged));
    answers_are_those_of(&units, &damaged);
    block_on(store(&config).migrate(&Layout::one_server())).unwrap();
    for store in [&damaged, &store(&config)] {
        answers_are_those_of(&units, store);
        assert!(is_right(store));
    }
    assert_eq!(
        sql::number(&config, "SELECT count(*) FROM livechat_units.meta"),
        1
    );
    // A restore adds no second row now.
    sql::run(
        &config,
        "INSERT INTO livechat_units.meta VALUES (1, 'here', 1), (2, 'here', 1)",
    );
    assert_eq!(
        sql::number(&config, "SELECT count(*) FROM livechat_units.meta"),
        1
    );

    // Tables without data, as for a replication.
    sql::run(
        &config,
        "TRUNCATE livechat_units.meta, livechat_units.counts",
    );
    let bare = store(&config);
    answers_are_those_of(&units, &bare);
    block_on(bare.migrate(&Layout::one_server())).unwrap();
    assert!(is_right(&bare));
    answers_are_those_of(&units, &store(&config));
}

/// Data alone of the first version is restored into tables of this version.
#[test]
fn data_of_the_first_version_is_restored_and_counted() {
    if !available() {
        return;
    }
    let mut config = Servers::shared().first.config();
    sql::run(&config, "CREATE DATABASE data_of_1 TEMPLATE template0");
    config.dbname("data_of_1");
    let open = store(&config);
    block_on(open.migrate(&declared())).unwrap();
    let data = DUMP.lines().filter(|line| line.starts_with("INSERT INTO "));
    sql::run(&config, &data.collect::<Vec<_>>().join("\n"));
    for store in [&open, &store(&config)] {
        answers_are_those_of(&units(), store);
        block_on(store.migrate(&declared())).unwrap();
        answers_are_those_of(&units(), store);
        assert!(is_right(store));
    }
}

/// The tables of a coordinator, as the first version created them.
fn coordinator_of_version_1(shards: &[Config]) -> String {
    let tables = "CREATE EXTENSION postgres_fdw; CREATE SCHEMA livechat_units; \
        CREATE TABLE livechat_units.meta (version integer NOT NULL, place text NOT NULL, \
        shards integer NOT NULL); INSERT INTO livechat_units.meta VALUES (1, 'shards', 2); \
        CREATE TABLE livechat_units.units (_id text COLLATE \"C\" NOT NULL, \
        folded text COLLATE \"C\", document text NOT NULL, name bytea NOT NULL, \
        visibility bytea NOT NULL, num_monitors bytea NOT NULL, num_departments bytea NOT NULL, \
        updated_at bytea NOT NULL, regular boolean NOT NULL, up bytea[], down bytea[], \
        parallel smallint NOT NULL) PARTITION BY HASH (_id);";
    let shards = shards.iter().enumerate().map(|(at, shard)| {
        let (port, database) = (shard.get_ports()[0], shard.get_dbname().unwrap());
        let server = format!("livechat_units_shard_{at}");
        format!(
            "CREATE SERVER {server} FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', \
             port '{port}', dbname '{database}', fetch_size '1000', batch_size '1000', \
             async_capable 'true', connect_timeout '5', \
             options '-c plan_cache_mode=force_custom_plan -c jit=off'); \
             CREATE USER MAPPING FOR CURRENT_USER SERVER {server} OPTIONS (user 'postgres'); \
             CREATE FOREIGN TABLE livechat_units.units_{at} PARTITION OF livechat_units.units \
             FOR VALUES WITH (MODULUS 2, REMAINDER {at}) SERVER {server} \
             OPTIONS (schema_name 'livechat_units', table_name 'units'); \
             CREATE FOREIGN TABLE livechat_units.counts_{at} (slot integer, n bigint) \
             SERVER {server} OPTIONS (schema_name 'livechat_units', table_name 'counts');"
        )
    });
    tables.to_owned() + &shards.collect::<String>()
}

#[test]
fn shards_of_the_first_version_are_upgraded() {
    if !available() {
        return;
    }
    let servers = Servers::shared();
    let shards = servers
        .shards
        .each_ref()
        .map(|server| restored(server, "shard_of_1"));
    for shard in &shards {
        sql::run(shard, "DELETE FROM livechat_units.units");
    }
    let mut config = servers.first.config();
    sql::run(
        &config,
        "CREATE DATABASE coordinator_of_1 TEMPLATE template0",
    );
    config.dbname("coordinator_of_1");
    sql::run(&config, &coordinator_of_version_1(&shards));
    let units = units();
    let open = store(&config);
    block_on(open.replace_all(units.clone())).unwrap();
    answers_are_those_of(&units, &open);
    // Data of one shard is restored and counted twice.
    sql::run(&shards[0], "UPDATE livechat_units.counts SET n = n + 10");
    for _ in 0..2 {
        block_on(open.migrate(&Layout::shards(shards.clone()))).unwrap();
        for store in [&open, &store(&config)] {
            answers_are_those_of(&units, store);
            assert!(is_right(store));
        }
    }
    // A later change by another client is detected and repaired too.
    sql::run(&shards[1], "UPDATE livechat_units.counts SET n = n + 10");
    answers_are_those_of(&units, &open);
    assert_eq!(block_on(open.check_total()).unwrap().stored(), None);
    block_on(open.repair_total(&Layout::shards(shards.clone()))).unwrap();
    assert!(is_right(&open));
    let settings = sql::text(
        &config,
        "SELECT option_value FROM pg_foreign_server, pg_options_to_table(srvoptions) \
         WHERE option_name = 'options' LIMIT 1",
    );
    assert!(settings.contains("gin_fuzzy_search_limit=0"), "{settings}");
}
