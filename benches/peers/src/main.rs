//! livechat-units beside other ways to list units.
//!
//! One command writes the tables of `benches/README.md`, which explains the measurements:
//!
//! ```text
//! cargo run --release --manifest-path benches/peers/Cargo.toml
//! ```
//!
//! With `--features stores -- --stores` it measures the stores in databases and plain SQL.

mod alloc;
mod args;
mod codes;
mod concurrent;
mod expected;
mod figures;
mod load;
mod machine;
mod measure;
mod name;
mod names;
mod parse;
mod peer;
mod peers;
mod plot;
mod record;
mod report;
mod request;
mod results;
mod rounds;
mod run;
mod stores;
mod tables;
mod undeclared;
mod workloads;
mod writes;

use std::env;
use std::error::Error;
use std::process::{Command, ExitCode, Stdio};

use crate::alloc::Counting;
use crate::args::{Args, Role, Subject};
use crate::name::PeerName;
use crate::names::Found;
#[cfg(feature = "stores")]
use crate::peers::databases::{self, server::Server};
use crate::peers::library::{Memory, Reference};
use crate::peers::sqlite::Sqlite;
use crate::peers::vec_plus::VecPlus;
use crate::results::{Measurement, Results};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The largest size at which every peer is measured.
const LARGEST_FOR_ALL: usize = 1_000_000;
const WORKLOADS_BEYOND: [&str; 10] = ["W1", "W2", "W3", "W4", "W5", "W6", "W7", "W8", "W9", "W10"];

fn main() -> ExitCode {
    let args = match Args::parse(env::args().skip(1)) {
        Ok(args) => args,
        Err(mistake) => {
            eprintln!("{mistake}\n\n{}", args::USAGE);
            return ExitCode::from(2);
        }
    };
    let done = match args.role {
        Role::Report if args.subject == Subject::Names => {
            measure_names(&args).and_then(|found| report::write_names(&args, &found))
        }
        Role::Report => measure_all(&args).and_then(|results| report::write(&args, &results)),
        Role::Measure if args.subject == Subject::Names => names::measure_here(&args),
        Role::Measure => measure_here(&args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Measures in this process, and prints a line of JSON for each figure.
fn measure_here(args: &Args) -> Result<(), Box<dyn Error>> {
    for (size, peer) in combinations(args) {
        let workloads = &args.workloads;
        let found = match peer {
            PeerName::Memory => run::run::<Memory>(size, peer, workloads),
            PeerName::Reference => run::run::<Reference>(size, peer, workloads),
            PeerName::VecPlus => run::run::<VecPlus>(size, peer, workloads),
            PeerName::Sqlite => run::run::<Sqlite>(size, peer, workloads),
            #[cfg(feature = "stores")]
            PeerName::Database(peer) => databases::run(peer, size, workloads),
        };
        for measurement in found {
            println!("{}", serde_json::to_string(&measurement)?);
        }
    }
    Ok(())
}

fn measure_all(args: &Args) -> Result<Results, Box<dyn Error>> {
    let mut results = Vec::new();
    #[cfg(feature = "stores")]
    let server = Server::if_needed(args)?;
    let rounds = (0..args.rounds).flat_map(|_| combinations(args));
    for (size, peer) in rounds {
        let workloads: Vec<&str> = (args.workloads.iter().map(String::as_str))
            .filter(|name| size <= LARGEST_FOR_ALL || WORKLOADS_BEYOND.contains(name))
            .collect();
        if workloads.is_empty() {
            continue;
        }
        eprintln!("{} over {}", peer.as_str(), results::size_label(size));
        let mut command = Command::new(env::current_exe()?);
        if args.subject == Subject::Stores {
            command.arg("--stores");
        }
        #[cfg(feature = "stores")]
        command.envs(server.iter().map(Server::variable));
        command.args(["--workloads", &workloads.join(",")]);
        for line in output_of(command, size, peer)?.lines() {
            results.push(serde_json::from_str::<Measurement>(line)?);
        }
    }
    Ok(Results(rounds::merged(results)))
}

/// Measures the data sets of `--names`.
fn measure_names(args: &Args) -> Result<Vec<Found>, Box<dyn Error>> {
    let mut found = Vec::new();
    for job in (0..args.rounds).flat_map(|_| names::jobs(args)) {
        let (set, size) = (job.set.label(), results::size_label(job.size));
        eprintln!("{} over {size} of {set}", job.peer.as_str());
        let mut command = Command::new(env::current_exe()?);
        command.args(["--names", set]);
        if job.load_only {
            command.arg("--load-only");
        }
        found.extend(names::parsed(&output_of(command, job.size, job.peer)?)?);
    }
    Ok(names::merged(found))
}

/// What a process prints that measures one peer at one size.
fn output_of(mut command: Command, size: usize, peer: PeerName) -> Result<String, Box<dyn Error>> {
    let (size, peer) = (size.to_string(), peer.as_str());
    command.args(["--measure", "--size", &size, "--peer", peer]);
    let output = command.stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err(format!("{peer} failed: {}", output.status).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

fn combinations(args: &Args) -> impl Iterator<Item = (usize, PeerName)> {
    let pairs = args.sizes.iter().flat_map(move |size| {
        let size = *size;
        args.peers.iter().map(move |peer| (size, *peer))
    });
    pairs.filter(|(size, peer)| *size <= LARGEST_FOR_ALL || *peer == PeerName::Memory)
}
