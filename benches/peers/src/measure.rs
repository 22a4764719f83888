//! Times of calls.

use std::hint::black_box;
use std::time::{Duration, Instant};

use crate::peer::Peer;

/// The time for one workload, unless its calls are too slow.
pub(crate) const BUDGET: Duration = Duration::from_millis(800);
/// The least number of samples, however slow the calls.
const LEAST_SAMPLES: usize = 3;
const MOST_SAMPLES: usize = 200_000;
/// The time between two readings of the clock. A reading takes much less.
const BATCH: Duration = Duration::from_micros(50);
const LARGEST_BATCH: u32 = 128;

/// The median of some times and the best, in seconds.
#[derive(Clone, Copy)]
pub(crate) struct Summary {
    pub(crate) median: f64,
    pub(crate) min: f64,
}

impl Summary {
    /// The summary of at least one time.
    pub(crate) fn of(mut seconds: Vec<f64>) -> Self {
        seconds.sort_by(f64::total_cmp);
        Self {
            median: seconds[seconds.len() / 2],
            min: seconds[0],
        }
    }
}

/// Whether another sample is needed.
pub(crate) fn goes_on(start: Instant, samples: usize) -> bool {
    samples < LEAST_SAMPLES || (start.elapsed() < BUDGET && samples < MOST_SAMPLES)
}

/// The same query, repeated in batches.
pub(crate) fn repeat<P: Peer>(peer: &P, query: &P::Query) -> Summary {
    let call = |query| drop(black_box(peer.answer(black_box(query))));
    batches(|| query.clone(), call)
}

/// Calls with prepared input. The preparation is not timed.
pub(crate) fn batches<T>(make: impl Fn() -> T, call: impl Fn(T)) -> Summary {
    let estimate = time_of(|| call(make())).max(time_of(|| call(make())));
    let size = (BATCH.as_nanos() / estimate.as_nanos().max(1)).max(1);
    let size = u32::try_from(size).unwrap_or(u32::MAX).min(LARGEST_BATCH);
    let mut batch: Vec<T> = Vec::new();
    let mut seconds = Vec::new();
    let start = Instant::now();
    while goes_on(start, seconds.len()) {
        batch.extend((0..size).map(|_| make()));
        let time = time_of(|| batch.drain(..).for_each(&call));
        seconds.push(time.as_secs_f64() / f64::from(size));
    }
    Summary::of(seconds)
}

/// The time of each query, when each is called once.
pub(crate) fn one_turn<P: Peer>(peer: &P, queries: &[P::Query], mut each: impl FnMut(usize, f64)) {
    for (place, query) in queries.iter().enumerate() {
        let query = query.clone();
        let time = time_of(|| drop(black_box(peer.answer(black_box(query)))));
        each(place, time.as_secs_f64());
    }
}

pub(crate) fn time_of(call: impl FnOnce()) -> Duration {
    let start = Instant::now();
    call();
    start.elapsed()
}
