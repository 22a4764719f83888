//! Changes before and after an upgrade, with other layouts, and with the least rights.

use std::thread;

use livechat_units::StoreErrorKind;
use livechat_units_postgres::{Config, Layout, PostgresOptions, PostgresStore};

use crate::changes::{Follower, Got, unit, write};
use crate::server::available;
use crate::sql::delete;
use crate::stores::{On, Servers};
use crate::{block_on, sql, upgrade};

/// Removes what the version 3 of the schema has added.
pub(crate) fn to_version_2(schema: &str) -> String {
    let triggers = [
        "stamp_written",
        "record_deleted",
        "record_deleted_row",
        "record_moved",
        "record_truncated",
        "notify_changes",
    ];
    let triggers = triggers.map(|name| format!("DROP TRIGGER {name} ON {schema}.units;"));
    let functions = [
        "stamp_written",
        "record_deleted",
        "remove_old_deletions",
        "notify_changes",
    ];
    let functions = functions.map(|name| format!("DROP FUNCTION {schema}.{name}();"));
    format!(
        "{}DROP TABLE {schema}.deletions; DROP FUNCTION {schema}.guard_deletions(); \
         ALTER TABLE {schema}.units DROP COLUMN written; {}\
         UPDATE {schema}.meta SET version = 2",
        triggers.concat(),
        functions.concat()
    )
}

fn migrate(store: &PostgresStore) {
    block_on(store.migrate(&Layout::one_server())).unwrap();
}

fn new_database(name: &str) -> Config {
    let mut config = Servers::shared().first.config();
    sql::run(
        &config,
        &format!("CREATE DATABASE {name} TEMPLATE template0"),
    );
    config.dbname(name);
    config
}

/// A schema of version 1 from a dump, and one of version 2 with units.
#[test]
fn older_versions_are_read_whole_until_their_upgrade() {
    if !available() {
        return;
    }
    let first = upgrade::restored(&Servers::shared().first, "changes_of_1");
    let second = new_database("changes_of_2");
    let store = upgrade::store(&second);
    migrate(&store);
    block_on(store.replace_all((0..50).map(|n| unit(&format!("u{n}"), 0)))).unwrap();
    sql::run(&second, &to_version_2("livechat_units"));
    for config in [first, second] {
        let store = upgrade::store(&config);
        let mut follower = Follower::new(&store);
        let client = sql::Open::new(&config);
        for number in 0..2 {
            assert_eq!(follower.agrees(), Got::All);
            block_on(store.upsert(&unit("new", number))).unwrap();
            client.run(&delete("livechat_units", "u1"));
        }
        let version = "SELECT version::bigint FROM livechat_units.meta";
        assert!(client.number(version) < 3);
        // No row is rewritten.
        let file = "SELECT pg_relation_filenode('livechat_units.units')::bigint";
        let before = client.number(file);
        // A list holds a lock for a while, and other hosts list, write and migrate.
        let reader = sql::Open::new(&config);
        reader.run("BEGIN; SELECT count(*) FROM livechat_units.units");
        thread::scope(|scope| {
            let hosts: Vec<_> = (0..3)
                .map(|_| scope.spawn(|| migrate(&upgrade::store(&config))))
                .collect();
            for number in 0..5 {
                block_on(store.upsert(&unit("during", number))).unwrap();
                thread::sleep(std::time::Duration::from_millis(500));
                assert_eq!(follower.agrees(), Got::All);
            }
            assert!(!hosts.iter().all(thread::ScopedJoinHandle::is_finished));
            reader.run("COMMIT");
        });
        assert_eq!(client.number(version), 3);
        assert_eq!(client.number(file), before);
        assert_eq!(follower.agrees(), Got::All);
        assert_eq!(follower.agrees(), Got::Some(0));
        block_on(store.upsert(&unit("new", 7))).unwrap();
        client.run(&delete("livechat_units", "during"));
        assert_eq!(follower.agrees(), Got::Some(2));
        assert!(block_on(store.check_total()).unwrap().is_right());
        let index = "SELECT count(*) FROM pg_indexes WHERE indexname = 'units_written'";
        assert_eq!(client.number(index), 1);
    }
}

