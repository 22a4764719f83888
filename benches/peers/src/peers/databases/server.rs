//! A private PostgreSQL server with default settings, for the time of a run.

use std::env;
use std::error::Error;
use std::fs;
use std::io;
use std::net::TcpListener;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use super::postgres;
use crate::args::Args;
use crate::name::PeerName;

/// A shell that runs the server until its own input ends, then removes the directory of the
/// server. The input ends however the run ends.
pub(crate) struct Server {
    shell: Child,
    port: u16,
}

/// The directory of `initdb` and `postgres`, if it is not the usual one.
const PROGRAMS: &str = "LIVECHAT_UNITS_POSTGRES_BIN";

const SCRIPT: &str = r#"
    "$1/postgres" -D "$2" -p "$3" -c listen_addresses=127.0.0.1 \
        -c unix_socket_directories= -c log_min_messages=fatal >&2 &
    read -r _
    kill -INT $!
    wait $!
    rm -rf "$2""#;

impl Server {
    /// Starts a server, unless one is given or none is needed.
    pub(crate) fn if_needed(args: &Args) -> Result<Option<Self>, Box<dyn Error>> {
        let needed = args
            .peers
            .iter()
            .any(|peer| matches!(peer, PeerName::Database(peer) if peer.needs_server()));
        let needed = needed && env::var_os(postgres::SERVER).is_none();
        needed.then(Self::start).transpose()
    }

    fn start() -> Result<Self, Box<dyn Error>> {
        let bin = programs()?;
        let directory = env::temp_dir().join(format!("units-peers-{}", std::process::id()));
        let made = command(&bin.join("initdb"))
            .arg("-D")
            .arg(&directory)
            .args(["--username=postgres", "--auth=trust"])
            .args(["--encoding=UTF8", "--locale=C.UTF-8"])
            .output()?;
        if !made.status.success() {
            return Err(String::from_utf8_lossy(&made.stderr).into());
        }
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let shell = command(Path::new("/bin/sh"))
            .args(["-c", SCRIPT, "sh"])
            .arg(&bin)
            .arg(&directory)
            .arg(port.to_string())
            // An interrupt from the terminal must not reach the server.
            .process_group(0)
            .stdin(Stdio::piped())
            .spawn()?;
        let server = Self { shell, port };
        for _ in 0..300 {
            let ready = Command::new(bin.join("pg_isready"))
                .args([
                    "-q",
                    "-U",
                    "postgres",
                    "-h",
                    "127.0.0.1",
                    "-p",
                    &port.to_string(),
                ])
                .status()?;
            if ready.success() {
                return Ok(server);
            }
            thread::sleep(Duration::from_millis(100));
        }
        Err("the server does not answer".into())
    }

    /// The environment variable with its address.
    pub(crate) fn variable(&self) -> (&'static str, String) {
        let url = format!("postgres://postgres@127.0.0.1:{}/postgres", self.port);
        (postgres::SERVER, url)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        if let Err(error) = self.shell.wait() {
            eprintln!("the server may be running still: {error}");
        }
    }
}

/// The newest installed programs.
fn programs() -> Result<PathBuf, String> {
    let debian = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let debian = debian
        .filter_map(io::Result::ok)
        .map(|version| version.path().join("bin"));
    let path = env::var_os("PATH").unwrap_or_default();
    let named = env::var_os(PROGRAMS).map(PathBuf::from);
    let places = named
        .into_iter()
        .chain(debian.max())
        .chain(env::split_paths(&path));
    let mut places = places.filter(|directory| directory.join("initdb").exists());
    places.next().ok_or(format!(
        "there is no PostgreSQL: `apt-get install postgresql`, or set {PROGRAMS} to the \
         directory of initdb and postgres"
    ))
}

/// PostgreSQL does not run as root.
fn command(program: &Path) -> Command {
    let root = fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0);
    let mut command = Command::new(if root { Path::new("setpriv") } else { program });
    if root {
        command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]);
        command.arg(program);
    }
    command.current_dir("/");
    command
}
