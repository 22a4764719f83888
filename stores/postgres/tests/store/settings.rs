//! Settings of a database or a role that would change answers or errors.

use std::error::Error;

use livechat_units::{Limit, Page, StoreErrorKind, TextFilter, Unit, UnitQuery, UnitStore};
use livechat_units_postgres::{Layout, PostgresOptions, PostgresStore};

use crate::server::{Server, available};
use crate::stores::{On, Servers};
use crate::{block_on, sql};

/// Each setting with a value that could change an answer or cause an error.
const SETTINGS: &[&str] = &[
    "gin_fuzzy_search_limit = 5",
    "default_transaction_isolation = 'serializable'",
    "default_transaction_read_only = on",
    "default_transaction_deferrable = on",
    "search_path = shadows, pg_catalog",
    "standard_conforming_strings = off",
    "backslash_quote = off",
    "escape_string_warning = on",
    "bytea_output = 'escape'",
    "\"DateStyle\" = 'SQL, DMY'",
    "\"IntervalStyle\" = 'sql_standard'",
    "extra_float_digits = 0",
    "\"TimeZone\" = 'Asia/Kathmandu'",
    "array_nulls = off",
    "transform_null_equals = on",
    "quote_all_identifiers = on",
    "row_security = on",
    "check_function_bodies = off",
    "client_encoding = 'LATIN1'",
    "enable_seqscan = off",
    "enable_indexscan = off",
    "enable_sort = off",
    "enable_bitmapscan = off",
    "enable_partition_pruning = off",
    "jit = on",
    "jit_above_cost = 0",
    "plan_cache_mode = force_generic_plan",
    "statement_timeout = 1",
    "lock_timeout = 1",
    "idle_in_transaction_session_timeout = 1",
    "work_mem = '64kB'",
    "synchronous_commit = off",
    "session_replication_role = replica",
];

/// Functions and operators that a `search_path` can put before those of PostgreSQL.
const SHADOWS: &str = "CREATE SCHEMA shadows; \
    CREATE FUNCTION shadows.strpos(text, text) RETURNS integer LANGUAGE sql AS 'SELECT 0'; \
    CREATE FUNCTION shadows.alike(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT false'; \
    CREATE OPERATOR shadows.~~ (LEFTARG = text, RIGHTARG = text, FUNCTION = shadows.alike); \
    CREATE OPERATOR shadows.= (LEFTARG = text, RIGHTARG = text, FUNCTION = shadows.alike)";

fn units() -> Vec<Unit> {
    let unit = |number: u32| {
        let unit = Unit::builder(format!("u{number:04}"));
        let unit = unit
            .name(format!("Team {number} alpha"))
            .num_monitors((number % 7).into());
        unit.build().unwrap()
    };
    let odd = r#"{"_id":"odd","type":"u","name":["Team","1"],"visibility":[]}"#;
    let long = Unit::builder("long").name("team 12 ".repeat(80));
    let odd = [odd.parse().unwrap(), long.build().unwrap()];
    (0..2_000).map(unit).chain(odd).collect()
}

fn answers_are_those_of(units: &Vec<Unit>, store: &PostgresStore) {
    for text in ["", "team 12", "alpha", "m 1", "12", &"team 12 ".repeat(12)] {
        for sort in ["{}", r#"{"name":-1}"#, r#"{"numMonitors":1,"name":1}"#] {
            for page in [
                Page::new(0, Limit::at_most(25).unwrap()),
                Page::new(1_990, Limit::at_most(25).unwrap()),
                Page::new(0, Limit::Unlimited),
            ] {
                let text = (!text.is_empty()).then(|| text.parse::<TextFilter>().unwrap());
                let query = UnitQuery::default()
                    .with_text(text)
                    .with_sort(sort.parse().unwrap())
                    .with_page(page);
                let (found, right) = (block_on(store.list(&query)), units.list(&query));
                let (found, right) = (found.unwrap(), right.unwrap());
                assert_eq!(found.total(), right.total(), "{query:?}");
                assert!(found.units().eq(right.units()), "{query:?}");
            }
        }
    }
}

/// A database with these settings for a role of its own.
fn prepare(server: &Server, name: &str) {
    let mut config = server.config();
    sql::run(&config, &format!("CREATE ROLE {name} SUPERUSER LOGIN"));
    sql::run(
        &config,
        &format!("CREATE DATABASE {name} TEMPLATE template0"),
    );
    config.dbname(name);
    sql::run(&config, SHADOWS);
}

fn change(server: &Server, what: &str, name: &str) {
    let settings = SETTINGS
        .iter()
        .map(|setting| format!("ALTER {what} {name} SET {setting};"));
    sql::run(&server.config(), &settings.collect::<String>());
}

#[test]
fn settings_of_a_database_or_a_role_change_no_answer() {
    if !available() {
        return;
    }
    let servers = Servers::shared();
    let all = [&servers.first, &servers.shards[0], &servers.shards[1]];
    for (what, name) in [("DATABASE", "set_database"), ("ROLE", "set_role")] {
        for server in all {
            prepare(server, name);
        }
        let reach = |server: &Server| {
            let mut config = server.config();
            config.user(name).dbname(name);
            config
        };
        let store = |schema: &str, layout: &Layout| {
            let options = PostgresOptions::new(reach(&servers.first)).with_pool_size(2);
            let store = options.with_schema(schema).build().unwrap();
            block_on(store.migrate(layout)).unwrap();
            store
        };
        let shards = Layout::shards(servers.shards.iter().map(reach));
        let mut units = units();
        // Tables that were created before the settings, and after.
        for (schema, layout) in [("one", Layout::one_server()), ("three", shards.clone())] {
            block_on(store(schema, &layout).replace_all(units.clone())).unwrap();
        }
        for server in all {
            change(server, what, name);
        }
        for (schema, layout) in [("one", Layout::one_server()), ("three", shards)] {
            let made = store(schema, &layout);
            answers_are_those_of(&units, &made);
            let new = store(&format!("{schema}_after"), &layout);
            block_on(new.replace_all(units.clone())).unwrap();
            block_on(new.upsert(&units[0])).unwrap();
            assert!(block_on(new.remove("u0001")).unwrap());
            units.remove(1);
            answers_are_those_of(&units, &new);
            units.insert(1, block_on(made.get("u0001")).unwrap().unwrap());
            assert!(block_on(new.check_total()).unwrap().is_right());
        }
    }
}

