//! Citus as operators run it: a coordinator with two workers, and a single node that has its
//! own shards.
//!
//! Debian has no package of Citus. So these tests use running nodes, which environment
//! variables name. Without the variables they say so and do nothing, also with
//! `LIVECHAT_UNITS_REQUIRE_SERVERS`. They connect to each worker at its address in
//! `pg_dist_node`. They leave schemas whose names begin with [`PREFIX`]; the next run drops
//! them, so only one run at a time is possible.

use std::env;
use std::io::Write;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Condvar, Mutex, Once, OnceLock};

use livechat_units_postgres::{Config, Layout, PostgresOptions, PostgresStore};

use crate::block_on;
use crate::sql;

/// A coordinator with two workers: `postgresql://user@host/database` of a superuser.
const URL: &str = "LIVECHAT_UNITS_CITUS_URL";
/// A single node.
const SINGLE_URL: &str = "LIVECHAT_UNITS_CITUS_SINGLE_URL";
/// Shell commands: one stops a worker as a loss of power would, the other starts it again
/// and returns when it answers.
const STOP: &str = "LIVECHAT_UNITS_CITUS_STOP_WORKER";
const START: &str = "LIVECHAT_UNITS_CITUS_START_WORKER";

/// The beginning of the names of all schemas of these tests.
const PREFIX: &str = "citus_test_";

static DISTRIBUTES: Mutex<()> = Mutex::new(());

/// The variables of the nodes on which the schemas of earlier runs have been dropped.
static DROPPED: Mutex<Vec<&str>> = Mutex::new(Vec::new());

/// The nodes, and the number of shards of each table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Citus {
    Workers { shards: u32 },
    Single,
}

impl Citus {
    fn variable(self) -> &'static str {
        match self {
            Self::Workers { .. } => URL,
            Self::Single => SINGLE_URL,
        }
    }

    /// Whether the environment names the nodes.
    pub(crate) fn available(self) -> bool {
        is_set(self.variable())
    }

    /// The configuration for the coordinator or the single node.
    pub(crate) fn config(self) -> Config {
        let url = env::var(self.variable()).expect("the variable is set");
        url.parse().expect("the variable is a URL of PostgreSQL")
    }

    /// Options for this schema.
    pub(crate) fn options(self, schema: &str) -> PostgresOptions {
        let options = PostgresOptions::new(self.config());
        options.with_schema(schema).with_pool_size(4)
    }

    /// An empty store in this schema, with a distributed table.
    pub(crate) fn store(self, schema: &str) -> PostgresStore {
        self.drop_old_schemas();
        let store = self.options(schema).build().expect("the options are right");
        block_on(store.migrate(&Layout::distributed())).expect("the store migrates");
        let shards = match self {
            Self::Workers { shards } => shards,
            Self::Single => 8,
        };
        // Citus creates only one table at a time.
        let _distributes = DISTRIBUTES.lock().unwrap();
        sql::run(
            &self.config(),
            &format!(
                "SET citus.shard_count = {shards};
                 SELECT create_distributed_table('{schema}.units', '_id')"
            ),
        );
        store
    }

    /// Drops the schemas of earlier runs, once.
    fn drop_old_schemas(self) {
        let mut dropped = DROPPED.lock().unwrap();
        if dropped.contains(&self.variable()) {
            return;
        }
        dropped.push(self.variable());
        let open = sql::Open::new(&self.config());
        let find = format!(
            "SELECT coalesce(string_agg(nspname, ' '), '') FROM pg_catalog.pg_namespace \
             WHERE starts_with(nspname, '{PREFIX}')"
        );
        for schema in open.text(&find).split_whitespace() {
            open.run(&format!("DROP SCHEMA {schema} CASCADE"));
        }
    }
}

/// A new name for a schema.
pub(crate) fn new_schema() -> String {
    static MADE: AtomicU32 = AtomicU32::new(0);
    let number = MADE.fetch_add(1, Ordering::Relaxed);
    format!("{PREFIX}{number}")
}

/// Whether a variable is set. If not, prints a notice once, which the test harness does not
/// capture.
fn is_set(name: &str) -> bool {
    static SAID: Once = Once::new();
    if env::var_os(name).is_some() {
        return true;
    }
    SAID.call_once(|| {
        let mut missing = vec![URL, SINGLE_URL, STOP, START];
        missing.retain(|name| env::var_os(name).is_none());
        let mut stderr = std::io::stderr();
        writeln!(
            stderr,
            "SKIPPED: tests of Citus. They need {URL} (the coordinator of two workers), \
             {SINGLE_URL} (a node by itself), {STOP} and {START} (commands that stop and start \
             one of the workers), of which these are not set: {}",
            missing.join(", ")
        )
        .unwrap();
    });
    false
}

/// A worker that can be stopped.
pub(crate) struct Worker {
    stop: String,
    start: String,
}

impl Worker {
    /// `None` if a variable is not set.
    pub(crate) fn given() -> Option<Self> {
        let all = [URL, STOP, START].map(is_set);
        let command = |variable| env::var(variable).expect("the variable is set");
        (all == [true; 3]).then(|| Self {
            stop: command(STOP),
            start: command(START),
        })
    }

    pub(crate) fn stop(&self) {
        run(&self.stop);
    }

    pub(crate) fn start(&self) {
        run(&self.start);
    }
}

fn run(command: &str) {
    let mut shell = Command::new("/bin/sh");
    let status = shell.args(["-c", command]).status();
    assert!(status.expect("a shell starts").success(), "{command}");
}

/// How many tests use the workers; `None` while one test has exclusive use.
static USERS: Mutex<Option<u32>> = Mutex::new(Some(0));
static FREED: Condvar = Condvar::new();

/// A guard for a test that uses the workers: meanwhile no test stops one.
pub(crate) struct InUse(());

pub(crate) fn in_use() -> InUse {
    let users = USERS.lock().unwrap();
    let mut users = FREED.wait_while(users, |users| users.is_none()).unwrap();
    *users = users.map(|users| users + 1);
    InUse(())
}

impl Drop for InUse {
    fn drop(&mut self) {
        let mut users = USERS.lock().unwrap();
        *users = users.map(|users| users - 1);
        FREED.notify_all();
    }
}

/// A guard for a test that stops workers: meanwhile no other test uses them.
pub(crate) struct Alone(());

pub(crate) fn alone() -> Alone {
    let users = USERS.lock().unwrap();
    let mut users = FREED.wait_while(users, |users| *users != Some(0)).unwrap();
    *users = None;
    Alone(())
}

impl Drop for Alone {
    fn drop(&mut self) {
        *USERS.lock().unwrap() = Some(0);
        FREED.notify_all();
    }
}

/// The addresses of the workers.
pub(crate) fn workers() -> &'static [Config] {
    static WORKERS: OnceLock<Vec<Config>> = OnceLock::new();
    WORKERS.get_or_init(|| {
        let coordinator = Citus::Workers { shards: 4 }.config();
        let find = "SELECT string_agg(nodename || ' ' || nodeport, ',') FROM pg_dist_node \
                    WHERE groupid <> 0 AND noderole = 'primary'";
        let found = sql::text(&coordinator, find);
        let address = |address: &str| {
            let (host, port) = address.split_once(' ').expect("host and port");
            let mut config = Config::new();
            config.host(host).port(port.parse().expect("a port"));
            let (user, database) = (coordinator.get_user(), coordinator.get_dbname());
            config.user(user.expect("the URL has a user"));
            config.dbname(database.expect("the URL has a database"));
            config
        };
        found.split(',').map(address).collect()
    })
}
