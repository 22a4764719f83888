//! The reliability of `serve`: its answers and its memory under load and changes.

use std::io;
use std::sync::atomic::Ordering::SeqCst;
use std::thread;
use std::time::{Duration, Instant};

use crate::check::{Checked, check};
use crate::millis;
use crate::model::{List, Model, PageRequest};
use crate::server::Server;
use crate::write::{Progress, UPSERTS_A_SECOND, Written, write};
use crate::wrk::{self, Load};

/// Memory is flat if its highest value in the last third of a run is at most this ratio times its
/// highest value in the second third.
const FLAT: (u64, u64) = (102, 100);

/// The shortest run in which memory must be flat, in seconds. Memory grows for some minutes, until
/// each thread has all the memory from the allocator that it needs.
const MIN_FLAT_SECONDS: u64 = 300;

/// The result of a run.
struct Found {
    load: Load,
    written: Written,
    checked: Checked,
    seconds: u64,
    /// Resident memory in kB: before the load, and the highest of each third of the run.
    memory: [u64; 4],
}

/// Puts `serve` under load, changes its units and checks its answers for `seconds`. Prints the
/// figures, and returns the problems.
pub(crate) fn measure(model: &Model, serve: &Server, seconds: u64) -> io::Result<Vec<String>> {
    let found = gather(model, serve, seconds)?;
    println!("| {seconds} s, {} units | |", model.len());
    println!("|---|---|");
    for (what, figures) in found.rows() {
        println!("| {what} | {figures} |");
    }
    let wrong = found.wrong();
    Ok(wrong.into_iter().map(str::to_owned).collect())
}

fn gather(model: &Model, serve: &Server, seconds: u64) -> io::Result<Found> {
    let progress = Progress::default();
    let before = serve.resident()?;
    // The workloads W1 and W4 of the benchmarks.
    let targets = [List::ByName, List::Sales].map(|list| PageRequest::new(list, 0, 50).target());
    let (load, memory, written, checked) = thread::scope(|scope| {
        let memory = scope.spawn(|| sample(serve, &progress));
        let written = scope.spawn(|| write(model, serve.address, &progress));
        let checked = scope.spawn(|| check(model, serve.address, &progress));
        let load = wrk::run(serve.address, &targets, seconds);
        progress.is_over.store(true, SeqCst);
        (load, memory.join(), written.join(), checked.join())
    });
    let panicked = |_| io::Error::other("a client panicked");
    let memory = memory.map_err(panicked)??;
    let mut thirds = memory.chunks(memory.len().div_ceil(3).max(1));
    let mut highest = || {
        thirds
            .next()
            .into_iter()
            .flatten()
            .copied()
            .max()
            .unwrap_or_default()
    };
    Ok(Found {
        load: load?,
        written: written.map_err(panicked)??,
        checked: checked.map_err(panicked)?,
        seconds,
        memory: [before, highest(), highest(), highest()],
    })
}

impl Found {
    fn rows(&self) -> [(&'static str, String); 8] {
        let [requests, latency, errors] = self.rows_of_wrk();
        let [upserts, posts] = self.rows_of_the_writer();
        let Self {
            checked, memory, ..
        } = self;
        let answers = format!(
            "{}, of {} units; {} while a change was made",
            checked.answers, checked.units, checked.during_changes
        );
        let [before, first, second, third] = memory;
        let memory = format!("{before}, {first}, {second}, {third} kB");
        [
            requests,
            latency,
            errors,
            upserts,
            posts,
            ("answers checked", answers),
            ("answers that were wrong", checked.wrong.to_string()),
            ("resident memory before, highest of each third", memory),
        ]
    }

    fn rows_of_wrk(&self) -> [(&'static str, String); 3] {
        let load = &self.load;
        let (requests, a_second) = (load.requests, load.requests_a_second());
        let connections = wrk::CONNECTIONS;
        let [p50, p99, p999, max] = [load.p50, load.p99, load.p999, load.max].map(millis);
        [
            (
                "requests of wrk, W1 and W4 in turn",
                format!("{requests}, {a_second}/s, {connections} connections"),
            ),
            (
                "p50, p99, p99.9, longest",
                format!("{p50}, {p99}, {p999}, {max} ms"),
            ),
            (
                "errors: status, socket or timeout",
                format!("{}, {}", load.refused, load.failed),
            ),
        ]
    }

    fn rows_of_the_writer(&self) -> [(&'static str, String); 2] {
        let written = &self.written;
        let [p50, p99, max] = [50, 99, 100].map(|percent| millis(written.percentile(percent)));
        let upserts = format!(
            "{}, {}/s, in {} posts; {} removals",
            written.upserts,
            written.upserts_a_second(),
            written.posts,
            written.removals
        );
        [
            ("upserts", upserts),
            (
                "a post: p50, p99, longest",
                format!("{p50}, {p99}, {max} ms"),
            ),
        ]
    }

    fn wrong(&self) -> Vec<&'static str> {
        let [.., second, last] = self.memory;
        let grows = self.seconds >= MIN_FLAT_SECONDS && last * FLAT.1 > second * FLAT.0;
        let wanted = u64::from(UPSERTS_A_SECOND) * 99 / 100;
        let wrong = [
            (self.load.refused + self.load.failed > 0, "wrk had errors"),
            (self.load.requests == 0, "wrk was not answered"),
            (self.checked.wrong > 0, "answers were wrong"),
            (
                self.checked.during_changes == 0,
                "no answer was checked while a change was made",
            ),
            (
                self.written.upserts_a_second() < wanted,
                "fewer than 99 % of the upserts were made",
            ),
            (grows, "memory is not flat"),
        ];
        let wrong = wrong.into_iter().filter(|(is, _)| *is);
        wrong.map(|(_, what)| what).collect()
    }
}

/// Reads the resident memory once a second, in kB, until the run is over.
fn sample(serve: &Server, progress: &Progress) -> io::Result<Vec<u64>> {
    let mut samples = Vec::new();
    let mut due = Instant::now();
    while !progress.is_over.load(SeqCst) {
        samples.push(serve.resident()?);
        due += Duration::from_secs(1);
        thread::sleep(due.saturating_duration_since(Instant::now()));
    }
    Ok(samples)
}
