//! The age of what a mirror lists, and its memory, under a thousand writes a second. The tests that
//! call this are ignored, because they measure times:
//!
//! ```text
//! cargo test --release -p livechat-units-mirror --all-features --test mirror -- --ignored --nocapture soak
//! ```
//!
//! `LIVECHAT_UNITS_SOAK_SECONDS` is the duration of each, by default 600.

use std::fmt::Write;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use livechat_units::Unit;
use livechat_units_mirror::{Mirror, Phase};

/// Of so many writes, one is of the unit whose age is measured.
const PROBES: usize = 10;
const WRITERS: usize = 4;
const WRITES_PER_SECOND: u32 = 1_000;
const UNITS: usize = 10_000;

/// Writes through `write` for some minutes, and prints the time from a commit to the first answer
/// that shows it. The mirror must be ready.
pub(crate) fn soak(source: &str, mirror: &Mirror, write: impl Fn(&Unit) + Sync) {
    let seconds = env::var("LIVECHAT_UNITS_SOAK_SECONDS").map_or(600, |text| text.parse().unwrap());
    let total = usize::try_from(seconds * WRITES_PER_SECOND).unwrap();
    let committed: Vec<OnceLock<Instant>> = (0..total / PROBES).map(|_| OnceLock::new()).collect();
    let (next, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
    let ages = Mutex::new(Vec::new());
    let began = Instant::now();
    let mut resident = Vec::new();
    thread::scope(|scope| {
        let writers = (0..WRITERS).map(|writer| {
            let (write, next, committed) = (&write, &next, &committed);
            scope.spawn(move || {
                // The first writer makes all probes, so that they are committed in order.
                let mut probe = 0;
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= total {
                        return;
                    }
                    let due = began
                        + Duration::from_secs(1) / WRITES_PER_SECOND
                            * u32::try_from(number).unwrap();
                    thread::sleep(due.saturating_duration_since(Instant::now()));
                    if writer == 0 && number / PROBES > probe && probe + 1 < committed.len() {
                        probe += 1;
                        write(&unit("probe", probe));
                        committed[probe].set(Instant::now()).unwrap();
                    } else {
                        write(&unit(&format!("u{}", number % UNITS), number));
                    }
                }
            })
        });
        let writers: Vec<_> = writers.collect();
        scope.spawn(|| {
            let mut shown = 0;
            while !is_over.load(Ordering::Relaxed) {
                let probe = mirror.get("probe").unwrap();
                let number = probe.map_or(0, |unit| unit.name().unwrap().parse().unwrap());
                let now = Instant::now();
                for at in committed.iter().take(number + 1).skip(shown + 1) {
                    // It can be shown before the writer knows that it is committed.
                    let at = at.get().copied().unwrap_or(now);
                    ages.lock().unwrap().push(now.saturating_duration_since(at));
                }
                shown = shown.max(number);
                thread::sleep(Duration::from_micros(200));
            }
        });
        let third = Duration::from_secs(u64::from(seconds)) / 3;
        for end in 1..=3 {
            thread::sleep((began + third * end).saturating_duration_since(Instant::now()));
            resident.push(resident_megabytes());
        }
        for writer in writers {
            writer.join().unwrap();
        }
        mirror.caught_up_within(Duration::from_secs(60)).unwrap();
        thread::sleep(Duration::from_millis(10));
        is_over.store(true, Ordering::Relaxed);
    });
    let mut ages = ages.into_inner().unwrap();
    ages.sort();
    let status = mirror.status();
    assert_eq!(status.phase, Phase::Current, "{status:?}");
    let at = |percent: usize| ages[(ages.len() - 1) * percent / 100];
    let mut text = String::new();
    let _ = write!(text, "{source}: {total} writes in {:?}; ", began.elapsed());
    let _ = write!(
        text,
        "age p50 {:?}, p99 {:?}, most {:?} of {} probes; ",
        at(50),
        at(99),
        at(100),
        ages.len()
    );
    let _ = write!(
        text,
        "{} changes, {} snapshots; ",
        status.changes, status.snapshots
    );
    println!("{text}resident after each third, MB: {resident:?}");
}

fn unit(id: &str, number: usize) -> Unit {
    Unit::builder(id).name(number.to_string()).build().unwrap()
}

/// Resident memory of this process. 0 if the system does not tell.
fn resident_megabytes() -> usize {
    let statm = fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = statm
        .split(' ')
        .nth(1)
        .and_then(|pages| pages.parse::<usize>().ok());
    pages.unwrap_or(0) * 4096 / 1_000_000
}