#[test]
fn without_all_triggers_everything_is_read() {
    if !available() {
        return;
    }
    let config = new_database("untriggered");
    let store = upgrade::store(&config);
    migrate(&store);
    block_on(store.replace_all((0..9).map(|n| unit(&format!("u{n}"), 0)))).unwrap();
    let mut follower = Follower::new(&store);
    follower.agrees();
    let client = sql::Open::new(&config);
    let change = delete("livechat_units", "u1") + &write("livechat_units", "u2", 1);
    for (off, on) in [
        (
            "ALTER TABLE livechat_units.units DISABLE TRIGGER ALL",
            "ALTER TABLE livechat_units.units ENABLE TRIGGER ALL",
        ),
        (
            "DROP TRIGGER record_deleted ON livechat_units.units",
            "SELECT 1",
        ),
        (
            "CREATE TABLE livechat_units.new (LIKE livechat_units.units INCLUDING ALL); \
             INSERT INTO livechat_units.new TABLE livechat_units.units; \
             DROP TABLE livechat_units.units; \
             ALTER TABLE livechat_units.new RENAME TO units",
            "SELECT 1",
        ),
    ] {
        client.run(off);
        client.run(&change);
        client.run(on);
        for _ in 0..2 {
            assert_eq!(follower.agrees(), Got::All, "{off}");
        }
        client.run(&change);
        migrate(&upgrade::store(&config));
        assert_eq!(follower.agrees(), Got::All, "{off}");
        client.run(&write("livechat_units", "u1", 1));
        client.run(&change);
        assert_eq!(follower.agrees(), Got::Some(2), "{off}");
    }
    // The hints are not needed.
    client.run("DROP TRIGGER notify_changes ON livechat_units.units");
    client.run(&change);
    assert_eq!(follower.agrees(), Got::Some(1));
}

#[test]
fn other_layouts_are_read_whole() {
    if !available() {
        return;
    }
    let servers = Servers::shared();
    for on in [On::Distributed, On::Three] {
        let store = servers.store(on, servers.options());
        let mut follower = Follower::new(&store);
        for number in 0..3 {
            assert_eq!(follower.agrees(), Got::All);
            block_on(store.upsert(&unit("a", number))).unwrap();
            block_on(store.upsert(&unit(&format!("u{number}"), number))).unwrap();
            block_on(store.remove("u1")).unwrap();
        }
        assert_eq!(follower.agrees(), Got::All);
    }
}

#[test]
fn a_mirror_needs_the_documented_rights() {
    if !available() {
        return;
    }
    let mut config = new_database("mirrored");
    let owner = upgrade::store(&config);
    migrate(&owner);
    sql::run(
        &config,
        "CREATE ROLE mirror LOGIN; GRANT USAGE ON SCHEMA livechat_units TO mirror; \
         GRANT SELECT ON livechat_units.meta, livechat_units.units, livechat_units.deletions \
         TO mirror; CREATE ROLE half LOGIN; GRANT USAGE ON SCHEMA livechat_units TO half; \
         GRANT SELECT ON livechat_units.meta, livechat_units.units TO half; \
         CREATE ROLE hidden LOGIN; GRANT mirror TO hidden",
    );
    let superuser = config.clone();
    config.user("mirror");
    let mirror = PostgresOptions::new(config.clone()).build().unwrap();
    let mut hints = block_on(mirror.listen()).unwrap();
    let mut follower = Follower::new(&mirror);
    assert_eq!(follower.poll(), Got::All);
    for number in 0..3 {
        block_on(owner.upsert(&unit("a", number))).unwrap();
        block_on(hints.next()).unwrap();
        assert_eq!(follower.poll(), Got::Some(1));
    }
    assert!(block_on(owner.remove("a")).unwrap());
    assert_eq!(follower.poll(), Got::Some(1));
    assert!(follower.units.is_empty());
    let error = block_on(mirror.upsert(&unit("a", 1))).unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Failed, "{error:?}");
    config.user("half");
    let half = PostgresOptions::new(config.clone()).build().unwrap();
    let first = block_on(half.changes_since(None)).unwrap();
    let error = block_on(half.changes_since(Some(&first.revision))).unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Failed, "{error:?}");
    // A policy of row security hides no unit without an error.
    sql::run(
        &superuser,
        "ALTER TABLE livechat_units.units ENABLE ROW LEVEL SECURITY",
    );
    let error = follower.try_poll().unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Failed, "{error:?}");
}
