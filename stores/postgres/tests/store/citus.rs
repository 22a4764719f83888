//! Citus, as operators run it: a coordinator with two workers, and a node by itself that
//! holds its shards.
//!
//! Citus is not in the package lists that the other servers of the tests are from, so that
//! these tests take nodes that run, by environment variables, and do nothing but say so
//! where the variables are not set. `LIVECHAT_UNITS_REQUIRE_SERVERS` does not concern them.
//! The tests reach each worker by its address in `pg_dist_node`. They leave behind schemas
//! whose names begin with [`PREFIX`], which the next run drops: only one run at a time.

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
/// A node by itself.
const SINGLE_URL: &str = "LIVECHAT_UNITS_CITUS_SINGLE_URL";
/// Commands of a shell that stop a worker as if its machine had lost power, and start it
/// again and wait until it answers.
const STOP: &str = "LIVECHAT_UNITS_CITUS_STOP_WORKER";
const START: &str = "LIVECHAT_UNITS_CITUS_START_WORKER";

/// What the names of all schemas of these tests begin with.
const PREFIX: &str = "citus_test_";

static DISTRIBUTES: Mutex<()> = Mutex::new(());

/// The variables of the nodes from which an earlier run's schemas are dropped.
static DROPPED: Mutex<Vec<&str>> = Mutex::new(Vec::new());

/// Which nodes, and in how many shards each table lies.
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

    /// Whether the nodes are given.
    pub(crate) fn available(self) -> bool {
        is_set(self.variable())
    }

    /// How to reach the coordinator, or the node by itself.
    pub(crate) fn config(self) -> Config {
        let url = env::var(self.variable()).expect("it is set");
        url.parse().expect("the variable is a URL of PostgreSQL")
    }

    /// Options for this schema.
    pub(crate) fn options(self, schema: &str) -> PostgresOptions {
        let options = PostgresOptions::new(self.config());
        options.with_schema(schema).with_pool_size(4)
    }

    /// A store without units in this schema. Its table is distributed.
    pub(crate) fn store(self, schema: &str) -> PostgresStore {
        self.drop_old_schemas();
        let store = self.options(schema).build().expect("the options are right");
        block_on(store.migrate(&Layout::distributed())).expect("the store migrates");
        let shards = match self {
            Self::Workers { shards } => shards,
            Self::Single => 8,
        };
        // Citus makes one table after the other.
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

    /// Drops what an earlier run has left, once.
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

/// The name of a schema that nobody else has.
pub(crate) fn new_schema() -> String {
    static MADE: AtomicU32 = AtomicU32::new(0);
    let number = MADE.fetch_add(1, Ordering::Relaxed);
    format!("{PREFIX}{number}")
}

/// Whether a variable is set. Where it is not, says so once, past the capture of the test
/// harness.
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
    /// `None` where a variable is not set.
    pub(crate) fn given() -> Option<Self> {
        let all = [URL, STOP, START].map(is_set);
        let command = |variable| env::var(variable).expect("it is set");
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

/// How many tests use the workers; `None` while a test has them alone.
static USERS: Mutex<Option<u32>> = Mutex::new(Some(0));
static FREED: Condvar = Condvar::new();

/// That a test uses the workers, which nobody stops meanwhile.
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

/// That a test has the workers alone.
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
