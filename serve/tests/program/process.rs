//! One run of the program.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Instant;

use livechat_units_testkit::client::{PATIENCE, Reply, exchange};

pub(crate) struct Serve {
    child: Child,
    pub(crate) address: SocketAddr,
    pub(crate) printed: Vec<String>,
    errors: Receiver<String>,
}

fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_livechat-units-serve"));
    command.args(args);
    command
}

/// Runs a command that ends by itself.
pub(crate) fn run(args: &[&str]) -> Output {
    command(args).output().unwrap()
}

impl Serve {
    /// The number of lines that it prints at the start.
    const PRINTED: usize = 7;

    /// Starts it on a free port, and waits until it listens.
    pub(crate) fn start(args: &[&str]) -> Self {
        Self::start_on("127.0.0.1:0", args)
    }

    pub(crate) fn start_on(address: &str, args: &[&str]) -> Self {
        let mut child = command(args)
            .args(["--listen", address])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let printed: Vec<String> = lines.take(Self::PRINTED).map(Result::unwrap).collect();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let (send, errors) = mpsc::channel();
        thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                let _ = send.send(line);
            }
        });
        let address = printed
            .first()
            .and_then(|line| line.strip_prefix("listening on http://"))
            .unwrap_or_else(|| panic!("{printed:?} {:?}", errors.iter().collect::<Vec<_>>()))
            .parse()
            .unwrap();
        Self {
            child,
            address,
            printed,
            errors,
        }
    }

    /// The token that it printed.
    pub(crate) fn token(&self) -> &str {
        let page = self
            .printed
            .iter()
            .find(|line| line.starts_with("the page:"))
            .unwrap();
        page.split_once("#token=").unwrap().1
    }

    /// Sends a request of this user and reads the answer.
    pub(crate) fn ask(&self, user: &str, method: &str, path: &str, body: &str) -> Reply {
        let token = self.token();
        let length = body.len();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-User-Id: {user}\r\n\
             X-Auth-Token: {token}\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        Reply::parse(&exchange(self.address, request.as_bytes()))
    }

    /// The body of a listing.
    pub(crate) fn units(&self, query_string: &str) -> String {
        let path = format!("{}?{query_string}", livechat_units_axum::PATH);
        let reply = self.ask("manager", "GET", &path, "");
        assert_eq!(reply.status, 200, "{}", reply.text());
        reply.text().to_owned()
    }

    /// Asks until the listing contains this.
    pub(crate) fn await_units(&self, wanted: &str) {
        let begun = Instant::now();
        loop {
            let units = self.units("count=0");
            if units.contains(wanted) {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "no {wanted} in {units}");
            thread::sleep(std::time::Duration::from_millis(50));
        }
    }

    /// Waits for a line on standard error that contains this.
    pub(crate) fn await_error(&self, wanted: &str) {
        let begun = Instant::now();
        while let Some(left) = PATIENCE.checked_sub(begun.elapsed()) {
            let line = self.errors.recv_timeout(left).unwrap();
            if line.contains(wanted) {
                return;
            }
        }
        panic!("no {wanted} on standard error");
    }

    #[cfg(unix)]
    pub(crate) fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill")
            .args(["-s", name, &id])
            .status()
            .unwrap();
        assert!(sent.success());
    }

    #[cfg(unix)]
    pub(crate) fn wait(&mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }
}

impl Drop for Serve {
    fn drop(&mut self) {
        let _may_have_ended = self.child.kill();
        let _ = self.child.wait();
    }
}
