//! Errors contain the address of the server and its report, and never a password.

use std::error::Error;
use std::net::TcpListener;

use livechat_units::{StoreError, StoreErrorKind, Unit, UnitQuery};
use livechat_units_postgres::{Config, Layout, PostgresOptions, PostgresStore, ServerError};

use crate::server::available;
use crate::stores::{On, Servers};
use crate::{block_on, sql};

const PASSWORD: &str = "s3cret-word";

/// The message of the source. Asserts that nothing that can be shown contains a password.
fn shown(error: &StoreError, kind: StoreErrorKind) -> String {
    assert_eq!(error.kind(), kind, "{error:?}");
    assert!(
        !format!("{error:?} {error}").contains(PASSWORD),
        "{error:?}"
    );
    let source = error.source().expect("the error has a source");
    let reported: &ServerError = source.downcast_ref().expect("the source is a ServerError");
    assert!(!format!("{:?}", reported.driver()).contains(PASSWORD));
    // The source has no further source, whose text would be repeated.
    assert!(source.source().is_none());
    source.to_string()
}

fn list(config: Config) -> StoreError {
    let store = PostgresStore::new(config).unwrap();
    block_on(store.list(&UnitQuery::default())).unwrap_err()
}

#[test]
fn a_server_that_is_down_is_named() {
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let mut config = Config::new();
    config
        .host("127.0.0.1")
        .port(port)
        .user("nobody")
        .password(PASSWORD);
    let found = shown(&list(config.clone()), StoreErrorKind::Unavailable);
    let begin = format!("127.0.0.1:{port}: error connecting to server: Connection refused");
    assert!(found.starts_with(&begin), "{found}");
    // Of several hosts, all are named.
    config.host("localhost").port(port);
    let found = shown(&list(config), StoreErrorKind::Unavailable);
    let begin = format!("127.0.0.1:{port}, localhost:{port}: ");
    assert!(found.starts_with(&begin), "{found}");
}

#[test]
fn the_report_of_a_server_is_shown() {
    if !available() {
        return;
    }
    let servers = Servers::shared();
    let address = servers.first.address();
    let mut missing = servers.first.config();
    missing.dbname("missing").password(PASSWORD);
    assert_eq!(
        shown(&list(missing), StoreErrorKind::Failed),
        format!("{address}: FATAL: database \"missing\" does not exist (SQLSTATE 3D000)")
    );
    // A detail and a hint.
    sql::run(&servers.first.config(), "CREATE ROLE stranger LOGIN");
    let store = servers.store(On::One, servers.options().with_schema("forbidden"));
    block_on(store.upsert(&Unit::builder("a").build().unwrap())).unwrap();
    let mut config = servers.first.config();
    config.user("stranger");
    let options = PostgresOptions::new(config);
    let stranger = options.with_schema("forbidden").build().unwrap();
    let error = block_on(stranger.list(&UnitQuery::default())).unwrap_err();
    assert_eq!(
        shown(&error, StoreErrorKind::Failed),
        format!("{address}: ERROR: permission denied for schema forbidden (SQLSTATE 42501)")
    );
    sql::run(
        &servers.first.config(),
        "CREATE FUNCTION forbidden.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
         RAISE EXCEPTION 'no' USING DETAIL = 'it is closed', HINT = 'come back', \
         ERRCODE = '57P03'; END $$; \
         CREATE TRIGGER refuse BEFORE DELETE ON forbidden.units FOR EACH ROW \
         EXECUTE FUNCTION forbidden.refuse()",
    );
    assert_eq!(
        shown(
            &block_on(store.remove("a")).unwrap_err(),
            StoreErrorKind::Unavailable
        ),
        format!("{address}: ERROR: no; detail: it is closed; hint: come back (SQLSTATE 57P03)")
    );
}

#[test]
fn a_shard_that_is_down_is_named() {
    if !available() {
        return;
    }
    let servers = Servers::shared();
    let store = servers.store(On::Three, servers.options().with_schema("down"));
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    // During a migration, and during a list.
    let mut down = servers.shards[1].config();
    down.password(PASSWORD);
    let mut moved = Config::new();
    moved
        .host("127.0.0.1")
        .port(port)
        .user("postgres")
        .dbname("postgres");
    moved.password(PASSWORD);
    let layout = Layout::shards([servers.shards[0].config(), moved]);
    let found = shown(
        &block_on(store.migrate(&layout)).unwrap_err(),
        StoreErrorKind::Unavailable,
    );
    assert!(found.starts_with(&format!("127.0.0.1:{port}: ")), "{found}");
    block_on(store.migrate(&Layout::shards([servers.shards[0].config(), down]))).unwrap();
    sql::run(
        &servers.first.config(),
        &format!("ALTER SERVER down_shard_1 OPTIONS (SET port '{port}')"),
    );
    let error = block_on(store.list(&UnitQuery::default())).unwrap_err();
    let found = shown(&error, StoreErrorKind::Unavailable);
    let begin = format!(
        "{}: ERROR: could not connect to server ",
        servers.first.address()
    );
    assert!(found.starts_with(&begin), "{found}");
    assert!(found.contains(&format!("port {port} failed")), "{found}");
}
