//! Runs wrk, which makes the load and measures it.

use std::io;
use std::net::SocketAddr;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::client::TOKEN;

/// One thread of wrk with this many connections keeps a server of two cores busy.
pub(crate) const CONNECTIONS: u32 = 16;

/// The report of wrk. Times are in microseconds.
pub(crate) struct Load {
    pub(crate) requests: u64,
    pub(crate) bytes: u64,
    pub(crate) micros: u64,
    pub(crate) p50: u64,
    pub(crate) p99: u64,
    pub(crate) p999: u64,
    pub(crate) max: u64,
    /// Answers with a status of 400 or more.
    pub(crate) refused: u64,
    /// Socket errors, and answers that took more than ten seconds.
    pub(crate) failed: u64,
}

impl Load {
    pub(crate) fn requests_a_second(&self) -> u64 {
        let requests = u128::from(self.requests) * 1_000_000;
        u64::try_from(requests / u128::from(self.micros.max(1))).unwrap_or(u64::MAX)
    }
}

/// Requests these targets in turn for `seconds`. Each connection sends the next request as soon
/// as it has its answer.
pub(crate) fn run(address: SocketAddr, targets: &[String], seconds: u64) -> io::Result<Load> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/wrk.lua");
    let output = Command::new("wrk")
        .args(["--threads", "1", "--timeout", "10s", "--script", script])
        .args(["--connections", &CONNECTIONS.to_string()])
        .args(["--duration", &format!("{seconds}s")])
        .args(["--header", "X-User-Id: manager"])
        .args(["--header", &format!("X-Auth-Token: {TOKEN}")])
        .arg(format!("http://{address}/"))
        .arg("--")
        .args(targets)
        .stderr(Stdio::inherit())
        .output()?;
    let printed = String::from_utf8_lossy(&output.stdout);
    let line = printed
        .lines()
        .find_map(|line| line.strip_prefix("result "));
    let read = || {
        let result: Value = serde_json::from_str(line?).ok()?;
        let number = |name: &str| result.get(name)?.as_u64();
        Some(Load {
            requests: number("requests")?,
            bytes: number("bytes")?,
            micros: number("micros")?,
            p50: number("p50")?,
            p99: number("p99")?,
            p999: number("p999")?,
            max: number("max")?,
            refused: number("refused")?,
            failed: number("failed")?,
        })
    };
    read().ok_or_else(|| {
        io::Error::other(format!(
            "expected a line `result` from wrk, found {printed:?}"
        ))
    })
}
