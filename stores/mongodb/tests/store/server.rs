//! The server that the tests use.
//!
//! `LIVECHAT_UNITS_MONGODB_URL` names a `mongod`, a replica set or a sharded cluster. The
//! tests create collections in its database `livechat_units_test` and drop them again. Without
//! it, the tests start `secantusd-rs`, which speaks MongoDB's wire protocol, if it is in the
//! `PATH`:
//!
//! ```text
//! cargo install secantus-mdb --version 0.5.3-beta.193 --ignore-rust-version
//! ```
//!
//! Without both, a test says that it did not run; with `LIVECHAT_UNITS_REQUIRE_SERVERS=1` it
//! fails.

use std::env;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{LazyLock, Once};

use livechat_units::Unit;
use livechat_units_mongodb::{MongoOptions, MongoStore};
use mongodb::bson::Document;
use mongodb::options::ClientOptions;
use mongodb::{Client, Collection};
use tokio::runtime::Runtime;

use crate::documents::to_bson;

/// The server of `LIVECHAT_UNITS_MONGODB_URL`, or the stand-in.
pub(crate) struct Server {
    url: String,
    /// The stand-in. It ends when its standard input does, so also if this process is killed.
    process: Option<Child>,
}

const URL: &str = "LIVECHAT_UNITS_MONGODB_URL";
const REQUIRE: &str = "LIVECHAT_UNITS_REQUIRE_SERVERS";
const STAND_IN: &str = "secantusd-rs";
const HOW_TO_RUN: &str = "to run the tests that need a MongoDB server, set \
    LIVECHAT_UNITS_MONGODB_URL, or put secantusd-rs into the PATH: \
    cargo install secantus-mdb --version 0.5.3-beta.193 --ignore-rust-version";

/// Runs the stand-in over a temporary directory until the standard input ends. The shell closes
/// its own standard output, so that the output ends with the stand-in.
const SCRIPT: &str = r#"
command -v "$0" >/dev/null || exit
directory=$(mktemp -d) || exit
"$0" --host 127.0.0.1 --port 0 --storage-path "$directory" --log-level ERROR \
    --cache-size 64M --log-file-max 1MB &
server=$!
exec >/dev/null
cat
kill "$server"
wait "$server"
rm -r "$directory"
"#;

static SERVER: LazyLock<Option<Server>> = LazyLock::new(Server::find);

/// The runtime of every client in this process. A client works on one runtime only.
pub(crate) static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().unwrap());

/// The server. `None` if there is none; the test has then said that it does not run.
pub(crate) fn server() -> Option<&'static Server> {
    static ONCE: Once = Once::new();
    if SERVER.is_none() {
        // The output of the print macros is captured, and shown only if the test fails.
        let say = |line: &str| drop(writeln!(std::io::stderr(), "{line}"));
        ONCE.call_once(|| say(HOW_TO_RUN));
        let test = std::thread::current();
        let test = test.name().unwrap_or("a test");
        say(&format!(
            "not run, because there is no MongoDB server: {test}"
        ));
        let required = env::var(REQUIRE).is_ok_and(|value| value == "1");
        assert!(!required, "{HOW_TO_RUN}");
    }
    SERVER.as_ref()
}

impl Server {
    fn find() -> Option<Self> {
        if let Ok(url) = env::var(URL) {
            return Some(Self { url, process: None });
        }
        let mut process = Command::new("sh")
            .args(["-c", SCRIPT, STAND_IN])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        // "secantusd-rs listening on 127.0.0.1:40123", or nothing if it did not start.
        let lines = BufReader::new(process.stdout.take()?).lines();
        let address = lines.map_while(Result::ok).find_map(|line| {
            let (_, address) = line.rsplit_once("listening on ")?;
            Some(address.trim().to_owned())
        });
        Some(Self {
            url: format!("mongodb://{}/", address?),
            process: Some(process),
        })
    }
}

impl Server {
    /// A server on which no other test writes, if it is the stand-in: there, the token of an empty
    /// batch claims the time of the last write, also while another client's write hides it from
    /// the change stream. `None` as from [`server`].
    pub(crate) fn own() -> Option<Self> {
        server()?;
        Self::find()
    }

    /// Whether the tests started it.
    pub(crate) fn is_stand_in(&self) -> bool {
        self.process.is_some()
    }
}

/// Options for a client of the server.
pub(crate) async fn options(server: &Server) -> ClientOptions {
    ClientOptions::parse(&server.url).await.unwrap()
}

/// A collection that is dropped at the end of the test.
pub(crate) struct Scratch {
    pub(crate) collection: Collection<Document>,
}

impl Scratch {
    /// A new collection, of a client with these options.
    pub(crate) fn with_options(options: ClientOptions) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("units_{}_{count}", std::process::id());
        let client = Client::with_options(options).unwrap();
        let collection = client.database("livechat_units_test").collection(&name);
        Self { collection }
    }

    pub(crate) async fn new(server: &Server) -> Self {
        Self::with_options(options(server).await)
    }

    pub(crate) async fn insert(&self, documents: &[Document]) {
        if !documents.is_empty() {
            self.collection.insert_many(documents).await.unwrap();
        }
    }

    pub(crate) async fn insert_units(&self, units: &[Unit]) {
        self.insert(&units.iter().map(to_bson).collect::<Vec<_>>())
            .await;
    }

    pub(crate) fn store(&self) -> MongoStore {
        self.options().build()
    }

    pub(crate) fn options(&self) -> MongoOptions {
        MongoOptions::new(&self.collection)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let collection = self.collection.clone();
        // On another thread, because the test may be on the runtime, where nothing may block.
        let dropped =
            std::thread::spawn(move || RUNTIME.block_on(async { collection.drop().await }));
        let _ = dropped.join();
    }
}
