//! Faults between a store and its servers, each as an error of the right kind.

use std::error::Error;
use std::net::TcpListener;
use std::thread;
use std::time::Duration;

use livechat_units::{StoreError, StoreErrorKind, Unit, UnitQuery};
use livechat_units_postgres::{Config, PostgresOptions, PostgresStore, ServerError};

use crate::proxy::Proxy;
use crate::server::{Server, Stop, available, config_by, eventually};
use crate::stores::{On, Servers};
use crate::{block_on, sql};

fn unit(id: &str) -> Unit {
    Unit::builder(id).name("Sales").build().unwrap()
}

fn total(store: &PostgresStore) -> Result<u64, StoreError> {
    block_on(store.list(&UnitQuery::default())).map(|page| page.total())
}

fn kind(result: Result<u64, StoreError>) -> StoreErrorKind {
    result.expect_err("there is no answer").kind()
}

/// The message of the source. Asserts the kind.
fn timeout(result: Result<u64, StoreError>) -> String {
    let error = result.expect_err("there is no answer");
    assert_eq!(error.kind(), StoreErrorKind::Timeout, "{error:?}");
    error.source().expect("the error has a source").to_string()
}

/// Opens several connections and returns them to the pool.
fn warm(store: &PostgresStore) {
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..20).for_each(|_| assert!(total(store).is_ok())));
        }
    });
}

#[test]
fn the_first_list_after_a_restart_is_answered() {
    if !available() {
        return;
    }
    let server = Server::start("C.UTF-8");
    let store = PostgresStore::new(server.config()).unwrap();
    block_on(store.migrate(&livechat_units_postgres::Layout::one_server())).unwrap();
    block_on(store.upsert(&unit("a"))).unwrap();
    for how in [Stop::Fast, Stop::Immediate] {
        warm(&store);
        server.stop(how);
        let error = block_on(store.list(&UnitQuery::default())).unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Unavailable, "{error:?}");
        assert!(error.is_transient());
        let error = block_on(store.upsert(&unit("b"))).unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Unavailable, "{error:?}");
        server.resume();
        // The first list is answered.
        assert_eq!(total(&store).unwrap(), 1);
    }
    // Also if the connections were cut while they were idle in the pool.
    warm(&store);
    server.stop(Stop::Fast);
    server.resume();
    block_on(store.upsert(&unit("b"))).unwrap();
    assert_eq!(total(&store).unwrap(), 2);
}

#[test]
fn a_list_on_a_cut_connection_is_retried() {
    if !available() {
        return;
    }
    let servers = Servers::shared();
    let mut config = servers.first.config();
    config.application_name("cut");
    let options = PostgresOptions::new(config)
        .with_schema("cut")
        .with_pool_size(4);
    let store = servers.store(On::One, options);
    for _ in 0..5 {
        warm(&store);
        let cut = sql::number(
            &servers.first.config(),
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
             WHERE application_name = 'cut'",
        );
        assert!(cut >= 1);
        assert_eq!(total(&store).unwrap(), 0);
        block_on(store.upsert(&unit("a"))).unwrap();
        assert!(block_on(store.remove("a")).unwrap());
    }
}

/// A lock of the units: nobody can read them until it is dropped.
fn locked(config: &Config, schema: &str) -> sql::Open {
    let open = sql::Open::new(config);
    open.run(&format!(
        "BEGIN; LOCK TABLE {schema}.units IN ACCESS EXCLUSIVE MODE"
    ));
    open
}

#[test]
fn a_slow_statement_is_a_timeout() {
    if !available() {
        return;
    }
    let servers = Servers::shared();
    let store = servers.store(On::One, servers.options().with_schema("slow"));
    let quick = servers.options().with_schema("slow");
    let quick = quick
        .with_statement_timeout(Duration::from_millis(50))
        .build()
        .unwrap();
    assert_eq!(total(&quick).unwrap(), 0);
    let lock = locked(&servers.first.config(), "slow");
    assert_eq!(kind(total(&quick)), StoreErrorKind::Timeout);
    let error = block_on(quick.upsert(&unit("a"))).unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Timeout);
    assert!(error.is_transient());
    lock.run("ROLLBACK");
    assert_eq!(total(&quick).unwrap(), 0);
    assert_eq!(total(&store).unwrap(), 0);
}

