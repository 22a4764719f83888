//! A server as a process: `serve`, or the bare handler.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

pub(crate) struct Server {
    child: Child,
    log: PathBuf,
    pub(crate) address: SocketAddr,
}

impl Server {
    /// Starts it, and waits until it prints its address. The rest of its output stays in the
    /// pipe, so it must be short.
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
                "it does not listen: {line}{errors}"
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

    /// Stops it with SIGTERM. Returns the faults of its exit code and of its log.
    pub(crate) fn stop(mut self) -> io::Result<Vec<String>> {
        let id = self.child.id().to_string();
        Command::new("kill").args(["-s", "TERM", &id]).status()?;
        let ended = self.child.wait()?;
        let log = fs::read_to_string(&self.log)?;
        let grave = |line: &&str| {
            ["WARN", "ERROR", "error", "panicked"]
                .iter()
                .any(|word| line.contains(word))
        };
        let mut wrong: Vec<String> = log.lines().filter(grave).map(str::to_owned).collect();
        if !ended.success() {
            wrong.push(format!("it ended with {ended}"));
        }
        Ok(wrong)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _may_have_ended = self.child.kill();
        let _ = self.child.wait();
    }
}
