//! Private servers on loopback, one set for each run of the tests.
//!
//! Each server has a directory of its own below the temporary one. Its parent is a shell that
//! reads from a pipe. When the tests end, for whatever reason, the pipe is closed. Then the
//! shell stops the server and removes the directory.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use tokio_postgres::Config;

use super::block_on;

/// The directory of `initdb` and `postgres`, if it is not a usual one.
const PROGRAMS: &str = "LIVECHAT_UNITS_POSTGRES_BIN";
/// Set to 1 if the tests must fail without servers.
const REQUIRED: &str = "LIVECHAT_UNITS_REQUIRE_SERVERS";

/// A server, running or stopped.
pub struct Server {
    directory: PathBuf,
    port: u16,
    shell: Mutex<Option<Shell>>,
}

struct Shell {
    child: Child,
    /// The end of this pipe ends the server.
    input: ChildStdin,
}

/// How a server stops.
#[derive(Clone, Copy)]
pub enum Stop {
    /// As for a restart: clients get an error.
    Fast,
    /// As after a loss of power.
    Immediate,
}

/// The directory of the programs, if they are installed.
fn programs() -> Option<PathBuf> {
    if let Some(set) = env::var_os(PROGRAMS) {
        let set = PathBuf::from(set);
        assert!(
            set.join("initdb").exists(),
            "{PROGRAMS} has no initdb: {}",
            set.display()
        );
        return Some(set);
    }
    let debian = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let mut found: Vec<PathBuf> = debian
        .filter_map(Result::ok)
        .map(|version| version.path().join("bin"))
        .chain(env::split_paths(&env::var_os("PATH").unwrap_or_default()))
        .filter(|directory| directory.join("initdb").exists())
        .collect();
    found.sort();
    found.pop()
}

/// Whether the programs of a server are installed. If not, prints a notice, which the test
/// harness does not capture, or fails if servers are required.
pub fn available() -> bool {
    static AVAILABLE: OnceLock<bool> = OnceLock::new();
    *AVAILABLE.get_or_init(|| {
        if programs().is_some() {
            return true;
        }
        let advice = format!(
            "these tests need PostgreSQL 15 or newer: `apt-get install postgresql`, or set \
             {PROGRAMS} to the directory of initdb and postgres"
        );
        let required = env::var(REQUIRED).is_ok_and(|value| value == "1");
        assert!(!required, "{advice}");
        let mut stderr = std::io::stderr();
        writeln!(stderr, "SKIPPED: {advice}").unwrap();
        false
    })
}

/// A command of PostgreSQL. Its programs refuse to run as root, so another user runs it.
fn command(program: &Path) -> Command {
    let root = fs::metadata("/proc/self").is_ok_and(|own| {
        use std::os::unix::fs::MetadataExt;
        own.uid() == 0
    });
    if !root {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]);
    command.arg(program);
    command
}

/// Runs a program of PostgreSQL with this input. Returns its output and its messages.
pub fn run(program: &str, arguments: &[&str], input: &str) -> (String, String) {
    let bin = programs().expect("the programs are installed");
    // `initdb` may be a link from a directory without the other programs.
    let initdb = fs::canonicalize(bin.join("initdb")).expect("`initdb` exists");
    let path = initdb.with_file_name(program);
    assert!(path.exists(), "no {program} beside {}", initdb.display());
    let mut child = command(&path)
        .args(arguments)
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut to = child.stdin.take().expect("piped");
    let input = input.to_owned();
    let writer = thread::spawn(move || to.write_all(input.as_bytes()));
    let output = child.wait_with_output().expect("the program ends");
    writer
        .join()
        .expect("the thread ends")
        .expect("the program reads");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (text(output.stdout), text(output.stderr))
}

impl Server {
    /// Creates a cluster with the locale, and starts its server.
    pub fn start(locale: &str) -> Self {
        let directory = new_directory();
        let bin = programs().expect("the programs have been found");
        let made = command(&bin.join("initdb"))
            .arg("-D")
            .arg(&directory)
            .args(["--username=postgres", "--auth=trust", "--no-sync"])
            .args(["--encoding=UTF8", &format!("--locale={locale}")])
            .output()
            .expect("initdb runs");
        assert!(
            made.status.success(),
            "{}",
            String::from_utf8_lossy(&made.stderr)
        );
        Self::of(directory)
    }

