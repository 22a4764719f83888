//! Changes after a restore or a restart, and on replicas.

use std::process::Command;
use std::thread;
use std::time::Duration;

use livechat_units::StoreErrorKind;
use livechat_units_postgres::{Config, Layout, PostgresStore};

use crate::changes::{Follower, Got, burn, listed, unit, write};
use crate::server::{Server, Stop, available, eventually, run};
use crate::sql::delete;
use crate::stores::Servers;
use crate::{block_on, sql, upgrade};

const SCHEMA: &str = "livechat_units";

fn migrate(store: &PostgresStore) {
    block_on(store.migrate(&Layout::one_server())).unwrap();
}

/// A store with 50 units in a new database.
fn store_in(server: &Server, name: &str) -> (Config, PostgresStore) {
    let mut config = server.config();
    sql::run(
        &config,
        &format!("CREATE DATABASE {name} TEMPLATE template0"),
    );
    config.dbname(name);
    let store = upgrade::store(&config);
    migrate(&store);
    block_on(store.replace_all((0..50).map(|n| unit(&format!("u{n}"), 0)))).unwrap();
    (config, store)
}

/// Runs a client program of PostgreSQL in the database.
fn client(program: &str, config: &Config, arguments: &[&str], input: &str) -> String {
    let port = config.get_ports()[0].to_string();
    let mut all = vec!["--host=127.0.0.1", "--username=postgres", "--port", &port];
    all.extend(["--dbname", config.get_dbname().unwrap()]);
    all.extend(arguments);
    run(program, &all, input).0
}

#[test]
fn a_restored_table_is_read_whole_once() {
    if !available() {
        return;
    }
    let server = Server::start("C.UTF-8");
    let (from, source) = store_in(&server, "dumped_changes");
    // The numbers of its transactions are larger than those of the other cluster.
    let writer = sql::Open::new(&from);
    burn(&writer, 5_000);
    writer.run(&delete(SCHEMA, "u1"));
    writer.run(&write(SCHEMA, "u1", 1));
    writer.run(&delete(SCHEMA, "u2"));
    let mut of_source = Follower::new(&source);
    of_source.agrees();

    // A whole database, to another cluster and to another database of the same one.
    let dump = client("pg_dump", &from, &[], "");
    let other = &Servers::shared().first;
    for (server, name) in [(other, "restored_changes"), (&server, "restored_beside")] {
        let mut config = server.config();
        sql::run(
            &config,
            &format!("CREATE DATABASE {name} TEMPLATE template0"),
        );
        config.dbname(name);
        client("psql", &config, &["--quiet"], &dump);
        let store = upgrade::store(&config);
        let mut follower = Follower::new(&store);
        follower.seen.clone_from(&of_source.seen);
        assert_eq!(follower.agrees(), Got::All);
        migrate(&store);
        follower.agrees();
        for number in 0..3 {
            block_on(store.upsert(&unit("u3", number))).unwrap();
            assert_eq!(follower.agrees(), Got::Some(1), "{name}");
        }
        // The numbers of restored rows and records are used again.
        burn(&sql::Open::new(&config), 6_000);
        assert_ne!(follower.agrees(), Got::All);
        assert_eq!(follower.agrees(), Got::Some(0));
    }
    // A copy of the files of the database: its table has the same OID.
    drop((source, writer, of_source));
    let mut follower = Follower::new(&upgrade::store(&from));
    follower.agrees();
    let mut copy = server.config();
    sql::run(
        &copy,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'dumped_changes'",
    );
    sql::run(&copy, "CREATE DATABASE copied TEMPLATE dumped_changes");
    copy.dbname("copied");
    follower.store = upgrade::store(&copy);
    assert_eq!(follower.agrees(), Got::All);

    // Data alone, into the same table.
    let data = client("pg_dump", &from, &["--data-only", "--disable-triggers"], "");
    let store = upgrade::store(&from);
    let mut follower = Follower::new(&store);
    follower.agrees();
    sql::run(&from, "TRUNCATE livechat_units.units");
    client("psql", &from, &["--quiet"], &data);
    assert_eq!(follower.agrees(), Got::All);
    assert_eq!(follower.agrees(), Got::All);
    migrate(&store);
    assert_eq!(follower.agrees(), Got::All);
    assert_eq!(follower.agrees(), Got::Some(0));
    let data = client("pg_dump", &from, &["--data-only"], "");
    sql::run(&from, "DELETE FROM livechat_units.units");
    client("psql", &from, &["--quiet"], &data);
    assert_eq!(follower.agrees(), Got::Some(49));
}

