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
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{LazyLock, Once};

use mongodb::bson::Document;
use mongodb::options::ClientOptions;
use mongodb::{Client, Collection};

/// The server of `LIVECHAT_UNITS_MONGODB_URL`, or the stand-in.
pub struct Server {
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

/// Runs the stand-in until the standard input ends: on the port `$1`, over the directory `$2` or,
/// if it is empty, over a temporary one, with the other arguments. The shell closes its own standard output, so that the
/// output ends with the stand-in.
const SCRIPT: &str = r#"
command -v "$0" >/dev/null || exit
port=$1
given=$2
directory=${given:-$(mktemp -d)} || exit
shift 2
"$0" --host 127.0.0.1 --port "$port" --storage-path "$directory" --log-level ERROR \
    --cache-size 64M --log-file-max 1MB "$@" &
server=$!
exec >/dev/null
cat
kill "$server"
wait "$server"
[ "$given" ] || rm -r "$directory"
"#;

static SERVER: LazyLock<Option<Server>> = LazyLock::new(Server::find);

/// The server that tests share. `None` if there is none; the test has then said that it does not
/// run.
pub fn server() -> Option<&'static Server> {
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
        Self::stand_in(0, None, &[])
    }

    fn stand_in(port: u16, directory: Option<&Path>, arguments: &[&str]) -> Option<Self> {
        let mut process = Command::new("sh")
            .args(["-c", SCRIPT, STAND_IN, &port.to_string()])
            .arg(directory.unwrap_or(Path::new("")))
            .args(arguments)
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

    /// A server on which no other test writes, if it is the stand-in: there, an empty batch of a
    /// change stream can lack an acknowledged write while another client's write is under way.
    /// `None` as from [`server`].
    pub fn own() -> Option<Self> {
        server()?;
        Self::find()
    }

    /// The stand-in over this directory, on this port or, if it is 0, on a free one. `None` as
    /// from [`server`], and if a server is named.
    pub fn restartable(port: u16, directory: &Path, arguments: &[&str]) -> Option<Self> {
        server()?.is_stand_in().then_some(())?;
        Self::stand_in(port, Some(directory), arguments)
    }

    /// Ends the stand-in, and waits for its end.
    pub fn stop(self) {
        if let Some(mut process) = self.process {
            drop(process.stdin.take());
            process.wait().expect("the shell ends");
        }
    }

    /// Whether the tests started it.
    pub fn is_stand_in(&self) -> bool {
        self.process.is_some()
    }

    /// The connection string.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The port of the stand-in.
    pub fn port(&self) -> u16 {
        let port = self.url.trim_end_matches('/').rsplit(':').next();
        let port = port.and_then(|port| port.parse().ok());
        port.expect("the URL of the stand-in ends with its port")
    }
}

/// Options for a client of the server.
pub async fn options(server: &Server) -> ClientOptions {
    let options = ClientOptions::parse(&server.url).await;
    options.expect("a connection string")
}

/// The collection of a client with these options that no other test uses. It does not exist yet.
pub fn collection(options: ClientOptions) -> Collection<Document> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = format!("units_{}_{count}", std::process::id());
    let client = Client::with_options(options).expect("valid options");
    client.database("livechat_units_test").collection(&name)
}
