//! What goes wrong between a store and its servers, and that it passes.

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

/// What an error of this kind says was wrong.
fn timeout(result: Result<u64, StoreError>) -> String {
    let error = result.expect_err("there is no answer");
    assert_eq!(error.kind(), StoreErrorKind::Timeout, "{error:?}");
    error.source().expect("it says why").to_string()
}

/// Several connections, all of which lie in the pool then.
fn warm(store: &PostgresStore) {
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..20).for_each(|_| assert!(total(store).is_ok())));
        }
    });
}

#[test]
fn a_server_that_restarts_is_found_again() {
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
        // The first one that asks is answered.
        assert_eq!(total(&store).unwrap(), 1);
    }
    // And one whose connections were cut while they lay in the pool, unseen.
    warm(&store);
    server.stop(Stop::Fast);
    server.resume();
    block_on(store.upsert(&unit("b"))).unwrap();
    assert_eq!(total(&store).unwrap(), 2);
}

#[test]
fn connections_that_are_cut_cost_no_answer() {
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

/// A table that nobody may read until it is dropped.
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
fn a_pool_that_is_used_up_is_a_timeout() {
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
        // It waits for the lock, and the pool is empty.
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
fn nobody_there_and_nobody_who_answers() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut config = Config::new();
    config.host("127.0.0.1").port(port).user("nobody");
    // It accepts, and says nothing.
    let options = PostgresOptions::new(config).with_connect_timeout(Duration::from_millis(50));
    let store = options.build().unwrap();
    assert_eq!(
        timeout(total(&store)),
        format!("expected a connection to 127.0.0.1:{port} to be opened within 50ms")
    );
    drop(listener);
    let error = total(&store).unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unavailable);
    let source = error.source().expect("it says why");
    let told = source.to_string();
    assert!(
        told.starts_with(&format!(
            "127.0.0.1:{port}: error connecting to server: Connection refused"
        )),
        "{told}"
    );
    assert!(source.is::<ServerError>(), "{source:?}");
}

/// Whose connections stay open, as where the network or the machine hangs.
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
    // There is no connection left, and none to be had.
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
    // What was refused has changed no shard.
    let first = block_on(store.list(&UnitQuery::default())).unwrap();
    assert!(first.units().all(|unit| unit.id().starts_with('u')));
}