#[test]
fn a_subscriber_records_what_it_applies() {
    if !available() {
        return;
    }
    let servers = Servers::shared();
    for (name, publication) in [
        ("changes_published", "FOR TABLE livechat_units.units"),
        ("changes_published_all", "FOR ALL TABLES"),
    ] {
        let (from, source) = store_in(&servers.first, name);
        let mut into = servers.shards[0].config();
        sql::run(&into, &format!("CREATE DATABASE {name} TEMPLATE template0"));
        into.dbname(name);
        let replica = upgrade::store(&into);
        migrate(&replica);
        let mut follower = Follower::new(&replica);
        follower.agrees();
        sql::run(&from, &format!("CREATE PUBLICATION {name} {publication}"));
        let port = from.get_ports()[0];
        sql::run(
            &into,
            &format!(
                "CREATE SUBSCRIPTION {name} CONNECTION 'host=127.0.0.1 port={port} \
                 user=postgres dbname={name}' PUBLICATION {name}"
            ),
        );
        let mut all = 0;
        let mut reaches = || {
            let wanted = listed(&source);
            eventually("the units are replicated", || {
                all += usize::from(follower.poll() == Got::All);
                follower.units.values().eq(&wanted).then_some(())
            });
            follower.agrees();
            std::mem::take(&mut all)
        };
        reaches();
        for number in 0..5 {
            block_on(source.upsert(&unit("u1", number))).unwrap();
            block_on(source.remove(&format!("u1{number}"))).unwrap();
            block_on(source.replace_all((20..60).map(|n| unit(&format!("u{n}"), number)))).unwrap();
            sql::run(&from, "UPDATE livechat_units.units SET parallel = 0");
            assert_eq!(reaches(), 0, "{name}");
        }
        sql::run(&from, "TRUNCATE livechat_units.units");
        assert_eq!(reaches(), 1, "{name}");
        // Only what it has deleted itself is recorded.
        let records = "SELECT count(*) FROM livechat_units.deletions WHERE _id IS NOT NULL";
        assert!(sql::number(&into, records) <= 255);
        sql::run(&into, &format!("DROP SUBSCRIPTION {name}"));
    }
}

#[test]
fn a_standby_is_followed_and_is_never_behind() {
    if !available() {
        return;
    }
    let primary = Server::start("C.UTF-8");
    let (config, store) = store_in(&primary, "followed");
    let standby = primary.standby();
    let mut config_of_standby = standby.config();
    config_of_standby.dbname("followed");
    let replica = upgrade::store(&config_of_standby);
    let of_standby = sql::Open::new(&config_of_standby);
    let mut follower = Follower::new(&replica);
    assert_eq!(follower.agrees(), Got::All);
    let reaches = |follower: &mut Follower| {
        let wanted = listed(&store);
        eventually("the standby has it", || {
            assert_ne!(follower.poll(), Got::All);
            follower.units.values().eq(&wanted).then_some(())
        });
    };
    // A late commit.
    let open = sql::Open::new(&config);
    open.run(&format!(
        "BEGIN; {}{}",
        write(SCHEMA, "late", 1),
        delete(SCHEMA, "u1")
    ));
    for number in 0..3 {
        block_on(store.upsert(&unit("u2", number))).unwrap();
        reaches(&mut follower);
    }
    open.run("COMMIT");
    reaches(&mut follower);
    assert!(follower.units.contains_key("late"));

    // A reader of the primary comes to a standby that is behind.
    of_standby.run("SELECT pg_wal_replay_pause()");
    block_on(store.upsert(&unit("u3", 1))).unwrap();
    let mut of_primary = Follower::new(&store);
    of_primary.agrees();
    of_primary.store = replica.clone();
    let error = of_primary.try_poll().unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unavailable);
    let text = std::error::Error::source(&error).unwrap().to_string();
    let begin = format!(
        "{}: the standby is behind a state that this reader has seen: expected that it has \
         replayed the log up to ",
        standby.address()
    );
    assert!(text.starts_with(&begin), "{text}");
    of_standby.run("SELECT pg_wal_replay_resume()");
    let got = eventually("the standby has it", || of_primary.try_poll().ok());
    assert_eq!(got, Got::All);
    assert_eq!(of_primary.agrees(), Got::Some(0));
    assert_eq!(of_primary.units["u3"], unit("u3", 1));

    // A failover. The reader of the standby continues.
    of_primary = Follower::new(&store);
    of_primary.agrees();
    reaches(&mut follower);
    primary.stop(Stop::Immediate);
    of_standby.run("SELECT pg_promote()");
    block_on(replica.upsert(&unit("promoted", 1))).unwrap();
    assert_eq!(follower.agrees(), Got::Some(1));
    of_primary.store = replica;
    assert_eq!(of_primary.agrees(), Got::All);
    assert_eq!(of_primary.agrees(), Got::Some(0));
}

/// A crash can lose commits without `synchronous_commit`, and use their numbers again.
#[test]
fn after_a_restart_or_a_crash_everything_is_read() {
    if !available() {
        return;
    }
    let server = Server::start("C.UTF-8");
    let (config, store) = store_in(&server, "crashed");
    let mut follower = Follower::new(&store);
    follower.agrees();
    assert_eq!(follower.agrees(), Got::Some(0));
    for how in [Stop::Fast, Stop::Immediate] {
        server.stop(how);
        let error = follower.try_poll().unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Unavailable);
        server.resume();
        assert_eq!(follower.agrees(), Got::All);
        assert_eq!(follower.agrees(), Got::Some(0));
    }
    // A process that is killed: all others end too, and the server recovers.
    let pid = sql::Open::new(&config);
    let number = pid.number("SELECT pg_backend_pid()::bigint").to_string();
    let killed = Command::new("kill").args(["-9", &number]).status().unwrap();
    assert!(killed.success());
    thread::sleep(Duration::from_millis(300));
    let got = eventually("the server has recovered", || follower.try_poll().ok());
    assert_eq!(got, Got::All);
    assert_eq!(follower.agrees(), Got::Some(0));
}
