//! Migrations, and the schemas, layouts and databases that they refuse.

use std::error::Error;
use std::thread;

use livechat_units::{StoreError, StoreErrorKind, TextFilter, Unit, UnitQuery};
use livechat_units_postgres::{Layout, PostgresOptions};

use crate::server::available;
use crate::stores::{On, Servers};
use crate::{block_on, sql};

fn refusal(error: &StoreError, kind: StoreErrorKind) -> String {
    assert_eq!(error.kind(), kind, "{error:?}");
    error.source().expect("it says why").to_string()
}

/// The message of the source, without the address of the first server that it begins with.
fn of_first(error: &StoreError, kind: StoreErrorKind) -> String {
    let found = refusal(error, kind);
    let address = format!("{}: ", Servers::shared().first.address());
    let problem = found.strip_prefix(&address);
    problem.expect(&found).to_owned()
}

#[test]
fn several_hosts_may_migrate_at_once_and_again() {
    if !available() {
        return;
    }
    let servers = Servers::shared();
    for on in [On::One, On::Distributed, On::Three] {
        let options = servers.options();
        for _ in 0..2 {
            thread::scope(|scope| {
                for _ in 0..4 {
                    scope.spawn(|| servers.store(on, options.clone()));
                }
            });
        }
        let store = servers.store(on, options);
        let unit = Unit::builder("a").build().unwrap();
        block_on(store.upsert(&unit)).unwrap();
        assert_eq!(block_on(store.get("a")).unwrap(), Some(unit));
    }
}

#[test]
fn a_schema_that_is_not_migrated_is_named() {
    if !available() {
        return;
    }
    let store = Servers::shared()
        .options()
        .with_schema("never_made")
        .build()
        .unwrap();
    let error = block_on(store.list(&UnitQuery::default())).unwrap_err();
    assert_eq!(
        of_first(&error, StoreErrorKind::Failed),
        r#"the schema "never_made" has no units: call `migrate` first"#
    );
}

#[test]
fn a_newer_version_is_refused() {
    if !available() {
        return;
    }
    let servers = Servers::shared();
    servers.store(On::One, servers.options().with_schema("newer"));
    sql::run(&servers.first.config(), "UPDATE newer.meta SET version = 7");
    let store = servers.options().with_schema("newer").build().unwrap();
    let expected = r#"the schema "newer" has version 7, and this crate knows versions up to 3"#;
    let error = block_on(store.migrate(&Layout::one_server())).unwrap_err();
    assert_eq!(of_first(&error, StoreErrorKind::Failed), expected);
    let error = block_on(store.list(&UnitQuery::default())).unwrap_err();
    assert_eq!(of_first(&error, StoreErrorKind::Failed), expected);
}

