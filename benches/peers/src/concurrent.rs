//! W12: one thread reads almost without pauses, while another writes at a fixed rate.

use std::hint::black_box;
use std::sync::RwLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::peer::Peer;

/// The number of writes, one in each [`INTERVAL`].
pub(crate) const WRITES: usize = 3_000;
const INTERVAL: Duration = Duration::from_millis(1);
/// The pause between two reads. The lock is not fair: a reader that pauses for less time
/// than a thread needs to wake up would block the writer forever.
const PAUSE: Duration = Duration::from_micros(50);

pub(crate) struct Found {
    /// The times of each of the two queries.
    pub(crate) reads: [Percentiles; 2],
    pub(crate) writes: usize,
    pub(crate) writes_per_second: f64,
}

/// Times in seconds, including the wait for the lock.
pub(crate) struct Percentiles {
    pub(crate) p50: f64,
    pub(crate) p99: f64,
}

pub(crate) fn read_beside_writes<P: Peer>(
    store: P,
    queries: &[P::Query; 2],
    documents: Vec<P::Document>,
) -> (P, Found) {
    let lock = RwLock::new(store);
    let ended = AtomicBool::new(false);
    let (reads, (writes, elapsed)) = thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut times = [Vec::new(), Vec::new()];
            while !ended.load(Ordering::Relaxed) || times[1].is_empty() {
                for (query, times) in queries.iter().zip(&mut times) {
                    let query = query.clone();
                    let start = Instant::now();
                    let store = lock.read().expect("no writer panics");
                    let body = black_box(store.answer(query));
                    drop(store);
                    times.push(start.elapsed().as_secs_f64());
                    drop(body);
                    spin(PAUSE);
                }
            }
            times.map(Percentiles::of)
        });
        let written = write(&lock, documents);
        ended.store(true, Ordering::Relaxed);
        (reader.join().expect("no reader panics"), written)
    });
    let done = f64::from(u32::try_from(writes).expect("some thousands"));
    let found = Found {
        reads,
        writes,
        writes_per_second: done / elapsed.as_secs_f64(),
    };
    (lock.into_inner().expect("no writer panicked"), found)
}

/// Ends with the documents, or after twice the planned time if the rate is not reached.
fn write<P: Peer>(lock: &RwLock<P>, documents: Vec<P::Document>) -> (usize, Duration) {
    let start = Instant::now();
    let mut due = Duration::ZERO;
    let mut done = 0;
    let planned = u32::try_from(documents.len()).expect("some thousands");
    for document in documents {
        due += INTERVAL;
        thread::sleep(due.saturating_sub(start.elapsed()));
        let prepared = lock
            .read()
            .expect("no writer panics")
            .prepare_upsert(document);
        lock.write().expect("no writer panics").upsert(prepared);
        done += 1;
        if start.elapsed() > INTERVAL * planned * 2 {
            break;
        }
    }
    (done, start.elapsed())
}

/// Waits in a loop, so that the next read does not include waking up.
fn spin(pause: Duration) {
    let start = Instant::now();
    while start.elapsed() < pause {
        std::hint::spin_loop();
    }
}

impl Percentiles {
    fn of(mut times: Vec<f64>) -> Self {
        times.sort_by(f64::total_cmp);
        let at = |percent| times[(times.len() - 1) * percent / 100];
        Self {
            p50: at(50),
            p99: at(99),
        }
    }
}
