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

/// The progress of the writer, for the client that checks, and the end of the run.
#[derive(Default)]
pub(crate) struct Progress {
    /// The number of the last change that was sent.
    pub(crate) begun: AtomicUsize,
    /// The number of the last change that was answered.
    pub(crate) acknowledged: AtomicUsize,
    /// Whether the run is over.
    pub(crate) is_over: AtomicBool,
}

#[derive(Default)]
pub(crate) struct Written {
    pub(crate) posts: u32,
    pub(crate) upserts: u32,
    pub(crate) removals: u32,
    took: Duration,
    /// The time of each `POST` in microseconds, in ascending order.
    micros: Vec<u64>,
}

impl Written {
    pub(crate) fn upserts_a_second(&self) -> u64 {
        let millis = self.took.as_millis().max(1);
        u64::try_from(u128::from(self.upserts) * 1_000 / millis).unwrap_or(u64::MAX)
    }

    /// A percentile of the times of the posts, in microseconds.
    pub(crate) fn percentile(&self, percent: usize) -> u64 {
        let last = self.micros.len().saturating_sub(1);
        self.micros
            .get(last * percent / 100)
            .copied()
            .unwrap_or_default()
    }
}

/// Makes one change after another, each when it is due, until the run is over. A failure ends
/// the run, because the state of the units would be unknown.
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
        if progress.is_over.load(SeqCst) {
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
