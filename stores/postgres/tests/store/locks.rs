//! Which operations wait for which during an upgrade, a check and a repair.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use livechat_units::{Limit, Page, StoreError, Unit, UnitQuery};
use livechat_units_postgres::{Config, Layout, PostgresOptions, PostgresStore};

use crate::server::{available, eventually};
use crate::stores::Servers;
use crate::under_load::End;
use crate::upgrade::{restored, store, units};
use crate::{block_on, sql};

fn unit(id: &str) -> Unit {
    Unit::builder(id).name("Sales").build().unwrap()
}

fn migrate(store: &PostgresStore) -> Result<(), StoreError> {
    block_on(store.migrate(&Layout::one_server()))
}

/// The number of locks in this database that meet the condition.
fn locks(config: &Config, condition: &str) -> i64 {
    let database = config.get_dbname().unwrap();
    let sql = format!(
        "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database \
         WHERE datname = '{database}' AND pid <> pg_backend_pid() AND {condition}"
    );
    sql::number(config, &sql)
}

/// Returns when somebody waits for a lock that meets the condition.
fn wait_for_lock(config: &Config, condition: &str) {
    let waiting = format!("NOT granted AND {condition}");
    eventually(&waiting, || (locks(config, &waiting) > 0).then_some(()));
}

type Write<'a> = &'a (dyn Fn(&PostgresStore) -> Result<(), StoreError> + Sync);

/// A writer that waits for the upgrade must not hold what the upgrade needs.
#[test]
fn a_writer_waits_for_an_upgrade_before_it_locks_a_table() {
    if !available() {
        return;
    }
    let config = restored(&Servers::shared().first, "upgraded_beside_writers");
    let host = store(&config);
    for write in [
        &(|store: &PostgresStore| block_on(store.upsert(&unit("new"))).map(drop)) as Write<'_>,
        &|store| block_on(store.remove("new")).map(drop),
        &|store| block_on(store.replace_all(units())).map(drop),
    ] {
        let writer = store(&config);
        // The second time the store remembers the tables and has prepared its statements.
        for _ in 0..2 {
            let held = thread::scope(|scope| {
                let other = sql::Open::new(&config);
                other.run("BEGIN; LOCK TABLE livechat_units.units IN ROW EXCLUSIVE MODE");
                let migrated = scope.spawn(|| migrate(&host));
                wait_for_lock(&config, "relation = 'livechat_units.units'::regclass");
                let written = scope.spawn(|| write(&writer));
                wait_for_lock(&config, "locktype = 'advisory'");
                let held = locks(
                    &config,
                    "relation IN ('livechat_units.meta'::regclass, 'livechat_units.units'::regclass) \
                     AND granted AND pid IN \
                     (SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)",
                );
                other.run("COMMIT");
                migrated.join().unwrap().unwrap();
                written.join().unwrap().unwrap();
                held
            });
            assert_eq!(held, 0);
            downgrade(&config);
        }
    }
}

/// Sets the version of the tables to 1, so that they are upgraded again.
fn downgrade(config: &Config) {
    sql::run(
        config,
        "DROP VIEW livechat_units.total; UPDATE livechat_units.meta SET version = 1",
    );
}

/// A list reads `meta` and then `counts`.
#[test]
fn an_upgrade_locks_meta_before_the_counts() {
    if !available() {
        return;
    }
    let config = restored(&Servers::shared().first, "upgraded_beside_lists");
    let host = store(&config);
    thread::scope(|scope| {
        let lister = sql::Open::new(&config);
        lister.run("BEGIN; SELECT FROM livechat_units.meta");
        let migrated = scope.spawn(|| migrate(&host));
        wait_for_lock(&config, "relation = 'livechat_units.meta'::regclass");
        let held = locks(
            &config,
            "relation = 'livechat_units.counts'::regclass AND mode = 'AccessExclusiveLock'",
        );
        if held == 0 {
            lister.run("SELECT sum(n) FROM livechat_units.counts");
        }
        lister.run("COMMIT");
        migrated.join().unwrap().unwrap();
        assert_eq!(held, 0);
    });
}

#[test]
fn writers_and_lists_continue_during_an_upgrade() {
    if !available() {
        return;
    }
    let config = restored(&Servers::shared().first, "upgraded_under_load");
    let before = units().len();
    let all = UnitQuery::default().with_page(Page::new(0, Limit::Unlimited));
    for _ in 0..3 {
        let done = AtomicBool::new(false);
        let open = || store(&config);
        thread::scope(|scope| {
            for id in ["w0", "w1", "w2"] {
                let (store, done) = (open(), &done);
                scope.spawn(move || {
                    while !done.load(Ordering::SeqCst) {
                        block_on(store.upsert(&unit(id))).unwrap();
                        assert!(block_on(store.remove(id)).unwrap());
                    }
                });
            }
            for _ in 0..2 {
                let (store, done, all) = (open(), &done, &all);
                scope.spawn(move || {
                    while !done.load(Ordering::SeqCst) {
                        let page = block_on(store.list(all)).unwrap();
                        assert!((before..before + 4).contains(&page.len()), "{}", page.len());
                    }
                });
            }
            let end = End(&done);
            let hosts = [open(), open()].map(|host| scope.spawn(move || migrate(&host)));
            for host in hosts {
                host.join().unwrap().unwrap();
            }
            drop(end);
        });
        assert!(block_on(open().check_total()).unwrap().is_right());
        downgrade(&config);
    }
}

/// Hosts start often. A start does not block writers while it counts the units.
#[test]
fn a_total_is_checked_without_the_lock_of_writers() {
    if !available() {
        return;
    }
    let config = restored(&Servers::shared().first, "checked_beside_writers");
    let host = store(&config);
    migrate(&host).unwrap();
    thread::scope(|scope| {
        let other = sql::Open::new(&config);
        other.run("BEGIN; LOCK TABLE livechat_units.units IN ACCESS EXCLUSIVE MODE");
        let migrated = scope.spawn(|| migrate(&host));
        wait_for_lock(&config, "relation = 'livechat_units.units'::regclass");
        let held = locks(&config, "locktype = 'advisory'");
        other.run("COMMIT");
        migrated.join().unwrap().unwrap();
        assert_eq!(held, 0);
    });
}

/// Also a repair that creates triggers again.
#[test]
fn a_repair_does_not_wait_for_readers_of_the_counts() {
    if !available() {
        return;
    }
    let config = restored(&Servers::shared().first, "repaired_beside_lists");
    migrate(&store(&config)).unwrap();
    sql::run(
        &config,
        "DROP TRIGGER count_inserted ON livechat_units.units",
    );
    let reader = sql::Open::new(&config);
    reader.run("BEGIN; SELECT FROM livechat_units.counts");
    let options = PostgresOptions::new(config).with_bulk_timeout(Duration::from_secs(20));
    let host = options.build().unwrap();
    migrate(&host).unwrap();
    assert!(block_on(host.check_total()).unwrap().is_right());
    reader.run("COMMIT");
}
