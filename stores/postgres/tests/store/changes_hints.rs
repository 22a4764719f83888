//! Notifications of changes.

use std::time::Duration;

use livechat_units::StoreErrorKind;
use livechat_units_postgres::{Hints, PostgresOptions};

use crate::changes::{Follower, Got, unit, write};
use crate::server::{Server, available};
use crate::stores::{On, Servers};
use crate::{block_on, sql};

/// Whether a hint comes within this time.
fn comes(hints: &mut Hints, within: Duration) -> bool {
    let waits = async { tokio::time::timeout(within, hints.next()).await };
    match block_on(waits) {
        Ok(next) => {
            next.expect("the connection is open");
            true
        }
        Err(_) => false,
    }
}

const LONG: Duration = Duration::from_secs(20);
const SHORT: Duration = Duration::from_millis(150);

#[test]
fn a_commit_is_a_hint() {
    if !available() {
        return;
    }
    let servers = Servers::shared();
    let options = servers.options().with_schema("hinted").with_pool_size(1);
    let store = servers.store(On::One, options);
    let other = servers.store(On::One, servers.options().with_schema("hinted_2"));
    let mut hints = block_on(store.listen()).unwrap();
    let mut follower = Follower::new(&store);
    follower.agrees();
    assert!(!comes(&mut hints, SHORT));
    block_on(other.upsert(&unit("a", 0))).unwrap();
    assert!(!comes(&mut hints, SHORT));
    // Several hints that have arrived are one.
    for number in 0..3 {
        block_on(store.upsert(&unit("a", number))).unwrap();
    }
    std::thread::sleep(SHORT);
    assert!(comes(&mut hints, LONG));
    // One more follows, for transactions that were open beside the notifying one.
    assert!(comes(&mut hints, LONG));
    assert!(!comes(&mut hints, SHORT));
    assert_eq!(follower.agrees(), Got::Some(1));
    let client = sql::Open::new(&servers.first.config());
    for change in [
        "DELETE FROM hinted.units".to_owned(),
        write("hinted", "b", 1),
        "UPDATE hinted.units SET parallel = 0".to_owned(),
        "TRUNCATE hinted.units".to_owned(),
    ] {
        client.run(&change);
        assert!(comes(&mut hints, LONG), "{change}");
    }
    assert!(comes(&mut hints, LONG));
    // There is none for a transaction that is rolled back or open.
    client.run(&format!("BEGIN; {}", write("hinted", "c", 1)));
    assert!(!comes(&mut hints, SHORT));
    // Another one does not wait for it, and has none.
    block_on(store.upsert(&unit("d", 1))).unwrap();
    assert!(!comes(&mut hints, SHORT));
    client.run("COMMIT");
    assert!(comes(&mut hints, LONG));
    assert_eq!(follower.agrees(), Got::All);
    assert_eq!(follower.units.len(), 2);
}

#[test]
fn a_lost_connection_is_an_error() {
    if !available() {
        return;
    }
    let server = Server::start("C.UTF-8");
    let mut config = server.config();
    config.application_name("listening");
    let store = PostgresOptions::new(config).build().unwrap();
    block_on(store.migrate(&livechat_units_postgres::Layout::one_server())).unwrap();
    let mut hints = block_on(store.listen()).unwrap();
    sql::run(
        &server.config(),
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'",
    );
    for _ in 0..2 {
        let error = block_on(hints.next()).unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Unavailable, "{error:?}");
    }
    // Polls do not need it.
    assert_eq!(Follower::new(&store).agrees(), Got::All);
    let standby = server.standby();
    let reader = PostgresOptions::new(standby.config()).build().unwrap();
    let error = block_on(reader.listen()).unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Failed, "{error:?}");
    server.stop(crate::server::Stop::Fast);
    let error = block_on(store.listen()).unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unavailable, "{error:?}");
}

/// A transaction with a notification could not be prepared.
#[test]
fn units_are_written_by_prepared_transactions() {
    if !available() {
        return;
    }
    let server = Server::start("C.UTF-8");
    sql::run(
        &server.config(),
        "ALTER SYSTEM SET max_prepared_transactions = 5",
    );
    server.stop(crate::server::Stop::Fast);
    server.resume();
    let store = PostgresOptions::new(server.config()).build().unwrap();
    block_on(store.migrate(&livechat_units_postgres::Layout::one_server())).unwrap();
    let mut follower = Follower::new(&store);
    let client = sql::Open::new(&server.config());
    client.run(&format!(
        "BEGIN; {}PREPARE TRANSACTION 'one'",
        write("livechat_units", "a", 1)
    ));
    assert_eq!(follower.agrees(), Got::All);
    block_on(store.upsert(&unit("b", 1))).unwrap();
    assert_eq!(follower.agrees(), Got::Some(1));
    client.run("COMMIT PREPARED 'one'");
    assert_eq!(follower.agrees(), Got::Some(1));
    assert_eq!(follower.units.len(), 2);
}
