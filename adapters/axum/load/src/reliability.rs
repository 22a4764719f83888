//! Whether `serve` holds under load, and what it answers meanwhile.

use std::io;
use std::sync::atomic::Ordering::SeqCst;
use std::thread;
use std::time::{Duration, Instant};

use crate::check::check;
use crate::millis;
use crate::model::{Ask, List, Model};
use crate::server::Server;
use crate::write::{Progress, UPSERTS_A_SECOND, write};
use crate::wrk;

/// Memory is flat when the second half needs no more than the first, and two hundredths.
const FLAT: (u64, u64) = (102, 100);

/// Loads it, changes its units and checks its answers for so many seconds. What is wrong.
pub(crate) fn measure(model: &Model, serve: &Server, seconds: u64) -> io::Result<Vec<String>> {
    let progress = Progress::default();
    let before = serve.resident()?;
    let targets = [List::ByName, List::Sales].map(|list| Ask::page(list, 0, 50).target());
    let (load, memory, written, checked) = thread::scope(|scope| {
        let memory = scope.spawn(|| sample(serve, &progress));
        let written = scope.spawn(|| write(model, serve.address, &progress));
        let checked = scope.spawn(|| check(model, serve.address, &progress));
        let load = wrk::run(serve.address, &targets, seconds);
        progress.over.store(true, SeqCst);
        (load, memory.join(), written.join(), checked.join())
    });
    let panicked = |_| io::Error::other("a client panicked");
    let (load, memory) = (load?, memory.map_err(panicked)??);
    let (written, checked) = (written.map_err(panicked)??, checked.map_err(panicked)?);
    let (first, second) = memory.split_at(memory.len() / 2);
    let highest = |samples: &[u64]| samples.iter().copied().max().unwrap_or_default();
    let (first, second) = (highest(first), highest(second));
    let percentile = |hundredths: usize| {
        let place = written.micros.len() * hundredths / 100;
        let micros = written
            .micros
            .get(place.min(written.micros.len().saturating_sub(1)));
        millis(
            micros
                .copied()
                .unwrap_or_default()
                .try_into()
                .unwrap_or(u64::MAX),
        )
    };
    let done = u128::from(written.upserts) * 1_000 / written.took.as_millis().max(1);

    println!("| {seconds} s, {} units | |", model.len());
    println!("|---|---|");
    println!(
        "| requests of wrk, {} connections, W1 and W4 in turn | {} ({}/s) |",
        wrk::CONNECTIONS,
        load.requests,
        load.requests_a_second()
    );
    println!(
        "| errors: status, socket or timeout | {}, {} |",
        load.refused, load.failed
    );
    println!(
        "| p50, p99, p99.9, longest | {}, {}, {}, {} ms |",
        millis(load.p50),
        millis(load.p99),
        millis(load.p999),
        millis(load.max)
    );
    println!(
        "| upserts | {} ({done}/s) in {} posts; {} removals |",
        written.upserts, written.posts, written.removals
    );
    println!(
        "| a post: p50, p99, longest | {}, {}, {} ms |",
        percentile(50),
        percentile(99),
        percentile(100)
    );
    println!(
        "| answers checked | {}, of {} units; {} while a change was under way |",
        checked.answers, checked.units, checked.during_changes
    );
    println!("| answers that were wrong | {} |", checked.wrong);
    println!(
        "| resident memory before, highest of each half | {}, {}, {} MB |",
        before / 1_000,
        first / 1_000,
        second / 1_000
    );

    let wrong = [
        (load.refused + load.failed > 0, "wrk had errors"),
        (checked.wrong > 0, "answers were wrong"),
        (
            checked.during_changes == 0,
            "no answer was checked while a change was under way",
        ),
        (
            done * 100 < u128::from(UPSERTS_A_SECOND) * 99,
            "the upserts came too slowly",
        ),
        (second * FLAT.1 > first * FLAT.0, "memory is not flat"),
    ];
    let wrong = wrong.iter().filter(|(is, _)| *is);
    Ok(wrong.map(|(_, what)| (*what).to_owned()).collect())
}

/// The resident memory of each second, in kB.
fn sample(serve: &Server, progress: &Progress) -> io::Result<Vec<u64>> {
    let mut samples = Vec::new();
    let mut due = Instant::now();
    while !progress.over.load(SeqCst) {
        samples.push(serve.resident()?);
        due += Duration::from_secs(1);
        thread::sleep(due.saturating_duration_since(Instant::now()));
    }
    Ok(samples)
}