    /// Starts a hot standby of this server.
    #[must_use]
    pub fn standby(&self) -> Self {
        let directory = new_directory();
        let port = self.port.to_string();
        let path = directory.to_str().expect("UTF-8");
        let (_, reported) = run(
            "pg_basebackup",
            &[
                "--pgdata",
                path,
                "--host=127.0.0.1",
                "--username=postgres",
                "--port",
                &port,
                "--checkpoint=fast",
                "--write-recovery-conf",
                "--no-sync",
            ],
            "",
        );
        assert!(directory.join("standby.signal").exists(), "{reported}");
        Self::of(directory)
    }

    fn of(directory: PathBuf) -> Self {
        let server = Self {
            directory,
            port: free_port(),
            shell: Mutex::new(None),
        };
        server.resume();
        server
    }

    /// Starts the server again on its port, and waits until it answers.
    pub fn resume(&self) {
        let mut shell = self.shell.lock().unwrap();
        assert!(shell.is_none(), "the server runs");
        *shell = Some(self.spawn());
    }

    fn spawn(&self) -> Shell {
        // No `exec`: the shell removes the directory afterwards.
        const SCRIPT: &str = r#"
            postgres=$1; directory=$2; port=$3
            "$postgres" -D "$directory" -p "$port" -c listen_addresses=127.0.0.1 \
              -c unix_socket_directories= -c fsync=off -c max_connections=400 \
              -c wal_level=logical -c shared_buffers=32MB -c max_wal_size=4GB -c log_min_messages=fatal \
              >>"$directory/server.log" 2>&1 &
            server=$!
            while read -r how; do
              case $how in
                fast) kill -INT $server; wait $server; echo stopped; exit ;;
                immediate) kill -QUIT $server; wait $server; echo stopped; exit ;;
              esac
            done
            kill -QUIT $server
            wait $server
            rm -rf "$directory"
        "#;
        let bin = programs().expect("the programs have been found");
        let mut child = command(Path::new("/bin/sh"))
            .args(["-c", SCRIPT, "sh"])
            .arg(bin.join("postgres"))
            .arg(&self.directory)
            .arg(self.port.to_string())
            .current_dir("/")
            // Ignore an interrupt from the terminal: the end of the tests stops the server.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a shell starts");
        let input = child.stdin.take().expect("piped");
        eventually("the server answers", || {
            let mut client = self.config();
            client.connect_timeout(Duration::from_secs(5));
            block_on(async {
                let (_, connection) = client.connect(tokio_postgres::NoTls).await.ok()?;
                drop(connection);
                Some(())
            })
        });
        Shell { child, input }
    }

    /// Stops the server. It retains its port.
    pub fn stop(&self, how: Stop) {
        let mut shell = self.shell.lock().unwrap().take().expect("the server runs");
        let word = match how {
            Stop::Fast => "fast",
            Stop::Immediate => "immediate",
        };
        writeln!(shell.input, "{word}").expect("the shell reads");
        let output = BufReader::new(shell.child.stdout.take().expect("piped"));
        let stopped = output
            .lines()
            .map_while(Result::ok)
            .any(|line| line == "stopped");
        assert!(stopped, "the server has stopped");
        shell.child.wait().expect("the shell ends");
    }

    /// Where the server listens.
    pub fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.port).into()
    }

    /// The configuration for a client.
    pub fn config(&self) -> Config {
        config_by(self.port)
    }
}

/// The configuration for a client of the server at this port.
pub fn config_by(port: u16) -> Config {
    let mut config = Config::new();
    config.host("127.0.0.1").port(port);
    config.user("postgres").dbname("postgres");
    config
}

fn new_directory() -> PathBuf {
    static MADE: AtomicU32 = AtomicU32::new(0);
    let number = MADE.fetch_add(1, Ordering::Relaxed);
    env::temp_dir().join(format!("livechat-units-{}-{number}", std::process::id()))
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    listener.local_addr().expect("the listener is bound").port()
}

/// Calls `ask` until it returns a value, or fails after a time.
pub fn eventually<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let begin = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(
            begin.elapsed() < Duration::from_secs(60),
            "not within 60 seconds: {what}"
        );
        thread::sleep(Duration::from_millis(5));
    }
}
