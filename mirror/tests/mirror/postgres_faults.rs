//! Faults of a server of PostgreSQL. After each the mirror has the units of the server, and no
//! answer was out of bounds.

use std::process::Command;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use livechat_units_mirror::MirrorOptions;
use livechat_units_postgres::PostgresOptions;
use livechat_units_testkit::postgres::server::{Server, Stop, available};
use livechat_units_testkit::postgres::sql;

use crate::postgres::mirror_of;
use crate::postgres_states::World;

const SCHEMA: &str = "faulty";
const MAX_STALENESS: Duration = Duration::from_secs(2);

/// How many faults the test causes.
fn faults() -> u64 {
    let asked = std::env::var("LIVECHAT_UNITS_FAULTS").ok();
    asked.map_or(14, |number| number.parse().expect("a number of faults"))
}

/// Causes a fault. No transaction commits meanwhile, so it is known which were applied.
fn cause(world: &World<'_>, number: u64) {
    let server = world.server;
    let stop = |how| {
        world.history.write(|_| {
            server.stop(how);
            server.resume();
        });
    };
    match number % 7 {
        0 => stop(Stop::Fast),
        1 => stop(Stop::Immediate),
        2 | 3 => sql::run(
            &server.config(),
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE application_name = 'mirror'",
        ),
        // One process is killed, and the server ends all others and recovers.
        4 => world.history.write(|_| {
            let victim = sql::Open::new(&server.config());
            let pid = victim.number("SELECT pg_backend_pid()::bigint").to_string();
            let killed = Command::new("kill").args(["-9", &pid]).status().unwrap();
            assert!(killed.success());
            while victim.try_run("SELECT 1") {}
            while sql::Open::try_new(&server.config()).is_none() {
                thread::sleep(Duration::from_millis(5));
            }
        }),
        // A poll waits for a lock.
        5 => {
            let _alone = world.transactions.write().unwrap();
            let client = sql::Open::new(&server.config());
            client.run(&format!(
                "BEGIN; LOCK TABLE {SCHEMA}.units IN ACCESS EXCLUSIVE MODE; \
                 SELECT pg_sleep(0.3); COMMIT"
            ));
        }
        _ => {
            let _alone = world.transactions.write().unwrap();
            world.history.write(|units| {
                sql::run(&server.config(), &format!("TRUNCATE {SCHEMA}.units"));
                units.clear();
            });
        }
    }
}

#[test]
fn after_each_fault_the_mirror_equals_the_source() {
    if !available() {
        return;
    }
    let server = Server::start("C.UTF-8");
    let world = World::new(&server, SCHEMA);
    let mut config = server.config();
    config.application_name("mirror");
    let options = PostgresOptions::new(config).with_schema(SCHEMA);
    let options_of_mirror = MirrorOptions::new()
        .with_interval(Duration::from_millis(50))
        .with_max_pause(Duration::from_millis(100))
        .with_max_staleness(MAX_STALENESS);
    let mirror = mirror_of(&options.build().unwrap(), options_of_mirror);
    thread::scope(|scope| {
        let world = &world;
        for writer in 0..3 {
            scope.spawn(move || world.write_on(writer));
        }
        let reader = scope.spawn(|| world.read(&mirror, MAX_STALENESS, usize::MAX));
        for number in 0..faults() {
            thread::sleep(Duration::from_millis(150));
            cause(world, number);
            world.is_equal(&mirror);
        }
        world.is_over.store(true, Ordering::Relaxed);
        let seen = reader.join().unwrap();
        println!(
            "{} faults, {} commits, {seen} states seen, {:?}",
            faults(),
            world.committed.load(Ordering::Relaxed),
            mirror.status()
        );
        assert!(seen > 20, "the mirror stood still");
    });
    // The server has no transaction of the mirror left.
    drop(mirror);
    thread::sleep(Duration::from_millis(200));
    let open = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'mirror' \
                AND state <> 'idle'";
    assert_eq!(sql::number(&server.config(), open), 0);
}