/// With this limit the trigram index returns a random part of the matches.
#[test]
fn a_limit_of_the_index_drops_no_match() {
    if !available() {
        return;
    }
    let servers = Servers::shared();
    let within = |server: &Server| {
        let mut config = server.config();
        sql::run(&config, "CREATE DATABASE fuzzy TEMPLATE template0");
        config.dbname("fuzzy");
        config
    };
    let first = within(&servers.first);
    let shards = servers.shards.each_ref().map(within);
    for (schema, layout) in [
        ("one", Layout::one_server()),
        ("three", Layout::shards(shards.clone())),
    ] {
        let store = || {
            let options = PostgresOptions::new(first.clone()).with_schema(schema);
            options.build().unwrap()
        };
        let made = store();
        block_on(made.migrate(&layout)).unwrap();
        let unit = |number: u32| {
            let unit = Unit::builder(format!("u{number}"));
            unit.name(format!("Sales team {number} alpha")).build()
        };
        block_on(made.replace_all((0..6_000).map(|number| unit(number).unwrap()))).unwrap();
        for config in shards.iter().chain([&first]) {
            sql::run(config, "VACUUM");
            let setting = "ALTER DATABASE fuzzy SET gin_fuzzy_search_limit = 5";
            sql::run(config, setting);
        }
        let query = UnitQuery::default().with_text("team 12".parse::<TextFilter>().unwrap());
        assert_eq!(
            block_on(store().list(&query)).unwrap().total(),
            111,
            "{schema}"
        );
        for config in shards.iter().chain([&first]) {
            sql::run(config, "ALTER DATABASE fuzzy RESET ALL");
        }
    }
}

/// A role that may read only some rows would list only some units.
#[test]
fn a_policy_of_row_security_is_an_error() {
    if !available() {
        return;
    }
    let servers = Servers::shared();
    let store = servers.store(On::One, servers.options().with_schema("policy"));
    block_on(store.replace_all(units())).unwrap();
    sql::run(
        &servers.first.config(),
        "CREATE ROLE partial LOGIN; GRANT USAGE ON SCHEMA policy TO partial; \
         GRANT SELECT ON ALL TABLES IN SCHEMA policy TO partial; \
         ALTER TABLE policy.units ENABLE ROW LEVEL SECURITY; \
         CREATE POLICY parts ON policy.units USING (_id < 'u1')",
    );
    let mut config = servers.first.config();
    config.user("partial");
    let options = PostgresOptions::new(config).with_schema("policy");
    let error = block_on(options.build().unwrap().list(&UnitQuery::default())).unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Failed, "{error:?}");
    let shown = error.source().unwrap().to_string();
    assert!(shown.contains("row-level security"), "{shown}");
    assert_eq!(
        block_on(store.list(&UnitQuery::default())).unwrap().total(),
        2_002
    );
}

/// In older databases everybody may create functions in `public`, whose argument types can fit
/// better than those of PostgreSQL's own.
#[test]
fn functions_in_public_are_not_called() {
    if !available() {
        return;
    }
    let servers = Servers::shared();
    let within = |server: &Server| {
        let mut config = server.config();
        sql::run(&config, "CREATE DATABASE shadowed TEMPLATE template0");
        config.dbname("shadowed");
        let fail = "LANGUAGE plpgsql AS 'BEGIN RAISE ''a shadow is called''; END'";
        sql::run(
            &config,
            &format!(
                "CREATE FUNCTION public.hashtextextended(text, integer) RETURNS bigint {fail}; \
                 CREATE FUNCTION public.format(text, text) RETURNS text {fail}"
            ),
        );
        config
    };
    let first = within(&servers.first);
    let shards = servers.shards.each_ref().map(within);
    sql::run(&first, "CREATE ROLE owner_of_shadowed");
    for (schema, on, layout) in [
        ("one", &first, Layout::one_server()),
        ("three", &shards[1], Layout::shards(shards.clone())),
        ("distributed", &first, Layout::distributed()),
    ] {
        if schema == "three" {
            sql::run(on, "CREATE ROLE owner_of_shadowed");
        }
        let options = PostgresOptions::new(first.clone()).with_schema(schema);
        let store = options.build().unwrap();
        block_on(store.migrate(&layout)).unwrap();
        let units = units();
        block_on(store.replace_all(units.clone())).unwrap();
        block_on(store.upsert(&units[0])).unwrap();
        // So that `migrate` changes the owner of the counts.
        let owner = format!("ALTER TABLE {schema}.units OWNER TO owner_of_shadowed");
        sql::run(on, &owner);
        if schema != "distributed" {
            let drop = format!("DROP TRIGGER count_inserted ON {schema}.units");
            sql::run(on, &drop);
        }
        block_on(store.migrate(&layout)).unwrap();
        answers_are_those_of(&units, &store);
        assert!(!block_on(store.remove("none")).unwrap());
    }
}
