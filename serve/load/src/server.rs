//! A server as a process: `serve`, or the bare handler.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// A running process, which is killed when this is dropped.
pub(crate) struct Server {
    child: Child,
    /// The file with its standard error.
    log: PathBuf,
    pub(crate) address: SocketAddr,
}

impl Server {
    /// Starts the process, and waits until it prints its address. Nobody reads what it prints
    /// after that, so further output must fit into the pipe.
    pub(crate) fn start(command: &mut Command, log: PathBuf) -> io::Result<Self> {
        let mut child = (command.stdin(Stdio::null()).stdout(Stdio::piped()))
            .stderr(File::create(&log)?)
            .spawn()?;
        let mut line = String::new();
        if let Some(printed) = child.stdout.as_mut() {
            BufReader::new(printed).read_line(&mut line)?;
        }
        let address = (line.trim().strip_prefix("listening on http://"))
            .and_then(|address| address.parse().ok());
        let Some(address) = address else {
            let _ = child.kill();
            let errors = fs::read_to_string(&log)?;
            return Err(io::Error::other(format!(
                "expected the address of the server, found {line:?}: {errors}"
            )));
        };
        Ok(Self {
            child,
            log,
            address,
        })
    }

    /// The resident memory, in kB.
    pub(crate) fn resident(&self) -> io::Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let number = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok());
        number.ok_or_else(|| io::Error::other("/proc has no VmRSS"))
    }

    /// Stops the process with SIGTERM. Returns the problems in its log and in its exit status.
    pub(crate) fn stop(mut self) -> io::Result<Vec<String>> {
        let id = self.child.id().to_string();
        Command::new("kill").args(["-s", "TERM", &id]).status()?;
        let ended = self.child.wait()?;
        let log = fs::read_to_string(&self.log)?;
        let is_problem = |line: &&str| {
            ["WARN", "ERROR", "error", "panicked"]
                .iter()
                .any(|sign| line.contains(sign))
        };
        let mut problems: Vec<String> = log.lines().filter(is_problem).map(str::to_owned).collect();
        if !ended.success() {
            problems.push(format!("the process ended with {ended}"));
        }
        Ok(problems)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _may_have_ended = self.child.kill();
        let _ = self.child.wait();
    }
}
