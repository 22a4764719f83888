//! A session in the schema of the peers, on the server that an environment variable names.

use std::env;
use std::future::Future;

use tokio::runtime::{Builder, Runtime};
use tokio_postgres::{Client, Config, Error, NoTls};

/// The variable with the address of the server: `host=… user=…` or `postgres://…`.
pub(super) const SERVER: &str = "LIVECHAT_UNITS_POSTGRES_URL";

/// The schema of all tables. It is dropped before and after the session of each peer.
pub(super) const SCHEMA: &str = "livechat_units_peers";

/// A connection, and the runtime of this thread, which waits for answers.
pub(super) struct Session {
    pub(super) client: Client,
    runtime: Runtime,
}

impl Session {
    pub(super) fn new() -> Self {
        let mut builder = Builder::new_current_thread();
        let runtime = builder.enable_all().build().expect("a runtime");
        let client = runtime.block_on(async {
            let connected = config().connect(NoTls).await;
            let (client, connection) = connected.expect("the server answers");
            tokio::spawn(connection);
            client
        });
        let session = Self { client, runtime };
        session.remove_schema();
        session
    }

    pub(super) fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.runtime.block_on(future)
    }

    pub(super) fn execute(&self, sql: &str) {
        let executed = self.block_on(self.client.batch_execute(sql));
        executed.expect("valid SQL");
    }

    /// Runs VACUUM and ANALYZE, and waits until everything is written.
    pub(super) fn settle(&self) {
        let tables = "SELECT format('VACUUM (ANALYZE) %I.%I', schemaname, tablename) \
                      FROM pg_tables WHERE schemaname = $1";
        let settled = self.block_on(async {
            for table in self.client.query(tables, &[&SCHEMA]).await? {
                self.client.batch_execute(table.try_get(0)?).await?;
            }
            self.client.batch_execute("CHECKPOINT").await
        });
        settled.expect("the user is a superuser");
    }

    pub(super) fn disk_bytes(&self) -> usize {
        let sizes = "SELECT sum(pg_total_relation_size(relid))::bigint \
                     FROM pg_stat_user_tables WHERE schemaname = $1";
        let bytes: Result<i64, Error> = self.block_on(async {
            let row = self.client.query_one(sizes, &[&SCHEMA]).await?;
            row.try_get(0)
        });
        usize::try_from(bytes.expect("there are tables")).expect("a size")
    }

    fn remove_schema(&self) {
        self.execute(&format!("DROP SCHEMA IF EXISTS {SCHEMA} CASCADE"));
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.remove_schema();
    }
}

pub(super) fn config() -> Config {
    let server = env::var(SERVER).unwrap_or_default();
    server.parse().expect("the variable has an address")
}
