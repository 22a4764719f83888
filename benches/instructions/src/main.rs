//! How the work of parsing and matching grows with the input, in instructions.
//!
//! ```console
//! $ cargo run --release -p livechat-units-instructions
//! ```
//!
//! Each row is an input that is the worst of its kind, at one length and at four times
//! that length. Valgrind counts the instructions, so a build has the same figures on every
//! run. Linear work grows fourfold. The run fails if it grows more than [`MOST`], or
//! a load more than [`MOST_OF_A_LOAD`]. Without
//! Valgrind nothing is measured, and the program says so.

mod documents;
mod names;
mod orders;
mod requests;
mod texts;

use std::env;
use std::hint::black_box;
use std::process::{Command, ExitCode};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Four, and what a logarithm or a reallocation adds.
const MOST: f64 = 4.6;
/// Four, and what a sort adds, and structures that exist only above some number of units.
const MOST_OF_A_LOAD: f64 = 6.0;

/// An input of any length, and the work on it.
struct Family {
    name: &'static str,
    /// The shorter of the two lengths, in bytes or in what the name says.
    length: usize,
    /// The growth that is accepted.
    most: f64,
    prepare: fn(usize) -> Work,
}

/// The work to count. Its input was made before.
type Work = Box<dyn Fn()>;

fn family(name: &'static str, length: usize, prepare: fn(usize) -> Work) -> Family {
    Family {
        name,
        length,
        most: MOST,
        prepare,
    }
}

/// The counted work: `act` on this input.
fn work<I: 'static, O>(input: I, act: impl Fn(&I) -> O + 'static) -> Work {
    Box::new(move || drop(black_box(act(black_box(&input)))))
}

fn families() -> Vec<Family> {
    let parts = [
        requests::families(),
        texts::families(),
        documents::families(),
        names::families(),
        orders::families(),
    ];
    parts.into_iter().flatten().collect()
}

/// Valgrind counts while this function runs. It finds the function by name.
#[inline(never)]
fn counted(work: &dyn Fn()) {
    work();
}

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.as_slice() {
        [mode, name, length] if mode == "--count" => {
            let families = families();
            let family = families.iter().find(|family| family.name == *name);
            let length = length.parse().expect("a length");
            counted(&*(family.expect("a family").prepare)(length));
            ExitCode::SUCCESS
        }
        [part] => compare(Some(part)),
        _ => compare(None),
    }
}

/// Prints a row for each family, or for each whose name contains `part`.
fn compare(part: Option<&String>) -> ExitCode {
    if Command::new("valgrind").arg("--version").output().is_err() {
        println!("skipped: there is no valgrind to count instructions with");
        return ExitCode::SUCCESS;
    }
    println!("| input | length | instructions for one | growth for four times the length |");
    println!("|---|--:|--:|--:|");
    let mut families = families();
    families.retain(|family| part.is_none_or(|part| family.name.contains(part.as_str())));
    let mut steep = Vec::new();
    for (family, [short, long]) in families.iter().zip(count_all(&families)) {
        let longer = family.length * 4;
        let growth = long / short;
        let each = long / f64::from(u32::try_from(longer).expect("a length of 32 bits"));
        println!("| {} | {longer} | {each:.1} | {growth:.2} |", family.name);
        if growth > family.most {
            steep.push(family.name);
        }
    }
    if steep.is_empty() {
        return ExitCode::SUCCESS;
    }
    eprintln!("grows more than it may: {}", steep.join("; "));
    ExitCode::FAILURE
}

/// The instructions of each family at both lengths. The families are counted side by side.
fn count_all(families: &[Family]) -> Vec<[f64; 2]> {
    let next = AtomicUsize::new(0);
    let counts: Vec<OnceLock<[f64; 2]>> = families.iter().map(|_| OnceLock::new()).collect();
    let count = || {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some((family, cell)) = families.get(at).zip(counts.get(at)) else {
                return;
            };
            let lengths = [family.length, family.length * 4];
            let counted = lengths.map(|length| instructions(family, length));
            cell.set(counted).expect("each family is counted once");
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(count);
        }
    });
    let counts = counts.into_iter();
    counts
        .map(|count| count.into_inner().expect("every family is counted"))
        .collect()
}

/// The instructions that Valgrind counts for one family, in a process of its own.
fn instructions(family: &Family, length: usize) -> f64 {
    let program = env::current_exe().expect("a program has a path");
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg("--toggle-collect=livechat_units_instructions::counted*")
        .arg(program)
        .args(["--count", family.name, &length.to_string()])
        .output()
        .expect("valgrind runs");
    let messages = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {messages}", family.name);
    let collected = messages.split("Collected :").nth(1);
    let count = collected.and_then(|rest| rest.split_whitespace().next());
    let count: f64 = count.and_then(|count| count.parse().ok()).expect("a count");
    assert!(count > 0.0, "{}: {messages}", family.name);
    count
}