#[test]
fn a_pool_without_a_free_connection_is_a_timeout() {
    if !available() {
        return;
    }
    let servers = Servers::shared();
    let options = servers.options().with_schema("used_up").with_pool_size(1);
    let store = servers.store(
        On::One,
        options.with_wait_timeout(Duration::from_millis(50)),
    );
    let lock = locked(&servers.first.config(), "used_up");
    thread::scope(|scope| {
        let first = scope.spawn(|| total(&store));
        // The list waits for the lock, and the pool has no other connection.
        let waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted \
                       AND relation = 'used_up.units'::regclass";
        eventually("a list that waits", || {
            (sql::number(&servers.first.config(), waiting) > 0).then_some(())
        });
        assert_eq!(
            timeout(total(&store)),
            format!(
                "expected a free connection to {} within 50ms, of 1",
                servers.first.address()
            )
        );
        lock.run("ROLLBACK");
        assert_eq!(first.join().unwrap().unwrap(), 0);
    });
    assert_eq!(total(&store).unwrap(), 0);
}

#[test]
fn a_closed_port_is_unavailable_and_a_silent_one_is_a_timeout() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut config = Config::new();
    config.host("127.0.0.1").port(port).user("nobody");
    // It accepts connections and sends nothing.
    let options = PostgresOptions::new(config).with_connect_timeout(Duration::from_millis(50));
    let store = options.build().unwrap();
    assert_eq!(
        timeout(total(&store)),
        format!("expected a connection to 127.0.0.1:{port} to be opened within 50ms")
    );
    drop(listener);
    let error = total(&store).unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unavailable);
    let source = error.source().expect("the error has a source");
    let shown = source.to_string();
    assert!(
        shown.starts_with(&format!(
            "127.0.0.1:{port}: error connecting to server: Connection refused"
        )),
        "{shown}"
    );
    assert!(source.is::<ServerError>(), "{source:?}");
}

/// The connections stay open, as if the network or the machine hangs.
#[test]
fn a_server_that_falls_silent_is_a_timeout() {
    if !available() {
        return;
    }
    let servers = Servers::shared();
    let proxy = Proxy::start(servers.first.address());
    let config = config_by(proxy.port());
    let options = PostgresOptions::new(config)
        .with_schema("silent")
        .with_pool_size(2);
    let options = options
        .with_statement_timeout(Duration::from_millis(250))
        .with_connect_timeout(Duration::from_secs(1));
    let store = servers.store(On::One, options);
    block_on(store.upsert(&unit("a"))).unwrap();
    warm(&store);
    proxy.fall_silent();
    thread::scope(|scope| {
        let list = scope.spawn(|| block_on(store.list(&UnitQuery::default())).unwrap_err());
        let upsert = scope.spawn(|| block_on(store.upsert(&unit("b"))).unwrap_err());
        for call in [list, upsert] {
            let error = call.join().unwrap();
            assert_eq!(error.kind(), StoreErrorKind::Timeout);
            assert!(error.is_transient());
            let source = error.source().unwrap().to_string();
            let expected = format!(
                "no answer from 127.0.0.1:{} within 5.5s, and the connection was given up",
                proxy.port()
            );
            assert_eq!(source, expected);
        }
    });
    // The pool has no connection left, and none can be opened.
    assert_eq!(kind(total(&store)), StoreErrorKind::Timeout);
    proxy.speak();
    assert_eq!(total(&store).unwrap(), 1);
}

#[test]
fn a_shard_that_stops_leaves_no_partial_list() {
    if !available() {
        return;
    }
    let servers = Servers::start();
    let store = servers.store(On::Three, servers.options());
    let units = (0..100).map(|number| unit(&format!("u{number}")));
    block_on(store.replace_all(units)).unwrap();
    for (shard, how) in servers.shards.iter().zip([Stop::Fast, Stop::Immediate]) {
        warm(&store);
        shard.stop(how);
        let mut refused = 0;
        for text in [None, Some("sales"), Some("none")] {
            for sort in [
                r#"{"name":1}"#,
                r#"{"_updatedAt":-1}"#,
                "{}",
                r#"{"region":1}"#,
            ] {
                let text = text.map(|text| text.parse::<livechat_units::TextFilter>().unwrap());
                let query = UnitQuery::default()
                    .with_text(text)
                    .with_sort(sort.parse().unwrap());
                let error = block_on(store.list(&query)).unwrap_err();
                assert_eq!(error.kind(), StoreErrorKind::Unavailable, "{error:?}");
                refused += 1;
            }
        }
        let all = 0..100;
        let replaced = block_on(store.replace_all(all.map(|number| unit(&format!("v{number}")))));
        assert_eq!(replaced.unwrap_err().kind(), StoreErrorKind::Unavailable);
        shard.resume();
        assert_eq!(total(&store).unwrap(), 100);
        println!("a shard stopped: {refused} of {refused} lists refused, 100 of 100 units after");
    }
    // The failed writes have changed no shard.
    let first = block_on(store.list(&UnitQuery::default())).unwrap();
    assert!(first.units().all(|unit| unit.id().starts_with('u')));
}
