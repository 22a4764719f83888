//! The client that changes the units.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::thread;
use std::time::{Duration, Instant};

use crate::client::Client;
use crate::model::{Change, Model, VISITOR};

pub(crate) const UPSERTS_A_SECOND: u32 = 1_000;

/// How far the writer is, for the client that checks; and whether the run is over.
#[derive(Default)]
pub(crate) struct Progress {
    /// The change that was sent last.
    pub(crate) begun: AtomicUsize,
    /// The change that was answered last.
    pub(crate) acknowledged: AtomicUsize,
    pub(crate) over: AtomicBool,
}

#[derive(Default)]
pub(crate) struct Written {
    pub(crate) posts: u32,
    pub(crate) upserts: u32,
    pub(crate) removals: u32,
    took: Duration,
    /// How long each `POST` took, in microseconds, the fastest first.
    micros: Vec<u64>,
}

impl Written {
    pub(crate) fn upserts_a_second(&self) -> u64 {
        let millis = self.took.as_millis().max(1);
        u64::try_from(u128::from(self.upserts) * 1_000 / millis).unwrap_or(u64::MAX)
    }

    /// How long this many of a hundred posts took at most, in microseconds.
    pub(crate) fn percentile(&self, percent: usize) -> u64 {
        let last = self.micros.len().saturating_sub(1);
        self.micros
            .get(last * percent / 100)
            .copied()
            .unwrap_or_default()
    }
}

/// Makes one change after another, each when it is due, until the run is over. A failure
/// ends it: nobody would know which state the units are in.
pub(crate) fn write(
    model: &Model,
    address: SocketAddr,
    progress: &Progress,
) -> io::Result<Written> {
    let mut client = Client::connect(address)?;
    let mut written = Written::default();
    let start = Instant::now();
    for number in 1.. {
        let due = start + Duration::from_secs(1) * written.upserts / UPSERTS_A_SECOND;
        thread::sleep(due.saturating_duration_since(Instant::now()));
        if progress.over.load(SeqCst) {
            break;
        }
        let change = model.change(number);
        progress.begun.store(number, SeqCst);
        let begun = Instant::now();
        let answer = match &change {
            Change::Upsert(documents, _) => client.ask("POST", "/admin/units", documents)?,
            Change::RemoveVisitor => {
                client.ask("DELETE", &format!("/admin/units/{VISITOR}"), "")?
            }
        };
        let micros = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
        if answer.status != 200 {
            let body = String::from_utf8_lossy(&answer.body);
            let problem = format!("change {number}: status {}: {body}", answer.status);
            return Err(io::Error::other(problem));
        }
        progress.acknowledged.store(number, SeqCst);
        match change {
            Change::Upsert(_, units) => {
                written.posts += 1;
                written.upserts += units;
                written.micros.push(micros);
            }
            Change::RemoveVisitor => written.removals += 1,
        }
    }
    written.took = start.elapsed();
    written.micros.sort_unstable();
    Ok(written)
}