#[test]
fn another_layout_is_refused() {
    if !available() {
        return;
    }
    let servers = Servers::shared();
    let store = servers.store(On::One, servers.options().with_schema("laid_out"));
    let error = block_on(store.migrate(&Layout::distributed())).unwrap_err();
    assert_eq!(
        of_first(&error, StoreErrorKind::Failed),
        "the schema \"laid_out\" is laid out as one table, not as a distributed table; \
         units are moved with `replace_all` into another schema"
    );
    for (layout, problem) in [
        (Layout::shards([]), "expected 1 to 64 servers, found 0"),
        (
            Layout::one_server().with_order(r#"{"name":1,"region":-1}"#.parse().unwrap()),
            "no index can serve the sort order {\"name\":1,\"region\":-1}: \"region\" is not a \
             documented field",
        ),
        (
            Layout::shards(["host=127.0.0.1".parse().unwrap()]),
            "the server 0 of the layout has no dbname, which the coordinator needs to reach it",
        ),
    ] {
        let error = block_on(store.migrate(&layout)).unwrap_err();
        assert_eq!(error.source().unwrap().to_string(), problem);
    }
}

/// At most sixteen sort orders in total, from any number of hosts. Sort orders of single fields
/// and those that have an index already, reversed or not, are not counted.
#[test]
fn orders_have_a_bound() {
    if !available() {
        return;
    }
    let fields = ["name", "visibility", "numMonitors", "numDepartments"];
    let pairs = fields.iter().flat_map(|first| {
        let others = fields.iter().filter(move |second| *second != first);
        others.map(move |second| format!(r#"{{"{first}":1,"{second}":1}}"#))
    });
    let mut orders: Vec<String> = pairs.collect();
    let reversed = |field: &str| format!(r#"{{"{field}":-1,"_updatedAt":1}}"#);
    orders.extend(fields.map(reversed));
    assert_eq!(orders.len(), Layout::MAX_ORDERS);
    let free = [
        "{}",
        r#"{"_id":-1}"#,
        r#"{"name":-1}"#,
        r#"{"name":-1,"visibility":-1}"#,
        r#"{"name":1,"_updatedAt":-1}"#,
        r#"{"type":-1,"name":1}"#,
    ];
    // The index of the single field has the other direction of `_id`.
    let one_more = r#"{"name":1,"_id":-1}"#;

    let servers = Servers::shared();
    for on in [On::One, On::Three] {
        let store = servers.options().build().unwrap();
        let migrate = |orders: &[&str]| {
            let layout = orders.iter().fold(servers.layout(on), |layout, order| {
                layout.with_order(order.parse().unwrap())
            });
            block_on(store.migrate(&layout))
        };
        let declared: Vec<&str> = orders.iter().map(String::as_str).collect();
        let beyond = [declared.as_slice(), &[one_more]].concat();
        let refused = |error: &StoreError| {
            let found = refusal(error, StoreErrorKind::Unsupported);
            let end = ": expected at most 16 declared sort orders, found 17";
            assert!(found.ends_with(end), "{found}");
        };
        refused(&migrate(&beyond).unwrap_err());
        migrate(&declared[..10]).unwrap();
        migrate(&declared[4..]).unwrap();
        migrate(&free).unwrap();
        migrate(&[]).unwrap();
        refused(&migrate(&[one_more]).unwrap_err());
        migrate(&declared).unwrap();
    }
}

#[test]
fn addresses_of_shards_may_change_and_their_passwords_are_quoted() {
    if !available() {
        return;
    }
    let servers = Servers::shared();
    let options = servers.options();
    let store = servers.store(On::Three, options);
    let unit = Unit::builder("a").build().unwrap();
    block_on(store.upsert(&unit)).unwrap();
    let moved = servers.shards.iter().map(|shard| {
        let mut config = livechat_units_postgres::Config::new();
        config.host("localhost").port(shard.config().get_ports()[0]);
        config.user("postgres").dbname("postgres");
        config.password(r#"it's \a "password" %1$s"#);
        config
    });
    block_on(store.migrate(&Layout::shards(moved))).unwrap();
    assert_eq!(block_on(store.get("a")).unwrap(), Some(unit));
}

/// A store in a database of its own, created with these options of SQL.
fn in_database(name: &str, of: &str) -> Result<livechat_units_postgres::PostgresStore, StoreError> {
    let mut config = Servers::shared().first.config();
    let made = format!("CREATE DATABASE {name} TEMPLATE template0 {of}");
    sql::run(&config, &made);
    config.dbname(name);
    let store = PostgresOptions::new(config).build().unwrap();
    block_on(store.migrate(&Layout::one_server()))?;
    Ok(store)
}

#[test]
fn a_database_whose_locale_has_no_letters_is_refused() {
    if !available() {
        return;
    }
    let error = in_database("c_letters", "LC_COLLATE 'C' LC_CTYPE 'C'").unwrap_err();
    assert_eq!(
        of_first(&error, StoreErrorKind::Failed),
        "expected an lc_ctype of UTF-8, such as C.UTF-8, found \"C\", with which pg_trgm does \
         not find every name"
    );
    let latin = "LC_COLLATE 'C' LC_CTYPE 'C' ENCODING 'LATIN1'";
    let error = in_database("latin", latin).unwrap_err();
    assert_eq!(
        of_first(&error, StoreErrorKind::Failed),
        "expected a database with the encoding UTF8, found LATIN1"
    );
    let lithuanian = "LOCALE_PROVIDER icu ICU_LOCALE 'lt'";
    let error = in_database("lithuanian", lithuanian).unwrap_err();
    assert_eq!(
        of_first(&error, StoreErrorKind::Failed),
        "expected a locale that lower-cases each character alone, found the locale \"lt\" of the \
         provider ICU, with which pg_trgm does not find every part of a name; create the \
         database with another locale, such as C.UTF-8"
    );
    // `pg_trgm` recognises letters by `lc_ctype` with every provider.
    let blind = "LOCALE_PROVIDER icu ICU_LOCALE 'de' LC_CTYPE 'C' LC_COLLATE 'C'";
    let error = in_database("blind", blind).unwrap_err();
    let found = of_first(&error, StoreErrorKind::Failed);
    assert!(found.starts_with("expected an lc_ctype of UTF-8, such as C.UTF-8, found \"C\""));
}

/// Of several servers, the unsuitable one.
#[test]
fn a_shard_whose_locale_has_no_letters_is_named() {
    if !available() {
        return;
    }
    let servers = Servers::shared();
    let [first, second] = &servers.shards;
    let mut blind = second.config();
    let made = "CREATE DATABASE blind_shard TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'";
    sql::run(&blind, made);
    blind.dbname("blind_shard");
    let store = servers.options().build().unwrap();
    let layout = Layout::shards([first.config(), blind]);
    let error = block_on(store.migrate(&layout)).unwrap_err();
    let found = refusal(&error, StoreErrorKind::Failed);
    let begin = format!("{}: expected an lc_ctype of UTF-8", second.address());
    assert!(found.starts_with(&begin), "{found}");
}

/// With tables that were restored into such a database, lists would miss matches.
#[test]
fn tables_in_a_database_whose_locale_has_no_letters_are_refused() {
    if !available() {
        return;
    }
    let mut config = Servers::shared().first.config();
    sql::run(
        &config,
        "CREATE DATABASE moved TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'",
    );
    config.dbname("moved");
    sql::run(&config, include_str!("../data/schema_1.sql"));
    let store = PostgresOptions::new(config).build().unwrap();
    let error = block_on(store.migrate(&Layout::one_server())).unwrap_err();
    let found = of_first(&error, StoreErrorKind::Failed);
    assert!(
        found.starts_with("expected an lc_ctype of UTF-8"),
        "{found}"
    );
}

/// Without the schema `public` the extensions are in the store's own schema. A second store
/// uses them there.
#[test]
fn a_database_needs_no_schema_public() {
    if !available() {
        return;
    }
    let servers = Servers::shared();
    let without = |server: &crate::server::Server| {
        let mut config = server.config();
        sql::run(&config, "CREATE DATABASE private TEMPLATE template0");
        config.dbname("private");
        sql::run(&config, "DROP SCHEMA public");
        config
    };
    let first = without(&servers.first);
    let shards = servers.shards.each_ref().map(without);
    let unit = |name: &str| Unit::builder(name).name(name).build().unwrap();
    for (schema, layout) in [
        ("first_of_two", Layout::one_server()),
        ("second_of_two", Layout::one_server()),
        ("on_shards", Layout::shards(shards)),
    ] {
        let options = PostgresOptions::new(first.clone()).with_schema(schema);
        let store = options.build().unwrap();
        for _ in 0..2 {
            block_on(store.migrate(&layout)).unwrap();
        }
        block_on(store.replace_all([unit("Отдел"), unit("Sales"), unit("x")])).unwrap();
        for (text, right) in [("тде", 1), ("sal", 1), ("x", 1), ("none", 0)] {
            let query = UnitQuery::default().with_text(text.parse::<TextFilter>().unwrap());
            assert_eq!(block_on(store.list(&query)).unwrap().total(), right);
        }
    }
}

/// The privileges that the README names suffice for a role that migrates, and for one that
/// lists and writes.
#[test]
fn the_documented_privileges_suffice() {
    if !available() {
        return;
    }
    let mut config = Servers::shared().first.config();
    sql::run(&config, "CREATE ROLE maker LOGIN; CREATE ROLE writer LOGIN");
    sql::run(&config, "CREATE DATABASE privileges TEMPLATE template0");
    sql::run(&config, "GRANT CREATE ON DATABASE privileges TO maker");
    config.dbname("privileges").user("maker");
    let maker = PostgresOptions::new(config.clone()).build().unwrap();
    let layout = Layout::one_server().with_order(r#"{"visibility":1,"name":1}"#.parse().unwrap());
    block_on(maker.migrate(&layout)).unwrap();
    sql::run(
        &config,
        "GRANT USAGE ON SCHEMA livechat_units TO writer; \
         GRANT SELECT ON ALL TABLES IN SCHEMA livechat_units TO writer; \
         GRANT INSERT, UPDATE, DELETE ON livechat_units.units, livechat_units.counts TO writer",
    );
    config.user("writer");
    let writer = PostgresOptions::new(config).build().unwrap();
    let unit = |id: &str| Unit::builder(id).name("Sales").build().unwrap();
    block_on(writer.replace_all([unit("a"), unit("b")])).unwrap();
    block_on(writer.upsert(&unit("c"))).unwrap();
    assert!(block_on(writer.remove("a")).unwrap());
    let query = UnitQuery::default().with_text("sal".parse::<TextFilter>().unwrap());
    assert_eq!(block_on(writer.list(&query)).unwrap().total(), 2);
    // It may call `migrate` if there is nothing to do.
    block_on(writer.migrate(&Layout::one_server())).unwrap();
}

/// With ICU, the lower case of a sigma is another letter at the end of a word.
#[test]
fn parts_of_names_are_found_with_locales_of_icu() {
    if !available() {
        return;
    }
    let store = in_database("icu", "LOCALE_PROVIDER icu ICU_LOCALE 'el'").unwrap();
    let name = |number: usize| match number {
        0 => "ΟΔΟΣΑ".to_owned(),
        1 => "οδος".to_owned(),
        _ => format!("name {number}"),
    };
    let units = (0..5_000).map(|number| {
        let unit = Unit::builder(format!("u{number}")).name(name(number));
        unit.build().unwrap()
    });
    block_on(store.replace_all(units)).unwrap();
    for text in ["ΔΟΣ", "δος", "δοσ", "ΟΔΟΣ"] {
        let query = UnitQuery::default().with_text(text.parse::<TextFilter>().unwrap());
        let plans = block_on(store.explain(&query)).unwrap();
        assert!(
            plans.iter().all(|plan| plan.contains("units_text")),
            "{plans:?}"
        );
        assert_eq!(block_on(store.list(&query)).unwrap().total(), 2, "{text}");
    }
}

/// PostgreSQL refuses the names of the functions of `pg_trgm` to such a role.
#[test]
fn a_role_that_lists_and_writes_may_migrate_without_the_schema_of_extensions() {
    if !available() {
        return;
    }
    let mut config = Servers::shared().first.config();
    sql::run(&config, "CREATE DATABASE extended TEMPLATE template0");
    config.dbname("extended");
    sql::run(
        &config,
        "CREATE SCHEMA extensions; CREATE EXTENSION pg_trgm SCHEMA extensions; \
         CREATE ROLE writer_only LOGIN",
    );
    let store = |config| PostgresOptions::new(config).build().unwrap();
    block_on(store(config.clone()).migrate(&Layout::one_server())).unwrap();
    sql::run(
        &config,
        "GRANT USAGE ON SCHEMA livechat_units TO writer_only; \
         GRANT SELECT ON ALL TABLES IN SCHEMA livechat_units TO writer_only; \
         GRANT INSERT, UPDATE, DELETE ON livechat_units.units, livechat_units.counts \
         TO writer_only",
    );
    config.user("writer_only");
    let writer = store(config);
    block_on(writer.migrate(&Layout::one_server())).unwrap();
    block_on(writer.replace_all([Unit::builder("a").name("Sales").build().unwrap()])).unwrap();
    let query = UnitQuery::default().with_text("sal".parse::<TextFilter>().unwrap());
    assert_eq!(block_on(writer.list(&query)).unwrap().total(), 1);
}
